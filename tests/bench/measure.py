#!/usr/bin/env python3
"""Measures what docs/performance.md promises, in interleaved rounds, and writes the figures as JSON and as that page.

usage: measure.py [--zoo FOLDER] [--build build] [--rounds 5] [--seconds 1] [--models NAME,...] [--out FILE] [--page FILE]
needs (PyPI): numpy, onnx; for the peers onnxruntime and, if installed, openvino

Without --zoo the models are exported by ../shared/zoo/make_zoo.py (needs torch, and ../shared beside the checkout). A figure is the
median of the rounds' values; each round measures every model once, so that a slow minute of the machine touches all alike.
Never run it beside other work.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys

import figures
import page

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
SHARED = os.path.join(ROOT, "..", "shared")
STATIC = ["mlp", "lstm_2x256_t100", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "resnet18", "resnet50",
          "convnext_tiny", "minilm_l6_s128", "vit_b_16", "bert_base_s128", "gpt2_decode_p256", "gpt2_prefill_s128"]
BYTES = ["mobilenet_v2_int8", "resnet50_int8", "minilm_l6_s128_int8"]
FREE = {"resnet18_batch": ("batch", (1, 2, 3, 4, 8)), "minilm_l6_seq": ("seq", (1, 3, 7, 12, 20, 50, 128, 256))}


def zoo_folder(arguments):
    """Returns the folder with the zoo's models, exporting them if that is possible."""
    if arguments.zoo:
        return arguments.zoo
    script, folder = os.path.join(SHARED, "zoo", "make_zoo.py"), os.path.join(ROOT, "build", "zoo")
    if not os.path.exists(script):
        raise SystemExit("error: no --zoo given and ../shared/zoo/make_zoo.py is absent")
    if not os.path.exists(os.path.join(folder, "mlp.onnx")):
        subprocess.run([sys.executable, script, folder], check=True)
    return folder


def median_of(rounds):
    """Returns the median of each number in a list of equal, nested dictionaries."""
    first = next((r for r in rounds if isinstance(r, dict)), None)
    if first is not None:
        keys = {key for r in rounds for key in r}
        return {key: median_of([r[key] for r in rounds if key in r]) for key in sorted(keys)}
    return statistics.median(rounds) if isinstance(rounds[0], (int, float)) else rounds[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--models", default=",".join(STATIC + BYTES + list(FREE)))
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "figures.json"))
    parser.add_argument("--page", default=os.path.join(ROOT, "docs", "performance.md"))
    arguments = parser.parse_args()
    zoo, names = zoo_folder(arguments), arguments.models.split(",")
    maker = figures.Figures(arguments.build, arguments.seconds)
    rounds = {name: [] for name in names + ["empty"]}
    for number in range(arguments.rounds):
        rounds["empty"].append(maker.empty_call())
        for name in names:
            print(f"round {number + 1} of {arguments.rounds}: {name}", flush=True)
            rounds[name].append(maker.model(os.path.join(zoo, name + ".onnx"), FREE.get(name)))
            print(f"  {json.dumps(rounds[name][-1])}", flush=True)
    result = {"date": datetime.date.today().isoformat(), "machine": figures.machine(), "rounds": arguments.rounds,
              "models": {name: median_of(values) for name, values in rounds.items()}}
    with open(arguments.out, "w") as file:
        json.dump(result, file, indent=1)
    remarks = page.remarks_of(arguments.page)
    with open(arguments.page, "w") as file:
        file.write(page.text(result) + remarks)
    print(f"wrote {arguments.out} and {arguments.page}")


if __name__ == "__main__":
    main()
