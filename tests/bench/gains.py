#!/usr/bin/env python3
"""Measures what tuning gains, and whether it finds what an exhaustive search finds.

usage: gains.py exhaustive|odd|foreign|zoo [--tessera build/bin/tessera] [--work build/gains] [--zoo FOLDER] [--only NAME,...]
                [--keep] [--budget 20s] [--long-budget 300s] [--rounds 15] [--comparison 40] [--seconds 0.2] [--cpu N] [--out FILE]
needs (PyPI): numpy, onnx

exhaustive  kernels of different classes: tuned against the best of all legal schedules     each at least 0.97
odd         kernels with odd shapes: tuned against untuned                                  geometric mean at least 1.05
foreign     tuned from a wrong row of the target's table against tuned from the right one   each at least 0.97
zoo         models of a folder: tuned against untuned                                       each at least 0.98

A figure is the median, over the rounds, of the ratio of the median latencies of two libraries run one after the other, above 1 where the
first is faster: a machine that changes its speed does so for whole rounds, and the least latency is that of a rare moment. There are --rounds
rounds, and more until the median is known to 1 % or they took --comparison seconds: each is a new process, and one whose data are about as
large as a cache takes up to 40 % longer than another. Exits 1 where a figure is missed. --keep uses records of a run before in place of tuning
again. Never run it beside other work.
"""
import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time

import gain_kernels

LIMITS = {"exhaustive": 0.97, "odd": 1.05, "foreign": 0.97, "zoo": 0.98}
# Bytes of libraries that fit no cache anyway.
MOST_COPIED = 64 << 20
# Half the 95 % interval of a median that is known well enough.
ACCURACY = 0.01
# How many runs tell the latency of a library in one process, and the least time for them in seconds.
RUNS, LEAST_SECONDS = 200, 0.02
# A processor with small caches whose tiles hold few sums.
FOREIGN = {"tile_registers": 6, "l1_bytes": 8192, "l2_bytes": 65536}


def uncertainty(ratios):
    """Half of the 95 % interval of the median, over the median: between order statistics, so that no distribution is assumed."""
    ordered, count = sorted(ratios), len(ratios)
    low = max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)))
    return (ordered[count - 1 - low] - ordered[low]) / 2 / statistics.median(ordered)


