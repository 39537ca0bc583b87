"""Proposals of nodes that work element by element: each takes the graph and adds one node, or raises Refused."""
import numpy as np
from graph import FLOATS, INTEGERS, TensorProto

SMOOTH = ["Abs", "Atan", "Asinh", "Cos", "Erf", "Exp", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Neg", "Relu", "Selu",
          "Sigmoid", "Sin", "Softplus", "Softsign", "Tanh", "Elu", "Celu", "Cosh", "Sinh", "Identity", "Gelu"]
EXACT_UNARY = {"Abs", "Neg", "Relu", "Identity"}
FOR_INTEGERS = ["Abs", "Neg", "Sign", "Relu", "Identity"]
# These jump, or leave the real numbers: exact operands only.
JUMPING = ["Ceil", "Floor", "Round", "Sign", "ThresholdedRelu", "IsNaN", "IsInf"]
COMPARISONS = ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]


def unary(graph):
    operator = graph.choose(SMOOTH)
    attributes = {}
    if operator in ("LeakyRelu", "Elu", "Celu") and graph.chance(0.5):
        attributes["alpha"] = float(graph.choose([0.1, 0.5, 1.5]))
    if operator == "HardSigmoid" and graph.chance(0.5):
        attributes = {"alpha": 0.3, "beta": 0.4}
    if operator == "Gelu" and graph.chance(0.5):
        attributes["approximate"] = "tanh"
    graph.add(operator, [graph.number()], attributes, exact="if" if operator in EXACT_UNARY else "no")


def unary_of_positive(graph):
    x = graph.number()
    positive, = graph.add("Abs", [x], exact="if")
    shifted, = graph.add("Add", [positive, graph.constant(1.0, x.dtype)], exact="if")
    graph.add(graph.choose(["Log", "Sqrt", "Reciprocal"]), [shifted])


def unary_of_unit(graph):
    squashed, = graph.add("Tanh", [graph.number()])
    half, = graph.add("Mul", [squashed, graph.constant(0.7, squashed.dtype)])
    graph.add(graph.choose(["Acos", "Asin", "Atanh", "Tan"]), [half])


def jumping(graph):
    graph.add(graph.choose(JUMPING), [graph.number(exact=True)], exact="if")


def integer_unary(graph):
    operator = graph.choose(FOR_INTEGERS)
    # ONNX Runtime takes the sign of an int64 from its lower half.
    dtypes = [dtype for dtype in INTEGERS if operator != "Sign" or np.dtype(dtype) != np.int64]
    graph.add(operator, [graph.number(dtypes=dtypes)])


def binary(graph):
    operator = graph.choose(["Add", "Sub", "Mul", "Max", "Min"])
    a = graph.number()
    operands = [a, graph.partner(a)]
    graph.add(operator, operands[::graph.choose([1, -1])], exact="if")


def integer_binary(graph):
    operator = graph.choose(["Add", "Sub", "Mul", "Max", "Min", "BitwiseAnd", "BitwiseOr", "BitwiseXor"])
    a = graph.number(dtypes=INTEGERS)
    graph.add(operator, [a, graph.partner(a)])


def quotient(graph):
    a = graph.number(dtypes=FLOATS + (np.int32, np.int64))
    divisor = graph.partner(a)
    positive, = graph.add("Abs", [divisor], exact="if")
    shifted, = graph.add("Add", [positive, graph.constant(1, a.dtype)], exact="if")
    operator = graph.choose(["Div", "Mod"]) if not a.is_float else "Div"
    graph.add(operator, [a, shifted])


def remainder(graph):
    a = graph.number(exact=True, dtypes=(np.float32, np.int32, np.int64))
    divisor = graph.constant(graph.choose([-3, -2, 2, 3, 5]), a.dtype)
    graph.add("Mod", [a, divisor], {"fmod": 1} if a.is_float or graph.chance(0.3) else {}, exact="if")


