#!/usr/bin/env python3
"""Products and convolutions on emulated matrix tiles against float64, with values that tiles cannot hold among them.

usage: products.py --build BUILD [--work FOLDER] [CASE...]
needs (PyPI): numpy, onnx

An error is the largest |y - y64| / (|A||B|); six products of bf16 may have 1.25 times that of a sum of fused multiply-adds in order, and
their root mean square at most its own. One thread, two threads: equal bits.
"""
import argparse
import os
import re
import subprocess
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from workplace import Workplace

DISASSEMBLER = "llvm-objdump-22"
# Of a kernel of six products whose sums take several passes; the loop over a pass may be unrolled.
STEP_PRODUCTS, STEP_LOADS, SUM_LOADS = 24, 14, 4
ONCE = {"ldtilecfg": 1, "tilerelease": 1, "tilezero": 4, "tilestored": 4}

# Errors over the largest magnitude of the result, of what promises less.
LIMITS = {"bf16x3": 2e-5, "bf16": 1e-2}


def products():
    """Yields (name, rows or "m", sums, columns, rows given, epilogue)."""
    yield "whole", 64, 128, 128, 64, "none"
    yield "bias", 48, 96, 160, 48, "bias"
    yield "odd", 61, 102, 114, 61, "bias"
    yield "passes", 64, 300, 104, 64, "relu"
    yield "many_rows", 300, 64, 96, 300, "none"
    yield "free", "m", 96, 128, 77, "bias"
    yield "free_few", "m", 96, 128, 3, "bias"
    yield "wide", 64, 64, 200, 64, "residual"


def convolutions():
    """Yields (name, batch, inputs, outputs, height, width, window, stride, epilogue)."""
    yield "pointwise", 1, 64, 128, 12, 12, 1, 1, "bias"
    yield "window", 1, 32, 64, 14, 14, 3, 1, "bias"
    yield "strided", 2, 32, 96, 29, 27, 3, 2, "residual"
    yield "pointwise_strided", 1, 64, 128, 20, 20, 1, 2, "bias"
    yield "odd_channels", 1, 56, 96, 13, 13, 3, 1, "none"
    yield "long_rows", 1, 32, 64, 5, 270, 3, 1, "bias"
    yield "after", 1, 32, 64, 10, 10, 3, 1, "after"


def numbers(kind, shape, random):
    """Factors of one kind."""
    plain = random.normal(0, 1, shape)
    if kind == "wide":
        plain *= 2.0 ** random.uniform(-20, 20, shape)
    elif kind == "positive":
        plain = np.abs(plain)
    elif kind == "cancelling":
        half = plain.shape[-1] // 2
        plain[..., half:2 * half] = -plain[..., :half] * (1 + random.normal(0, 1e-6, plain[..., :half].shape))
    return plain.astype(np.float32)


def in_order(a, b):
    """The sums of products in order, one rounding each: rows of A by columns of B."""
    total = np.zeros((len(a), b.shape[1]), np.float32)
    for k in range(a.shape[1]):
        total = (a[:, k, None].astype(np.float64) * b[None, k].astype(np.float64) + total.astype(np.float64)).astype(np.float32)
    return total


def windows(x, size, stride):
    """The elements below a window of SIZE at each of its places, padded by half the window: rows of a matrix."""
    border = size // 2
    x = np.pad(x, ((0, 0), (0, 0), (border, border), (border, border)))
    rows, columns = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    parts = [x[:, :, r:r + stride * (rows - 1) + 1:stride, s:s + stride * (columns - 1) + 1:stride] for r in range(size) for s in range(size)]
    return np.stack(parts, 2).transpose(0, 3, 4, 1, 2).reshape(-1, x.shape[1] * size * size), (len(x), rows, columns)


def finish(sums, epilogue, bias, residual):
    """What the model does with the sums."""
    if epilogue == "none":
        return sums
    sums = sums + bias.astype(sums.dtype)
    if epilogue == "residual":
        sums = np.maximum(sums + residual.astype(sums.dtype), 0)
    if epilogue == "relu":
        sums = np.maximum(sums, 0)
    return sums


def epilogue_nodes(name, epilogue, last):
    """The nodes behind a product that already has its bias; LAST is the model's output."""
    if epilogue == "residual":
        return [helper.make_node("Add", [name, "r"], ["s"]), helper.make_node("Relu", ["s"], [last])]
    if epilogue == "relu":
        return [helper.make_node("Relu", [name], [last])]
    return [helper.make_node("Identity", [name], [last])]


