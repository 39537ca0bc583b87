#!/usr/bin/env python3
"""Measures the processor time of compiling small models: all that the process takes, from its start to its end.

usage: compile_cost.py --tessera TESSERA --cases FOLDER [--limit 0.2] [--rounds 3] [--step 1]    needs (PyPI): onnx

FOLDER holds a folder with a model.onnx for each case, as tests/conformance/run.py writes them. Every case is compiled once; those
above the limit are compiled --rounds times and their least time counts, since other work on the machine only adds. Models of
one node and of several are summed up apart. Exits 1 if a model of one node stays above the limit.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile

import onnx


def processor_seconds(command):
    """Runs a command; returns its user and system time in seconds, None if it failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return taken if done.returncode == 0 else None


def measure(tessera, folder, work, limit, rounds):
    command = [tessera, "compile", os.path.join(folder, "model.onnx"), "-o", os.path.join(work, "model.so")]
    taken = processor_seconds(command)
    if taken is None or taken <= limit:
        return taken
    again = [processor_seconds(command) for _ in range(rounds - 1)]
    return min([taken] + [seconds for seconds in again if seconds is not None])


def is_one_node(folder):
    return len(onnx.load(os.path.join(folder, "model.onnx"), load_external_data=False).graph.node) == 1


def report(title, times, limit):
    """Prints a line for a group of models and one for each above the limit; returns how many those are."""
    above = sorted(((t, name) for name, t in times.items() if t > limit), reverse=True)
    if times:
        print(f"{title}: {len(times)} compiled, median {statistics.median(times.values()):.3f} s, {len(above)} above {limit} s")
    for seconds, name in above:
        print(f"  {seconds:.3f} s  {name}")
    return len(above)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--cases", required=True)
    parser.add_argument("--limit", type=float, default=0.2, help="seconds of one processor")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--step", type=int, default=1, help="every how many-th case to take")
    arguments = parser.parse_args()
    one, more = {}, {}
    with tempfile.TemporaryDirectory() as work:
        for name in sorted(os.listdir(arguments.cases))[:: arguments.step]:
            folder = os.path.join(arguments.cases, name)
            if not os.path.exists(os.path.join(folder, "model.onnx")):
                continue
            seconds = measure(arguments.tessera, folder, work, arguments.limit, arguments.rounds)
            if seconds is not None:
                (one if is_one_node(folder) else more)[name] = seconds
    above = report("models of one node", one, arguments.limit)
    report("models of several nodes", more, arguments.limit)
    sys.exit(1 if above else 0)


if __name__ == "__main__":
    main()
