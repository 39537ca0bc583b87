"""Proposals of nodes that move elements: views, joins, indexing."""
import numpy as np
from graph import FLOATS, INTEGERS, Refused

ANY = FLOATS + INTEGERS + (np.bool_,)
COMMON = (np.float32, np.float32, np.float16, np.int64, np.int32, np.bool_)


def transpose(graph):
    x = graph.number(dtypes=COMMON)
    graph.add("Transpose", [x], {"perm": [int(axis) for axis in graph.rng.permutation(x.rank)]} if graph.chance(0.8) else {}, exact="if")


def factored(graph, count):
    """A random shape of `count` elements."""
    shape = []
    for factor in (2, 3, 5, 7, 13):
        while count > 1 and count % factor == 0 and len(shape) < 5 and graph.chance(0.6):
            shape.append(factor)
            count //= factor
    shape.insert(graph.integer(0, len(shape)), count)
    if graph.chance(0.3):
        shape.insert(graph.integer(0, len(shape)), 1)
    return shape


def reshape(graph):
    x = graph.number(dtypes=COMMON)
    shape = factored(graph, x.array.size)
    if x.array.size and graph.chance(0.4):
        shape[graph.integer(0, len(shape) - 1)] = -1
    elif x.rank and graph.chance(0.2):
        shape = [0] + [-1] if x.array.size else list(x.shape)
    allow = {"allowzero": 1} if 0 in shape and not x.array.size and graph.opset >= 14 else {}
    graph.add("Reshape", [x, graph.constant(shape)], allow, exact="if")


def squeeze(graph):
    x = graph.pick(lambda v: 1 in v.shape)
    axes = [axis for axis, size in enumerate(x.shape) if size == 1 and graph.chance(0.7)]
    graph.add("Squeeze", [x, graph.constant(axes) if axes else None], exact="if")


def unsqueeze(graph):
    x = graph.number(dtypes=COMMON)
    axes = sorted({graph.integer(0, x.rank) for _ in range(graph.integer(1, 2))})
    if graph.chance(0.3):
        axes = [axis - x.rank - len(axes) for axis in axes]
    graph.add("Unsqueeze", [x, graph.constant(axes)], exact="if")


def flatten(graph):
    x = graph.number(dtypes=COMMON)
    graph.add("Flatten", [x], {"axis": graph.integer(-x.rank, x.rank)}, exact="if")


def slice_(graph):
    x = graph.pick(lambda v: v.rank >= 1, lambda: graph.fresh(graph.random_shape(graph.integer(1, 4))))
    axes = [axis for axis in range(x.rank) if graph.chance(0.5)] or [0]
    starts, ends, steps = [], [], []
    for axis in axes:
        size = x.shape[axis]
        step = graph.choose([1, 1, 1, 2, 3, -1, -2])
        bounds = sorted((graph.integer(-size - 1, size + 1), graph.integer(-size - 1, size + 1)))
        starts.append(bounds[0] if step > 0 else bounds[1])
        ends.append(graph.choose([bounds[1], 2**31, 2**63 - 1]) if step > 0 else graph.choose([bounds[0], -(2**31)]))
        steps.append(step)
    axes = [axis - x.rank if graph.chance(0.3) else axis for axis in axes]
    graph.add("Slice", [x, *map(graph.constant, (starts, ends, axes, steps))], exact="if")


def concat(graph):
    first = graph.pick(lambda v: v.rank >= 1 and v.dtype in COMMON, lambda: graph.fresh(graph.random_shape(graph.integer(1, 4))))
    axis = graph.integer(0, first.rank - 1)

    def fits(value):
        return value.dtype == first.dtype and value.rank == first.rank and all(
            a == b for i, (a, b) in enumerate(zip(first.shape, value.shape)) if i != axis)

    def make():
        shape = list(first.shape)
        shape[axis] = graph.integer(0, 4)
        return graph.fresh(tuple(shape), first.dtype)
    parts = [first] + [graph.pick(fits, make) for _ in range(graph.integer(0, 3))]
    graph.add("Concat", parts, {"axis": axis - first.rank if graph.chance(0.3) else axis}, exact="if")