def write(folder, nodes, inputs, initializers):
    graph = helper.make_graph(nodes, "amx", [helper.make_tensor_value_info(*value) for value in inputs],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
                              [numpy_helper.from_array(value, name) for name, value in initializers.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = os.path.join(folder, "model.onnx")
    os.makedirs(folder, exist_ok=True)
    with open(path, "wb") as file:
        file.write(model.SerializeToString())
    return path


def run(place, folder, feeds, options, threads="1", key="y", target="x86-64-amx"):
    """Compiles with OPTIONS and runs; returns the result and the number of products on tiles."""
    library = os.path.join(folder, f"{key}.so")
    if threads == "1":
        place.compile(os.path.join(folder, "model.onnx"), library, "--winograd", "off", *options, target=target)
    inputs = []
    for name, value in feeds.items():
        np.save(os.path.join(folder, name + ".npy"), value)
        inputs += ["--input", f"{name}={os.path.join(folder, name)}.npy"]
    count = place.run("run", library, *inputs, "--output-dir", folder, "--threads", threads)
    return np.load(os.path.join(folder, "output_0.npy")), count


class Case:
    """A model with what it should give: A by B as matrices, and what becomes of the sums."""

    def __init__(self, name, a, b, shape, finish_sums, feeds, folder):
        self.name, self.a, self.b, self.shape, self.finish, self.feeds, self.folder = name, a, b, shape, finish_sums, feeds, folder

    def result_of(self, sums):
        return self.shape(self.finish(sums))

    def right(self):
        return self.result_of(self.a.astype(np.float64) @ self.b.astype(np.float64))

    def weight(self):
        """|A||B|, what errors are measured by."""
        return self.shape(np.abs(self.a.astype(np.float64)) @ np.abs(self.b.astype(np.float64)))


def product_case(work, spec, kind, random, special=None):
    name, rows, sums, columns, given, epilogue = spec
    a, b = numbers(kind, (given, sums), random), numbers(kind, (columns, sums), random).T.copy()
    if special is not None:
        special(a)
    bias, residual = random.normal(0, 1, columns).astype(np.float32), random.normal(0, 1, (given, columns)).astype(np.float32)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["p"])]
    last = "p"
    if epilogue != "none":
        nodes.append(helper.make_node("Add", ["p", "b"], ["q"]))
        last = "q"
    inputs = [("x", TensorProto.FLOAT, [rows, sums])]
    feeds = {"x": a}
    if epilogue == "residual":
        inputs.append(("r", TensorProto.FLOAT, [rows, columns]))
        feeds["r"] = residual
    folder = os.path.join(work, f"{name}-{kind}")
    write(folder, nodes + epilogue_nodes(last, epilogue, "y"), inputs, {"w": b, "b": bias} if epilogue != "none" else {"w": b})
    return Case(name, a, b, lambda y: y, lambda y: finish(y, epilogue, bias, residual), feeds, folder)


