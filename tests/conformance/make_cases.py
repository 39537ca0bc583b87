#!/usr/bin/env python3
"""Writes the node cases that the installed `onnx` package generates for its operators, in ONNX's test-data layout.

usage: make_cases.py FOLDER [written|free|constant]        needs (PyPI): onnx, numpy

FOLDER/NAME/model.onnx, FOLDER/NAME/test_data_set_I/{input,output}_J.pb and FOLDER/NAME/tolerance ("rtol atol").
`free` gives every dimension of every input a name of its own; `constant` turns the inputs into initializers, with the values
of the first data set. Inputs that are no tensors stay inputs.
"""
import os
import sys
import warnings

import onnx
from onnx import numpy_helper

import variants

# numpy warns about the overflows and divisions by zero that some cases are about.
warnings.filterwarnings("ignore")


def encoded(info, value):
    """Returns VALUE as the protobuf message that the declared type INFO calls for."""
    if isinstance(value, onnx.TensorProto):
        return value
    kind = info.type.WhichOneof("value")
    if isinstance(value, dict):
        return numpy_helper.from_dict(value, info.name)
    writers = {"sequence_type": numpy_helper.from_list, "optional_type": numpy_helper.from_optional}
    return writers.get(kind, numpy_helper.from_array)(value, info.name)


def write_message(path, message):
    with open(path, "wb") as file:
        file.write(message.SerializeToString())


def write_case(folder, case, inputs):
    """Writes one case with INPUTS as written, free or constant: model, tolerance and data sets."""
    graph = case.model.graph
    data_sets = [tuple([encoded(info, value) for info, value in zip(infos, values)]
                       for infos, values in ((graph.input, data[0]), (graph.output, data[1]))) for data in case.data_sets]
    model, data_sets = variants.VARIANTS[inputs](case.model, data_sets)
    os.makedirs(folder, exist_ok=True)
    write_message(os.path.join(folder, "model.onnx"), model)
    with open(os.path.join(folder, "tolerance"), "w") as file:
        file.write(f"{case.rtol} {case.atol}\n")
    for index, data in enumerate(data_sets):
        target = os.path.join(folder, f"test_data_set_{index}")
        os.makedirs(target, exist_ok=True)
        for stem, messages in zip(("input", "output"), data):
            for j, message in enumerate(messages):
                write_message(os.path.join(target, f"{stem}_{j}.pb"), message)


def main():
    inputs = sys.argv[2] if len(sys.argv) == 3 else "written"
    if len(sys.argv) not in (2, 3) or inputs not in variants.VARIANTS:
        raise SystemExit(__doc__)
    from onnx.backend.test.case.node import collect_testcases
    cases = collect_testcases(None)
    for case in cases:
        write_case(os.path.join(sys.argv[1], case.name), case, inputs)
    print(f"{len(cases)} cases in {sys.argv[1]}")


if __name__ == "__main__":
    main()
