#!/usr/bin/env python3
"""Compares every register tile, cache block and prefetch distance of the product's tuner with sums in double precision.

usage: tiles.py [--tessera build/bin/tessera] [--sizes MxNxK,...]

Sizes that tiles divide and odd ones, matrices that start on a cache line and beside it, for each target that this machine runs. A tile counts
as passed where all its variants (order of loops, panels or not, sums unrolled or not) are right in every run.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

SIZES = ["128x128x128", "256x256x256", "512x512x512", "33x17x65", "1x3x5", "131x261x129"]
# Sums of doubles, of halves in f32, and of bytes in 32 bits.
TYPED = [["--unaligned", "--dtype", name] for name in ("f64", "f16", "bf16", "i8", "u8")]
TYPED_SIZES = {"33x17x65", "128x128x128"}
# Every product has the narrow tiles; wide ones need columns enough to be legal.
WANTED = {"4x8", "8x8", "12x8", "16x8", "6x16", "4x24"}
WIDE = {"14x32", "8x48", "6x64"}


def targets():
    flags = open("/proc/cpuinfo").read()
    return [name for name, flag in (("x86-64-v3", "avx2"), ("x86-64-v4", "avx512vl")) if flag in flags]


def run(tessera, target, size, more, folder):
    """Returns the tuner's table for one product."""
    out = os.path.join(folder, "table.json")
    command = [tessera, "tune", "--matmul", *size.split("x"), "--target", target, "--no-cache", "--runs", "3", "--budget", "1000s",
               "--json", out, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500)
    if done.returncode not in (0, 1):
        sys.exit(f"error: {' '.join(command)}: {done.stderr}")
    return json.load(open(out))["tiles"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", default="build/bin/tessera")
    parser.add_argument("--sizes", default=",".join(SIZES))
    arguments = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for target in targets():
            for size in arguments.sizes.split(","):
                wrong, seen, blocks, variants = set(), set(), 0, 0
                for more in ([], ["--unaligned"], *(TYPED if size in TYPED_SIZES else [])):
                    for tile in run(arguments.tessera, target, size, more, folder):
                        name = f"{tile['rows']}x{tile['columns']}"
                        seen.add(name)
                        blocks += tile["row_block"] > 0 or tile["sum_block"] > 0
                        variants += 1
                        if not tile["correct"]:
                            wrong.add(name)
                            print(f"{target}, {size} {' '.join(more)}: wrong with {tile['schedule']}")
                missing = (WANTED | (WIDE if target == "x86-64-v4" else set())) - seen
                needs_blocks = min(int(part) for part in size.split("x")) >= 128
                if missing or (needs_blocks and not blocks):
                    print(f"{target}, {size}: not measured: {sorted(missing) or 'blocks'}")
                passed += len(seen - wrong)
                failed += len(wrong) + len(missing) + bool(needs_blocks and not blocks)
                print(f"{target}, {size}: {len(seen)} tiles, {variants} variants, {blocks} of them with blocks, {len(wrong)} wrong", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
