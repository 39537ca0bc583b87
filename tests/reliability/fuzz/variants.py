"""Models that are wrong in one thing only: each operator's node case with another type, rank or extent of an input, or another attribute.

What a verifier forgets to check before it indexes, these find faster than random damage does.
"""
import itertools
import os

import onnx
from onnx import AttributeProto, TensorProto

import seeds

TYPES = ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "INT64", "INT8", "UINT8", "UINT64", "BOOL", "STRING", "FLOAT8E5M2", "UINT4", "FLOAT4E2M1", "INT2", "COMPLEX64")
NUMBERS = (-(2**63), -1, 0, 1, 2, 3, 2**31, 2**62)
TEXTS = (b"", b"x", b"constant", b"linear")
MOST_BYTES = 6000
MOST_RANK = 6


def operators_of(cases):
    """Yields one model for each operator with a certain set of inputs and attributes."""
    seen = set()
    for _, path in seeds.files_of(cases, "model.onnx"):
        if os.path.getsize(path) > MOST_BYTES:
            continue
        model = onnx.load(path)
        if len(model.graph.node) == 1:
            node = model.graph.node[0]
            key = (node.domain, node.op_type, len(node.input), tuple(sorted(attribute.name for attribute in node.attribute)))
            if key not in seen:
                seen.add(key)
                yield model


def changed(model, change):
    """Returns a changed copy in serialized form."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    change(copy)
    return copy.SerializeToString()


def input_changes(index, dims):
    """Yields functions that change one input of a model."""
    def tensor(model):
        return model.graph.input[index].type.tensor_type

    def set_rank(model, rank):
        shape = tensor(model).shape
        del shape.dim[:]
        for dim in itertools.islice(itertools.chain(dims * MOST_RANK, itertools.repeat(2)), rank):
            shape.dim.add().dim_value = dim

    for element in TYPES:
        yield lambda model, element=element: setattr(tensor(model), "elem_type", TensorProto.DataType.Value(element))
    for rank in range(MOST_RANK + 1):
        yield lambda model, rank=rank: set_rank(model, rank)
    for axis, size in itertools.product(range(len(dims)), (0, 1, 7)):
        yield lambda model, axis=axis, size=size: setattr(tensor(model).shape.dim[axis], "dim_value", size)
        yield lambda model, axis=axis: setattr(tensor(model).shape.dim[axis], "dim_param", "n")


def attribute_changes(index, attribute):
    """Yields functions that change one attribute of a model's node."""
    def of(model):
        return model.graph.node[0].attribute[index]

    if attribute.type == AttributeProto.STRING:
        for text in TEXTS:
            yield lambda model, text=text: setattr(of(model), "s", text)
    for number in NUMBERS:
        if attribute.type == AttributeProto.INT:
            yield lambda model, number=number: setattr(of(model), "i", number)
        elif attribute.type == AttributeProto.FLOAT:
            yield lambda model, number=number: setattr(of(model), "f", float(number))
        elif attribute.type == AttributeProto.INTS:
            for place in range(len(attribute.ints)):
                yield lambda model, number=number, place=place: of(model).ints.__setitem__(place, number)
            yield lambda model, number=number: of(model).ints.append(number)


def variants_of(cases):
    """Yields serialized models."""
    for model in operators_of(cases):
        changes = []
        for index, value in enumerate(model.graph.input):
            if value.type.HasField("tensor_type"):
                changes += input_changes(index, [dim.dim_value for dim in value.type.tensor_type.shape.dim])
        for index, attribute in enumerate(model.graph.node[0].attribute):
            changes += attribute_changes(index, attribute)
        for change in changes:
            yield changed(model, change)
