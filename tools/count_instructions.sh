#!/usr/bin/env bash
# Prints how many instructions our step of the 2-2-2 network executes, counted by callgrind: the same on every run, however
# busy the machine is. It counts AVX2 code, the most that callgrind knows.
# With --check it compares the number with bench/instructions.txt, and fails if it is more than 3% higher.
# Needs valgrind, and build/bench/bench/chainrule_bench_own (tools/build.sh bench chainrule_bench_own).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

instructions() {  # instructions STEPS: of the whole process
  valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    build/bench/bench/chainrule_bench_own 2-2-2 1 wall <<<"$1" 2>&1 >/dev/null |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# The start of the process measures the clock, and so takes a number that differs by tens of thousands:
# enough steps that they do not show.
few=$(instructions 1000)
many=$(instructions 201000)
per_step=$(((many - few) / 200000))
echo "$per_step instructions per step of 2-2-2"
[[ ${1:-} == --check ]] || exit 0

known=$(<bench/instructions.txt)
if ((100 * per_step > 103 * known)); then
  echo "count_instructions: bench/instructions.txt says $known; if the step has to do more now, write $per_step there" >&2
  exit 1
fi
