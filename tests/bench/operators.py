#!/usr/bin/env python3
"""Times single operators of usual sizes against ONNX Runtime, on one thread, in turn: where a class of models would be slow.

usage: operators.py [--tessera build/bin/tessera] [--work build/operators] [--seconds 0.2] [--json FILE] [REGEX...]

The ratio is ONNX Runtime's least time over Tessera's: below 1 Tessera is slower. Results are not compared; tests/differential does that.
needs (PyPI): numpy, onnx, onnxruntime
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import operator_cases

OUTPUTS = {"TopK": 2}


def write(path, operator, inputs, constants, attributes):
    """Writes a model of one node; inputs are x0, x1 ..., constants c0, c1 ..."""
    names = [f"x{n}" for n in range(len(inputs))]
    fixed = [f"c{n}" if constant.size else "" for n, constant in enumerate(map(np.asarray, constants))]
    outputs = [f"y{n}" for n in range(OUTPUTS.get(operator, 1))]
    graph = helper.make_graph(
        [helper.make_node(operator, names + fixed, outputs, **attributes)], "operator",
        [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape) for name, value in zip(names, inputs)],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(np.asarray(constant), name) for name, constant in zip(fixed, constants) if name])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)


def time_peer(path, feeds, seconds):
    """Returns ONNX Runtime's least time in microseconds."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    session.run(None, feeds)
    least, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        session.run(None, feeds)
        least = min(least, time.perf_counter() - begin)
    return least * 1e6


def time_own(arguments, path, feeds):
    """Returns Tessera's least time in microseconds."""
    library, options = path.replace(".onnx", ".so"), []
    subprocess.run([arguments.tessera, "compile", path, "-o", library], check=True, capture_output=True, text=True)
    for name, value in feeds.items():
        np.save(os.path.join(arguments.work, name + ".npy"), value)
        options += ["--input", f"{name}={os.path.join(arguments.work, name)}.npy"]
    done = subprocess.run([arguments.tessera, "bench", library, "--threads", "1", "--seconds", str(arguments.seconds), "--json", "-", *options],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["latency_ms"]["min"] * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", default="build/bin/tessera")
    parser.add_argument("--work", default="build/operators")
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--json")
    parser.add_argument("names", nargs="*", metavar="REGEX")
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    rows = []
    for name, operator, inputs, constants, attributes in operator_cases.cases():
        if arguments.names and not any(re.search(regex, name) for regex in arguments.names):
            continue
        path = os.path.join(arguments.work, name + ".onnx")
        feeds = {f"x{n}": value for n, value in enumerate(inputs)}
        write(path, operator, inputs, constants, attributes)
        try:
            peer, own = time_peer(path, feeds, arguments.seconds), time_own(arguments, path, feeds)
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"error: {name}: {error.stderr.strip()}") from error
        rows.append({"name": name, "peer_us": peer, "us": own, "ratio": peer / own})
        print(f"{name:44s} {peer:10.1f} us {own:10.1f} us  ratio {peer / own:6.2f}", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)
    slower = sorted((row for row in rows if row["ratio"] < 0.8), key=lambda row: row["ratio"])
    print(f"{len(rows)} operators, {len(slower)} below 0.8: " + ", ".join(f"{row['name']} {row['ratio']:.2f}" for row in slower))


if __name__ == "__main__":
    sys.exit(main())
