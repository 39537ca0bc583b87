#!/usr/bin/env python3
"""Writes the node cases that the installed `onnx` package generates for its operators, in ONNX's test-data layout.

usage: make_cases.py FOLDER        needs (PyPI): onnx, numpy

FOLDER/NAME/model.onnx, FOLDER/NAME/test_data_set_I/{input,output}_J.pb and FOLDER/NAME/tolerance ("rtol atol").
"""
import os
import sys
import warnings

import onnx
from onnx import numpy_helper

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


def write_case(folder, case):
    """Writes one case: model, tolerance and data sets."""
    os.makedirs(folder, exist_ok=True)
    write_message(os.path.join(folder, "model.onnx"), case.model)
    with open(os.path.join(folder, "tolerance"), "w") as file:
        file.write(f"{case.rtol} {case.atol}\n")
    for index, data in enumerate(case.data_sets):
        target = os.path.join(folder, f"test_data_set_{index}")
        os.makedirs(target, exist_ok=True)
        graph = case.model.graph
        for stem, infos, values in (("input", graph.input, data[0]), ("output", graph.output, data[1])):
            for j, (info, value) in enumerate(zip(infos, values)):
                write_message(os.path.join(target, f"{stem}_{j}.pb"), encoded(info, value))


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    from onnx.backend.test.case.node import collect_testcases
    cases = collect_testcases(None)
    for case in cases:
        write_case(os.path.join(sys.argv[1], case.name), case)
    print(f"{len(cases)} cases in {sys.argv[1]}")


if __name__ == "__main__":
    main()
