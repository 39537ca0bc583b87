"""Single operators of usual sizes, for operators.py: name, operator, inputs, constants and attributes of each."""
import numpy as np

RANDOM = np.random.default_rng(0)


def f(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def i(limit, *shape, dtype=np.int64):
    return RANDOM.integers(0, limit, shape).astype(dtype)


def one(dtype=np.float32, *values):
    return np.array(values, dtype)


IMAGE, MATRIX = f(1, 64, 64, 64), f(1024, 1024)
NONE = np.array([], np.float32)  # an input left out


def moved():
    yield "transpose", "Transpose", [MATRIX], [], {"perm": [1, 0]}
    yield "transpose_channels", "Transpose", [IMAGE], [], {"perm": [0, 2, 3, 1]}
    yield "pad_reflect", "Pad", [IMAGE], [one(np.int64, 0, 0, 3, 3, 0, 0, 3, 3)], {"mode": "reflect"}
    yield "tile", "Tile", [f(128, 128)], [one(np.int64, 8, 8)], {}
    yield "expand", "Expand", [f(128, 1, 128)], [one(np.int64, 128, 64, 128)], {}
    yield "slice_every_third", "Slice", [MATRIX], [one(np.int64, 0), one(np.int64, 1024), one(np.int64, 1), one(np.int64, 3)], {}
    yield "depth_to_space", "DepthToSpace", [IMAGE], [], {"blocksize": 4}
    yield "gather_rows", "Gather", [f(30000, 64), i(30000, 4096)], [], {"axis": 0}
    yield "gather_elements", "GatherElements", [MATRIX, i(1024, 1024, 512)], [], {"axis": 1}
    yield "scatter_rows", "ScatterND", [f(5000, 64), i(5000, 2000, 1), f(2000, 64)], [], {}
    yield "scatter_sums", "ScatterElements", [MATRIX, i(1024, 1024, 100), f(1024, 100)], [], {"axis": 1, "reduction": "add"}
    yield "resize_linear", "Resize", [IMAGE], [NONE, one(np.float32, 1, 1, 2, 2)], {"mode": "linear"}
    yield "resize_cubic", "Resize", [IMAGE], [NONE, one(np.float32, 1, 1, 2, 2)], {"mode": "cubic"}
    yield "resize_smoothly", "Resize", [IMAGE], [NONE, one(np.float32, 1, 1, 0.37, 0.37)], {"mode": "linear", "antialias": 1}
    yield "grid_sample", "GridSample", [IMAGE, RANDOM.uniform(-1, 1, (1, 64, 64, 2)).astype(np.float32)], [], {}


def chosen():
    yield "top_10_of_1024", "TopK", [MATRIX], [one(np.int64, 10)], {}
    yield "top_1000_of_100000", "TopK", [f(1, 100000)], [one(np.int64, 1000)], {}
    yield "sort_20000", "TopK", [f(4, 20000)], [one(np.int64, 20000)], {}
    yield "arg_max", "ArgMax", [MATRIX], [], {"axis": 1}
    yield "non_zero", "NonZero", [f(1000, 100) > 0], [], {}
    yield "unique", "Unique", [i(1000, 100000)], [], {}
    yield "one_hot", "OneHot", [i(1000, 4096)], [np.array(1000), one(np.float32, 0, 1)], {}
    yield "where", "Where", [MATRIX > 0, MATRIX, f(1024, 1024)], [], {}


def reduced():
    yield "sum_of_rows", "ReduceSum", [MATRIX], [one(np.int64, 1)], {}
    yield "sum_of_columns", "ReduceSum", [MATRIX], [one(np.int64, 0)], {}
    yield "greatest_in_the_middle", "ReduceMax", [f(64, 128, 128)], [one(np.int64, 1)], {}
    yield "log_sum_exp", "ReduceLogSumExp", [MATRIX], [one(np.int64, 1)], {}
    yield "cumulative_sum", "CumSum", [f(8, 100000)], [np.array(1)], {}
    yield "softmax_of_channels", "Softmax", [IMAGE], [], {"axis": 1}
    yield "hardmax", "Hardmax", [MATRIX], [], {}
    yield "layer_normalisation", "LayerNormalization", [MATRIX], [f(1024), f(1024)], {}
    yield "instance_normalisation", "InstanceNormalization", [IMAGE], [f(64), f(64)], {}
    yield "max_pool_3x3", "MaxPool", [IMAGE], [], {"kernel_shape": [3, 3], "strides": [2, 2]}
    yield "max_pool_13x13", "MaxPool", [IMAGE], [], {"kernel_shape": [13, 13], "pads": [6] * 4}
    yield "average_pool_3x3", "AveragePool", [IMAGE], [], {"kernel_shape": [3, 3], "pads": [1] * 4}


def pointwise():
    for op in ("Erf", "Tanh", "Sigmoid", "Exp", "Sin", "Softplus", "Elu", "HardSwish", "Mish", "Gelu", "Round", "Reciprocal"):
        yield op.lower(), op, [MATRIX], [], {}
    yield "power", "Pow", [np.abs(MATRIX), f(1024, 1024)], [], {}
    yield "divide_int64", "Div", [i(100000, 1024, 1024), i(99, 1024, 1024) + 1], [], {}
    yield "divide_int32", "Div", [i(100000, 1024, 1024, dtype=np.int32), i(99, 1024, 1024, dtype=np.int32) + 1], [], {}
    yield "quantise", "QuantizeLinear", [MATRIX], [np.float32(0.02), np.uint8(128)], {}


def products():
    yield "product", "MatMul", [f(256, 512), f(512, 256)], [], {}
    yield "product_of_rows", "Gemm", [f(256, 512), f(256, 512)], [], {"transB": 1}
    yield "products_32x64x64x64", "MatMul", [f(32, 64, 64), f(32, 64, 64)], [], {}
    yield "product_of_bytes", "MatMulInteger", [i(200, 128, 512, dtype=np.uint8), i(100, 512, 256, dtype=np.int8)], [], {}
    yield "product_f64", "MatMul", [f(256, 256).astype(np.float64), f(256, 256).astype(np.float64)], [], {}
    yield "scores_of_heads", "Einsum", [f(2, 64, 8, 64), f(2, 64, 8, 64)], [], {"equation": "bthd,bshd->bhts"}
    yield "convolution_1d", "Conv", [f(1, 64, 4000)], [f(64, 64, 9)], {"pads": [4, 4]}
    yield "convolution_3d", "Conv", [f(1, 8, 16, 32, 32)], [f(16, 8, 3, 3, 3)], {"pads": [1] * 6}
    yield "convolution_groups", "Conv", [IMAGE], [f(64, 8, 3, 3)], {"group": 8, "pads": [1] * 4}
    yield "convolution_transposed", "ConvTranspose", [f(1, 64, 32, 32)], [f(64, 32, 4, 4)], {"strides": [2, 2], "pads": [1] * 4}


def recurrences():
    for op, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        for batch, width in ((1, 64), (4, 256)):
            for direction, count in (("forward", 1), ("bidirectional", 2)):
                for before in ((0, 1) if op == "GRU" else (None,)):
                    name = f"{op.lower()}_{width}_batch_{batch}_{direction}" + ("_reset_after" if before else "")
                    own = {} if before is None else {"linear_before_reset": before}
                    weights = [f(count, gates * width, width) * 0.1, f(count, gates * width, width) * 0.1, f(count, 2 * gates * width) * 0.1]
                    yield name, op, [f(50, batch, width)], weights, {"hidden_size": width, "direction": direction, **own}


def cases():
    for group in (moved, chosen, reduced, pointwise, products, recurrences):
        yield from group()
