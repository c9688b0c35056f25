#!/usr/bin/env bash
# Checks every .mlir file of a folder against the float reference.
#   check-each.sh DIR [OPTIONS of ttc check]...
# Each file is checked, unless POLICIES says otherwise, with the default layouts, with every tensor in DRAM and with height sharding.
# Prints "N checked", or the output of what failed and exits 1.
set -uo pipefail
dir=$1
shift
checked=0 failed=0
for file in "$dir"/*.mlir; do
  for policy in ${POLICIES:-optimal all-dram-interleaved all-height}; do
    out=$(ttc check "$file" --random-weights 1 --layout-policy "$policy" "$@" 2>&1) || {
      echo "== $(basename "$file") $policy: $out"
      failed=1
    }
    checked=$((checked + 1))
  done
done
[ $failed = 0 ] && echo "$checked checked"
exit $failed
