#!/usr/bin/env python3
"""Convolutions in Winograd's form against float64, beside the direct form; equal bits for one thread and two.

usage: winograd.py --tessera TESSERA [--work FOLDER] [--target TARGET]
needs (PyPI): numpy, onnx
"""
import json
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import parser_of, summary_of
from libraries import command, results_on, saved

LARGEST = 1e-5  # error over the largest magnitude of the result


def table():
    """Yields (name, batch, inputs, outputs, height, width, pads, kind): the pads as in ONNX."""
    yield "four", 1, 64, 64, 56, 56, (1, 1, 1, 1), "plain"
    yield "four_deep", 1, 128, 128, 28, 28, (1, 1, 1, 1), "residual"
    yield "two", 1, 256, 256, 14, 14, (1, 1, 1, 1), "residual"
    yield "three", 1, 32, 128, 27, 27, (1, 1, 1, 1), "plain"
    yield "five", 1, 16, 64, 55, 55, (1, 1, 1, 1), "plain"
    yield "batch", 3, 64, 96, 20, 28, (1, 1, 1, 1), "residual"
    yield "no_pads", 2, 40, 72, 34, 46, (0, 0, 0, 0), "plain"
    yield "uneven_pads", 1, 64, 64, 31, 30, (2, 0, 1, 4), "plain"
    yield "chain", 1, 64, 64, 56, 56, (1, 1, 1, 1), "chain"
    yield "free_batch", "n", 64, 64, 28, 28, (1, 1, 1, 1), "residual"


def model_of(batch, inputs, outputs, height, width, pads, kind, random):
    """Returns the model and its weights [(weights, bias)] in order."""
    nodes, initializers, weights = [], [], []
    name = "x"
    for i in range(2 if kind == "chain" else 1):
        scale = np.sqrt(2 / (9 * inputs))
        w = random.normal(0, scale, (outputs, inputs, 3, 3)).astype(np.float32)
        b = random.normal(0, 0.1, outputs).astype(np.float32)
        weights.append((w, b))
        initializers += [numpy_helper.from_array(w, f"w{i}"), numpy_helper.from_array(b, f"b{i}")]
        nodes.append(helper.make_node("Conv", [name, f"w{i}", f"b{i}"], [f"c{i}"], name=f"conv{i}", kernel_shape=[3, 3], pads=pads))
        name = f"c{i}"
        if kind == "residual":
            nodes.append(helper.make_node("Add", [name, "r"], ["s"]))
            name = "s"
        nodes.append(helper.make_node("Relu", [name], [f"y{i}"]))
        name = f"y{i}"
    rows, columns = height + pads[0] + pads[2] - 2, width + pads[1] + pads[3] - 2
    values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, inputs, height, width])]
    if kind == "residual":
        values.append(helper.make_tensor_value_info("r", TensorProto.FLOAT, [batch, outputs, rows, columns]))
    result = helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, outputs, rows, columns])
    graph = helper.make_graph(nodes, "winograd", values, [result], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), weights


def expected(x, weights, pads, residual):
    """Returns the result in float64."""
    y = x.astype(np.float64)
    for w, b in weights:
        padded = np.pad(y, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
        rows, columns = padded.shape[2] - 2, padded.shape[3] - 2
        y = np.zeros((len(x), len(w), rows, columns)) + b[:, None, None]
        for r in range(3):
            for s in range(3):
                window = padded[:, :, r:r + rows, s:s + columns]
                y += np.einsum("mc,nchw->nmhw", w[:, :, r, s].astype(np.float64), window, optimize=True)
        y = np.maximum(y if residual is None else y + residual, 0)
    return y


def uses_winograd(tessera, library):
    text = command(tessera, "inspect", library, "--json", "-")
    return any("winograd" in kernel["nodes"] for kernel in json.loads(text.splitlines()[-1])["kernels"])


def check(case, tessera, work, target):
    """Returns the two errors (Winograd's, the direct form's) and whether the case passes."""
    name, batch, *rest, pads, kind = case
    folder = os.path.join(work, name)
    random = np.random.default_rng(5)
    model, weights = model_of(batch, *rest, pads, kind, random)
    images = 2 if batch == "n" else batch
    x = np.maximum(random.normal(0, 1, (images, rest[0], *rest[2:])), 0).astype(np.float32)
    feeds = {"x": x}
    if kind == "residual":
        shape = (images, rest[1], rest[2] + pads[0] + pads[2] - 2, rest[3] + pads[1] + pads[3] - 2)
        feeds["r"] = random.normal(0, 1, shape).astype(np.float32)
    path, inputs = saved(folder, model, feeds)
    right = expected(x, weights, pads, feeds.get("r"))
    errors, results, used = [], [], []
    for form, threads in (("on", 1), ("on", 2), ("off", 1)):
        library = os.path.join(folder, form + ".so")
        if threads == 1:
            command(tessera, "compile", path, "-o", library, "--winograd", form, "--target", target)
            used.append(uses_winograd(tessera, library))
        results += results_on(tessera, library, inputs, threads)
        errors.append(np.abs(results[-1] - right).max() / np.abs(right).max())
    same = results[0].tobytes() == results[1].tobytes()
    passed = used == [True, False] and same and errors[0] <= LARGEST
    note = "" if passed else f" (used: {used}, same bits: {same})"
    print(f"{'PASS' if passed else 'FAIL'} {name}: error {errors[0]:.1e}, direct {errors[2]:.1e}{note}")
    return passed


def main():
    parser = parser_of(__doc__, "build/e2e/winograd")
    parser.add_argument("--target", default="native")
    arguments = parser.parse_args()
    return summary_of([check(case, arguments.tessera, arguments.work, arguments.target) for case in table()])


if __name__ == "__main__":
    sys.exit(main())
