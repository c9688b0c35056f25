#!/usr/bin/env bash
# Set-up and build of one preset (default: release). Used by demo.sh and test.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tools/setup.sh
preset=${1:-release}
launcher=""
command -v ccache >/dev/null && launcher="-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache"
dir=build; [ "$preset" = release ] || dir=build-$preset
# shellcheck disable=SC2086
cmake --preset "$preset" $launcher >/tmp/ttc-cmake.$$ 2>&1 || { cat /tmp/ttc-cmake.$$; exit 1; }
rm -f /tmp/ttc-cmake.$$
cmake --build "$dir"
