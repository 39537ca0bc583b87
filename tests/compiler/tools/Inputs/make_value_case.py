"""Writes a case with sequences and optionals in ONNX's test-data layout: usage: make_value_case.py MODEL.onnx FOLDER

The model negates each tensor of sequence `s` and adds optional `o`, where it is given, to each; data sets differ in both.
"""
import os
import shutil
import sys

import numpy as np
from onnx import numpy_helper

model, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
shutil.copyfile(model, os.path.join(folder, "model.onnx"))
FIRST = [np.array([1, 2], np.float32), np.array([[3, 4]], np.float32)]
SECOND = [np.array([[5, 6], [7, 8]], np.float32)]
OFFSET = np.array([10, 20], np.float32)
for index, (values, offset) in enumerate(((FIRST, OFFSET), (SECOND, None))):
    data = os.path.join(folder, f"test_data_set_{index}")
    os.makedirs(data, exist_ok=True)
    results = [(0 if offset is None else offset) - value for value in values]
    messages = {"input_0": numpy_helper.from_list(values, "s"), "input_1": numpy_helper.from_optional(offset, "o"),
                "output_0": numpy_helper.from_list(results, "r")}
    for name, message in messages.items():
        with open(os.path.join(data, name + ".pb"), "wb") as file:
            file.write(message.SerializeToString())
