#!/usr/bin/env bash
# Set-up, build and all tests: lit, GoogleTest, whole models. Ends with a line of counts.
#   tools/test.sh [--quick]     --quick leaves out the whole models
set -uo pipefail
cd "$(dirname "$0")/.."
bash tools/build.sh || { echo "build failed"; exit 1; }
passed=0 failed=0 skipped=0
e2e="--param e2e=1"; [ "${1:-}" = --quick ] && e2e=""
out=$(mktemp)
# shellcheck disable=SC2086
python3 /usr/lib/llvm-19/build/utils/lit/lit.py -v --no-progress-bar $e2e build/test 2>&1 | tee "$out"
num() { local n; n=$(grep -E "^ *$1 *: *[0-9]+" "$out" | grep -oE '[0-9]+' | head -1); echo "${n:-0}"; }
passed=$((passed + $(num Passed)))
failed=$((failed + $(num Failed) + $(num Unresolved) + $(num 'Timed Out')))
skipped=$((skipped + $(num Unsupported)))
for t in build/unittests/*; do
  [ -x "$t" ] && [ -f "$t" ] || continue
  "$t" --gtest_brief=1 >"$out" 2>&1; rc=$?
  grep -vE '^Note:|^\[==========\]' "$out" | grep -E 'FAILED|Failure|SKIPPED|error' | head -40
  p=$(grep -oE '\[  PASSED  \] [0-9]+' "$out" | grep -oE '[0-9]+'); f=$(grep -oE '\[  FAILED  \] [0-9]+ test' "$out" | grep -oE '[0-9]+' | head -1)
  s=$(grep -oE '\[  SKIPPED \] [0-9]+ test' "$out" | grep -oE '[0-9]+' | head -1)
  passed=$((passed + ${p:-0})); failed=$((failed + ${f:-0})); skipped=$((skipped + ${s:-0}))
  if [ $rc -ne 0 ] && [ "${f:-0}" = 0 ]; then failed=$((failed + 1)); echo "$t: exit code $rc"; tail -5 "$out"; fi
  echo "$(basename "$t"): ${p:-0} passed, ${f:-0} failed, ${s:-0} skipped"
done
rm -f "$out"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
