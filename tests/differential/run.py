#!/usr/bin/env python3
"""Compiles random graphs and compares them with ONNX Runtime.

usage: run.py --tessera TESSERA --work FOLDER [--graphs N] [--first SEED] [--jobs N] [-- VERIFY-OPTION...]
needs (PyPI): onnx, onnxruntime, numpy

Each seed gives one graph. A result that differs and a crash fail; refusals are skipped and listed by reason. Such graphs stay in
FOLDER as cases of `tessera verify`. With `-- --reference` the compiler makes plain loops, which tells whose fault a difference is.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys

import generate

BATCH = 100


def verify(arguments, folder):
    """Returns [(seed, outcome, text)] of the graphs in a folder."""
    report = os.path.join(folder, "result.json")
    command = [arguments.tessera, "verify", folder, "--jobs", str(arguments.jobs), "--timeout", "60", "--json", report, *arguments.verify]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    if result.returncode not in (0, 1):
        raise SystemExit(f"tessera verify ended with {result.returncode}: {result.stderr}")
    with open(report) as file:
        return [(case["name"], case["outcome"], case["text"]) for case in json.load(file)["cases"]]


def kind_of(text):
    """What a failure means: a difference, a crash, a refusal at run time, or a refusal with its reason."""
    if re.match(r"crashed|timed out", text):
        return "crash"
    if re.match(r"test_data_set_\d+: output", text):
        return "difference"
    if text.startswith("test_data_set_"):
        return "run"
    return "refusal"


def reason_of(text):
    """A refusal without the names and numbers of its node."""
    return re.sub(r"-?\d+", "N", re.sub(r"\(node [^,]*, ", "(", text))[:150]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--graphs", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("verify", nargs="*", help="options for tessera verify, after --")
    arguments = parser.parse_args()
    operators, refusals, outcomes = collections.Counter(), collections.Counter(), collections.Counter()
    last = arguments.first + arguments.graphs
    for begin in range(arguments.first, last, BATCH):
        folder = os.path.join(arguments.work, f"batch_{begin}")
        shutil.rmtree(folder, ignore_errors=True)
        for seed in range(begin, min(begin + BATCH, last)):
            operators.update(generate.write_graph(seed, os.path.join(folder, f"graph_{seed}")))
        for name, outcome, text in verify(arguments, folder):
            kind = outcome if outcome != "failed" else kind_of(text)
            outcomes[kind] += 1
            if kind == "refusal":
                refusals[reason_of(text)] += 1
            if kind in ("difference", "crash", "run"):
                print(f"{kind}: {name}: {text}", flush=True)
            elif kind == "passed":
                shutil.rmtree(os.path.join(folder, name))
        print(f"after {min(begin + BATCH, last) - arguments.first}: {dict(outcomes)}", flush=True)
    for operator, count in sorted(operators.items()):
        print(f"{count:7} {operator}")
    print(f"{len(operators)} types of operators")
    for reason, count in refusals.most_common():
        print(f"{count:5} refused: {reason}")
    failed = arguments.graphs - outcomes["passed"] - outcomes["refusal"]
    print(f"{outcomes['passed']} passed, {failed} failed, {outcomes['refusal']} skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
