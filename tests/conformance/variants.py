"""Other forms of a case: the same model with free input dimensions, or with its inputs turned into constants.

A variant takes (model, data sets) and returns the same; a data set is (input messages, output messages).
"""
import onnx


def tensor_types(type_proto):
    """Yields the tensor types in a type: itself, elements of sequences, optionals and maps."""
    kind = type_proto.WhichOneof("value")
    if kind in ("tensor_type", "sparse_tensor_type"):
        yield getattr(type_proto, kind)
    elif kind in ("sequence_type", "optional_type"):
        yield from tensor_types(getattr(type_proto, kind).elem_type)
    elif kind == "map_type":
        yield from tensor_types(type_proto.map_type.value_type)


def forget_shapes(graph):
    """Outputs and inner values keep their element types only: their sizes follow from the inputs."""
    for value in graph.output:
        for tensor in tensor_types(value.type):
            tensor.ClearField("shape")
    del graph.value_info[:]


def written(model, data_sets):
    """The case as it is."""
    return model, data_sets


def free(model, data_sets):
    """Every dimension of every input has a name of its own."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    initializers = {tensor.name for tensor in result.graph.initializer}
    for index, value in enumerate(result.graph.input):
        if value.name in initializers:
            continue
        for tensor in tensor_types(value.type):
            for axis, dimension in enumerate(tensor.shape.dim):
                dimension.dim_param = f"size_{index}_{axis}"
    forget_shapes(result.graph)
    return result, data_sets


def constant(model, data_sets):
    """Inputs are initializers with the values of the first data set; inputs that are no tensors remain."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    inputs, outputs = data_sets[0]
    kept_values, kept_inputs = [], []
    for value, message in zip(model.graph.input, inputs):
        if not isinstance(message, onnx.TensorProto):
            kept_values.append(value)
            kept_inputs.append(message)
            continue
        tensor = graph.initializer.add()
        tensor.CopyFrom(message)
        tensor.name = value.name
    # Before version 4 of the format every initializer had to be listed as an input.
    if result.ir_version >= 4:
        del graph.input[:]
        graph.input.extend(kept_values)
    return result, [(kept_inputs, outputs)]


VARIANTS = {"written": written, "free": free, "constant": constant}
