#!/usr/bin/env bash
# Runs the compile pipeline one pass a process over text files in DIR; writes steps.ttp.
set -euo pipefail
dir=$1
now=$dir/00-imported.mlir
step=0
for flag in tt-fold-constants tt-channels-last canonicalize tt-fuse-patterns tt-fold-batch-norm \
  tt-decompose-batch-norm tt-fuse-patterns tt-fold-constants tt-fuse-epilogue tt-cascade-pools canonicalize \
  tt-lower-dtypes \
  tt-choose-layouts tt-minimize-reshards tt-make-views tt-fuse-programs tt-prefetch-weights tt-plan-memory convert-tt-to-tile tile-allocate-dram tile-allocate-cbs tile-verify-resources; do
  step=$((step + 1))
  next=$dir/step-$step.mlir
  ttc-opt "--$flag" "$now" -o "$next"
  now=$next
done
ttc-translate --tile-to-program "$now" -o steps.ttp
