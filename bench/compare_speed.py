#!/usr/bin/env python3
"""Compares the training steps of two builds: both run, in turn, and the ratio is taken pair by pair.

Usage: bench/compare_speed.py OLD NEW [--pairs N] [--only PART]
OLD and NEW are chainrule_bench_own programs (tools/build.sh bench chainrule_bench_own). Ratios above 1
mean that NEW is slower. One thread, processor time; a quiet machine gives the same twice.
"""
import argparse
import statistics
import subprocess

WORKLOADS = ["2-2-2", "16-32-32-4", "784-128-10", "28-300x5-1", "784-512-512-10", "784-500-10", "1024 x 5", "2048 x 4",
             "conv 32", "conv, batch_norm"]
SECONDS = 0.05  # of one measurement, about


class Engine:
    """A program that waits for numbers of steps and answers with the seconds they took."""

    def __init__(self, program, workload):
        self.process = subprocess.Popen([program, workload, "1", "cpu"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()  # the version

    def seconds(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        return float(answer[-1])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(old, new, workload, pairs):
    engines = Engine(old, workload), Engine(new, workload)
    steps = 1
    while engines[0].seconds(steps) < SECONDS and steps < 1 << 24:
        steps *= 2
    engines[1].seconds(steps)
    ratios, times = [], []
    for pair in range(pairs):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        took = {which: engines[which].seconds(steps) for which in order}
        ratios.append(took[1] / took[0])
        times.append(took[1] / steps)
    for engine in engines:
        engine.close()
    low, _, high = statistics.quantiles(ratios, n=4)
    print(f"{workload:<16} {statistics.median(ratios):.3f}  (half of the pairs between {low:.3f} and {high:.3f}), "
          f"{1e6 * statistics.median(times):.3g} us a step", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--pairs", type=int, default=41)
    parser.add_argument("--only", default="", help="workloads with this in their name")
    options = parser.parse_args()
    for workload in WORKLOADS:
        if options.only in workload:
            compare(options.old, options.new, workload, options.pairs)


if __name__ == "__main__":
    main()
