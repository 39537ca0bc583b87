#!/usr/bin/env python3
"""Catches a compiler whose code became slower: more than 10 % beyond the noise, in runs in turn with libraries kept from before.

usage: slowdown.py [--tessera build/bin/tessera] [--work build/slowdown] [--models FILE.onnx,...] [--renew] [--self-test]

The first run on a machine keeps the libraries it compiled in the work folder; later ones compile anew and measure both, several times in
turn, with `tessera bench --compare`: a library fails when the comparison fails each time. A run without failures keeps its libraries only
where it found them faster each time, so that small losses add up until they are seen and noise does not move what is kept. --renew keeps what is compiled now, whatever it measures. A
library that is the same byte for byte is not measured.

--self-test plants a slowdown: schedules that compute one point at a time. It passes when that is found, its end as well, and an unchanged library
is neither slower nor faster.
needs (PyPI): numpy, onnx
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys

import gain_kernels

KERNELS = ["contraction_128x768x768", "convolution_3x3_28_128", "depthwise_3x3_56_96", "pooling_3x3_56_64", "softmax_1536x128",
           "normalisation_512x768", "map_512x1024", "recurrence_32x256"]
TRIES = 3


def tool(arguments, *command, allowed=(0,)):
    done = subprocess.run([arguments.tessera, *command], capture_output=True, text=True)
    if done.returncode not in allowed:
        raise SystemExit(f"error: tessera {' '.join(command)}: {done.stderr.strip()}")
    return done


def models(arguments):
    """Returns names and paths of what is measured."""
    if arguments.models:
        return {os.path.basename(path)[:-5]: path for path in arguments.models.split(",")}
    return {name: gain_kernels.write(gain_kernels.CLASSES[name], os.path.join(arguments.work, name + ".onnx")) for name in KERNELS}


def compare(arguments, before, after):
    """Returns the verdict of each try until one tells of no change."""
    verdicts = []
    for _ in range(TRIES):
        for library in (before, after):
            tool(arguments, "bench", library, "--seconds", "0.4", "--json", library + ".json")
        done = tool(arguments, "bench", "--compare", before + ".json", after + ".json", "--json", "-", allowed=(0, 1))
        verdicts.append(json.loads(done.stdout.splitlines()[-1]))
        if done.returncode == 0 and verdicts[-1]["verdict"] != "faster":
            break
    return verdicts


def plain_schedules(arguments, model, records):
    """Writes records that give every launch of a model the slowest schedule there is."""
    kernels = records + ".mlir"
    tool(arguments, "compile", model, "--emit", "kernels", "-o", kernels)
    tool(arguments, "compile", model, "-o", records + ".so")
    target = json.loads(tool(arguments, "inspect", records + ".so", "--json", "-").stdout.splitlines()[-1])["target"]
    lines = []
    for launch in re.findall(r"tsk\.launch.*", open(kernels).read()):
        schedule = re.search(r"#tsk\.schedule<[^>]*>", launch)[0]
        schedule = re.sub(r"vector_dim = -?\d+, lanes = \d+", "vector_dim = -1, lanes = 1", schedule)
        schedule = re.sub(r"tile = \[[^]]*\]", lambda found: re.sub(r"\d+", "1", found[0]), schedule)
        schedule = re.sub(r"packed = \[[^]]*\]", "packed = []", schedule)
        lines.append(json.dumps({"kernel": re.search(r'tsk\.key = "(\w+)"', launch)[1], "target": target, "schedule": schedule}))
    with open(records, "w") as file:
        file.write("\n".join(lines) + "\n")
    return records


def is_faster(verdicts):
    """Whether a library was faster each time: noise alone does not make it what others are compared with."""
    return len(verdicts) == TRIES and all(verdict["verdict"] == "faster" for verdict in verdicts)


def self_test(arguments):
    """Returns how many of the three checks failed."""
    model = gain_kernels.write(gain_kernels.CLASSES["softmax_1536x128"], os.path.join(arguments.work, "planted.onnx"))
    good, same, slow = (os.path.join(arguments.work, name + ".so") for name in ("good", "same", "slow"))
    tool(arguments, "compile", model, "-o", good)
    shutil.copyfile(good, same)
    tool(arguments, "compile", model, "-o", slow, "--tuning", plain_schedules(arguments, model, os.path.join(arguments.work, "plain.jsonl")))
    isFound = all(verdict["failed"] for verdict in compare(arguments, good, slow))
    isGain = is_faster(compare(arguments, slow, good))
    verdicts = compare(arguments, good, same)
    isQuiet = not all(verdict["failed"] for verdict in verdicts) and not is_faster(verdicts)
    print(f"a planted slowdown is {'found' if isFound else 'NOT FOUND'}, its end {'too' if isGain else 'NOT'}; "
          f"an unchanged library {'passes' if isQuiet else 'FAILS'}")
    return (not isFound) + (not isGain) + (not isQuiet)


def measure(arguments):
    """Compares each model's library with the kept one; returns how many passed, failed and were new."""
    passed = failed = kept = 0
    for name, model in models(arguments).items():
        before, after = (os.path.join(arguments.work, name + suffix) for suffix in (".before.so", ".so"))
        tool(arguments, "compile", model, "-o", after)
        if arguments.renew or not os.path.exists(before):
            shutil.copyfile(after, before)
            kept += 1
            continue
        if open(before, "rb").read() == open(after, "rb").read():
            print(f"{name:32} unchanged")
            passed += 1
            continue
        verdicts = compare(arguments, before, after)
        isSlower = len(verdicts) == TRIES and all(verdict["failed"] for verdict in verdicts)
        print(f"{name:32} {verdicts[-1]['ratio']:.3f}, noise {verdicts[-1]['noise']:.3f}: {'SLOWER' if isSlower else verdicts[-1]['verdict']}")
        failed += isSlower
        passed += not isSlower
        if is_faster(verdicts):
            shutil.copyfile(after, before)
    return passed, failed, kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", default="build/bin/tessera")
    parser.add_argument("--work", default="build/slowdown")
    parser.add_argument("--models")
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    wrong = self_test(arguments)
    passed, failed, kept = (3 - wrong, wrong, 0)
    if not arguments.self_test:
        counts = measure(arguments)
        passed, failed, kept = passed + counts[0], failed + counts[1], counts[2]
    print(f"{passed} passed, {failed} failed, {kept} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
