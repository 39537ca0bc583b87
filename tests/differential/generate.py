#!/usr/bin/env python3
"""Writes one random graph with inputs and the outputs that ONNX Runtime computes, as a case of `tessera verify`.

usage: generate.py SEED FOLDER        needs (PyPI): onnx, onnxruntime, numpy
"""
import collections
import os
import sys
import warnings

import movement
import numpy as np
import pointwise
import structured
from graph import Graph, Refused
from onnx import numpy_helper

# Overflows of small integers are part of the test.
warnings.filterwarnings("ignore")

OPSETS = [13, 17, 18, 20, 21]
ATTEMPTS = 60
# Relative to the largest element of an output.
TOLERANCE = {"float16": 2e-2, "float32": 1e-4, "float64": 1e-6}


def make_graph(seed):
    """Returns (the graph, its outputs); every graph computes something."""
    rng = np.random.default_rng(seed)
    graph = Graph(rng, OPSETS[int(rng.integers(len(OPSETS)))])
    wanted = graph.integer(1, 14)
    for _ in range(ATTEMPTS):
        family = graph.choose([pointwise, pointwise, movement, structured])
        try:
            graph.choose(family.PROPOSALS)(graph)
        except Refused:
            pass
        if len(graph.nodes) >= wanted:
            break
    graph.forget_unused()
    return graph, graph.outputs()


def tolerance_of(value):
    """A line "rtol atol": rounding is relative to the largest numbers that went into a sum."""
    if not value.is_float:
        return "0 0"
    factor = TOLERANCE["float16" if value.coarse else value.dtype.name]
    largest = float(np.abs(value.array.astype(np.float64)).max()) if value.array.size else 0.0
    return f"{factor} {factor * max(largest, 1.0)}"


def write_graph(seed, folder):
    """Writes the case; returns how often each operator occurs."""
    graph, outputs = make_graph(seed)
    free = graph.chance(0.3)
    data = os.path.join(folder, "test_data_set_0")
    os.makedirs(data, exist_ok=True)
    files = {"model.onnx": graph.model(outputs, free), "tolerance": "".join(tolerance_of(value) + "\n" for value in outputs)}
    for stem, values in (("input", graph.inputs), ("output", outputs)):
        for index, value in enumerate(values):
            files[f"test_data_set_0/{stem}_{index}.pb"] = numpy_helper.from_array(value.array, value.name)
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content.SerializeToString())
    return collections.Counter(node.op_type for node in graph.nodes)


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    print(dict(write_graph(int(sys.argv[1]), sys.argv[2])))


if __name__ == "__main__":
    main()
