#!/usr/bin/env python3
"""Products of denormal numbers against float64: kept where a result shows them, lost only far below what rounding loses.

usage: denormals.py --tessera TESSERA [--work FOLDER]
needs (PyPI): numpy, onnx
"""
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import parser_of, summary_of
from libraries import command, results_on, saved

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


def gated_table():
    """Yields (name, whether a second product follows, what else is a result, whether the product is flushed)."""
    yield "gated", False, "", True
    yield "gated_and_result", False, "p", False
    yield "gated_and_other_reader", False, "z", False
    yield "gated_twice", True, "", False


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


def results_of(model, feeds, tessera, folder):
    """Returns the outputs on one thread and on two."""
    library = os.path.join(folder, "model.so")
    path, inputs = saved(folder, model, {value.name: feeds[value.name] for value in model.graph.input})
    command(tessera, "compile", path, "-o", library)
    return [results_on(tessera, library, inputs, threads, len(model.graph.output)) for threads in (1, 2)]


def check(case, tessera, work):
    name, exponents, size, follows, keeps = case
    folder = os.path.join(work, name)
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
    runs = results_of(model_of(weights, constant, follows), feeds, tessera, folder)
    right, magnitude = expected(feeds["x"], weights, constant, feeds.get("r"), follows)
    bound = (INNER + 3) * (UNIT * magnitude + SMALLEST)
    results = [run[0] for run in runs]
    worst = (np.abs(results[0] - right) / bound).max()
    same = results[0].tobytes() == results[1].tobytes()
    small = np.abs(results[0])
    shown = bool(((small > 0) & (small < 2.0 ** -126)).any())
    passed = worst <= 1 and same and shown == keeps
    print(f"{'PASS' if passed else 'FAIL'} {name}: error {worst:.2f} of its bound" + ("" if passed else f" (same bits: {same}, denormal results: {shown})"))
    return passed


def gated_model(twice, also):
    """Returns p = x * g (* h), of which y = (p @ w + b) + p is computed, and of which `also` is another result."""
    shape = [ROWS, COLUMNS]
    weights = np.full((COLUMNS, COLUMNS), 0.25, np.float32)
    weights[0] = 1 + np.arange(COLUMNS) % 2
    nodes = [helper.make_node("Mul", ["x", "g"], ["p" if not twice else "q"])]
    nodes += [helper.make_node("Mul", ["q", "h"], ["p"])] if twice else []
    nodes += [helper.make_node("MatMul", ["p", "w"], ["m"]), helper.make_node("Add", ["m", "b"], ["s"]), helper.make_node("Add", ["s", "p"], ["y"])]
    nodes += [helper.make_node("ReduceMax", ["p"], ["z"], axes=[0], keepdims=0)] if also == "z" else []
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape), helper.make_tensor_value_info("g", TensorProto.FLOAT, [COLUMNS])]
    inputs += [helper.make_tensor_value_info("h", TensorProto.FLOAT, [COLUMNS])] if twice else []
    shapes = {"y": shape, "p": shape, "z": [COLUMNS]}
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in ("y", *([also] if also else []))]
    constants = [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(-weights[0] / 2, "b")]
    return helper.make_model(helper.make_graph(nodes, "gated", inputs, outputs, constants), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def gated_inputs():
    """Returns factors whose product is 0.5 in the first column, so that the constant cancels it and each result is the product in its own column."""
    x, g, h = np.zeros((ROWS, COLUMNS), np.float32), np.ones(COLUMNS, np.float32), np.ones(COLUMNS, np.float32)
    x[:, 0] = 0.5
    x[:, 1], g[1] = 2.0 ** -63 * (1 - UNIT), 2.0 ** -63  # rounds to 2^-126, but is flushed
    x[:, 2], g[2] = 1e-40, 1e30  # a denormal number that counts
    x[:, 3], g[3] = 1e-20, 3e-20  # denormal
    x[:, 4], g[4], h[4] = 1e-20, 1e-20, 1e27  # denormal on the way
    return {"x": x, "g": g, "h": h}


def check_gated(case, tessera, work):
    """Whether products that only flushing launches read, and no others, are flushed."""
    name, twice, also, flushed = case
    folder = os.path.join(work, name)
    feeds = gated_inputs()
    product = feeds["x"] * feeds["g"] * (feeds["h"] if twice else 1)
    small = np.abs(product) < 2.0 ** (-125 if flushed else -126)
    right = {"": np.where(small, 0, product), "p": product, "z": product.max(axis=0)}
    runs = results_of(gated_model(twice, also), feeds, tessera, folder)
    passed = all(np.array_equal(result, right[name]) for run in runs for result, name in zip(run, ("", also)))
    print(f"{'PASS' if passed else 'FAIL'} {name}")
    return passed


def check_probabilities(also, tessera, work):
    """Whether probabilities of masked tokens are 0 where only sums of products read them, and exact where the caller does."""
    name = "probabilities" + ("_and_result" if also else "")
    random = np.random.default_rng(12)
    scores = random.normal(0, 1, (ROWS, INNER)).astype(np.float32)
    scores[:, 1:] -= np.float32(95) + 5 * random.integers(0, 2, INNER - 1).astype(np.float32)
    values = random.normal(0, 1, (INNER, COLUMNS)).astype(np.float32)
    values[0] = 0  # of the only token that is not masked: results are what the others leave
    nodes = [helper.make_node("Softmax", ["x"], ["p"], axis=-1), helper.make_node("MatMul", ["p", "v"], ["y"])]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [ROWS, INNER]), helper.make_tensor_value_info("v", TensorProto.FLOAT, [INNER, COLUMNS])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [ROWS, COLUMNS])]
    outputs += [helper.make_tensor_value_info("p", TensorProto.FLOAT, [ROWS, INNER])] if also else []
    model = helper.make_model(helper.make_graph(nodes, name, inputs, outputs), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    runs = results_of(model, {"x": scores, "v": values}, tessera, os.path.join(work, name))
    weights = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    right = weights / weights.sum(axis=1, keepdims=True)
    lost = SMALLEST if also else 2.0 ** -126
    # Scores near -100 are rounded to 2^-18, by which their exponentials are off.
    passed = bool((np.abs(runs[0][0] - right @ values) <= INNER * (lost + UNIT * (right @ np.abs(values))) * 4).all())
    passed &= bool((np.abs(runs[0][1] - right) <= SMALLEST + 128 * UNIT * right).all()) if also else not runs[0][0].any()
    passed &= all(a.tobytes() == b.tobytes() for a, b in zip(*runs))
    print(f"{'PASS' if passed else 'FAIL'} {name}")
    return passed


def main():
    arguments = parser_of(__doc__, "build/e2e/denormals").parse_args()
    passed = [check(case, arguments.tessera, arguments.work) for case in table()]
    passed += [check_gated(case, arguments.tessera, arguments.work) for case in gated_table()]
    return summary_of(passed + [check_probabilities(also, arguments.tessera, arguments.work) for also in (False, True)])


if __name__ == "__main__":
    sys.exit(main())
