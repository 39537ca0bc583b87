#!/usr/bin/env python3
"""Products of denormal numbers against float64: kept where a result shows them, lost only far below what rounding loses.

usage: denormals.py --tessera TESSERA [--work FOLDER]
needs (PyPI): numpy, onnx
"""
import os
import subprocess
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import parser_of, summary_of

UNIT, SMALLEST = 2.0 ** -24, 2.0 ** -149
ROWS, INNER, COLUMNS = 37, 150, 75


def table():
    """Yields (name, exponents of the inputs, the constant that is added or None, what follows, whether denormal results are seen)."""
    yield "no_constant", (-44, -38), None, "nothing", True
    yield "constant", (-44, -36), 0.3, "nothing", False
    yield "constant_and_all_sizes", (-44, 2), 0.3, "nothing", False
    yield "constant_residual_relu", (-44, -30), 0.01, "add relu", False
    yield "constant_relu_residual", (-44, -38), 0.3, "relu add", True
    yield "small_constant", (-44, -38), 1e-38, "nothing", True
    yield "large_constant", (-44, 20), 1e30, "nothing", False
    # Half of the sums are 0.5 and cancel, which shows that they are flushed.
    yield "cancelled", (-44, -39), 0.5, "cancel", False
    yield "cancelled_behind_a_product", (-44, -39), 0.5, "cancel scaled", True


def model_of(weights, constant, follows):
    shape = [ROWS, COLUMNS]
    nodes, name = [helper.make_node("MatMul", ["x", "w"], ["p"])], "p"
    initializers = [numpy_helper.from_array(weights, "w")]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [ROWS, INNER])]

    def then(operator, *operands):
        nonlocal name
        nodes.append(helper.make_node(operator, [name, *operands], [name + "_"]))
        name += "_"

    if constant is not None:
        initializers.append(numpy_helper.from_array(constant, "b"))
        then("Add", "b")
    if follows != "nothing":
        inputs.append(helper.make_tensor_value_info("r", TensorProto.FLOAT, shape))
    for step in {"nothing": [], "cancel": ["add"], "cancel scaled": ["scale", "add"]}.get(follows, follows.split()):
        if step == "add":
            then("Add", "r")
        elif step == "relu":
            then("Relu")
        else:
            initializers.append(numpy_helper.from_array(np.float32(0.5), "half"))
            then("Mul", "half")
    graph = helper.make_graph(nodes, "denormals", inputs, [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def expected(x, weights, constant, residual, follows):
    """Returns the result in float64 and the magnitudes that are added."""
    result, magnitude = x.astype(np.float64) @ weights, np.abs(x.astype(np.float64)) @ np.abs(weights)
    if constant is not None:
        result, magnitude = result + constant, magnitude + np.abs(constant)
    if follows.startswith("relu"):
        result = np.maximum(result, 0)
    if follows == "cancel scaled":
        result = result / 2
    if residual is not None:
        result, magnitude = result + residual, magnitude + np.abs(residual)
    return np.maximum(result, 0) if follows == "add relu" else result, magnitude


def numbers(random, shape, exponents):
    """Returns numbers of both signs whose decimal exponents are spread evenly."""
    return (random.choice([-1, 1], shape) * 10.0 ** random.uniform(*exponents, shape)).astype(np.float32)


def check(case, tessera, work):
    name, exponents, size, follows, keeps = case
    folder = os.path.join(work, name)
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(11)
    weights = random.normal(0, 1, (INNER, COLUMNS)).astype(np.float32)
    constant = None if size is None else (size * random.choice([-1, 1], COLUMNS) * random.uniform(0.5, 1, COLUMNS)).astype(np.float32)
    feeds = {"x": numbers(random, (ROWS, INNER), exponents)}
    if follows != "nothing":
        feeds["r"] = numbers(random, (ROWS, COLUMNS), exponents)
    if follows.startswith("cancel"):
        weights[0, :] = 1 + np.arange(COLUMNS) % 2
        constant = np.float32(-size) * weights[0, :]
        feeds["x"][:] = 0
        feeds["x"][::2, 0] = size
    inputs = []
    for key, value in feeds.items():
        np.save(os.path.join(folder, key + ".npy"), value)
        inputs += ["--input", f"{key}={os.path.join(folder, key)}.npy"]
    path, library = os.path.join(folder, "model.onnx"), os.path.join(folder, "model.so")
    with open(path, "wb") as file:
        file.write(model_of(weights, constant, follows).SerializeToString())
    subprocess.run([tessera, "compile", path, "-o", library], check=True, stdout=subprocess.PIPE)
    right, magnitude = expected(feeds["x"], weights, constant, feeds.get("r"), follows)
    bound = (INNER + 3) * (UNIT * magnitude + SMALLEST)
    results = []
    for threads in ("1", "2"):
        subprocess.run([tessera, "run", library, *inputs, "--output-dir", folder, "--threads", threads], check=True, stdout=subprocess.PIPE)
        results.append(np.load(os.path.join(folder, "output_0.npy")))
    worst = (np.abs(results[0] - right) / bound).max()
    same = results[0].tobytes() == results[1].tobytes()
    small = np.abs(results[0])
    shown = bool(((small > 0) & (small < 2.0 ** -126)).any())
    passed = worst <= 1 and same and shown == keeps
    print(f"{'PASS' if passed else 'FAIL'} {name}: error {worst:.2f} of its bound" + ("" if passed else f" (same bits: {same}, denormal results: {shown})"))
    return passed


def main():
    arguments = parser_of(__doc__, "build/e2e/denormals").parse_args()
    return summary_of([check(case, arguments.tessera, arguments.work) for case in table()])


if __name__ == "__main__":
    sys.exit(main())
