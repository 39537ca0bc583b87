#!/usr/bin/env python3
"""Compiles a model with 3 GB of external data within 1 GB of memory and checks its results.

usage: large_model.py --tessera TESSERA --work FOLDER [--gigabytes N]        needs (PyPI): onnx, numpy

Memory is the greatest resident set of the compiler, pages of mapped files included. Each matrix has one element other than zero in
each row, so its file is sparse and a product can be checked by hand. Needs twice the size on the disk and removes what it wrote.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import onnx
from onnx import TensorProto, helper

MOST_BYTES = 1 << 30
ROWS, COLUMNS = 8192, 16384
TENSOR_BYTES = 4 * ROWS * COLUMNS


def write_model(folder, count):
    """Writes COUNT products of 512 MiB each; returns {index: (columns, values)}, for each row of a matrix its one element."""
    nodes, initializers, matrices, value = [], [], [], "x"
    with open(os.path.join(folder, "weights.bin"), "wb") as data:
        data.truncate(count * TENSOR_BYTES)
        for index in range(count):
            shape = (ROWS, COLUMNS) if index % 2 == 0 else (COLUMNS, ROWS)
            rows = np.arange(shape[0])
            columns, values = (rows * 5 + index) % shape[1], (rows % 7 + 1).astype(np.float32)
            for row, column, element in zip(rows.tolist(), columns.tolist(), values):
                data.seek(index * TENSOR_BYTES + 4 * (row * shape[1] + column))
                data.write(element.tobytes())
            tensor = TensorProto(name=f"w{index}", data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
            for key, text in (("location", "weights.bin"), ("offset", index * TENSOR_BYTES), ("length", TENSOR_BYTES)):
                tensor.external_data.add(key=key, value=str(text))
            initializers.append(tensor)
            nodes.append(helper.make_node("MatMul", [value, tensor.name], [f"y{index}"], name=f"product{index}"))
            value = f"y{index}"
            matrices.append((columns, values, shape[1]))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width]) for name, width in (("x", ROWS), (value, matrices[-1][2]))]
    graph = helper.make_graph(nodes, "large", ends[:1], ends[1:], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, os.path.join(folder, "large.onnx"))
    return matrices


def expected_of(x, matrices):
    """The products, in float64."""
    for columns, values, width in matrices:
        product = np.zeros(width)
        np.add.at(product, columns, x * values)
        x = product
    return x


def measured(command):
    """Runs COMMAND; returns the seconds it took and its greatest resident set in bytes."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command[:2])} ended with {os.waitstatus_to_exitcode(status)}: {said[-2000:]}")
    return time.monotonic() - begin, usage.ru_maxrss * 1024


def check(arguments):
    """Returns what is wrong, or nothing."""
    matrices = write_model(arguments.work, int(arguments.gigabytes * (1 << 30) / TENSOR_BYTES))
    library = os.path.join(arguments.work, "large.so")
    seconds, peak = measured([arguments.tessera, "compile", os.path.join(arguments.work, "large.onnx"), "-o", library])
    print(f"compiled {len(matrices) * TENSOR_BYTES / 1e9:.1f} GB in {seconds:.1f} s within {peak / 1e6:.0f} MB", flush=True)
    x = np.random.default_rng(0).integers(-4, 5, ROWS).astype(np.float32)
    np.save(os.path.join(arguments.work, "x.npy"), x[None])
    measured([arguments.tessera, "run", library, "--input", f"x={arguments.work}/x.npy", "--output-dir", arguments.work])
    got = np.load(os.path.join(arguments.work, "output_0.npy"))[0]
    if not np.allclose(got, expected_of(x.astype(np.float64), matrices), rtol=1e-5):
        return "results differ"
    return f"the compiler took {peak} bytes of memory" if peak > MOST_BYTES else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--gigabytes", type=float, default=3)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    os.makedirs(arguments.work)
    if shutil.disk_usage(arguments.work).free < 3 * arguments.gigabytes * (1 << 30):
        print("too little room on the disk")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    try:
        wrong = check(arguments)
    finally:
        shutil.rmtree(arguments.work, ignore_errors=True)
    if wrong:
        print(f"FAIL large model: {wrong}")
    print(f"{int(not wrong)} passed, {int(bool(wrong))} failed, 0 skipped")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
