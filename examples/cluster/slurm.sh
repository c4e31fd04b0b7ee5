#!/usr/bin/env bash
# A training on four nodes under Slurm: sbatch slurm.sh. Submitted again, it goes on where it was, also on another
# number of nodes, to the same bits. The data and the folder of the run lie on a disk that all nodes see.
#SBATCH --job-name=chainrule
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=02:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
set -euo pipefail

data=${DATA:-$HOME/data/mnist}
run=${RUN:-$HOME/runs/mnist}

if [[ -f $run/record.csv ]]; then
  srun --mpi=pmix chainrule train --resume "$run" --threads "$SLURM_CPUS_PER_TASK"
else
  srun --mpi=pmix chainrule train "$data" --out "$run" --batch-size 1024 --epochs 20 --threads "$SLURM_CPUS_PER_TASK"
fi