def convolution_case(work, spec, kind, random):
    """Images lie channels last, as they do between the convolutions of a model."""
    name, batch, inputs, outputs, height, width, size, stride, epilogue = spec
    x = numbers(kind, (batch, inputs, height, width), random)
    w = numbers(kind, (outputs, inputs, size, size), random)
    bias = random.normal(0, 1, outputs).astype(np.float32)
    # Inputs of the model have no border; what a node makes has.
    before = np.maximum(x, 0) if epilogue == "after" else -x
    a, shape = windows(before, size, stride)
    b = w.reshape(outputs, -1).T
    residual = random.normal(0, 1, (len(a), outputs)).astype(np.float32)

    def to_image(y):
        return y.reshape(*shape, outputs)

    x = x.transpose(0, 2, 3, 1)
    values = [("x", TensorProto.FLOAT, list(x.shape))]
    feeds, initializers, names = {"x": x}, {"w": w}, ["c", "w"]
    if epilogue != "none":
        names.append("b")
        initializers["b"] = bias
    nodes = [helper.make_node("Relu" if epilogue == "after" else "Neg", ["x"], ["n"]),
             helper.make_node("Transpose", ["n"], ["c"], perm=[0, 3, 1, 2]),
             helper.make_node("Conv", names, ["o"], kernel_shape=[size] * 2, pads=[size // 2] * 4, strides=[stride] * 2),
             helper.make_node("Transpose", ["o"], ["q"], perm=[0, 2, 3, 1])]
    if epilogue == "residual":
        values.append(("r", TensorProto.FLOAT, [*shape, outputs]))
        feeds["r"] = to_image(residual)
    folder = os.path.join(work, f"{name}-{kind}")
    write(folder, nodes + epilogue_nodes("q", epilogue, "y"), values, initializers)
    return Case(name, a, b, to_image, lambda y: finish(y, epilogue, bias, residual), feeds, folder)


def check(place, case, kind):
    """Six products of bf16 against sums in order; equal bits with two threads."""
    y, count = run(place, case.folder, case.feeds, [])
    again, _ = run(place, case.folder, case.feeds, [], threads="2")
    right, weight = case.right(), case.weight() + np.finfo(np.float32).tiny
    ordered = case.result_of(in_order(case.a, case.b))
    # The work behind the sums rounds as well.
    slack = np.abs(right) * 2**-23
    error = np.maximum(np.abs(y - right) - slack, 0) / weight
    limit = np.abs(ordered - right) / weight
    mean, limit_mean = np.sqrt((error**2).mean()), np.sqrt((limit**2).mean())
    on_tiles = (count > 0) == (case.name != "free_few")
    passed = on_tiles and y.tobytes() == again.tobytes() and error.max() <= 1.25 * limit.max() + 2**-26 and mean <= limit_mean + 2**-27
    print(f"{'PASS' if passed else 'FAIL'} {case.name} {kind}: error {error.max():.1e} rms {mean:.1e}, in order {limit.max():.1e} rms "
          f"{limit_mean:.1e}, {count} products, same bits: {y.tobytes() == again.tobytes()}", flush=True)
    return passed


def check_fat(place, case):
    """In a library for all targets, which read the same panels, results are the same bits."""
    y, _ = run(place, case.folder, case.feeds, [])
    fat, count = run(place, case.folder, case.feeds, [], key="fat", target="fat")
    passed = count > 0 and y.tobytes() == fat.tobytes()
    print(f"{'PASS' if passed else 'FAIL'} {case.name} in a library for all targets: {count} products", flush=True)
    return passed


def check_less(place, case, math):
    """Fewer products: an error over the largest magnitude."""
    options = ["--precision", "bf16"] if math == "bf16" else ["--f32-math", math]
    y, count = run(place, case.folder, case.feeds, options, key=math)
    right = case.right()
    error = np.abs(y - right).max() / np.abs(right).max()
    passed = count > 0 and 0 < error <= LIMITS[math]
    print(f"{'PASS' if passed else 'FAIL'} {case.name} {math}: error {error:.1e} of the largest, {count} products", flush=True)
    return passed


def check_instructions(place, library):
    """A kernel configures tiles once, and nothing but sums between passes is stored and loaded again."""
    text = subprocess.run([DISASSEMBLER, "-d", "--no-show-raw-insn", library], check=True, stdout=subprocess.PIPE, text=True).stdout
    functions = [function for function in text.split("\n\n") if "tdpbf16ps" in function]
    passed = bool(functions)
    for function in functions:
        counts = {name: len(re.findall(rf"\b{name}\b", function)) for name in (*ONCE, "tileloadd", "tdpbf16ps")}
        steps = counts["tdpbf16ps"] // STEP_PRODUCTS
        wanted = {**ONCE, "tileloadd": SUM_LOADS + steps * STEP_LOADS, "tdpbf16ps": steps * STEP_PRODUCTS}
        passed &= counts == wanted
        print(f"{'PASS' if counts == wanted else 'FAIL'} instructions: {counts}", flush=True)
    return passed


def specials():
    """Yields (name, what it does to some elements of a matrix)."""
    def put(value):
        def change(a):
            a[3, 5] = value
            a[17, 60] = -value
        return change

    for name, value in (("infinity", np.inf), ("nan", np.nan), ("denormal", 1e-41), ("tiny", 1e-38), ("huge", 3e38)):
        yield name, put(np.float32(value))


def check_special(place, work, name, change):
    """The whole result is that of fused multiply-adds, bit by bit."""
    case = product_case(work, ("whole", 64, 128, 128, 64, "none"), "plain", np.random.default_rng(3), change)
    y, count = run(place, case.folder, case.feeds, [])
    fma, none = run(place, case.folder, case.feeds, ["--f32-math", "fma"], key="fma")
    passed = count == 0 and none == 0 and np.array_equal(y, fma, equal_nan=True)
    print(f"{'PASS' if passed else 'FAIL'} {name}: {count} products on tiles, largest {np.nanmax(np.abs(y)):.1e}", flush=True)
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--work", default="build/amx")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    place = Workplace(arguments.build, arguments.work)
    results = []
    for make, specs in ((product_case, products()), (convolution_case, convolutions())):
        for spec in specs:
            if arguments.cases and spec[0] not in arguments.cases:
                continue
            kinds = ("plain", "wide", "cancelling", "positive") if spec[0] in ("whole", "passes", "window") else ("plain",)
            for kind in kinds:
                results.append(check(place, make(arguments.work, spec, kind, np.random.default_rng(7)), kind))
            if spec[0] in ("odd", "window"):
                results.append(check_fat(place, make(arguments.work, spec, "plain", np.random.default_rng(7))))
            if spec[0] in ("passes", "window"):
                for math in LIMITS:
                    results.append(check_less(place, make(arguments.work, spec, "plain", np.random.default_rng(7)), math))
    if not arguments.cases:
        results.append(check_instructions(place, os.path.join(arguments.work, "passes-plain", "y.so")))
    for name, change in specials():
        if not arguments.cases or "special" in arguments.cases:
            results.append(check_special(place, arguments.work, name, change))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed, 0 skipped")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
