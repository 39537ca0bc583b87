#!/usr/bin/env python3
"""Writes a model given in ONNX's text format as a .onnx file, so that tests can show the model they are about.

usage: make_onnx.py IN.onnxtext OUT.onnx        needs (PyPI): onnx

Lines that start with // are comments (lit's RUN and CHECK lines); nodes are named op_0, op_1 ... unless the text names them.
The model is not checked: tests need wrong ones too.
"""
import sys

import onnx.parser


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    with open(sys.argv[1]) as file:
        text = "".join(line for line in file if not line.lstrip().startswith("//"))
    model = onnx.parser.parse_model(text)
    for index, node in enumerate(model.graph.node):
        node.name = node.name or f"op_{index}"
    with open(sys.argv[2], "wb") as file:
        file.write(model.SerializeToString())


main()
