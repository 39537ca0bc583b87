#!/usr/bin/env python3
"""Quantised operators of com.microsoft and ONNX, one node each, chains between quantisations, and quotients by known numbers against ONNX Runtime; conversions to small floats against ml_dtypes.

usage: quantised_operators.py --tessera TESSERA --work FOLDER [--jobs 2] [-- VERIFY OPTIONS ...]        needs (PyPI): numpy, onnx, onnxruntime, ml_dtypes
"""
import argparse
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import summary, verify, write_case

RANDOM = np.random.default_rng(7)
ONE_STEP = "0 1"  # other implementations divide and round in another order; compared as floats, since integers are compared exactly
EXACT = "0 0"
NUMBERS = "1e-5 1e-6"


def quantised(shape, dtype=np.uint8):
    info = np.iinfo(dtype)
    return RANDOM.integers(info.min, info.max, shape, dtype, endpoint=True)


def scale(value, count=None):
    return np.float32(value) if count is None else (value * RANDOM.uniform(0.5, 1.5, count)).astype(np.float32)


def zero(value, dtype=np.uint8):
    return np.array(value, dtype)


def table():
    """Yields (name, operator, [(array, constant?) or None], attributes, tolerance)."""
    data, fixed = (lambda a: (a, False)), (lambda a: (np.asarray(a), True))
    for dtype, at in ((np.uint8, 120), (np.int8, -3)):
        kind = np.dtype(dtype).name
        pair = lambda value, offset=0: (fixed(scale(value)), fixed(zero(at + offset, dtype)))
        a, b = quantised((2, 3, 8, 8), dtype), quantised((3, 1, 8), dtype)
        yield f"add_{kind}", "QLinearAdd", [data(a), *pair(.02), data(b), *pair(.05, 2), *pair(.06, -1)], {}, ONE_STEP
        yield f"mul_{kind}", "QLinearMul", [data(a), *pair(.02), fixed(b), *pair(.05, 2), *pair(.3, -1)], {}, ONE_STEP
        yield f"sigmoid_{kind}", "QLinearSigmoid", [data(a), *pair(.05), *pair(1 / 200, 1)], {}, ONE_STEP
        yield f"leaky_relu_{kind}", "QLinearLeakyRelu", [data(a), *pair(.05), *pair(.04, 1)], {"alpha": .2}, ONE_STEP
        window = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 0, 0]}
        yield f"average_pool_{kind}", "QLinearAveragePool", [data(a), *pair(.05), *pair(.04, 1)], window, ONE_STEP
        yield f"average_pool_padded_{kind}", "QLinearAveragePool", [data(a), *pair(.05), *pair(.04, 1)], {**window, "count_include_pad": 1}, ONE_STEP
        yield f"global_average_pool_{kind}", "QLinearGlobalAveragePool", [data(a), *pair(.05), *pair(.04, 1)], {"channels_last": 0}, ONE_STEP
        last = np.moveaxis(a, 1, -1).copy()
        yield f"average_pool_last_{kind}", "QLinearAveragePool", [data(last), *pair(.05), *pair(.04, 1)], {**window, "channels_last": 1}, ONE_STEP
        yield f"global_average_pool_last_{kind}", "QLinearGlobalAveragePool", [data(last), *pair(.05), *pair(.04, 1)], {"channels_last": 1}, ONE_STEP
        for opset, axis in ((11, 1), (11, 3), (13, 2), (13, -1)):
            name = f"softmax_{kind}_{opset}_{axis % 4}"
            yield name, "QLinearSoftmax", [data(a), *pair(.05), fixed(scale(1 / 256)), fixed(zero(np.iinfo(dtype).min, dtype))], {"axis": axis, "opset": opset}, ONE_STEP
        parts = [data(a), *pair(.02), data(quantised((2, 5, 8, 8), dtype)), *pair(.07, 3)]
        yield f"concat_{kind}", "QLinearConcat", [*pair(.05, 5), *parts], {"axis": 1}, ONE_STEP
        left, right = quantised((5, 16), dtype), quantised((16, 7), np.int8)
        bias = RANDOM.integers(-999, 999, 7, np.int32)
        columns = [fixed(scale(.01, 7)), fixed(zero([0] * 7, np.int8))]
        if dtype == np.uint8:
            yield "gemm_columns", "QGemm", [data(left), *pair(.02), fixed(right), *columns, fixed(bias), *pair(.1)], {}, ONE_STEP
            yield "gemm_float", "QGemm", [data(left), *pair(.02), fixed(right), *columns, fixed(bias)], {"alpha": .5}, NUMBERS
            yield "gemm_transposed", "QGemm", [data(left), *pair(.02), fixed(right.T.copy()), fixed(scale(.01)), fixed(zero(4, np.int8)), None, *pair(.1)], {"transB": 1}, ONE_STEP
    x, weight = RANDOM.normal(size=(2, 5, 16)).astype(np.float32), quantised((16, 7), np.int8)
    for name, rest in (("whole", [fixed(scale(.01)), fixed(zero(3, np.int8))]), ("columns", [fixed(scale(.01, 7)), fixed(quantised(7, np.int8)), fixed(scale(1, 7))])):
        yield f"dynamic_matmul_{name}", "DynamicQuantizeMatMul", [data(x), fixed(weight), *rest], {}, NUMBERS
    left = quantised((5, 16))
    yield "matmul_to_float", "MatMulIntegerToFloat", [data(left), fixed(weight), fixed(scale(.02)), fixed(scale(.01, 7)), fixed(zero(100)), fixed(quantised(7, np.int8)), fixed(scale(1, 7))], {}, NUMBERS
    yield "quantize_axis", "QuantizeLinear", [data(x), fixed(scale(.05, 5)), fixed(quantised(5))], {"axis": 1}, EXACT
    yield "dequantize_axis", "DequantizeLinear", [data(quantised((2, 5, 16), np.int8)), fixed(scale(.05, 5)), fixed(quantised(5, np.int8))], {"axis": 1}, NUMBERS


