"""Models of one kernel each, for gains.py: of every class, and with odd shapes."""
import numpy as np
import onnx
from onnx import TensorProto, helper


def model(nodes, inputs, outputs, constants=()):
    """Returns a model; inputs and outputs are names with shapes, constants names with arrays."""
    def info(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "kernel", [info(*each) for each in inputs], [info(*each) for each in outputs],
                              [onnx.numpy_helper.from_array(value, name) for name, value in constants])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def random(*shape):
    return (np.random.default_rng(7).standard_normal(shape) * 0.1).astype(np.float32)


def product(rows, columns, sums):
    return lambda: model([helper.make_node("MatMul", ["x", "w"], ["y"])], [("x", [rows, sums])], [("y", [rows, columns])],
                         [("w", random(sums, columns))])


def two_inputs(batch, rows, columns, sums):
    return lambda: model([helper.make_node("MatMul", ["x", "w"], ["y"])], [("x", [batch, rows, sums]), ("w", [batch, sums, columns])],
                         [("y", [batch, rows, columns])])


def rows_by_rows(rows, others, sums):
    """Scores of vectors against vectors, both of which come with each call."""
    return lambda: model([helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)], [("x", [rows, sums]), ("w", [others, sums])],
                         [("y", [rows, others])])


def convolution(size, inputs, outputs, kernel, stride=1, groups=1):
    pad, out = kernel // 2, (size + 2 * (kernel // 2) - kernel) // stride + 1
    # Layers around it keep the layout of a network.
    def make():
        nodes = [helper.make_node("Conv", ["x", "w"], ["y"], pads=[pad] * 4, strides=[stride] * 2, group=groups)]
        return model(nodes, [("x", [1, inputs, size, size])], [("y", [1, outputs, out, out])],
                     [("w", random(outputs, inputs // groups, kernel, kernel))])
    return make


def one(op, shape, out, constants=(), **attributes):
    names = [name for name, _ in constants]
    return lambda: model([helper.make_node(op, ["x", *names], ["y"], **attributes)], [("x", shape)], [("y", out)], constants)


def chain(*shape):
    def make():
        nodes = [helper.make_node("Mul", ["x", "a"], ["p"]), helper.make_node("Add", ["p", "z"], ["q"]),
                 helper.make_node("Sigmoid", ["q"], ["r"]), helper.make_node("Mul", ["q", "r"], ["y"])]
        return model(nodes, [("x", list(shape)), ("z", list(shape))], [("y", list(shape))], [("a", random(shape[-1]))])
    return make


def norm(rows, width):
    return one("LayerNormalization", [rows, width], [rows, width], [("s", random(width)), ("b", random(width))])


def recurrence(steps, width):
    def make():
        node = helper.make_node("LSTM", ["x", "w", "r", "b"], ["y"], hidden_size=width)
        return model([node], [("x", [steps, 1, width])], [("y", [steps, 1, 1, width])],
                     [("w", random(1, 4 * width, width)), ("r", random(1, 4 * width, width)), ("b", random(1, 8 * width))])
    return make


def gather(rows, width, count):
    def make():
        indices = np.random.default_rng(3).integers(0, rows, count)
        return model([helper.make_node("Gather", ["x", "i"], ["y"])], [("x", [rows, width])], [("y", [count, width])], [("i", indices)])
    return make


CLASSES = {
    "contraction_128x768x768": product(128, 768, 768),
    "contraction_1x1000x1280": product(1, 1000, 1280),
    "two_inputs_12x128x64x128": two_inputs(12, 128, 64, 128),
    "convolution_3x3_28_128": convolution(28, 128, 128, 3),
    "depthwise_3x3_56_96": convolution(56, 96, 96, 3, groups=96),
    "pooling_3x3_56_64": one("MaxPool", [1, 64, 56, 56], [1, 64, 28, 28], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "softmax_1536x128": one("Softmax", [1536, 128], [1536, 128], axis=-1),
    "normalisation_512x768": norm(512, 768),
    "reduction_512x1024": one("ReduceMax", [512, 1024], [512], [("a", np.array([1]))], keepdims=0),
    "map_512x1024": chain(512, 1024),
    "transpose_64x56x56": one("Transpose", [64, 56, 56], [56, 56, 64], perm=[1, 2, 0]),
    "gather_1000x384x2048": gather(1000, 384, 2048),
    "recurrence_32x256": recurrence(32, 256),
}

ODD = {
    "product_7x77x333": product(7, 77, 333),
    "product_33x129x515": product(33, 129, 515),
    "product_17x1001x257": product(17, 1001, 257),
    "product_197x193x191": product(197, 193, 191),
    "product_61x35x1023": product(61, 35, 1023),
    "two_inputs_5x37x41x67": two_inputs(5, 37, 41, 67),
    "product_of_rows_127x129x513": rows_by_rows(127, 129, 513),
    "convolution_3x3_13_37": convolution(13, 37, 53, 3),
    "convolution_5x5_19_21": convolution(19, 21, 35, 5),
    "convolution_3x3_s2_31_45": convolution(31, 45, 67, 3, stride=2),
    "convolution_1x1_15_83": convolution(15, 83, 131, 1),
    "depthwise_3x3_29_51": convolution(29, 51, 51, 3, groups=51),
    "softmax_333x77": one("Softmax", [333, 77], [333, 77], axis=-1),
    "softmax_middle_9x101x35": one("Softmax", [9, 101, 35], [9, 101, 35], axis=1),
    "normalisation_77x333": norm(77, 333),
    "reduction_117x1013": one("ReduceMax", [117, 1013], [117], [("a", np.array([1]))], keepdims=0),
    "reduction_first_1013x117": one("ReduceMax", [1013, 117], [117], [("a", np.array([0]))], keepdims=0),
    "transpose_37x61x29": one("Transpose", [37, 61, 29], [29, 37, 61], perm=[2, 0, 1]),
    "map_333x77": chain(333, 77),
}


def dims_of(name):
    """Returns --dim options for models with free sizes."""
    return {"resnet18_batch": ["batch=1"], "minilm_l6_seq": ["seq=20"]}.get(name, [])


def write(make, path):
    """Writes a kernel's model and returns the path."""
    onnx.save(make(), path)
    return path
