# How tests/run.sh runs one suite: shows its progress, keeps its log, remembers its counts while nothing it depends on changes.
# A suite is a command whose last line is `N passed, N failed, N skipped`; it fails when it says so or ends without saying it.

results=build/test-results
total_passed=0 total_failed=0 total_skipped=0
failed_suites=()

# fingerprint PATH...: one hash of the files (of folders, those git does not ignore) and of what this machine can run.
fingerprint() {
  {
    local path
    for path in "$@"; do
      if [ -d "$path" ] && [ "${path#build}" = "$path" ] && [ "${path#..}" = "$path" ]; then
        git ls-files -z -co --exclude-standard -- "$path" | sort -z | xargs -0r sha256sum 2>/dev/null || true
      elif [ -d "$path" ]; then
        find "$path" -type f -printf '%p %s %T@\n' | sort
      elif [ -e "$path" ]; then
        sha256sum "$path"
      else
        echo "absent $path"
      fi
    done
    grep -m1 '^flags' /proc/cpuinfo
    sha256sum .ci/requirements.txt
  } | sha256sum | cut -d' ' -f1
}

# suite NAME "PATH..." COMMAND...: runs COMMAND unless it passed before with the same PATHs.
suite() {
  local name=$1 log=$results/$1.log stamp=$results/$1.stamp key counts begin=$SECONDS note=
  # shellcheck disable=SC2086 # a list of paths
  key=$(fingerprint tests/run.sh tests/suites.sh $2)
  shift 2
  mkdir -p "$results"
  say "$name"
  if [ -f "$stamp" ] && [ "$(head -n1 "$stamp")" = "$key" ]; then
    counts=$(tail -n1 "$stamp")
    note=' (nothing changed since)'
  else
    rm -f "$stamp"
    "$@" 2>&1 | tee "$log" || true
    counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n1) || true
    [ -n "$counts" ] || counts='0 passed, 1 failed, 0 skipped'
    note=" in $((SECONDS - begin)) s"
    [[ "$counts" != *' 0 failed,'* ]] || printf '%s\n%s\n' "$key" "$counts" > "$stamp"
  fi
  echo "$name: $counts$note"
  count "$name" "$counts"
}

# count NAME "N passed, N failed, N skipped": adds to the sums.
count() {
  local passed failed skipped
  read -r passed _ failed _ skipped _ <<< "$2"
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
  [ "$failed" = 0 ] || failed_suites+=("$1")
}

# ctest_suite BUILD: the unit tests of a build folder.
ctest_suite() {
  local log=$1/ctest.log passed failed skipped
  ctest --test-dir "$1" -j2 --progress --output-on-failure --no-tests=ignore 2>&1 | tee "$log"
  failed=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of [0-9]+.*/\1/p' "$log")
  passed=$(sed -nE 's/^[0-9]+% tests passed, [0-9]+ tests? failed out of ([0-9]+).*/\1/p' "$log")
  skipped=$(grep -cE '\(Skipped\)' "$log" || true)
  echo "$((${passed:-0} - ${failed:-1} - skipped)) passed, ${failed:-1} failed, $skipped skipped"
}

# lit_suite BUILD: the lit tests run with the tools of a build folder.
lit_suite() {
  local log=$1/lit.log
  .venv/bin/lit -v -j2 "$1/tests" 2>&1 | tee "$log"
  awk -F: '
    /^  (Passed|Passed With Retry|Expectedly Failed) *:/ { passed += $2 }
    /^  (Failed|Timed Out|Unresolved|Unexpectedly Passed) *:/ { failed += $2 }
    /^  (Unsupported|Skipped|Excluded) *:/ { skipped += $2 }
    /^Total Discovered Tests/ { seen = 1 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed + !seen, skipped }' "$log"
}