def split(graph):
    x = graph.pick(lambda v: v.rank >= 1 and v.dtype in COMMON, lambda: graph.fresh(graph.random_shape(graph.integer(1, 4), 2)))
    axis = graph.integer(0, x.rank - 1)
    size, count = x.shape[axis], graph.integer(2, 3)
    cuts = sorted(graph.integer(0, size) for _ in range(count - 1))
    sizes = [int(b - a) for a, b in zip([0, *cuts], [*cuts, size])]
    if graph.opset >= 18 and graph.chance(0.3) and size >= count:
        graph.add("Split", [x], {"axis": axis, "num_outputs": count}, outputs=count, exact="if")
    else:
        graph.add("Split", [x, graph.constant(sizes)], {"axis": axis}, outputs=count, exact="if")


def expand(graph):
    x = graph.number(dtypes=COMMON)
    shape = [graph.integer(1, 4) if size == 1 else graph.choose([1, size]) for size in x.shape]
    shape = [graph.integer(1, 3) for _ in range(graph.integer(0, 1))] + shape
    graph.add("Expand", [x, graph.constant(shape)], exact="if")


def tile(graph):
    x = graph.number(dtypes=COMMON)
    graph.add("Tile", [x, graph.constant([graph.choose([0, 1, 1, 2, 3]) for _ in x.shape])], exact="if")


def pad(graph):
    x = graph.pick(lambda v: v.rank >= 1 and v.dtype in (np.float32, np.int64, np.int32), lambda: graph.fresh(graph.random_shape(graph.integer(1, 4), 2)))
    mode = graph.choose(["constant", "constant", "edge", "reflect"])
    if mode != "constant" and min(x.shape) < 2:
        raise Refused("too small to reflect")
    least = -1 if mode == "constant" and min(x.shape) >= 3 else 0
    pads = [graph.integer(least, 1 if mode == "reflect" else 2) if graph.chance(0.6) else 0 for _ in range(2 * x.rank)]
    fill = graph.constant(graph.integer(-2, 2), x.dtype) if mode == "constant" and graph.chance(0.6) else None
    graph.add("Pad", [x, graph.constant(pads), fill], {"mode": mode}, exact="if")


def indices_below(graph, size, shape):
    if size == 0:
        raise Refused("nothing to index")
    return graph.give(graph.rng.integers(-size, size, shape).astype(graph.choose([np.int64, np.int32])))


def gather(graph):
    x = graph.pick(lambda v: v.rank >= 1, lambda: graph.fresh(graph.random_shape(graph.integer(1, 3), 1)))
    axis = graph.integer(0, x.rank - 1)
    graph.add("Gather", [x, indices_below(graph, x.shape[axis], graph.random_shape(graph.integer(0, 2)))], {"axis": axis}, exact="if")


def gather_elements(graph):
    x = graph.number(rank=graph.integer(1, 3), least=1)
    axis = graph.integer(0, x.rank - 1)
    shape = [graph.integer(1, size) for size in x.shape]
    graph.add("GatherElements", [x, indices_below(graph, x.shape[axis], shape)], {"axis": axis}, exact="if")


def gather_nd(graph):
    x = graph.number(rank=graph.integer(1, 3), least=1)
    depth, count = graph.integer(1, x.rank), graph.integer(1, 4)
    columns = [graph.rng.integers(-size, size, (count, 1)) for size in x.shape[:depth]]
    graph.add("GatherND", [x, graph.give(np.concatenate(columns, 1).astype(np.int64))], exact="if")


def scatter_elements(graph):
    x = graph.number(rank=graph.integer(1, 3), dtypes=(np.float32,), least=1)
    axis = graph.integer(0, x.rank - 1)
    reduction = graph.choose(["none", "add", "mul"]) if graph.opset >= 16 else "none"
    shape = [graph.integer(1, size) for size in x.shape]
    rows = graph.rng.random([x.shape[axis] if i == axis else size for i, size in enumerate(shape)]).argsort(axis=axis)
    # Positions are distinct: with several writers the order is open.
    indices = np.take(rows, range(shape[axis]), axis=axis)
    graph.add("ScatterElements", [x, graph.give(indices.astype(np.int64)), graph.fresh(shape, x.dtype)],
              {"axis": axis, **({"reduction": reduction} if reduction != "none" else {})}, exact="if")


