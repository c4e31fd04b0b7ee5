#!/usr/bin/env bash
# Tries to make a built program lose a result or accept damage in silence: kills, failing file calls,
# power cuts, two processes, closed descriptors, full disks, corruptions. Exit code 1 on a finding.
# Usage: tools/reliability.sh PROGRAM [--only NAME] [--rounds N]      (--help lists the campaigns)
set -euo pipefail

exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/../tests/reliability/main.py" "$@"
