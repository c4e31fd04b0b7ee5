#!/usr/bin/env bash
# Builds Chainrule and runs all its tests. Arguments go to ctest: ./test.sh -R Tensor
# Tests on MNIST need its four files, CHAINRULE_MNIST=/path/to/mnist ./test.sh, and those on real tables the tables:
# CHAINRULE_TABLES=/path/to/tables.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

tools/install_packages.sh build test
tools/build.sh release

results=$PWD/build/release/test-results.xml
rm -f "$results"
status=0
ctest --test-dir build/release --output-on-failure --no-tests=error --parallel "$(nproc)" \
  --output-junit "$results" "$@" || status=$?
tools/count_tests.sh "$results"
[[ -n ${CHAINRULE_TABLES:-} ]] || echo "The tests on real tables were skipped: CHAINRULE_TABLES names no folder."
[[ -n ${CHAINRULE_MNIST:-} ]] || echo "The tests on MNIST were skipped: CHAINRULE_MNIST names no folder."
exit "$status"
