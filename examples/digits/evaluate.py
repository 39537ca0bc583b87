#!/usr/bin/env python3
"""Runs the compiled digit classifier on the held-out scans and says how it did; ONNX Runtime is the judge.

usage: evaluate.py --tessera TESSERA --library DIGITS.so [--compile-seconds S]        needs (PyPI): numpy, scikit-learn, onnxruntime

Exits 1 if any sample's answer differs from ONNX Runtime's or a probability differs by more than 1e-5.
"""
import argparse
import json
import os
import subprocess
import tempfile

import numpy as np
import onnxruntime

import scans

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "digits.onnx")
LARGEST_DIFFERENCE = 1e-5


def answers_of_library(arguments, x, folder):
    """Returns the library's probabilities for all of X in one batch."""
    file = os.path.join(folder, "scans.npy")
    np.save(file, x)
    command = [arguments.tessera, "run", arguments.library, "--input", f"scans={file}", "--output-dir", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return np.load(os.path.join(folder, "output_0.npy"))


def bench(arguments, x, folder):
    """Returns what `tessera bench` measures for the batch X on one thread."""
    file = os.path.join(folder, "batch.npy")
    np.save(file, x)
    command = [arguments.tessera, "bench", arguments.library, "--input", f"scans={file}", "--seconds", "1", "--json", "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def peer_latency(session, x):
    """Returns ONNX Runtime's median milliseconds for the batch X on one thread."""
    import time
    times = []
    for _ in range(300):
        begin = time.perf_counter()
        session.run(None, {"scans": x})
        times.append(time.perf_counter() - begin)
    return float(np.median(times)) * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--compile-seconds", type=float)
    arguments = parser.parse_args()

    _, _, x, labels = scans.load()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
    expected = session.run(None, {"scans": x})[0]
    with tempfile.TemporaryDirectory() as folder:
        actual = answers_of_library(arguments, x, folder)
        one, all_at_once = bench(arguments, x[:1], folder), bench(arguments, x, folder)

    same = int((actual.argmax(1) == expected.argmax(1)).sum())
    difference = float(np.abs(actual - expected).max())
    print(f"accuracy          {(actual.argmax(1) == labels).mean():.2%} of {len(x)} held-out scans")
    print(f"ONNX Runtime      same answer for {same} of {len(x)}; largest difference of a probability {difference:.1e}")
    for name, result, batch in (("one scan", one, x[:1]), (f"{len(x)} scans", all_at_once, x)):
        print(f"latency           {name}: {result['latency_ms']['median'] * 1e3:.1f} us on {result['threads']} thread, "
              f"workspace {result['workspace_bytes']} bytes (ONNX Runtime {peer_latency(session, batch) * 1e3:.1f} us)")
    print(f"library           {os.path.getsize(arguments.library)} bytes, of them weights {one['weights_bytes']}; target {one['target']}")
    if arguments.compile_seconds is not None:
        print(f"compile time      {arguments.compile_seconds:.2f} s")
    if same != len(x) or not difference <= LARGEST_DIFFERENCE:
        raise SystemExit("error: the library's answers differ from ONNX Runtime's")


if __name__ == "__main__":
    main()
