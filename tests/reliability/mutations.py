"""Damages to models: of bytes, and of messages that stay well formed. Each takes (rng, serialized model, another) and returns bytes."""
import onnx
from google.protobuf.message import DecodeError

NUMBERS = [-(2**63), -(2**31) - 1, -(2**31), -1000, -2, -1, 0, 1, 2, 3, 7, 63, 64, 255, 1000, 2**16, 2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1]
NAMES = ["", "x", "y", "../x", "/etc/passwd", "a\nb", "'; exit", "%s%n", "\u00e9", "A" * 300, "main", "tsr.add"]
FLOATS = [0.0, -1.0, 1e-45, 1e38, float("inf"), float("-inf"), float("nan"), 0.5]


def flip_bytes(rng, data, other):
    damaged = bytearray(data)
    for _ in range(1 + int(rng.integers(4))):
        damaged[int(rng.integers(len(damaged)))] = int(rng.integers(256))
    return bytes(damaged)


def truncate(rng, data, other):
    return data[:int(rng.integers(len(data)))]


def splice(rng, data, other):
    return data[:int(rng.integers(len(data)))] + other[int(rng.integers(len(other))):]


def repeat(rng, data, other):
    begin = int(rng.integers(len(data)))
    end = begin + int(rng.integers(1, 64))
    return data[:end] + data[begin:end] * int(rng.integers(1, 5)) + data[end:]


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def messages_of(message):
    """Yields every message below, with its parent's field."""
    stack = [message]
    while stack:
        current = stack.pop()
        yield current
        for field, value in current.ListFields():
            if field.type == field.TYPE_MESSAGE:
                stack.extend(value if hasattr(value, "append") or hasattr(value, "add") else [value])


def random_value(rng, field):
    if field.cpp_type == field.CPPTYPE_STRING:
        name = pick(rng, NAMES)
        return name.encode() if field.type == field.TYPE_BYTES else name
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return pick(rng, FLOATS)
    if field.cpp_type == field.CPPTYPE_ENUM:
        return pick(rng, field.enum_type.values).number
    number = pick(rng, NUMBERS)
    return number if field.cpp_type == field.CPPTYPE_INT64 else number % 2**31


def is_repeated(value):
    return hasattr(value, "append") or hasattr(value, "add")


def change_field(rng, model):
    """Gives one field another value, or takes it away."""
    message = pick(rng, list(messages_of(model)))
    fields = message.ListFields()
    if not fields:
        return
    field, value = pick(rng, fields)
    if rng.random() < 0.25:
        message.ClearField(field.name)
    elif is_repeated(value):
        index = int(rng.integers(len(value)))
        kind = rng.random()
        if kind < 0.3:
            del value[index]
        elif kind < 0.5:
            value.extend([value[index]])
        elif kind < 0.6 and len(value) > 1:
            other = int(rng.integers(len(value)))
            if field.type == field.TYPE_MESSAGE:
                copy = type(value[0])()
                copy.CopyFrom(value[index])
                value[index].CopyFrom(value[other])
                value[other].CopyFrom(copy)
            else:
                value[index], value[other] = value[other], value[index]
        elif field.type != field.TYPE_MESSAGE:
            value[index] = random_value(rng, field)
    elif field.type != field.TYPE_MESSAGE:
        setattr(message, field.name, random_value(rng, field))


def change_fields(rng, data, other):
    """One to three changes of a well-formed model."""
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
        for _ in range(1 + int(rng.integers(3))):
            change_field(rng, model)
        return model.SerializeToString()
    except (DecodeError, ValueError, TypeError):
        return flip_bytes(rng, data, other)


def change_operator(rng, data, other):
    """A node becomes one of another type, or gets another model's node as a neighbour."""
    model, donor = onnx.ModelProto(), onnx.ModelProto()
    model.ParseFromString(data)
    donor.ParseFromString(other)
    if not model.graph.node or not donor.graph.node:
        return flip_bytes(rng, data, other)
    node, foreign = pick(rng, model.graph.node), pick(rng, donor.graph.node)
    if rng.random() < 0.5:
        node.op_type = foreign.op_type
        if rng.random() < 0.5:
            del node.attribute[:]
            node.attribute.extend(foreign.attribute)
    else:
        added = model.graph.node.add()
        added.CopyFrom(foreign)
        names = [name for n in model.graph.node for name in n.output] + [value.name for value in model.graph.input]
        for index in range(len(added.input)):
            added.input[index] = pick(rng, names)
        if model.graph.output:
            pick(rng, model.graph.output).name = added.output[0]
    return model.SerializeToString()


BYTES = [flip_bytes, truncate, splice, repeat]
MUTATIONS = BYTES + [change_fields] * 8 + [change_operator] * 2
