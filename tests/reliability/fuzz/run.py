#!/usr/bin/env python3
"""Runs each fuzzer for a while from its seeds, and models that are wrong in one thing; a finding fails and stays in the work folder.

usage: run.py --build BUILD --cases FOLDER... --work FOLDER [--seconds N] [--variants N] [--only NAME...]
needs (PyPI): onnx, numpy

BUILD has been configured with TESSERA_FUZZ; the FOLDERs hold cases in ONNX's test-data layout. Repeat a finding with
`BUILD/bin/fuzz/NAME_fuzz FILE`.
"""
import argparse
import os
import re
import subprocess
import sys

import seeds
import variants

NAMES = ["model", "tensor", "options"]
MOST_MEGABYTES = 2048
MOST_SECONDS = 20
BATCH = 1000


def fuzz(arguments, name):
    """Runs one fuzzer; returns whether it found nothing."""
    found = os.path.join(arguments.work, "corpus", name)
    os.makedirs(found, exist_ok=True)
    command = [os.path.join(arguments.build, "bin", "fuzz", f"{name}_fuzz"), found, os.path.join(arguments.work, "seeds", name)]
    command += [f"-max_total_time={arguments.seconds}", f"-timeout={MOST_SECONDS}", f"-rss_limit_mb={MOST_MEGABYTES}", "-max_len=8192"]
    command += ["-print_final_stats=1", "-seed=1", f"-artifact_prefix={arguments.work}/{name}-"]
    log = os.path.join(arguments.work, f"{name}.log")
    with open(log, "wb") as out:
        status = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT).returncode
    with open(log, errors="replace") as file:
        text = file.read()
    executions = re.search(r"stat::number_of_executed_units: *(\d+)", text)
    print(f"{'PASS' if status == 0 else 'FAIL'} {name}: {executions.group(1) if executions else 'unknown'} inputs", flush=True)
    if status:
        print("  " + text[-4000:].replace("\n", "\n  "), flush=True)
    return status == 0


def run_variants(arguments):
    """Runs a sample of the models that are wrong in one thing through the fuzzer of models; returns whether all survived."""
    models = list(variants.variants_of(arguments.cases))
    folder = os.path.join(arguments.work, "variants")
    step = max(1, len(models) // arguments.variants)
    count = seeds.write(folder, ((f"{index:06d}", data) for index, data in enumerate(models) if index % step == 0))
    names, failed = sorted(os.listdir(folder)), 0
    for begin in range(0, len(names), BATCH):
        command = [os.path.abspath(os.path.join(arguments.build, "bin", "fuzz", "model_fuzz")), "-runs=1", f"-timeout={MOST_SECONDS}"]
        done = subprocess.run([*command, f"-artifact_prefix={os.path.abspath(arguments.work)}/variants-", *names[begin:begin + BATCH]], cwd=folder, capture_output=True)
        if done.returncode:
            failed += 1
            print("  " + done.stderr.decode(errors="replace")[-4000:].replace("\n", "\n  "), flush=True)
    print(f"{'FAIL' if failed else 'PASS'} variants: {count} of {len(models)} models", flush=True)
    return not failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--cases", required=True, nargs="+")
    parser.add_argument("--work", required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--variants", type=int, default=2000)
    parser.add_argument("--only", nargs="+", default=NAMES, choices=NAMES)
    arguments = parser.parse_args()
    corpora = {"model": seeds.models_of(arguments.cases), "tensor": seeds.tensors_of(arguments.cases), "options": enumerate(seeds.OPTIONS)}
    for name in arguments.only:
        print(f"{name}: {seeds.write(os.path.join(arguments.work, 'seeds', name), corpora[name])} seeds", flush=True)
    passed = [fuzz(arguments, name) for name in arguments.only]
    if "model" in arguments.only:
        passed.append(run_variants(arguments))
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed, 0 skipped")
    return int(not all(passed))


if __name__ == "__main__":
    sys.exit(main())
