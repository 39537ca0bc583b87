"""Writes a folder in ONNX's test-data layout: usage: make_case.py MODEL.onnx FOLDER [FACTOR]

The model computes 2 * x + [1, 2, 3]; two data sets of different sizes; expected outputs are multiplied by FACTOR.
"""
import os
import shutil
import sys

import numpy as np
from onnx import numpy_helper

model, folder = sys.argv[1:3]
factor = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
os.makedirs(folder, exist_ok=True)
shutil.copyfile(model, os.path.join(folder, "model.onnx"))
for index, rows in enumerate((2, 5)):
    data = os.path.join(folder, f"test_data_set_{index}")
    os.makedirs(data, exist_ok=True)
    x = np.arange(rows * 3, dtype=np.float32).reshape(rows, 3)
    y = ((2 * x + [1, 2, 3]) * factor).astype(np.float32)
    for name, value in (("input_0", x), ("output_0", y)):
        with open(os.path.join(data, name + ".pb"), "wb") as file:
            file.write(numpy_helper.from_array(value, name[0] == "i" and "x" or "y").SerializeToString())