def scatter_nd(graph):
    x = graph.number(rank=graph.integer(1, 3), dtypes=(np.float32,), least=1)
    count = graph.integer(1, x.shape[0])
    indices = graph.rng.permutation(x.shape[0])[:count].reshape(count, 1).astype(np.int64)
    graph.add("ScatterND", [x, graph.give(indices), graph.fresh((count, *x.shape[1:]), x.dtype)], exact="if")


def depth_to_space(graph):
    n, c, h, w = graph.random_shape(4, 1)
    block = graph.choose([2, 3])
    if graph.chance(0.5):
        x = graph.fresh((n, (c % 3 + 1) * block * block, h, w))
        graph.add("DepthToSpace", [x], {"blocksize": block, "mode": graph.choose(["DCR", "CRD"])}, exact="if")
    else:
        graph.add("SpaceToDepth", [graph.fresh((n, c, h % 4 * block, w % 4 * block))], {"blocksize": block}, exact="if")


def shape_arithmetic(graph):
    """The sizes of one value decide the shape of another."""
    x = graph.number(rank=graph.integer(1, 4), dtypes=(np.float32,))
    shape, = graph.add("Shape", [x])
    axis = graph.integer(0, x.rank - 1)
    size, = graph.add("Gather", [shape, graph.constant([axis])])
    rest, = graph.add("Concat", [size, graph.constant([-1])], {"axis": 0})
    if x.shape[axis]:
        graph.add("Reshape", [x, rest], exact="if")


def constant_of_shape(graph):
    x = graph.number(rank=graph.integer(1, 3), dtypes=(np.float32,))
    shape, = graph.add("Shape", [x])
    zeros, = graph.add("ConstantOfShape", [shape], exact="yes")
    graph.add("Add", [x, zeros], exact="if")


def triangle(graph):
    x = graph.number(rank=graph.integer(2, 3), dtypes=(np.float32, np.int64))
    graph.add("Trilu", [x, graph.constant(graph.integer(-2, 2)) if graph.chance(0.5) else None], {"upper": graph.integer(0, 1)}, exact="if")


def one_hot(graph):
    indices = graph.number(dtypes=(np.int64,), rank=graph.integer(0, 2))
    values = graph.constant([0, 1], np.float32)
    graph.add("OneHot", [indices, graph.constant(graph.integer(3, 6)), values], {"axis": graph.choose([-1, 0])}, exact="yes")


def range_(graph):
    start, count, step = graph.integer(-3, 3), graph.integer(0, 9), graph.choose([1, 2, -1])
    dtype = graph.choose([np.int64, np.int32, np.float32])
    graph.add("Range", [graph.constant(number, dtype) for number in (start, start + count * step, step)], exact="yes")


def eye_like(graph):
    graph.add("EyeLike", [graph.number(rank=2)], {"k": graph.integer(-1, 1)}, exact="yes")


def size(graph):
    graph.add("Size", [graph.number()])


def reverse_sequence(graph):
    x = graph.number(rank=graph.integer(2, 3), least=1)
    lengths = graph.give(graph.rng.integers(1, x.shape[0] + 1, x.shape[1]).astype(np.int64))
    graph.add("ReverseSequence", [x, lengths], {"batch_axis": 1, "time_axis": 0}, exact="if")


def views(graph):
    """Several views in a row, as composition likes them."""
    for _ in range(graph.integer(2, 3)):
        graph.choose([transpose, reshape, slice_, unsqueeze, concat, expand])(graph)


PROPOSALS = [transpose, transpose, reshape, reshape, squeeze, unsqueeze, flatten, slice_, slice_, concat, concat, split, split, expand,
             tile, pad, gather, gather_elements, gather_nd, scatter_elements, scatter_nd, depth_to_space, shape_arithmetic,
             constant_of_shape, triangle, one_hot, range_, eye_like, size, reverse_sequence, views, views]
