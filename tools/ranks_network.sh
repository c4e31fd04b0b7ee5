#!/usr/bin/env bash
# Trains with four ranks on two hosts, which are network namespaces of this machine with a slow and lossy line between
# them, and compares each step's hash with that of one process. Says where the time went.
# Usage: tools/ranks_network.sh PROGRAM [--ranks N] [--hidden UNITS] [--delay-ms D] [--loss-percent P] [--mbit M]
# Needs root, iproute2 and /dev/net/tun. (Where the kernel has netem, `tc qdisc add .. netem` does as well.)
set -euo pipefail

program=$(realpath "$1")
shift
link=()
ranks=4
hidden=64
while [[ $# -gt 0 ]]; do
  case $1 in
    --ranks) ranks=$2 ;;
    --hidden) hidden=$2 ;;
    *) link+=("$1" "$2") ;;
  esac
  shift 2
done
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ $EUID -ne 0 || ! -c /dev/net/tun ]] || ! command -v ip mpirun >/dev/null; then
  echo "ranks_network.sh: skipped: it needs root, /dev/net/tun, ip and mpirun"
  exit 0
fi

work=$(mktemp -d)
a=cr$$a b=cr$$b relay=
clean() {
  [[ -z $relay ]] || kill "$relay" 2>/dev/null || true
  ip netns del $a 2>/dev/null || true
  ip netns del $b 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT
cd "$work"
ip netns add $a
ip netns add $b
"$here/tests/ranks/emulated_link.py" $a 10.77.0.1 $b 10.77.0.2 "${link[@]}" >ready &
relay=$!
for _ in {1..100}; do
  grep -qs ready ready && break
  sleep 0.05
done
grep -q ready ready || { echo "ranks_network.sh: the line does not come up" >&2; exit 1; }

# A connection that was idle for a moment, as between two steps, does not begin slowly again.
for host in $a $b; do
  ip netns exec "$host" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_slow_start_after_idle' 2>/dev/null || true
done

# What mpirun calls in place of ssh to start its part on the second host.
cat >agent <<AGENT
#!/usr/bin/env bash
shift
exec ip netns exec $b unshare --uts bash -c "hostname hostb; \$*"
AGENT
chmod +x agent

training=(train "$here/data/digits.csv" --target digit --hidden "$hidden" --batch-size 64 --epochs 2 --seed 5 --shards 16
          --threads 1 --checkpoint-every 5)
"$program" "${training[@]}" --out alone --quiet >/dev/null
ip netns exec $a unshare --uts bash -c 'hostname hosta; exec "$@"' bash \
  env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
  OMPI_MCA_mpi_yield_when_idle=1 timeout 300 mpirun --mca plm_rsh_agent "$work/agent" --mca btl self,vader,tcp \
  --mca btl_vader_single_copy_mechanism none --mca btl_tcp_if_include 10.77.0.0/24 \
  --mca oob_tcp_if_include 10.77.0.0/24 -H "hosta:$((ranks / 2)),10.77.0.2:$((ranks / 2))" -n "$ranks" \
  "$program" "${training[@]}" --out ranks --quiet --profile >output 2>errors ||
  { cat errors output >&2; echo "ranks_network.sh: the training on two hosts failed" >&2; exit 1; }

hashes() { cut -d, -f1-3 "$1/record.csv" | grep '^[0-9]'; }
[[ $(hashes alone) == "$(hashes ranks)" ]] || { echo "ranks_network.sh: other bits than one process has" >&2; exit 1; }
sed -n '/Where the time went/,/^exchanging:/p' output
python3 - ranks/summary.json <<'SUMMARY'
import json
import sys
run = json.load(open(sys.argv[1]))
rank = run["profile"]["ranks"][-1]
print(f"{run['parameters']} parameters: {1e3 * rank['exchanging_seconds'] / run['steps']:.2f} ms of exchange in a step")
SUMMARY
echo "two hosts (${link[*]:-no delay}): the bits of one process"