def power(graph):
    base = graph.number(dtypes=(np.float32,))
    positive, = graph.add("Abs", [base], exact="if")
    exponent = graph.constant(graph.choose([0.5, 1.0, 2.0, 3.0, 1.5]), np.float32) if graph.chance(0.7) else graph.partner(base)
    graph.add("Pow", [graph.choose([base, positive]), exponent])


def variadic(graph):
    operator = graph.choose(["Max", "Min", "Mean", "Sum"])
    first = graph.number(dtypes=(np.float32,))
    graph.add(operator, [first] + [graph.partner(first) for _ in range(graph.integer(0, 3))], exact="no" if operator == "Mean" else "if")


def compare(graph):
    a = graph.number(exact=True, dtypes=FLOATS + INTEGERS)
    graph.add(graph.choose(COMPARISONS), [a, graph.partner(a, exact=True)])


def logical(graph):
    operator = graph.choose(["And", "Or", "Xor", "Not"])
    a = graph.number(dtypes=(np.bool_,))
    graph.add(operator, [a] if operator == "Not" else [a, graph.partner(a)])


def select(graph):
    a = graph.number(dtypes=FLOATS + (np.int64, np.int32))
    b = graph.partner(a)
    shape = np.broadcast_shapes(a.shape, b.shape)
    condition = graph.pick(lambda v: v.dtype == np.bool_ and v.shape in (shape, shape[1:], ()), lambda: graph.fresh(shape, np.bool_))
    graph.add("Where", [condition, a, b], exact="if")


def branch(graph):
    """What a branch becomes: one bool of the run picks all of one of two values that take work."""
    x = graph.number(dtypes=(np.float32, np.float64), least=1)
    if x.rank:
        taken, = graph.add("Softmax", [x], {"axis": x.rank - 1})
        other, = graph.add(graph.choose(["LogSoftmax", "Neg", "Softmax"]), [x])
        condition = graph.pick(lambda v: v.dtype == np.bool_ and v.shape == (), lambda: graph.fresh((), np.bool_))
        graph.add("Where", [condition, *graph.choose([(taken, other), (other, taken), (taken, x)])])


def clip(graph):
    x = graph.number(dtypes=(np.float32, np.int32, np.int64))
    bounds = [graph.constant(bound, x.dtype) if graph.chance(0.7) else None for bound in (-1, 2)]
    graph.add("Clip", [x] + bounds, exact="if")


def parametric_relu(graph):
    x = graph.number(dtypes=(np.float32,))
    shape = [1 if graph.chance(0.5) else size for size in x.shape[graph.integer(0, x.rank):]]
    graph.add("PRelu", [x, graph.fresh(tuple(shape), np.float32)], exact="if")


def cast(graph):
    """Between floating types always; to integers and booleans only what is exact."""
    x = graph.number(exact=graph.chance(0.5), dtypes=FLOATS + INTEGERS + (np.bool_,))
    targets = [TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16]
    if x.exact:
        targets += [TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL]
        if not x.array.size or x.array.min() >= 0:
            targets += [TensorProto.UINT8, TensorProto.UINT32]
    graph.add("Cast", [x], {"to": graph.choose(targets)}, exact="if")


def shift(graph):
    x = graph.number(dtypes=(np.uint8, np.uint32, np.uint64))
    graph.add("BitShift", [x, graph.constant(graph.integer(0, 3), x.dtype)], {"direction": graph.choose(["LEFT", "RIGHT"])})


def chain(graph):
    """Several pointwise nodes in a row, as fusion likes them."""
    for _ in range(graph.integer(2, 4)):
        graph.choose([unary, binary, binary, select, clip])(graph)


def normalised_scale(graph):
    """x * sigmoid(x) and its kind, written out."""
    x = graph.number()
    gate, = graph.add(graph.choose(["Sigmoid", "Tanh", "HardSigmoid"]), [x])
    graph.add("Mul", [x, gate])


PROPOSALS = [unary] * 6 + [binary] * 8 + [chain] * 3 + [unary_of_positive, unary_of_unit, jumping, integer_unary, integer_binary,
                                                         quotient, remainder, power, variadic, compare, logical, select, select, branch, branch,
                                                         clip, parametric_relu, cast, cast, shift, normalised_scale]
