#!/usr/bin/env bash
# same-bits.sh FOLDER: runs FOLDER/net.ttp in many ways and compares every output with the plain run's.
set -euo pipefail
cd "$1"
run() { ttc-run net.ttp --image scene.png --score 1 --numerics "$1" --output-dir "$2" "${@:3}" >/dev/null; }
names=$(ttc-run net.ttp --simd none 2>&1 | sed 's/.* has //; s/,//g' || true)
same() {
  diff -r "plain-$1" "$2" >/dev/null || { echo "$2: different from one thread with the best instruction set"; exit 1; }
  echo "$2: same"
}
for numerics in fast exact; do
  run $numerics plain-$numerics --threads 1
  for simd in $names; do
    run $numerics $simd-$numerics --simd $simd --threads 1
    same $numerics $simd-$numerics
  done
  for threads in 2 3; do
    run $numerics threads$threads-$numerics --threads $threads
    same $numerics threads$threads-$numerics
  done
done
