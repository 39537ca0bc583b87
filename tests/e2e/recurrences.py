#!/usr/bin/env python3
"""Recurrent layers whose steps are shared among threads: ONNX Runtime's results, and equal bits for one, two and five threads.

usage: recurrences.py --tessera TESSERA [--work FOLDER]
needs (PyPI): numpy, onnx, onnxruntime
"""
import json
import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import parser_of, session_of, summary_of
from libraries import command, results_on, saved

LARGEST = 2e-5  # error; results lie between -1 and 1
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def table():
    """Yields (name, operator, steps, batch, features, hidden, attributes, has lengths, whether steps are shared)."""
    yield "lstm", "LSTM", 12, 1, 40, 256, {}, False, True
    yield "lstm_batch", "LSTM", 5, 3, 24, 130, {}, True, True
    yield "lstm_both_ways", "LSTM", 9, 1, 16, 192, {"direction": "bidirectional"}, False, True
    yield "lstm_free_steps", "LSTM", "t", 2, 16, 200, {}, False, True
    yield "lstm_small", "LSTM", 6, 1, 8, 40, {}, False, False
    yield "gru", "GRU", 10, 1, 30, 224, {"linear_before_reset": 1}, False, True
    yield "gru_reset_first", "GRU", 8, 2, 20, 160, {}, True, True
    yield "rnn_reversed", "RNN", 11, 1, 32, 256, {"direction": "reverse"}, False, True


def model_of(operator, steps, batch, features, hidden, attributes, lengths, random):
    directions = 2 if attributes.get("direction") == "bidirectional" else 1
    rows = GATES[operator] * hidden
    weights = {"w": (directions, rows, features), "r": (directions, rows, hidden), "b": (directions, 2 * rows)}
    initializers = [numpy_helper.from_array(random.uniform(-1, 1, shape).astype(np.float32) / np.float32(np.sqrt(hidden)), name)
                    for name, shape in weights.items()]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [steps, batch, features])]
    if lengths:
        inputs.append(helper.make_tensor_value_info("n", TensorProto.INT32, [batch]))
    results = [("y", [steps, directions, batch, hidden]), ("h", [directions, batch, hidden])]
    node = helper.make_node(operator, ["x", "w", "r", "b", "n" if lengths else ""], [name for name, _ in results], hidden_size=hidden, **attributes)
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in results]
    graph = helper.make_graph([node], "recurrence", inputs, outputs, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def shares_steps(tessera, library, inputs):
    text = command(tessera, "bench", library, *inputs, "--profile", "--seconds", "0.01", "--json", "-")
    kernels = json.loads(text.splitlines()[-1])["kernels"]
    return any(kernel["class"] == "recurrence" and "tasks = 0" not in kernel["schedule"] for kernel in kernels)


def check(case, tessera, work):
    name, operator, steps, batch, features, hidden, attributes, lengths, shared = case
    folder = os.path.join(work, name)
    library = os.path.join(folder, "model.so")
    random = np.random.default_rng(7)
    model = model_of(operator, steps, batch, features, hidden, attributes, lengths, random)
    length = 7 if steps == "t" else steps
    feeds = {"x": random.normal(0, 1, (length, batch, features)).astype(np.float32)}
    if lengths:
        feeds["n"] = random.integers(1, length + 1, batch).astype(np.int32)
    path, inputs = saved(folder, model, feeds)
    right = session_of(path).run(None, feeds)
    command(tessera, "compile", path, "-o", library)
    splits = shares_steps(tessera, library, inputs)
    errors, results = [], []
    for threads in (1, 2, 5):
        own = results_on(tessera, library, inputs, threads, len(right))
        results.append([value.tobytes() for value in own])
        errors.append(max(np.abs(a - b).max() for a, b in zip(own, right)))
    same = results[0] == results[1] == results[2]
    passed = same and splits == shared and max(errors) <= LARGEST
    note = "" if passed else f" (steps shared: {splits}, same bits: {same})"
    print(f"{'PASS' if passed else 'FAIL'} {name}: error {max(errors):.1e}{note}")
    return passed


def main():
    arguments = parser_of(__doc__, "build/e2e/recurrences").parse_args()
    return summary_of([check(case, arguments.tessera, arguments.work) for case in table()])


if __name__ == "__main__":
    sys.exit(main())
