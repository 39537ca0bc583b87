#!/usr/bin/env bash
# Builds Tessera and runs every test; the last line is the sum: N passed, N failed, N skipped. Exits 1 if anything failed.
# usage: tests/run.sh [SUITE...]     all suites without arguments; names as printed, e.g. `tests/run.sh lit units`
# Can be repeated: a suite whose inputs are unchanged since it passed is not run again. Logs: build/test-results/.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/setup.sh
. tests/suites.sh

begin=$SECONDS
wanted=" ${*:-all} "
is_wanted() { [[ "$wanted" == *" all "* || "$wanted" == *" $1 "* ]]; }
run_wanted() { if is_wanted "$1"; then suite "$@"; fi; }

setup_machine
setup_build release all
tools='build/bin/tessera build/bin/tessera-opt build/lib tests/e2e'

run_wanted structure . .venv/bin/python tests/structure/check.py
run_wanted units 'build/bin/tests tests/runtime' ctest_suite build
run_wanted lit "$tools tests" lit_suite build
run_wanted digits "$tools examples/digits" .venv/bin/python tests/e2e/digits.py --tessera build/bin/tessera
run_wanted oracle "$tools examples/digits" .venv/bin/python tests/e2e/digits.py --tessera build/bin/tessera --work build/e2e/oracle -- --reference
run_wanted readme "$tools README.md" .venv/bin/python tests/e2e/readme.py
run_wanted conformance "$tools tests/conformance" .venv/bin/python tests/conformance/run.py --tessera build/bin/tessera --work build/conformance
run_wanted extensions "$tools" .venv/bin/python tests/e2e/extensions.py --tessera build/bin/tessera
run_wanted found "$tools tests/differential" .venv/bin/python tests/differential/found.py --tessera build/bin/tessera --work build/found
run_wanted differential "$tools tests/differential" .venv/bin/python tests/differential/run.py --tessera build/bin/tessera --work build/differential
# A library for all targets, run with the code for the least of them, which reads the panels of the most capable one.
run_wanted differential-fat "$tools tests/differential" env TESSERA_ISA=x86-64-v3 .venv/bin/python tests/differential/run.py --tessera build/bin/tessera --work build/differential-fat --graphs 60 -- --target fat
run_wanted tiles "$tools" .venv/bin/python tests/e2e/tiles.py --tessera build/bin/tessera
run_wanted slowdown "$tools tests/bench" .venv/bin/python tests/bench/slowdown.py --tessera build/bin/tessera
run_wanted quantised "$tools tests/e2e" .venv/bin/python tests/e2e/quantised_operators.py --tessera build/bin/tessera --work build/quantised
if grep -qw avx512_vnni /proc/cpuinfo; then # the code for processors without it
  run_wanted quantised-v4 "$tools tests/e2e" env TESSERA_ISA=x86-64-v4 .venv/bin/python tests/e2e/quantised_operators.py --tessera build/bin/tessera --work build/quantised-v4
fi
run_wanted quantised-v3 "$tools tests/e2e" .venv/bin/python tests/e2e/quantised_operators.py --tessera build/bin/tessera --work build/quantised-v3 -- --target x86-64-v3
if grep -qw avx512_vnni /proc/cpuinfo; then # the code around emulated tile instructions
  run_wanted amx "$tools build/tests/amx tests/amx" .venv/bin/python tests/amx/products.py --build build
fi
run_wanted attention "$tools tests/e2e" .venv/bin/python tests/e2e/attention.py --tessera build/bin/tessera
run_wanted denormals "$tools tests/e2e" .venv/bin/python tests/e2e/denormals.py --tessera build/bin/tessera
run_wanted joined-launches "$tools tests/e2e" .venv/bin/python tests/e2e/joined_launches.py --tessera build/bin/tessera
run_wanted recurrences "$tools tests/e2e" .venv/bin/python tests/e2e/recurrences.py --tessera build/bin/tessera
run_wanted winograd "$tools tests/e2e" .venv/bin/python tests/e2e/winograd.py --tessera build/bin/tessera
run_wanted preprocess "$tools tests/e2e" .venv/bin/python tests/e2e/preprocess.py --tessera build/bin/tessera
run_wanted halide "$tools tests/e2e" .venv/bin/python tests/e2e/halide.py --tessera build/bin/tessera
run_wanted mutants "$tools tests/reliability" .venv/bin/python tests/reliability/mutate.py --tessera build/bin/tessera --cases build/conformance/onnx-*/written --work build/mutants
run_wanted large "$tools tests/reliability/large_model.py" .venv/bin/python tests/reliability/large_model.py --tessera build/bin/tessera --work build/large
run_wanted models "$tools ../shared/models" .venv/bin/python tests/e2e/shared_models.py --tessera build/bin/tessera
run_wanted proofs "$tools tests/proofs" .venv/bin/python tests/proofs/run.py --build build
if is_wanted sanitize; then
  # The libraries of LLVM are not instrumented and share inline code with ours: their allocator's poisoning has to stay off.
  export ASAN_OPTIONS=allow_user_poisoning=0:detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
  setup_build sanitize all
  suite sanitize-units 'build-sanitize/bin build-sanitize/lib tests' ctest_suite build-sanitize
  suite sanitize-lit 'build-sanitize/bin build-sanitize/lib tests' lit_suite build-sanitize
  # Kernels with AddressSanitizer need a program that brings its runtime.
  instrumented='--tessera build-sanitize/bin/tessera -- --sanitize address'
  sanitized='build-sanitize/bin build-sanitize/lib tests/e2e'
  suite sanitize-digits "$sanitized examples/digits" .venv/bin/python tests/e2e/digits.py --work build-sanitize/digits $instrumented
  suite fuzz 'build-sanitize/bin/fuzz tests/reliability/fuzz' .venv/bin/python tests/reliability/fuzz/run.py --build build-sanitize --cases build/conformance/onnx-*/written build/extensions build/quantised --work build-sanitize/fuzz
  suite sanitize-models "$sanitized ../shared/models" .venv/bin/python tests/e2e/shared_models.py $instrumented
fi

echo
[ ${#failed_suites[@]} = 0 ] || echo "failed: ${failed_suites[*]} (logs in $results/)"
echo "took $((SECONDS - begin)) s"
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" = 0 ]
