#!/usr/bin/env bash
# Trains with several ranks under mpirun, on this machine, and compares each step's hash with that of one process:
# networks of five kinds with 1, 2, 3, 4 and 8 ranks; then on arrays that are larger than the address space that each
# rank may have; then runs in which a rank is killed at a random moment, and which go on under another number of ranks.
# docs/scaling.md says what else can be tried.
# Usage: [MPIRUN=mpirun.mpich] tools/ranks.sh PROGRAM [--kills N] [--seed S]      (default: 3 kills, seed 1)
set -euo pipefail

program=$(realpath "$1")
shift
kills=3
seed=1
while [[ $# -gt 0 ]]; do
  case $1 in
    --kills) kills=$2 ;;
    --seed) seed=$2 ;;
    *) echo "ranks.sh: $1?" >&2; exit 2 ;;
  esac
  shift 2
done
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mpirun=${MPIRUN:-mpirun}
command -v "$mpirun" >/dev/null || { echo "ranks.sh: no mpirun; tools/install_packages.sh test installs one" >&2; exit 1; }

# In a container one is root and has few processors; both have to be said to Open MPI, and that there is no other machine.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_btl=self,vader OMPI_MCA_plm=isolated
export OMPI_MCA_mpi_yield_when_idle=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "ranks.sh: $*" >&2
  exit 1
}

# hashes RUN: step, epoch and hash of all variables, without the file's header and its lines' own hashes.
hashes() { cut -d, -f1-3 "$1/record.csv" | grep '^[0-9]'; }

same() {  # same RUN OTHER WHAT
  [[ $(hashes "$1") == "$(hashes "$2")" ]] || fail "$3: other bits than one process has"
  cmp -s "$1/model.safetensors" "$2/model.safetensors" || fail "$3: another model than that of one process"
}

layer() { printf '[[network.layer]]\ntype = "%s"\n' "$1"; printf '%s\n' "${@:2}"; }
hidden=$(layer dense 'units = 24' 'activation = "tanh"')
{ echo '[network]'; echo "$hidden"; layer dropout 'rate = 0.3'; layer dense 'units = 10'; } >dropout.toml
{ echo '[network]'; echo "$hidden"; layer batch_norm; layer dense 'units = 10'; } >batch_norm.toml
{ echo '[network]'; echo "$hidden"; layer dense 'units = 10'; printf '[training]\nclip_norm = 0.2\n'; } >clipping.toml
{ echo '[network]'; layer member_dense 'units = 12' 'members = 4' 'activation = "relu"'
  layer member_dense 'units = 10' 'members = 4'; } >members.toml
{ echo '[network]'; layer reshape 'shape = [1, 8, 8]'; layer conv2d 'channels = 4' 'padding = 1' 'activation = "relu"'
  layer max_pool; layer dense 'units = 10'; } >convolution.toml

train() {  # train NETWORK RUN [EPOCHS]: the command's arguments
  echo train "$here/data/digits.csv" --target digit --model "$1.toml" --out "$2" --shards 16 --batch-size 64 \
    --epochs "${3:-2}" --seed 5 --threads 1 --patience 0 --checkpoint-every 5 --quiet
}

for network in dropout batch_norm clipping members convolution; do
  # shellcheck disable=SC2046  # words of a command
  "$program" $(train $network $network-1) >/dev/null
  for ranks in 1 2 3 4 8; do
    # shellcheck disable=SC2046
    "$mpirun" -n $ranks "$program" $(train $network "$network-of-$ranks") >/dev/null 2>errors ||
      { cat errors >&2; fail "$network with $ranks ranks"; }
    same $network-1 "$network-of-$ranks" "$network with $ranks ranks"
  done
  echo "$network: 1, 2, 3, 4 and 8 ranks have the bits of one process"
done

# 590 MB of pictures, and 300 MiB of addresses for all that a rank has: program, MPI, network and a batch. (glibc would
# keep 64 MB of addresses for each thread that allocates.)
limit_kib=307200
mkdir pictures
"$here/tests/ranks/large_arrays.py" pictures
on_pictures() {  # on_pictures FILE RUN: the command's arguments
  echo train "pictures/$1" --hidden 0 --lr 0.0001 --epochs 1 --batch-size 256 --shards 16 --seed 5 --threads 1 \
    --patience 0 --checkpoint-every 20 --out "$2" --quiet
}
for file in X.npy train-images-idx3-ubyte; do
  (($(stat -c %s pictures/$file) > 1024 * limit_kib)) || fail "$file is not larger than the limit"
  # shellcheck disable=SC2046  # words of a command
  "$program" $(on_pictures $file "$file-1") >/dev/null
  for ranks in 1 2 4; do
    # shellcheck disable=SC2016,SC2046  # the shell of each rank sees these
    "$mpirun" -n $ranks bash -c 'ulimit -v "$0"; MALLOC_ARENA_MAX=1 exec "$@"' $limit_kib "$program" \
      $(on_pictures $file "$file-of-$ranks") >/dev/null 2>errors || { cat errors >&2; fail "$file with $ranks ranks"; }
    same "$file-1" "$file-of-$ranks" "$file with $ranks ranks"
  done
  echo "$file, larger than the address space of a rank: 1, 2 and 4 ranks have the bits of one process"
done
rm -rf pictures

RANDOM=$seed
wanted=killed-1
# shellcheck disable=SC2046
"$program" $(train batch_norm $wanted 100) >/dev/null
for ((kill = 1; kill <= kills; ++kill)); do
  run=killed-$kill-run
  ranks=$((2 + RANDOM % 3))
  # shellcheck disable=SC2046
  "$mpirun" -n $ranks "$program" $(train batch_norm $run 100) >/dev/null 2>errors &
  job=$!
  until [[ -s $run/record.csv ]] && grep -q '^[1-9]' "$run/record.csv"; do
    kill -0 $job 2>/dev/null || break
    sleep 0.02
  done
  sleep "0.$((RANDOM % 60 + 10))"
  mapfile -t processes < <(pgrep -f -- "--out $run" | while read -r pid; do
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == chainrule ]] && echo "$pid"; done)
  if ((${#processes[@]} > 0)); then
    kill -9 "${processes[RANDOM % ${#processes[@]}]}" 2>/dev/null || true
  fi
  start=$SECONDS
  wait $job || true
  ((SECONDS - start <= 10)) || fail "kill $kill: the job ended only after $((SECONDS - start)) s"
  others=$((1 + RANDOM % 4))
  if [[ -f $run/summary.json ]]; then
    echo "kill $kill: the run had ended before"
  else
    "$mpirun" -n $others "$program" train --resume $run --threads 1 --quiet >/dev/null 2>errors ||
      { cat errors >&2; fail "kill $kill: --resume with $others ranks"; }
    echo "kill $kill: one of $ranks ranks, then on with $others"
  fi
  same $wanted $run "kill $kill"
done
