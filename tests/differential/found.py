#!/usr/bin/env python3
"""Checks that what random graphs once found stays right: each found/*.onnxtext against ONNX Runtime, fused and as plain loops.

usage: found.py --tessera TESSERA --work FOLDER        needs (PyPI): onnx, onnxruntime, numpy

A free dimension `dN` of an input is N here.
"""
import argparse
import glob
import os
import shutil
import sys

import numpy as np
import onnx
from onnx import helper, parser

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from cases import summary, verify, write_case


def feeds_of(model):
    """Returns {input: array} with small integers, which no order of evaluation rounds."""
    rng = np.random.default_rng(0)
    feeds = {}
    for value in model.graph.input:
        tensor = value.type.tensor_type
        shape = [int(d.dim_param[1:]) if d.dim_param else d.dim_value for d in tensor.shape.dim]
        if tensor.elem_type == onnx.TensorProto.STRING:
            feeds[value.name] = np.array([f"{value.name} {i}" for i in range(np.prod(shape))], object).reshape(shape)
            continue
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        feeds[value.name] = rng.integers(0 if dtype.kind in "ub" else -4, 2 if dtype.kind == "b" else 5, shape).astype(dtype)
    return feeds


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tessera", required=True)
    arguments.add_argument("--work", required=True)
    arguments = arguments.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    os.makedirs(arguments.work)
    for path in sorted(glob.glob(os.path.join(HERE, "found", "*.onnxtext"))):
        name = os.path.splitext(os.path.basename(path))[0]
        with open(path) as file:
            model = parser.parse_model(file.read())
        stored = os.path.join(arguments.work, name + ".onnx")
        onnx.save(model, stored)
        write_case(os.path.join(arguments.work, "cases", name), stored, [feeds_of(model)], "1e-5 1e-5")
    counts = [verify(arguments.tessera, os.path.join(arguments.work, "cases"), *options)[1] for options in ([], ["--reference"])]
    return summary(*map(sum, zip(*counts)))


if __name__ == "__main__":
    sys.exit(main())
