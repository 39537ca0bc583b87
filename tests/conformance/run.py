#!/usr/bin/env python3
"""Runs `tessera verify` over ONNX's node cases and holds the result against the committed lists of expected failures.

usage: run.py --tessera TESSERA --work FOLDER [--jobs 2] [--inputs written|free|constant] [--update]    needs (PyPI): onnx, numpy

Three runs, each with a list of its own: the cases as written, with every input dimension free, and with all inputs turned
into constants. A case that fails without being listed, one that passes although it is listed, and any crash count as failed;
listed failures count as skipped. --update rewrites the lists from this run.
"""
import argparse
import importlib.metadata
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from cases import summary, verify

LISTS = {"written": "expected_failures.txt", "free": "expected_failures_free.txt", "constant": "expected_failures_constant.txt"}
TITLES = {"written": "", "free": ", with free input dimensions,", "constant": ", with constant inputs,"}
OUTCOME = re.compile(r"^(?P<word>PASS|FAIL|SKIP)(?:ED)?:?\s+(?P<name>\S+?):?(?:\s+(?P<why>.*))?$", re.IGNORECASE)


def make_cases(folder, inputs):
    """Writes the cases into FOLDER unless this version of `onnx` and these scripts have written them; returns their folder."""
    folder = os.path.join(folder, f"onnx-{importlib.metadata.version('onnx')}", inputs)
    stamp = os.path.join(folder, ".complete")
    written = os.path.getmtime(stamp) if os.path.exists(stamp) else 0
    if written < max(os.path.getmtime(os.path.join(HERE, script)) for script in ("make_cases.py", "variants.py")):
        print(f"writing the cases ({inputs})", flush=True)
        subprocess.run([sys.executable, os.path.join(HERE, "make_cases.py"), folder, inputs], check=True)
        open(stamp, "w").close()
    return folder


def outcomes(lines):
    """Returns ({name: why} of the failed cases, names of the passed ones)."""
    failed, passed = {}, set()
    for line in lines:
        match = OUTCOME.match(line)
        if not match:
            continue
        name = os.path.basename(match["name"].rstrip("/"))
        if match["word"].upper() == "PASS":
            passed.add(name)
        else:
            failed[name] = match["why"] or ""
    return failed, passed


def read_list(inputs):
    path = os.path.join(HERE, LISTS[inputs])
    if not os.path.exists(path):
        return set()
    with open(path) as file:
        return {line.split("#")[0].strip() for line in file} - {""}


def write_list(inputs, failed):
    with open(os.path.join(HERE, LISTS[inputs]), "w") as file:
        file.write(f"# Node cases of PyPI's onnx that{TITLES[inputs]} are known to fail; tests/conformance/run.py --update writes "
                   "this list.\n")
        file.writelines(name + "\n" for name in sorted(failed))


def run(arguments, inputs):
    """Runs the cases with these inputs; returns (passed, failed, skipped)."""
    cases = make_cases(arguments.work, inputs)
    lines, counts = verify(arguments.tessera, "--jobs", arguments.jobs, cases, show=False)
    failed, passed = outcomes(lines)
    if len(failed) + len(passed) < sum(counts):
        print(f"verify closed with {sum(counts)} results but named {len(failed) + len(passed)}")
        return 0, 1, 0
    crashed = {name for name, why in failed.items() if re.search(r"^(crashed|timed out)", why)}
    if arguments.update:
        write_list(inputs, set(failed) - crashed)
    expected = read_list(inputs)
    for name in sorted(crashed):
        print(f"{inputs}: crashed: {name} {failed[name]}")
    for name in sorted(set(failed) - expected - crashed):
        print(f"{inputs}: regression: {name} {failed[name]}")
    for name in sorted(passed & expected):
        print(f"{inputs}: passes although it is listed: {name}")
    for name in sorted(expected - passed - set(failed)):
        print(f"{inputs}: listed but not a case: {name}")
    wrong = len(crashed | (set(failed) - expected)) + len(expected - set(failed))
    known = len((set(failed) & expected) - crashed)
    print(f"{inputs}: {len(passed)} of {len(passed) + len(failed)} node cases pass, {known} are expected to fail", flush=True)
    return len(passed - expected), wrong, known


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--inputs", choices=LISTS, help="only this one of the three runs")
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    counts = [run(arguments, inputs) for inputs in ([arguments.inputs] if arguments.inputs else LISTS)]
    return summary(*map(sum, zip(*counts)))


if __name__ == "__main__":
    sys.exit(main())