def onnx_table():
    """The same for ONNX's own operators at opset 21."""
    data, fixed = (lambda a: (a, False)), (lambda a: (np.asarray(a), True))
    u8 = lambda value, at: (fixed(scale(value)), fixed(zero(at)))
    for name, shape, kernel, attributes in (
        ("plain", (2, 6, 9, 9), (8, 6, 3, 3), {"pads": [1, 1, 1, 1]}),
        ("strided", (1, 6, 9, 11), (8, 6, 3, 3), {"strides": [2, 2]}),
        ("depthwise", (1, 16, 9, 9), (16, 1, 3, 3), {"group": 16, "pads": [1, 1, 1, 1]}),
        ("pointwise", (1, 24, 7, 7), (40, 24, 1, 1), {}),
    ):
        x, w, count = quantised(shape), quantised(kernel, np.int8), kernel[0]
        bias = RANDOM.integers(-5000, 5000, count, np.int32)
        columns = [fixed(scale(.004, count)), fixed(zero([0] * count, np.int8))]
        yield f"conv_{name}", "QLinearConv", [data(x), *u8(.02, 118), fixed(w), *columns, *u8(.09, 130), fixed(bias)], attributes, ONE_STEP
        yield f"conv_integer_{name}", "ConvInteger", [data(x), fixed(w), fixed(zero(118))], attributes, EXACT
    for columns in (17, 33, 49):  # the last vector has one element
        yield f"quantize_tail_{columns}", "QuantizeLinear", [data(RANDOM.normal(size=(3, columns)).astype(np.float32)), *u8(.02, 118)], {}, EXACT
    left, right = quantised((3, 5, 37)), quantised((37, 19), np.int8)
    yield "matmul", "QLinearMatMul", [data(left), *u8(.02, 118), fixed(right), fixed(scale(.004)), fixed(zero(0, np.int8)), *u8(.09, 130)], {}, ONE_STEP
    yield "matmul_integer", "MatMulInteger", [data(left), fixed(right), fixed(zero(118)), fixed(zero(-5, np.int8))], {}, EXACT
    for left_type in (np.uint8, np.int8):
        for right_type in (np.uint8, np.int8):  # the largest products of all, where sums of two would leave 16 bits
            left, right = quantised((7, 64), left_type), quantised((64, 49), right_type)
            left[:4], right[:, :16] = np.iinfo(left_type).max, np.iinfo(right_type).max
            left[2:4], right[:, 8:16] = np.iinfo(left_type).min, np.iinfo(right_type).min
            yield f"matmul_groups_{left.dtype}_{right.dtype}", "MatMulInteger", [data(left), fixed(right)], {}, EXACT
    yield "dynamic_quantize", "DynamicQuantizeLinear", [data(RANDOM.normal(size=(4, 33)).astype(np.float32))], {}, EXACT


