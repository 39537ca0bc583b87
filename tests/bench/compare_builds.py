#!/usr/bin/env python3
"""Compares two builds of the compiler on models: processor time of compiling, and speed of what they compile.

usage: compare_builds.py BEFORE AFTER MODEL.onnx... [--work build/builds] [--rounds 5] [--seconds 0.4] [--cpu 1]

BEFORE and AFTER are the tools, build/bin/tessera of either. Both libraries of a model are measured in turn on one processor; figures are
AFTER over BEFORE, of the medians of the rounds: below 1 where AFTER is faster. Never run it beside other work.
"""
import argparse
import json
import math
import os
import statistics
import subprocess

from compile_cost import processor_seconds


def latency(tool, library, arguments):
    command = ["taskset", "-c", str(arguments.cpu), tool, "bench", library, "--seconds", str(arguments.seconds), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"error: {' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout.splitlines()[-1])["latency_ms"]["median"]


def compare(model, arguments):
    """Returns the ratios of compile time and run time."""
    tools, costs, times = (arguments.before, arguments.after), [], ([], [])
    libraries = [os.path.join(arguments.work, name) for name in ("before.so", "after.so")]
    for tool, library in zip(tools, libraries):
        costs.append(processor_seconds([tool, "compile", model, "-o", library, "--symbol-prefix", "measured"]))
        if costs[-1] is None:
            raise SystemExit(f"error: {tool} does not compile {model}")
    for number in range(arguments.rounds):
        for i in (0, 1) if number % 2 == 0 else (1, 0):
            times[i].append(latency(arguments.after, libraries[i], arguments))
    return costs[1] / costs[0], statistics.median(times[1]) / statistics.median(times[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--work", default="build/builds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4)
    parser.add_argument("--cpu", type=int, default=1)
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    ratios = []
    for model in arguments.models:
        ratios.append(compare(model, arguments))
        print(f"{os.path.basename(model):28} compile {ratios[-1][0]:.2f}  run {ratios[-1][1]:.3f}", flush=True)
    compile_mean, run_mean = (math.exp(statistics.mean(map(math.log, values))) for values in zip(*ratios))
    print(f"geometric mean: compile {compile_mean:.2f}, run {run_mean:.3f}")


if __name__ == "__main__":
    main()
