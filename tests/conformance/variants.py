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


# Inputs whose last extent decides the rank of a result: how many sizes or axes there are, or values in an index tuple.
RANK_INPUTS = {"AffineGrid": 1, "Col2Im": 1, "ConstantOfShape": 0, "Expand": 1, "GatherND": 1, "Reshape": 1, "Squeeze": 1,
               "Unsqueeze": 1}


def fixes_rank(node, index):
    """Whether the last extent of input INDEX decides the rank of the node's result."""
    if node.op_type.startswith("Reduce"):
        keeps = [attribute.i for attribute in node.attribute if attribute.name == "keepdims"]
        return index == 1 and keeps == [0]
    return RANK_INPUTS.get(node.op_type) == index


def inputs_of_ranks(graph):
    """Names of the values whose last extent decides a rank. A rank is part of a tensor's type in ONNX, not a dimension."""
    names = set()
    for node in graph.node:
        names.update(name for index, name in enumerate(node.input) if fixes_rank(node, index))
        for attribute in node.attribute:
            names.update(inputs_of_ranks(attribute.g))
    return names


def free(model, data_sets):
    """Every dimension of every input has a name of its own, except the lengths that ranks depend on."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    initializers = {tensor.name for tensor in result.graph.initializer}
    fixed = inputs_of_ranks(result.graph)
    for index, value in enumerate(result.graph.input):
        if value.name in initializers:
            continue
        for tensor in tensor_types(value.type):
            rank = len(tensor.shape.dim)
            for axis, dimension in enumerate(tensor.shape.dim):
                if value.name not in fixed or axis != rank - 1:
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
