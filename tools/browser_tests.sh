#!/usr/bin/env bash
# Opens the pages that the program writes in Chromium: tests/browser. Screenshots go to build/screenshots.
# Usage: tools/browser_tests.sh [PROGRAM]     default: build/release/chainrule
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=$(realpath "${1:-build/release/chainrule}")
tools/install_packages.sh browser
# Where Node.js did not come from the distribution, npm came with it.
command -v npm >/dev/null || tools/install_packages.sh npm

# Beside the sources there is no place for what npm installs.
mkdir -p build/browser build/screenshots
cp tests/browser/package.json tests/browser/package-lock.json tests/browser/*.mjs build/browser/
(cd build/browser && npm ci --ignore-scripts --no-audit --no-fund --silent)

CHAINRULE_PROGRAM=$program CHAINRULE_SOURCE_DIR=$PWD CHAINRULE_SCREENSHOTS=$PWD/build/screenshots \
  node --test build/browser/page_test.mjs
