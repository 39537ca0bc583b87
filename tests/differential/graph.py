"""A random graph while it grows: every value is known as an array, because ONNX Runtime computes each node when it is added.

So operators need no shape rules of their own: an operator proposes a node, and a node that the runtime refuses, that gives
numbers too large to compare or too many of them, is dropped.

A value is `exact` when it holds integers that any order of evaluation computes alike. Only such values may feed operators with
jumps (rounding, comparisons, positions of largest elements): elsewhere a difference in the last bit would become a large one.
"""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)

EXTENTS = [0, 1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 13, 16, 17]
FLOATS = (np.float32, np.float16, np.float64)
SINGLE = (np.float32,)
INTEGERS = (np.int64, np.int32, np.int8, np.uint8, np.int16, np.uint16, np.uint32, np.uint64)
MOST_ELEMENTS = 4096
LARGEST = 1e4
LARGEST_EXACT = 1000


class Refused(Exception):
    """The node cannot be added."""


class Value:
    """`coarse`: half precision had a part in it, so that its last digits mean nothing."""

    def __init__(self, name, array, exact, constant=False, coarse=False):
        self.name, self.array, self.exact, self.constant = name, array, exact, constant
        self.coarse = not exact and (coarse or array.dtype == np.float16)

    @property
    def shape(self):
        return self.array.shape

    @property
    def rank(self):
        return self.array.ndim

    @property
    def dtype(self):
        return self.array.dtype

    @property
    def is_float(self):
        return self.dtype.kind == "f"