def numbers(step):
    """Floats of many magnitudes whose quotients by STEP are normal numbers, and those halfway between two multiples of it."""
    wide = RANDOM.normal(size=60000) * 2.0 ** RANDOM.integers(-60, 60, 60000)
    halfway = (np.arange(-4096, 4096) + 0.5) * np.float64(step)
    near = np.float32(halfway)
    special = np.array([0, np.inf, -np.inf, np.finfo(np.float32).max, np.finfo(np.float32).min], np.float32)
    return np.concatenate([np.float32(wide), near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf)), special])


def quotient_table():
    """Divisions by known numbers, which are products and must round alike."""
    for step in (3, -7, 1.41421354, 255, 384, 8, -0.25, 0.3, 1.99999988, 1e18, 6.0001):
        step = np.float32(step)
        yield f"divide_by_{step}", "Div", [(numbers(step), False), (step, True)], {}, EXACT
    for step, at in ((.0235294122, 0), (.0937, 146), (.25, 128), (3.1, 7)):
        x = numbers(np.float32(step))
        finite = x[np.abs(x) < 1e6 * step]
        yield f"quantize_halfway_{at}", "QuantizeLinear", [(finite, False), (np.float32(step), True), (zero(at), True)], {}, EXACT
        both = np.concatenate([finite, [np.float32(np.inf), np.float32(-np.inf)]])
        yield f"quantize_signed_{at}", "QuantizeLinear", [(both, False), (np.float32(step), True), (zero(at - 128, np.int8), True)], {}, EXACT


def model_of(domain, operator, inputs, attributes, outputs, as_float):
    """A model of one node, its result converted to float if AS_FLOAT; returns it with the feeds of its inputs."""
    names, values, feeds, constants = [], [], {}, []
    for index, entry in enumerate(inputs):
        names.append(f"i{index}" if entry is not None else "")
        if entry is None:
            continue
        array, constant = entry
        if constant:
            constants.append(numpy_helper.from_array(array, names[-1]))
        else:
            values.append(helper.make_tensor_value_info(names[-1], helper.np_dtype_to_tensor_dtype(array.dtype), array.shape))
            feeds[names[-1]] = array
    results = [helper.make_empty_tensor_value_info(f"o{i}") for i in range(outputs)]
    nodes = [helper.make_node(operator, names, ["quantised"] if as_float else [r.name for r in results], domain=domain, **attributes)]
    if as_float:
        nodes.append(helper.make_node("Cast", ["quantised"], ["o0"], to=TensorProto.FLOAT))
    graph = helper.make_graph(nodes, operator, values, results, constants)
    opsets = [helper.make_opsetid("", 21)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=10), feeds


def write_operators(work):
    folders = []
    for domain, rows in (("com.microsoft", table()), ("", onnx_table()), ("", quotient_table())):
        for name, operator, inputs, attributes, tolerance in rows:
            folder = os.path.join(work, (domain or "onnx") + "_" + name)
            os.makedirs(folder, exist_ok=True)
            model, feeds = model_of(domain, operator, inputs, attributes, 3 if operator == "DynamicQuantizeLinear" else 1, tolerance == ONE_STEP)
            path = os.path.join(work, "model.onnx")
            with open(path, "wb") as file:
                file.write(model.SerializeToString())
            write_case(folder, path, [feeds], tolerance)
            folders.append(folder)
    return folders


def write_proto(path, array, name):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(numpy_helper.from_array(array, name).SerializeToString())


