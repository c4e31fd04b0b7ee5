"""Campaigns against a built program: what is said to hold whatever happens is tried often.

tools/reliability.sh starts it. The first line of each campaign has its figures; what it finds
follows, with the way to see it again. Exit code 1 if there was a finding."""

import argparse
import contextlib
import io
import os
import shutil
import sys
import tempfile
import time

from corruptions import Corruptions
from file_calls import FileCalls
from kills import Kills
from power_cuts import PowerCuts
from program import FINE, Program
from races import Races
from surroundings import Surroundings

CAMPAIGNS = (Kills, FileCalls, PowerCuts, Races, Surroundings, Corruptions)


def settings():
    names = [campaign.name for campaign in CAMPAIGNS]
    parser = argparse.ArgumentParser(
        prog="tools/reliability.sh", description="Tries to make a built program lose something.",
        epilog="Without --rounds each campaign plays what continuous integration plays.")
    parser.add_argument("program", metavar="PROGRAM", help="such as build/release/chainrule")
    parser.add_argument("--only", metavar="NAME", action="append", choices=names,
                        help=f"this campaign alone (may be repeated): {', '.join(names)}")
    parser.add_argument("--rounds", metavar="N", type=int, help="so many rounds per campaign")
    parser.add_argument("--round", metavar="K", type=int, help="round K alone, to see it again")
    parser.add_argument("--keep", action="store_true", help="leave the folders behind")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count(),
                        help="rounds at the same time (default: the machine's cores)")
    parser.add_argument("--self-test", action="store_true",
                        help="whether each campaign sees that a sabotaged program is wrong")
    return parser.parse_args()


def sabotaged(arguments, folder, outcome):
    """What a program that makes one small thing wrong would have done: a training that goes on
    ends with a line too many, and what reads a run never says the same twice."""
    if arguments[:2] == ["train", "--resume"]:
        record = os.path.join(folder, arguments[2], "record.csv")
        if outcome.code == FINE and os.path.exists(record):
            with open(record, "a", encoding="utf-8") as stream:
                stream.write("999999,1,0123456789abcdef\n")
    elif arguments[0] != "train":
        outcome.out += f"{time.monotonic_ns()}\n"


def self_test(program, chosen):
    """Whether each campaign finds the sabotage."""
    blind = []
    for campaign in CAMPAIGNS:
        with contextlib.redirect_stdout(io.StringIO()):
            if campaign(program, chosen).run():
                blind.append(campaign.name)
    print("self-test: " + (f"NOT SEEN by {', '.join(blind)}" if blind else
                           f"a sabotaged program is seen by all {len(CAMPAIGNS)} campaigns"))
    return not blind


def main():
    chosen = settings()
    # In memory, where there is such a folder: a campaign flushes files ten thousand times.
    memory = "/dev/shm"
    above = memory if os.access(memory, os.W_OK) else None
    chosen.folder = tempfile.mkdtemp(prefix="chainrule-reliability.", dir=above)
    program = Program(chosen.program, chosen.folder,
                      after=sabotaged if chosen.self_test else None)
    wanted = [campaign for campaign in CAMPAIGNS
              if not chosen.only or campaign.name in chosen.only]
    if chosen.self_test:
        is_fine = self_test(program, chosen)
    else:
        is_fine = all([campaign(program, chosen).run() for campaign in wanted])
    if not chosen.keep:
        shutil.rmtree(chosen.folder, ignore_errors=True)
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