def run_node(node, values, opset):
    """Returns what ONNX Runtime computes for one node."""
    present = {value.name: value for value in values if value}
    inputs = [helper.make_tensor_value_info(value.name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
              for value in present.values()]
    outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
    graph = helper.make_graph([node], "node", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run(None, {name: value.array for name, value in present.items()})
    except Exception as error:  # the runtime's exceptions share no base class
        raise Refused(str(error)) from None
    if not all(isinstance(result, np.ndarray) for result in results):
        raise Refused("not a tensor")
    return dict(zip([name for name in node.output if name], results))


def is_comparable(array):
    """Whether a result is small and finite, so that a difference in it means something."""
    if array.size > MOST_ELEMENTS or array.ndim > 6:
        return False
    if array.dtype.kind == "f":
        # The whole graph would otherwise compare NaN with NaN.
        return bool(np.isfinite(array).all()) and (array.size == 0 or np.abs(array.astype(np.float64)).max() <= LARGEST)
    if array.dtype.kind in "iu" and array.dtype.itemsize > 2:
        return array.size == 0 or np.abs(array.astype(np.float64)).max() <= 2**20
    return True


def holds_integers(array):
    if array.dtype.kind != "f":
        return True
    wide = array.astype(np.float64)
    return bool((wide == np.round(wide)).all()) and (wide.size == 0 or np.abs(wide).max() <= LARGEST_EXACT)


class Graph:
    """`rng` decides everything; the same seed gives the same graph."""

    def __init__(self, rng, opset):
        self.rng, self.opset = rng, opset
        self.values, self.inputs, self.initializers, self.nodes = [], [], [], []
        self.used = set()
        self.count = 0

    def chance(self, probability):
        return self.rng.random() < probability

    def choose(self, options):
        return options[int(self.rng.integers(len(options)))]

    def integer(self, lower, upper):
        """A number in [lower, upper]."""
        return int(self.rng.integers(lower, upper + 1))

    def name(self, stem):
        self.count += 1
        return f"{stem}{self.count}"

    def random_shape(self, rank=None, least=0):
        rank = self.integer(0, 4) if rank is None else rank
        shape = []
        for _ in range(rank):
            sizes = [size for size in EXTENTS if size >= least and size * int(np.prod(shape)) <= MOST_ELEMENTS]
            shape.append(self.choose(sizes or [max(least, 1)]))
        return tuple(shape)

    def random_array(self, shape, dtype, exact):
        dtype = np.dtype(dtype)
        if dtype.kind == "b":
            return self.rng.random(shape) < 0.5
        if dtype.kind == "u":
            return self.rng.integers(0, 6, shape).astype(dtype)
        if dtype.kind == "i" or exact:
            return self.rng.integers(-4, 5, shape).astype(dtype)
        return self.rng.standard_normal(shape).astype(dtype)

    def fresh(self, shape, dtype=np.float32, exact=None, constant=None):
        """A new input of the graph, or a constant, with random elements."""
        exact = self.chance(0.4) if exact is None else exact
        exact = exact or np.dtype(dtype).kind != "f"
        return self.give(self.random_array(shape, dtype, exact), exact, constant)

    def give(self, array, exact=True, constant=None):
        """A new input of the graph, or a constant, with these elements."""
        constant = self.chance(0.4) if constant is None else constant
        value = Value(self.name("c" if constant else "x"), np.ascontiguousarray(array).reshape(np.shape(array)), exact, constant)
        (self.initializers if constant else self.inputs).append(value)
        self.values.append(value)
        return value

    def constant(self, array, dtype=np.int64):
        """A constant parameter of a node, such as axes."""
        return self.give(np.asarray(array, dtype), constant=True)

    def pick(self, accepts=lambda value: True, make=None):
        """A value that `accepts`, later ones more likely; a new one made by `make` when there is none, and now and then."""
        found = [value for value in self.values if accepts(value)]
        if found and not (make and self.chance(0.15)):
            return found[len(found) - 1 - min(int(self.rng.exponential(3)), len(found) - 1)]
        if make is None:
            raise Refused("no value fits")
        return make()

    def number(self, rank=None, exact=False, dtypes=FLOATS, least=0):
        """A value of one of these types and this rank, exact where asked for."""
        dtypes = [np.dtype(dtype) for dtype in dtypes]
        # Half and double precision are rarer than single.
        weights = np.array([8 if dtype == np.float32 else 1 for dtype in dtypes], float)
        return self.pick(
            lambda v: v.dtype in dtypes and (rank is None or v.rank == rank) and (v.exact or not exact) and min(v.shape, default=least) >= least,
            lambda: self.fresh(self.random_shape(rank, least), dtypes[int(self.rng.choice(len(dtypes), p=weights / weights.sum()))], exact or None))

    def partner(self, value, exact=False):
        """A value of the same type whose shape broadcasts with `value`'s."""
        def broadcasts(other):
            try:
                np.broadcast_shapes(value.shape, other.shape)
            except ValueError:
                return False
            return other.dtype == value.dtype and (other.exact or not exact)

        def make():
            shape = [1 if self.chance(0.3) else size for size in value.shape[self.integer(0, value.rank):]]
            return self.fresh(tuple(shape), value.dtype, exact or None)
        return self.pick(broadcasts, make)

    def add(self, operator, inputs, attributes=None, outputs=1, exact="no"):
        """Adds a node; `exact`: "no", "yes", or "if" (when its inputs are). Returns its results."""
        names = [self.name("v") for _ in range(outputs)]
        while inputs and inputs[-1] is None:
            inputs = inputs[:-1]
        # An empty list has no type that could be seen in it.
        attributes = {key: value for key, value in (attributes or {}).items() if not isinstance(value, list) or value}
        node = helper.make_node(operator, [v.name if v else "" for v in inputs], names, name=self.name("n_"), **attributes)
        results = run_node(node, inputs, self.opset)
        if not all(is_comparable(array) for array in results.values()):
            raise Refused("numbers too large or too many")
        carries = exact == "yes" or exact == "if" and all(v.exact for v in inputs if v)
        self.nodes.append(node)
        self.used.update(v.name for v in inputs if v)
        coarse = any(v.coarse for v in inputs if v)
        added = [Value(name, array, array.dtype.kind != "f" or carries and holds_integers(array), coarse=coarse)
                 for name, array in results.items()]
        self.values.extend(added)
        return added

    def forget_unused(self):
        """Drops inputs and constants that were made for nodes that were refused."""
        self.inputs = [value for value in self.inputs if value.name in self.used]
        self.initializers = [value for value in self.initializers if value.name in self.used]

    def outputs(self):
        """What no node reads, and some of what lies between."""
        computed = [value for value in self.values if value.name.startswith("v")]
        return [value for value in computed if value.name not in self.used or self.chance(0.15)]

    def model(self, outputs, free):
        """The model; with `free` the inputs' extents have names, the same for the same number or each its own.

        Extents of 1 stay numbers: a named extent is taken to be the one it meets, and never to be repeated.
        """
        shared = self.chance(0.5)

        def shape_of(index, value):
            if not free:
                return value.shape
            return [1 if size == 1 else f"d{size}" if shared else f"d{index}_{axis}" for axis, size in enumerate(value.shape)]

        def info(value, shape):
            return helper.make_tensor_value_info(value.name, helper.np_dtype_to_tensor_dtype(value.dtype), shape)

        inputs = [info(value, shape_of(index, value)) for index, value in enumerate(self.inputs)]
        graph = helper.make_graph(self.nodes, "random", inputs, [info(value, None if free else value.shape) for value in outputs],
                                  [numpy_helper.from_array(value.array, value.name) for value in self.initializers])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)