def write_chains(work):
    """What lies between two quantisations in files: windows over few channels, functions of one byte, sums of two tensors."""
    folders = []

    def write(name, shape, nodes, constants):
        values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
        graph = helper.make_graph(
            [helper.make_node("QuantizeLinear", ["x", "step", "zero"], ["q"]), helper.make_node("DequantizeLinear", ["q", "step", "zero"], ["d"]), *nodes,
             helper.make_node("QuantizeLinear", ["y", "out_step", "out_zero"], ["r"]), helper.make_node("Cast", ["r"], ["o"], to=TensorProto.FLOAT)],
            name, values, [helper.make_tensor_value_info("o", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(np.asarray(a), n) for n, a in dict(step=scale(.031), zero=zero(121), out_step=scale(.05), out_zero=zero(130), **constants).items()])
        path, folder = os.path.join(work, "model.onnx"), os.path.join(work, "chain_" + name)
        with open(path, "wb") as file:
            file.write(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10).SerializeToString())
        write_case(folder, path, [{"x": RANDOM.normal(size=shape).astype(np.float32)}], ONE_STEP)
        folders.append(folder)

    for channels, kernel, stride, pad in ((3, (3, 3), 2, 1), (3, (7, 7), 2, 3), (1, (5, 5), 1, 2), (3, (1, 6), 1, 0), (5, (2, 2), 2, 0), (2, (3, 9), 1, 4)):
        weights = quantised((24, channels, *kernel), np.int8)
        nodes = [helper.make_node("DequantizeLinear", ["w", "columns"], ["f"], axis=0),
                 helper.make_node("Conv", ["d", "f"], ["y"], strides=[stride, stride], pads=[min(pad, kernel[0] // 2), min(pad, kernel[1] // 2)] * 2)]
        write(f"window_{channels}_{kernel[0]}x{kernel[1]}", (2, channels, 21, 23), nodes, {"w": weights, "columns": scale(.004, 24)})
    gelu = [helper.make_node("Gelu", ["d"], ["g"]), helper.make_node("QuantizeLinear", ["g", "step", "zero"], ["h"]), helper.make_node("DequantizeLinear", ["h", "step", "zero"], ["i"]), helper.make_node("Tanh", ["i"], ["y"])]
    write("gelu", (3, 7, 33), gelu, {})
    product = [helper.make_node("DequantizeLinear", ["w", "columns"], ["f"], axis=1), helper.make_node("MatMul", ["d", "f"], ["m"]),
               helper.make_node("QuantizeLinear", ["m", "step", "zero"], ["h"]), helper.make_node("DequantizeLinear", ["h", "step", "zero"], ["i"])]
    weights = {"w": quantised((64, 40), np.int8), "columns": scale(.002, 40)}
    write("product_swish", (19, 64), [*product, helper.make_node("Sigmoid", ["i"], ["s"]), helper.make_node("Mul", ["i", "s"], ["y"])], weights)
    write("product_sum", (19, 64), [*product, helper.make_node("Slice", ["d", "from", "to", "axis"], ["part"]), helper.make_node("Add", ["i", "part"], ["z"]), helper.make_node("Relu", ["z"], ["y"])],
          {**weights, "from": np.array([0]), "to": np.array([40]), "axis": np.array([1])})
    return folders


def write_casts(work):
    """Floats of all magnitudes to each small float and back, as ml_dtypes converts them."""
    import ml_dtypes
    values = RANDOM.integers(0, 2**32, 40000, np.uint32).view(np.float32)
    near = (RANDOM.normal(size=40000) * 2.0 ** RANDOM.integers(-20, 20, 40000)).astype(np.float32)
    ties = (np.arange(-4096, 4096) / 1024).astype(np.float32)
    values = np.concatenate([values[np.isfinite(values)], near, ties])
    folders = []
    for name in ("FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "FLOAT4E2M1"):
        code = getattr(TensorProto, name)
        dtype = helper.tensor_dtype_to_np_dtype(code)
        for saturate in (0, 1):
            info = ml_dtypes.finfo(dtype)
            source = np.clip(values, float(info.min), float(info.max)) if saturate else values
            small = source.astype(dtype)
            nodes = [helper.make_node("Cast", ["x"], ["y"], to=code, saturate=saturate), helper.make_node("Cast", ["y"], ["z"], to=1)]
            outputs = [helper.make_tensor_value_info("y", code, values.shape), helper.make_tensor_value_info("z", 1, values.shape)]
            graph = helper.make_graph(nodes, "cast", [helper.make_tensor_value_info("x", 1, values.shape)], outputs)
            folder = os.path.join(work, f"cast_{name}_{saturate}")
            data = os.path.join(folder, "test_data_set_0")
            for stem, array in (("input_0", values), ("output_0", small), ("output_1", small.astype(np.float32))):
                write_proto(os.path.join(data, stem + ".pb"), array, "xyz"[("input_0", "output_0", "output_1").index(stem)])
            with open(os.path.join(folder, "model.onnx"), "wb") as file:
                file.write(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11).SerializeToString())
            with open(os.path.join(folder, "tolerance"), "w") as file:
                file.write(EXACT + "\n")
            folders.append(folder)
    return folders


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("options", nargs="*", help="passed on to tessera verify")
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    folders = write_operators(arguments.work) + write_chains(arguments.work) + write_casts(arguments.work)
    _, counts = verify(arguments.tessera, "--jobs", arguments.jobs, *arguments.options, *folders)
    return summary(*counts)


if __name__ == "__main__":
    sys.exit(main())
