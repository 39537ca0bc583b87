#!/usr/bin/env python3
"""The real models of ../shared/models that its INDEX.md gives a stage up to STAGE, all their data sets.

usage: shared_models.py --tessera TESSERA [--models FOLDER] [--stage 1] [--jobs 2] [-- VERIFY OPTIONS ...]
"""
import argparse
import os
import re
import sys

from cases import summary, verify

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "models")


def models_of(folder, stage):
    """Returns the names of the models in the index's table whose stage is at most STAGE."""
    with open(os.path.join(folder, "INDEX.md")) as index:
        rows = re.findall(r"^\| ([\w.-]+) \| (\d+) \|", index.read(), flags=re.M)
    return [name for name, of in rows if int(of) <= stage]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--models", default=os.path.normpath(SHARED))
    parser.add_argument("--stage", type=int, default=1)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("options", nargs="*", help="passed on to tessera verify")
    arguments = parser.parse_args()
    if not os.path.isfile(os.path.join(arguments.models, "INDEX.md")):
        print("../shared/models is absent: real models are not tested")
        return summary(0, 0, 1)
    names = models_of(arguments.models, arguments.stage)
    _, counts = verify(arguments.tessera, "--jobs", arguments.jobs, *arguments.options, *(os.path.join(arguments.models, name) for name in names))
    return summary(*counts)


if __name__ == "__main__":
    sys.exit(main())
