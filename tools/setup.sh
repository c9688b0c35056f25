#!/usr/bin/env bash
# Installs what the build needs on Debian 12: distribution packages only.
set -euo pipefail
packages=(
  build-essential cmake ninja-build python3
  clang-19 libclang-rt-19-dev lld-19 llvm-19-dev llvm-19-tools libmlir-19-dev mlir-19-tools
  libfmt-dev nlohmann-json3-dev libflatbuffers-dev flatbuffers-compiler flatbuffers-compiler-dev
  libonnx-dev libprotobuf-dev protobuf-compiler libdnnl-dev libhwy-dev libcli11-dev libstb-dev
  libbenchmark-dev libgtest-dev libzstd-dev zlib1g-dev libcurl4-openssl-dev libedit-dev libxml2-dev
)
missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p")
done
if ((${#missing[@]})); then
  echo "installing: ${missing[*]}"
  sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
