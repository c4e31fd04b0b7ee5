#!/usr/bin/env bash
# Configures and builds one preset, quietly unless something is wrong.
# Usage: tools/build.sh PRESET [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=$1
shift
log=build/$preset-configure.log
mkdir -p build
echo "Building in build/$preset"
if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
cmake --build "build/$preset" ${1:+--target "$@"}
