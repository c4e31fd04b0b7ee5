#!/usr/bin/env bash
# Times training steps of Chainrule beside those of other engines, and training on MNIST if
# CHAINRULE_MNIST names the folder with its four files. Arguments go to the program, for example
#   ./bench.sh --quick                      within a minute
#   ./bench.sh --threads 2 --json FILE      each side with its best number of threads
#   ./bench.sh --calls --only 784-128       where the time of our step goes
#   ./bench.sh --alone --without generate   what a compiler pass brings
#   ./bench.sh --cpu-time                   on a machine that others use too
#   ./bench.sh --products                   our matrix products beside other libraries'
#   ./bench.sh --data                       reading files, fit() as a whole, the program's start
#   ./bench.sh --memory                     the most memory that training takes
#   ./bench.sh --scaling FILE               how the cost grows; tools/plot_scaling.sh draws it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The preset configures the tests too, though none is built.
tools/install_packages.sh build test bench
if [[ ${1:-} == --products ]]; then
  tools/build.sh bench chainrule_products
  exec build/bench/bench/chainrule_products "${@:2}"
fi
tools/build.sh bench chainrule_bench
exec build/bench/bench/chainrule_bench "$@"