class Bench:
    """Tunes, compiles and measures with one tool in one folder."""

    def __init__(self, arguments):
        self.arguments = arguments
        os.makedirs(arguments.work, exist_ok=True)

    def path(self, name):
        return os.path.join(self.arguments.work, name)

    def tool(self, *command, pinned=False):
        prefix = ["taskset", "-c", str(self.arguments.cpu)] if pinned else []
        done = subprocess.run([*prefix, self.arguments.tessera, *command], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"error: tessera {' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def tune(self, model, records, budget, *more):
        """Writes records of a model's kernels, anew unless they shall be kept; returns what tune says."""
        if self.arguments.keep and os.path.exists(records):
            budget = "1ms"
        elif os.path.exists(records):
            os.remove(records)
        out = self.tool("tune", model, "--budget", budget, "--tuning", records, "--no-cache", "--json", "-", *more)
        return json.loads(out.splitlines()[-1])

    def compile(self, model, library, records=None):
        # One prefix, so that equal code makes equal files.
        self.tool("compile", model, "-o", library, "--symbol-prefix", "measured", *(["--tuning", records] if records else []))
        return library

    def latency(self, library, dims, seconds):
        out = self.tool("bench", library, "--seconds", str(seconds), "--json", "-",
                        *[part for dim in dims for part in ("--dim", dim)], pinned=True)
        return json.loads(out.splitlines()[-1])["latency_ms"]["median"]

    def latency_of_copy(self, library, dims, seconds):
        """A new file lies in other memory, where its weights collide with other things in caches."""
        if os.path.getsize(library) > MOST_COPIED:
            return self.latency(library, dims, seconds)
        copy = library + ".copy.so"
        shutil.copyfile(library, copy)
        try:
            return self.latency(copy, dims, seconds)
        finally:
            os.remove(copy)

    def ratio(self, first, second, dims=()):
        """Returns how many times faster the first library is, and how well that is known."""
        if open(first, "rb").read() == open(second, "rb").read():
            return {"ratio": 1.0, "uncertainty": 0.0, "rounds": 0}
        once = self.latency(first, dims, LEAST_SECONDS) / 1e3
        seconds = min(self.arguments.seconds, max(LEAST_SECONDS, RUNS * once))
        ratios, order, started = [], [first, second], time.monotonic()
        while len(ratios) < self.arguments.rounds or (uncertainty(ratios) > ACCURACY and
                                                      time.monotonic() - started < self.arguments.comparison):
            times = {library: self.latency_of_copy(library, dims, seconds) for library in order}
            ratios.append(times[second] / times[first])
            order.reverse()
        return {"ratio": statistics.median(ratios), "uncertainty": uncertainty(ratios), "rounds": len(ratios)}


def exhaustive(bench, name, model):
    """Tuned over the best of all legal schedules."""
    quick = bench.tune(model, bench.path(name + ".quick.jsonl"), bench.arguments.budget)
    # The long search starts from nothing and ends when it has seen everything, or when its time is over.
    full = bench.tune(model, bench.path(name + ".full.jsonl"), bench.arguments.long_budget, "--exhaustive")
    first = bench.compile(model, bench.path(name + ".quick.so"), bench.path(name + ".quick.jsonl"))
    second = bench.compile(model, bench.path(name + ".full.so"), bench.path(name + ".full.jsonl"))
    count = [(sum(kernel["measured"] for kernel in run["kernels"])) for run in (quick, full)]
    legal = sum(kernel["legal"] for kernel in full["kernels"])
    return {**bench.ratio(first, second), "measured": count[0], "exhaustive": count[1], "legal": legal,
            "taken back": [run["taken_back"] for run in (quick, full)]}


def odd(bench, name, model):
    """Tuned over untuned."""
    records = bench.path(name + ".jsonl")
    said = bench.tune(model, records, bench.arguments.budget)
    first = bench.compile(model, bench.path(name + ".tuned.so"), records)
    second = bench.compile(model, bench.path(name + ".so"))
    return {**bench.ratio(first, second, gain_kernels.dims_of(name)), "said": said.get("gain_of_model")}


def foreign(bench, name, model):
    """Tuned from a wrong table over tuned from the right one; and how slow the wrong one's defaults are."""
    facts = bench.path("foreign.json")
    with open(facts, "w") as file:
        json.dump(FOREIGN, file)
    wrong = bench.tune(model, bench.path(name + ".foreign.jsonl"), bench.arguments.budget, "--target-facts", facts)
    bench.tune(model, bench.path(name + ".native.jsonl"), bench.arguments.budget)
    first = bench.compile(model, bench.path(name + ".foreign.so"), bench.path(name + ".foreign.jsonl"))
    second = bench.compile(model, bench.path(name + ".native.so"), bench.path(name + ".native.jsonl"))
    return {**bench.ratio(first, second), "gain over the wrong defaults": wrong["gain"]}


PARTS = {"exhaustive": exhaustive, "odd": odd, "foreign": foreign, "zoo": odd}


def models_of(arguments):
    """Returns names and paths of the models to measure."""
    wanted = set(arguments.only.split(",")) if arguments.only else None
    if arguments.part == "zoo":
        files = sorted(file for file in os.listdir(arguments.zoo) if file.endswith(".onnx"))
        found = {file[:-5]: os.path.join(arguments.zoo, file) for file in files}
    else:
        kernels = gain_kernels.ODD if arguments.part == "odd" else gain_kernels.CLASSES
        found = {name: gain_kernels.write(make, os.path.join(arguments.work, name + ".onnx")) for name, make in kernels.items()}
    return {name: path for name, path in found.items() if wanted is None or name in wanted}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=sorted(PARTS))
    parser.add_argument("--tessera", default="build/bin/tessera")
    parser.add_argument("--work", default="build/gains")
    parser.add_argument("--zoo", default="build/zoo")
    parser.add_argument("--only")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--budget", default="20s")
    parser.add_argument("--long-budget", default="300s")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--comparison", type=float, default=40)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--cpu", type=int, default=0)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    results, missed = {}, 0
    for name, model in models_of(arguments).items():
        results[name] = PARTS[arguments.part](bench, name, model)
        ratio = results[name]["ratio"]
        isMissed = arguments.part != "odd" and ratio < LIMITS[arguments.part]
        missed += isMissed
        print(f"{name:32}{ratio:7.3f}  {results[name]}{'  MISSED' if isMissed else ''}", flush=True)
    mean = math.exp(statistics.mean(math.log(result["ratio"]) for result in results.values()))
    missed += arguments.part == "odd" and mean < LIMITS["odd"]
    print(f"geometric mean {mean:.3f}, least {min(result['ratio'] for result in results.values()):.3f}, {missed} missed")
    if arguments.out:
        with open(arguments.out, "w") as file:
            json.dump(results, file, indent=1)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
