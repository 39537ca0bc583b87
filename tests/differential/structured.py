"""Proposals of nodes that combine many elements: products, windows, reductions, normalisations, recurrences."""
import numpy as np
from graph import SINGLE, Refused


def matmul(graph):
    a = graph.number(rank=graph.choose([1, 2, 2, 3, 4]), dtypes=(np.float32, np.float32, np.float64))
    inner = a.shape[-1]
    if inner == 0:
        raise Refused("ONNX Runtime leaves a sum of no products as it finds it")

    def make():
        columns = graph.choose([1, 3, 8, 16, 17, 33])
        shape = (inner,) if graph.chance(0.1) else (*(a.shape[:-2] if graph.chance(0.4) else ()), inner, columns)
        return graph.fresh(shape, a.dtype)
    b = graph.pick(lambda v: v.dtype == a.dtype and v.rank >= 2 and v.shape[-2] == inner and v is not a and v.rank == 2, make)
    product, = graph.add("MatMul", [a, b], exact="if")
    if graph.chance(0.5) and product.rank:
        graph.add("Add", [product, graph.fresh(product.shape[-1:], product.dtype, constant=True)], exact="if")


def gemm(graph):
    a = graph.number(rank=2, dtypes=SINGLE)
    trans_a, trans_b = graph.integer(0, 1), graph.integer(0, 1)
    inner, rows = (a.shape[0], a.shape[1]) if trans_a else (a.shape[1], a.shape[0])
    columns = graph.choose([1, 5, 16, 31])
    b = graph.fresh((columns, inner) if trans_b else (inner, columns))
    c = graph.fresh(graph.choose([(columns,), (1, columns), (rows, columns), (rows, 1), ()])) if graph.chance(0.7) else None
    graph.add("Gemm", [a, b, c], {"transA": trans_a, "transB": trans_b, "alpha": graph.choose([1.0, 2.0, 0.5]),
                                  # Without products ONNX Runtime forgets beta.
                                  "beta": graph.choose([1.0, 2.0]) if inner else 1.0}, exact="if")


def einsum(graph):
    equation, ranks = graph.choose([("ij,jk->ik", (2, 2)), ("bij,bkj->bik", (3, 3)), ("ij,ij->ij", (2, 2)), ("ij->ji", (2,)),
                                    ("bhid,bhjd->bhij", (4, 4)), ("i,j->ij", (1, 1)), ("ij->i", (2,))])
    sizes, operands = {}, []
    for term, rank in zip(equation.split("->")[0].split(","), ranks):
        shape = tuple(sizes.setdefault(letter, graph.integer(1, 6)) for letter in term)
        operands.append(graph.pick(lambda v, shape=shape: v.shape == shape and v.dtype == np.float32, lambda shape=shape: graph.fresh(shape)))
    graph.add("Einsum", operands, {"equation": equation}, exact="if")


def image(graph, rank=None):
    """A value with batch and channels."""
    rank = rank or graph.choose([3, 4, 4, 4, 5])
    return graph.number(rank=rank, dtypes=SINGLE, least=1)


def window(graph, sizes, can_dilate=True):
    """Attributes of a window that fits."""
    kernel = [graph.integer(1, min(size, 3)) for size in sizes]
    attributes = {"kernel_shape": kernel}
    if graph.chance(0.6):
        attributes["strides"] = [graph.integer(1, 2) for _ in sizes]
    if graph.chance(0.3):
        attributes["auto_pad"] = graph.choose(["SAME_UPPER", "SAME_LOWER", "VALID"])
    elif graph.chance(0.6):
        attributes["pads"] = [graph.integer(0, size - 1) for size in kernel * 2]
    # ONNX Runtime does not count the dilation when it makes the extents the same.
    can_dilate = can_dilate and not attributes.get("auto_pad", "").startswith("SAME")
    if can_dilate and graph.chance(0.2) and all(size > 2 * (k - 1) for size, k in zip(sizes, kernel)):
        attributes["dilations"] = [2] * len(sizes)
    return attributes


