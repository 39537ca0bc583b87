#!/usr/bin/env python3
"""Proves what the artifact promises: no system calls in a run, no foreign symbols, clean under sanitizers, safe compiling.

usage: run.py --build BUILD [NAME...]        needs (PyPI): numpy, onnx; closes with `N passed, N failed, N skipped`

Each proof is a function of a proofs_*.py file; it returns None, or a text that says what is wrong, and
raises Skip where this machine cannot tell.
"""
import argparse
import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import proofs_artifact
import proofs_compile
import proofs_install
import proofs_kernels
from cases import summary
from workbench import Skip, Workbench


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    bench = Workbench(arguments.build)
    counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    for proof in proofs_artifact.PROOFS + proofs_compile.PROOFS + proofs_install.PROOFS + proofs_kernels.PROOFS:
        if arguments.names and proof.__name__ not in arguments.names:
            continue
        try:
            wrong = proof(bench)
            word = "FAIL" if wrong else "PASS"
        except Skip as reason:
            word, wrong = "SKIP", str(reason)
        except Exception:  # a broken proof is a failed proof, and the others still run
            word, wrong = "FAIL", traceback.format_exc()
        counts[word] += 1
        print(f"{word} {proof.__name__.replace('_', ' ')}: {proof.__doc__.strip().splitlines()[0]}", flush=True)
        if wrong:
            print("  " + wrong.strip().replace("\n", "\n  "), flush=True)
    return summary(*counts.values())


if __name__ == "__main__":
    sys.exit(main())
