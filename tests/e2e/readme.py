#!/usr/bin/env python3
"""Runs the README's shell commands, in order, as a reader would; the two long ones (./...) are what runs this.

usage: readme.py [--build build]
"""
import os
import re
import subprocess
import sys

from cases import summary

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def main():
    with open(os.path.join(ROOT, "README.md")) as file:
        blocks = re.findall(r"```sh\n(.*?)```", file.read(), flags=re.S)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    passed = failed = 0
    for line in lines:
        if not line or line.startswith(("./", "#")):
            continue
        done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True)
        print(f"{'FAIL' if done.returncode else 'PASS'} {line}")
        if done.returncode:
            print(done.stdout[-1000:] + done.stderr[-1000:])
        passed, failed = passed + (done.returncode == 0), failed + (done.returncode != 0)
    return summary(passed, failed, 0)


if __name__ == "__main__":
    sys.exit(main())
