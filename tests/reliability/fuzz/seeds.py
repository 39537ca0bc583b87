"""Writes the corpora that the fuzzers start from: small models with ever new operators and attributes, tensors, options.

CASES are folders of cases in ONNX's test-data layout.
"""
import io
import os

import numpy as np
import onnx

MOST_BYTES = 4096
OPTIONS = [
    b"batch=4\n",
    b"x[0]=1..8\n",
    b'{"kernel": "0123456789abcdef", "target": "x86-64-v3", "schedule": "#tsk.schedule<algorithm = plain>"}\n',
    b'batch=4\n{"kernel": "k", "target": "t", "schedule": "#tsk.schedule<algorithm = tiled, vector = 1, tile = [4, 16], order = [0, 1, 2]>", '
    b'"machine": "m", "default_ns": 5, "ns": 4.5}\n',
]


def features_of(model):
    """What a model shows: operators of a version with their attributes, numbers of inputs and element types."""
    versions = {opset.domain: opset.version for opset in model.opset_import}
    stack, features = [model.graph], set()
    while stack:
        graph = stack.pop()
        features |= {("initializer", tensor.data_type) for tensor in graph.initializer}
        for node in graph.node:
            key = (node.domain, node.op_type)
            features.add((key, versions.get(node.domain), len(node.input)))
            for attribute in node.attribute:
                features.add((key, attribute.name, attribute.s if attribute.type == onnx.AttributeProto.STRING else attribute.type))
                stack.extend([attribute.g] if attribute.HasField("g") else attribute.graphs)
    return features


def files_of(cases, *path):
    """Yields (name, file) of the cases that have the file PATH, in a fixed order."""
    for folder in cases:
        for name in sorted(os.listdir(folder)):
            file = os.path.join(folder, name, *path)
            if os.path.exists(file):
                yield name, file


def models_of(cases):
    """Yields (name, bytes) of models that show something new, the smallest first."""
    found = []
    for name, path in files_of(cases, "model.onnx"):
        if os.path.getsize(path) <= MOST_BYTES:
            with open(path, "rb") as file:
                found.append((name, file.read()))
    seen = set()
    for name, data in sorted(found, key=lambda model: (len(model[1]), model[0])):
        features = features_of(onnx.load_from_string(data))
        if features - seen:
            seen |= features
            yield name, data


def tensors_of(cases):
    """Yields (name, bytes) of one tensor for each type and rank, as .pb and where possible as .npy; the first byte is the kind."""
    seen = set()
    for name, path in files_of(cases, "test_data_set_0", "input_0.pb"):
        if os.path.getsize(path) > MOST_BYTES:
            continue
        with open(path, "rb") as file:
            data = file.read()
        tensor = onnx.TensorProto()
        try:
            tensor.ParseFromString(data)
            array = onnx.numpy_helper.to_array(tensor)
        except Exception:  # sequences and optionals are other messages
            continue
        if (tensor.data_type, len(tensor.dims)) in seen:
            continue
        seen.add((tensor.data_type, len(tensor.dims)))
        yield name + "_pb", b"\0" + data
        if array.dtype.kind in "biufc":
            for order in "CF":
                out = io.BytesIO()
                np.save(out, np.asarray(array, order=order))
                yield f"{name}_npy_{order}", b"\1" + out.getvalue()


def write(folder, entries):
    """Writes a corpus; returns how many files it has."""
    os.makedirs(folder, exist_ok=True)
    count = 0
    for name, data in entries:
        count += 1
        with open(os.path.join(folder, str(name)), "wb") as file:
            file.write(data)
    return count
