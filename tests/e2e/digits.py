#!/usr/bin/env python3
"""The digit classifier at several batch sizes against ONNX Runtime; sizes are never compiled in.

usage: digits.py --tessera TESSERA [--work FOLDER] [-- VERIFY OPTIONS ...]
needs (PyPI): numpy, onnx, onnxruntime, scikit-learn
"""
import argparse
import os
import sys

from cases import summary, verify, write_case

DIGITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "digits")
BATCHES = (1, 2, 7, 64, 360)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--work", default="build/e2e/digits")
    parser.add_argument("options", nargs="*", help="passed on to tessera verify")
    arguments = parser.parse_args()
    sys.path.insert(0, DIGITS)
    import scans
    _, _, held_out, _ = scans.load()
    sets = [{"scans": held_out[:batch]} for batch in BATCHES]
    write_case(arguments.work, os.path.join(DIGITS, "digits.onnx"), sets, "1e-4 1e-6")
    _, counts = verify(arguments.tessera, *arguments.options, arguments.work)
    return summary(*counts)


if __name__ == "__main__":
    sys.exit(main())
