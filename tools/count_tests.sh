#!/usr/bin/env bash
# Prints "N passed, M failed, K skipped" from the JUnit files that ctest wrote.
# Usage: tools/count_tests.sh RESULTS.xml...
set -euo pipefail

cat "$@" | awk '
  /<testcase / {
    if (/status="run"/) ++passed
    else if (/status="fail"/) ++failed
    else ++skipped
  }
  END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
