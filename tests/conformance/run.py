#!/usr/bin/env python3
"""Runs `tessera verify` over ONNX's node cases and holds the result against the committed list of expected failures.

usage: run.py --tessera TESSERA --work FOLDER [--jobs 2] [--update]        needs (PyPI): onnx, numpy

A case that fails without being listed, one that passes although it is listed, and any crash count as failed; listed failures
count as skipped. --update rewrites the list from this run.
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

LIST = os.path.join(HERE, "expected_failures.txt")
OUTCOME = re.compile(r"^(?P<word>PASS|FAIL|SKIP)(?:ED)?:?\s+(?P<name>\S+?):?(?:\s+(?P<why>.*))?$", re.IGNORECASE)


def make_cases(folder):
    """Writes the cases into FOLDER unless this version of `onnx` has written them; returns the folder."""
    folder = os.path.join(folder, f"onnx-{importlib.metadata.version('onnx')}")
    stamp = os.path.join(folder, ".complete")
    if not os.path.exists(stamp):
        print("writing the cases", flush=True)
        subprocess.run([sys.executable, os.path.join(HERE, "make_cases.py"), folder], check=True)
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


def read_list():
    if not os.path.exists(LIST):
        return set()
    with open(LIST) as file:
        return {line.split("#")[0].strip() for line in file} - {""}


def write_list(failed):
    with open(LIST, "w") as file:
        file.write("# Node cases of PyPI's onnx that are known to fail; tests/conformance/run.py --update writes this list.\n")
        file.writelines(name + "\n" for name in sorted(failed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    cases = make_cases(arguments.work)
    lines, counts = verify(arguments.tessera, "--jobs", arguments.jobs, cases, show=False)
    failed, passed = outcomes(lines)
    if len(failed) + len(passed) < sum(counts):
        print(f"verify closed with {sum(counts)} results but named {len(failed) + len(passed)}")
        return summary(0, 1, 0)
    if arguments.update:
        write_list(failed)
    expected = read_list()
    crashed = {name for name, why in failed.items() if re.search(r"\b(crash|signal|timed out|hang)", why)}
    for name in sorted(crashed):
        print(f"crashed: {name} {failed[name]}")
    for name in sorted(set(failed) - expected - crashed):
        print(f"regression: {name} {failed[name]}")
    for name in sorted(passed & expected):
        print(f"passes although it is listed: {name}")
    for name in sorted(expected - passed - set(failed)):
        print(f"listed but not a case: {name}")
    wrong = len(crashed | (set(failed) - expected)) + len(expected - set(failed))
    known = len((set(failed) & expected) - crashed)
    print(f"{len(passed)} of {len(passed) + len(failed)} node cases pass, {known} are expected to fail")
    return summary(len(passed - expected), wrong, known)


if __name__ == "__main__":
    sys.exit(main())
