#!/usr/bin/env bash
# From a fresh Debian 12 machine to a compiled model that runs: installs what is missing, builds Tessera, compiles the
# digit classifier of examples/digits and runs it on the held-out scans. Can be repeated; then it takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/setup.sh

setup_machine
setup_build release tessera

out=build/quickstart
mkdir -p "$out"
say "Compiling examples/digits/digits.onnx"
begin=$(date +%s%N)
build/bin/tessera compile examples/digits/digits.onnx -o "$out/digits.so"
end=$(date +%s%N)

say "Running it on the held-out scans"
.venv/bin/python examples/digits/evaluate.py --tessera build/bin/tessera --library "$out/digits.so" \
  --compile-seconds "$(printf '%d.%03d' $(((end - begin) / 1000000000)) $(((end - begin) / 1000000 % 1000)))"
