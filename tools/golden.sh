#!/usr/bin/env bash
# Trains the golden trainings (tests/golden) in every configuration that must not matter: compilers and what they
# optimise, instruction sets, processors that this one can stand for, arm64. Writes one line per configuration; exit
# code 1 if a hash differs.
# Needs tools/install_packages.sh build golden; arm64 also dpkg --add-architecture arm64 and, of that architecture,
# libfmt-dev libhwy-dev libasmjit-dev libtomlplusplus-dev zlib1g-dev libarchive-dev libspng-dev
# libturbojpeg0-dev.
# Usage: tools/golden.sh [CONFIGURATION...]      such as g++-O2, clang++-O0, emulated, arm64; all by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

configurations=(g++-O0 g++-O1 g++-O2 g++-O3 clang++-O0 clang++-O1 clang++-O2 clang++-O3 g++-fast g++-v3
  emulated arm64)
[[ $# -eq 0 ]] || configurations=("$@")
failures=0

# build NAME OPTIONS...: a build of chainrule_golden in build/golden/NAME.
build() {
  local name=$1 log=build/golden/$1.log
  shift
  mkdir -p build/golden
  if ! { cmake -S . -B "build/golden/$name" -G Ninja -DCHAINRULE_DEVELOPER=OFF -DCHAINRULE_GOLDEN=ON \
           -DCMAKE_BUILD_TYPE=None "$@" &&
         cmake --build "build/golden/$name" --target chainrule_golden; } >"$log" 2>&1; then
    tail -30 "$log" >&2
    echo "$name: does not build"
    failures=$((failures + 1))
    return 1
  fi
}

# run HEADING COMMAND...: says what came out.
run() {
  local heading=$1 output
  shift
  if output=$("$@" 2>&1); then
    printf '%-44s %s\n' "$heading" "${output##*$'\n'}"
  else
    failures=$((failures + 1))
    printf '%-44s DIFFERS\n%s\n' "$heading" "$output"
  fi
}

program_of() { echo "build/golden/$1/tests/golden/chainrule_golden"; }

# Every level of this machine; with generated code, without, and where the system forbids it.
every_way() {
  local name=$1 program level
  program=$(program_of "$1")
  for level in baseline avx2 avx512; do
    [[ $level == baseline ]] || grep -qE "^flags.* ${level/avx512/avx512f}( |$)" /proc/cpuinfo || continue
    run "$name, $level" "$program" --level "$level"
    run "$name, $level, no generated code" "$program" --level "$level" --skip generate
  done
  run "$name, code forbidden by the system" "$program" --deny-code
}

for configuration in "${configurations[@]}"; do
  case $configuration in
    g++-O[0-3] | clang++-O[0-3])
      build "$configuration" -DCMAKE_CXX_COMPILER="${configuration%-*}" -DCMAKE_CXX_FLAGS="-${configuration##*-}" || continue
      every_way "$configuration"
      ;;
    g++-fast)  # what a caller's project may be built with
      build g++-fast -DCMAKE_CXX_COMPILER=g++ -DCMAKE_CXX_FLAGS="-O3 -funsafe-math-optimizations -ffp-contract=fast" || continue
      every_way g++-fast
      ;;
    g++-v3)  # the whole library for processors with AVX2 and FMA
      build g++-v3 -DCMAKE_CXX_COMPILER=g++ -DCMAKE_CXX_FLAGS="-O2 -march=x86-64-v3" || continue
      run "g++-v3" "$(program_of g++-v3)"
      ;;
    emulated)
      build g++-O2 -DCMAKE_CXX_COMPILER=g++ -DCMAKE_CXX_FLAGS=-O2 || continue
      for cpu in qemu64 Nehalem SandyBridge Haswell; do  # SSE2; SSE4.2; AVX without AVX2 and FMA; both
        run "g++-O2, $cpu (qemu)" qemu-x86_64 -cpu "$cpu" "$(program_of g++-O2)"
      done
      ;;
    arm64)
      build arm64 -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
        -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_CXX_FLAGS=-O2 \
        -DCMAKE_LIBRARY_ARCHITECTURE=aarch64-linux-gnu || continue
      run "arm64 (qemu)" qemu-aarch64 "$(program_of arm64)"
      ;;
    *)
      echo "golden: no configuration '$configuration'; the configurations are: ${configurations[*]}" >&2
      exit 2
      ;;
  esac
done
[[ $failures -eq 0 ]]