def convolution(graph):
    x = image(graph)
    channels, sizes = x.shape[1], x.shape[2:]
    groups = graph.choose([1, 1, channels] + [g for g in (2, 4) if channels % g == 0])
    outputs = groups * graph.choose([1, 1, 2, 3, 8])
    attributes = {**window(graph, sizes), "group": groups}
    weight = graph.fresh((outputs, channels // groups, *attributes["kernel_shape"]), constant=graph.chance(0.8))
    bias = graph.fresh((outputs,), constant=True) if graph.chance(0.6) else None
    y, = graph.add("Conv", [x, weight, bias], attributes, exact="if")
    if graph.chance(0.4):
        graph.add(graph.choose(["Relu", "HardSwish", "Sigmoid", "LeakyRelu"]), [y])


def transposed_convolution(graph):
    x = image(graph)
    groups = graph.choose([1, 1, x.shape[1]])
    attributes = window(graph, x.shape[2:], can_dilate=False)
    attributes.pop("auto_pad", None)
    attributes["group"] = groups
    weight = graph.fresh((x.shape[1], graph.integer(1, 3), *attributes["kernel_shape"]), constant=True)
    bias = graph.fresh((weight.shape[1] * groups,), constant=True) if graph.chance(0.5) else None
    graph.add("ConvTranspose", [x, weight, bias], attributes, exact="if")


def pool(graph):
    x = image(graph)
    operator = graph.choose(["MaxPool", "AveragePool", "AveragePool", "LpPool"])
    attributes = window(graph, x.shape[2:], can_dilate=operator == "MaxPool")
    if operator == "LpPool":
        attributes.pop("auto_pad", None)
    if operator != "LpPool" and graph.chance(0.3) and "auto_pad" not in attributes:
        attributes["ceil_mode"] = 1
    if operator == "AveragePool" and graph.chance(0.4):
        attributes["count_include_pad"] = 1
    graph.add(operator, [x], attributes, exact="if" if operator == "MaxPool" else "no")


def global_pool(graph):
    graph.add(graph.choose(["GlobalAveragePool", "GlobalMaxPool"]), [image(graph)])


def axes_of(graph, x):
    axes = [axis for axis in range(x.rank) if graph.chance(0.5)]
    return [axis - x.rank if graph.chance(0.3) else axis for axis in axes]


def reduction(graph):
    operator = graph.choose(["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare",
                             "ReduceLogSumExp", "ReduceLogSum"])
    # Of integers, ONNX Runtime rounds after each step of the others, which ONNX does not ask for. Of nothing it keeps axes that
    # it should drop.
    for_integers = operator in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceSumSquare", "ReduceProd")
    x = graph.number(dtypes=(np.float32, np.float32, np.float64) + (np.int32,) * for_integers, least=0 if operator == "ReduceSum" else 1)
    if operator == "ReduceLogSum":
        x, = graph.add("Abs", [x])
        x, = graph.add("Add", [x, graph.constant(1, x.dtype)])
    axes = axes_of(graph, x)
    attributes = {"keepdims": graph.integer(0, 1)}
    as_input = operator == "ReduceSum" or graph.opset >= 18
    if axes and not as_input:
        attributes["axes"] = axes
    keeps = operator in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceSumSquare")
    graph.add(operator, [x, graph.constant(axes)] if axes and as_input else [x], attributes, exact="if" if keeps else "no")


def arg_extreme(graph):
    x = graph.number(rank=graph.integer(1, 4), exact=True, dtypes=(np.float32, np.int32), least=1)
    attributes = {"axis": graph.integer(-x.rank, x.rank - 1), "keepdims": graph.integer(0, 1), "select_last_index": graph.integer(0, 1)}
    graph.add(graph.choose(["ArgMax", "ArgMin"]), [x], attributes)


def top_k(graph):
    x = graph.number(rank=graph.integer(1, 3), exact=True, dtypes=SINGLE, least=1)
    axis = graph.integer(-x.rank, x.rank - 1)
    graph.add("TopK", [x, graph.constant([graph.integer(1, x.shape[axis])])], {"axis": axis, "largest": graph.integer(0, 1)}, outputs=2, exact="if")


def softmax(graph):
    x = graph.number(rank=graph.integer(1, 4), least=1)
    operator = graph.choose(["Softmax", "Softmax", "LogSoftmax"])
    graph.add(operator, [x], {"axis": graph.integer(-x.rank, x.rank - 1)} if graph.chance(0.8) else {})


def hardmax(graph):
    x = graph.number(rank=graph.integer(1, 3), exact=True, dtypes=SINGLE, least=1)
    graph.add("Hardmax", [x], {"axis": graph.integer(-x.rank, x.rank - 1)}, exact="yes")


def cumulative_sum(graph):
    x = graph.number(rank=graph.integer(1, 3), dtypes=(np.float32, np.int64, np.int32))
    graph.add("CumSum", [x, graph.constant(graph.integer(-x.rank, x.rank - 1))],
              {"exclusive": graph.integer(0, 1), "reverse": graph.integer(0, 1)}, exact="if")


def batch_normalisation(graph):
    x = graph.number(rank=graph.choose([2, 3, 4]), dtypes=SINGLE, least=1)
    channels = (x.shape[1],)
    variance = graph.give(graph.rng.random(channels).astype(np.float32) + 0.5, exact=False, constant=True)
    parameters = [graph.fresh(channels, constant=True) for _ in range(3)]
    graph.add("BatchNormalization", [x, *parameters, variance], {"epsilon": 1e-3} if graph.chance(0.3) else {})


def normalisation(graph):
    operator = graph.choose(["InstanceNormalization", "LayerNormalization", "LRN", "LpNormalization", "GroupNormalization", "MeanVarianceNormalization"])
    if operator == "LayerNormalization":
        x = graph.number(rank=graph.integer(2, 4), dtypes=SINGLE, least=2)
        axis = graph.integer(1, x.rank - 1)
        scale = graph.fresh(x.shape[axis:])
        bias = graph.fresh(x.shape[axis:]) if graph.chance(0.6) else None
        graph.add(operator, [x, scale, bias], {"axis": axis - x.rank if graph.chance(0.5) else axis})
        return
    x = graph.number(rank=4, dtypes=SINGLE, least=2)
    channels = x.shape[1]
    if operator == "InstanceNormalization":
        graph.add(operator, [x, graph.fresh((channels,), constant=True), graph.fresh((channels,), constant=True)])
    elif operator == "GroupNormalization":
        groups = graph.choose([g for g in (1, 2, 4, channels) if channels % g == 0])
        count = channels if graph.opset >= 21 else groups
        graph.add(operator, [x, graph.fresh((count,)), graph.fresh((count,))], {"num_groups": groups})
    elif operator == "LRN":
        graph.add(operator, [x], {"size": graph.choose([1, 3, 5])})
    elif operator == "LpNormalization":
        graph.add(operator, [x], {"p": graph.integer(1, 2), "axis": graph.integer(-4, 3)})
    else:
        graph.add(operator, [x])


def resize(graph):
    x = graph.number(rank=4, dtypes=SINGLE, least=1)
    mode = graph.choose(["nearest", "linear", "cubic"])
    attributes = {"mode": mode, "coordinate_transformation_mode": graph.choose(["half_pixel", "asymmetric", "align_corners"])}
    if mode == "nearest":
        attributes["nearest_mode"] = graph.choose(["floor", "round_prefer_floor", "ceil", "round_prefer_ceil"])
        attributes["coordinate_transformation_mode"] = "asymmetric"
    factors = [1, 1, *(graph.choose([1, 2, 3]) for _ in range(2))]
    if graph.chance(0.5):
        graph.add("Resize", [x, None, graph.constant(factors, np.float32)], attributes, exact="if" if mode == "nearest" else "no")
    else:
        sizes = [size * factor for size, factor in zip(x.shape, factors)]
        graph.add("Resize", [x, None, None, graph.constant(sizes)], attributes, exact="if" if mode == "nearest" else "no")


def recurrence(graph):
    operator, gates = graph.choose([("LSTM", 4), ("GRU", 3), ("RNN", 1)])
    x = graph.number(rank=3, dtypes=SINGLE, least=1)
    hidden = graph.choose([1, 3, 8])
    direction = graph.choose(["forward", "forward", "reverse", "bidirectional"])
    directions = 2 if direction == "bidirectional" else 1
    small = [graph.give(graph.rng.standard_normal((directions, gates * hidden, size)).astype(np.float32) / 2, False, True)
             for size in (x.shape[2], hidden)]
    bias = graph.fresh((directions, 2 * gates * hidden), constant=True) if graph.chance(0.6) else None
    attributes = {"hidden_size": hidden, "direction": direction}
    if operator == "GRU" and graph.chance(0.5):
        attributes["linear_before_reset"] = 1
    graph.add(operator, [x, *small, bias], attributes, outputs=2)


def quantise(graph):
    x = graph.number(exact=True, dtypes=SINGLE)
    zero = graph.constant(graph.integer(0, 5), graph.choose([np.uint8, np.int8]))
    scale = graph.constant(graph.choose([0.5, 1.0, 2.0]), np.float32)
    stored, = graph.add("QuantizeLinear", [x, scale, zero])
    graph.add("DequantizeLinear", [stored, scale, zero], exact="if")


def integer_matmul(graph):
    a = graph.number(rank=2, dtypes=(np.uint8, np.int8))
    b = graph.fresh((a.shape[1], graph.integer(1, 20)), graph.choose([np.int8, np.uint8]))
    graph.add("MatMulInteger", [a, b, graph.constant(graph.integer(0, 3), a.dtype) if graph.chance(0.5) else None])


def attention(graph):
    """softmax(q k^T) v, written out."""
    q = graph.number(rank=graph.choose([2, 3, 4]), dtypes=SINGLE, least=1)
    k, v = graph.fresh(q.shape), graph.fresh(q.shape)
    perm = list(range(q.rank))
    perm[-1], perm[-2] = perm[-2], perm[-1]
    turned, = graph.add("Transpose", [k], {"perm": perm}, exact="if")
    scores, = graph.add("MatMul", [q, turned], exact="if")
    scaled, = graph.add("Mul", [scores, graph.constant(0.25, np.float32)])
    weights, = graph.add("Softmax", [scaled], {"axis": -1})
    graph.add("MatMul", [weights, v])


PROPOSALS = [matmul] * 4 + [gemm, gemm, einsum] + [convolution] * 4 + [
    transposed_convolution, pool, pool, global_pool, reduction, reduction, reduction, arg_extreme, top_k, softmax, softmax, hardmax,
    cumulative_sum, batch_normalisation, normalisation, normalisation, resize, recurrence, quantise, integer_matmul, attention]

