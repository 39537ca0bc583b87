#!/usr/bin/env python3
"""Compiles and runs damaged models and data: none may crash the compiler, take longer than 10 s or more than 1 GB of memory.

usage: mutate.py --tessera TESSERA --cases FOLDER --work FOLDER [--models N] [--first SEED] [--jobs N] [--checker]
needs (PyPI): onnx, numpy

FOLDER holds cases in ONNX's test-data layout; each damaged model runs with its case's data. With --checker it is also said which
models the compiler takes although onnx's checker refuses them. Models that fail stay in the work folder.
"""
import argparse
import collections
import json
import os
import re
import resource
import shutil
import subprocess
import sys

import numpy as np
import onnx
from mutations import BYTES, MUTATIONS

BATCH = 1000
MOST_BYTES = 1 << 30
MOST_SECONDS = 10


def limit_memory():
    """For the compiler and its children: of private memory; an allocation beyond it fails, which ends in a crash."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


def models_in(folder):
    """Returns [(case folder, serialized model)], small ones only: damage to weights shows nothing."""
    found = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name, "model.onnx")
        if os.path.exists(path) and os.path.getsize(path) < 20000:
            with open(path, "rb") as file:
                found.append((os.path.join(folder, name), file.read()))
    return found


def damage_data(rng, case, folder):
    """Copies a case's data and damages one of its files."""
    data = os.path.join(folder, "test_data_set_0")
    shutil.copytree(os.path.join(case, "test_data_set_0"), data)
    files = [os.path.join(data, name) for name in sorted(os.listdir(data)) if os.path.getsize(os.path.join(data, name))]
    if files:
        path = files[int(rng.integers(len(files)))]
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(BYTES[int(rng.integers(len(BYTES)))](rng, content, content))


def write_mutant(seed, models, folder):
    """Writes one damaged model beside its data, or a model beside damaged data; returns the model's bytes."""
    rng = np.random.default_rng(seed)
    case, data = models[int(rng.integers(len(models)))]
    os.makedirs(folder)
    if rng.random() < 0.1:
        damage_data(rng, case, folder)
    else:
        data = MUTATIONS[int(rng.integers(len(MUTATIONS)))](rng, data, models[int(rng.integers(len(models)))][1])
        os.symlink(os.path.join(os.path.abspath(case), "test_data_set_0"), os.path.join(folder, "test_data_set_0"))
    with open(os.path.join(folder, "model.onnx"), "wb") as file:
        file.write(data)
    return data


def verify(arguments, folder):
    """Returns [(name, outcome, text)]."""
    report = os.path.join(folder, "result.json")
    command = [arguments.tessera, "verify", folder, "--jobs", str(arguments.jobs), "--timeout", str(MOST_SECONDS), "--json", report]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limit_memory)
    if result.returncode not in (0, 1):
        raise SystemExit(f"tessera verify ended with {result.returncode}: {result.stderr.decode(errors='replace')[-2000:]}")
    with open(report) as file:
        return [(case["name"], case["outcome"], case["text"]) for case in json.load(file)["cases"]]


def complaint_of(data):
    """What onnx's checker says against a model, without names; nothing when it is content."""
    try:
        onnx.checker.check_model(data, full_check=False)
    except Exception as error:
        text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return re.sub(r"'[^']*'|\([^)]*\)|:[^:]*$|\d+", "_", text)[:110]
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--cases", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--checker", action="store_true")
    arguments = parser.parse_args()
    models = models_in(arguments.cases)
    outcomes, complaints, failed = collections.Counter(), collections.Counter(), 0
    last = arguments.first + arguments.models
    for begin in range(arguments.first, last, BATCH):
        folder = os.path.join(arguments.work, f"batch_{begin}")
        shutil.rmtree(folder, ignore_errors=True)
        seeds = range(begin, min(begin + BATCH, last))
        mutants = {f"mutant_{seed}": write_mutant(seed, models, os.path.join(folder, f"mutant_{seed}")) for seed in seeds}
        kept = 0
        for name, outcome, text in verify(arguments, folder):
            crashed = re.match(r"crashed|timed out", text)
            ran = outcome == "passed" or text.startswith("test_data_set")
            kind = "crashed" if crashed else "compiled" if ran else "refused"
            outcomes[kind] += 1
            if ran and arguments.checker:
                complaint = complaint_of(mutants[name])
                if complaint:
                    complaints[complaint] += 1
                    if complaints[complaint] == 1:
                        print(f"taken although refused by the checker: {name}: {complaint}", flush=True)
            if crashed:
                failed, kept = failed + 1, kept + 1
                print(f"{name}: {text}", flush=True)
            else:
                shutil.rmtree(os.path.join(folder, name))
        if not kept:
            shutil.rmtree(folder)
        print(f"after {min(begin + BATCH, last) - arguments.first}: {dict(outcomes)}", flush=True)
    for complaint, count in complaints.most_common():
        print(f"{count:6} taken: {complaint}")
    print(f"{arguments.models - failed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
