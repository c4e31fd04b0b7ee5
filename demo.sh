#!/usr/bin/env bash
# Builds Chainrule and shows what it does: the tutorial page, then a network trained on digits.
set -euo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
fi
heading() { printf '\n%s%s%s\n\n' "$bold" "$*" "$plain"; }

tools/install_packages.sh build test
tools/build.sh release chainrule_cli
chainrule=build/release/chainrule

heading "1. One step of backpropagation, with every number"
"$chainrule" explain examples/tutorial.toml

heading "2. A network that reads handwritten digits (1,797 images of 8 x 8 pixels)"
"$chainrule" train data/digits.csv --target digit

heading "Try next"
[[ $PWD == "$called_from" ]] || printf '  cd %q\n\n' "$PWD"
cat <<END
  One weight's story, the page in Korean (한국어), as Markdown, and for a browser:
    $chainrule explain examples/tutorial.toml W5
    $chainrule explain examples/tutorial.toml --lang ko
    $chainrule explain examples/tutorial.toml --format markdown
    $chainrule explain examples/tutorial.toml --format html -o page.html

  A table with categories and missing values, and one with numbers to predict:
    $chainrule train data/penguins.csv --target species
    $chainrule train data/diabetes.csv --target progression

  Everything else, and all tests:
    $chainrule --help
    ./test.sh
END
