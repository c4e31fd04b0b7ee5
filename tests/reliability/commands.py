"""A small recorded run, finished and cut off, and every command that reads one."""

import os
import shutil
import signal
from dataclasses import dataclass

from program import read_log
from runs import source


@dataclass
class Command:
    name: str
    arguments: list
    output: str = ""  # the file that it writes, beside the run folder

    @property
    def may_find_damage(self):
        """Code 1 says so: that a check has failed."""
        return "verify" in self.name


TRAINING = {
    "iris": [source("iris.csv"), "--epochs", 8, "--hidden", 6, "--dropout", 0.1, "--batch-size",
             16, "--checkpoint-every", 13],
    "diabetes": [source("diabetes.csv"), "--epochs", 6, "--hidden", 5, "--optimizer", "sgd",
                 "--lr", 0.01, "--batch-size", 40, "--checkpoint-every", 11, "--patience", 3],
}


def train(kind, out, seed=4):
    return ["train", *TRAINING[kind], "--seed", seed, "--threads", 1, "--quiet", "--out", out]


def resume(run="run"):
    return ["train", "--resume", run, "--threads", 1, "--quiet"]


def cut_off(program, kind, work, out, at_step, seed=4):
    """Trains until the checkpoint of that step has its name, and is killed there."""
    arguments = train(kind, out, seed)
    log, run = os.path.join(work, "log"), os.path.join(work, out)
    program.must(arguments, work, log=log)
    shutil.rmtree(run)
    last = next(call.number for call in read_log(log) if call.name == "rename"
                and call.arguments[1].endswith(f"checkpoints/{at_step}.safetensors"))
    program.must(arguments, work, codes=[128 + signal.SIGKILL], calls=f"killed:{last}")


def reading_commands(program, kind, run="run"):
    """Those that read a run; they are started in the folder that it lies in."""
    data = TRAINING[kind][0]
    found = [
        Command("predict", ["predict", run, data, "-o", "out.csv"], "out.csv"),
        Command("evaluate", ["evaluate", run, data]),
        Command("replay", ["replay", run, "--to", 20]),
        Command("replay -o", ["replay", run, "-o", "out.safetensors"], "out.safetensors"),
        Command("replay --verify", ["replay", run, "--verify"]),
        Command("explain", ["explain", run, "dense1.weight[2,1]", "--step", 15]),
        Command("explain html", ["explain", run, "loss", "--step", 30, "--format", "html", "-o",
                                 "out.html"], "out.html"),
        Command("report", ["report", run, "-o", "out.html"], "out.html"),
        Command("blame", ["blame", run, "--row", 5]),
        Command("blame --suspects", ["blame", run, "--suspects"]),
        Command("summary", ["summary", run]),
        Command("trace", ["trace", run, "--nan"]),
    ]
    if program.knows("verify"):
        found.append(Command("verify", ["verify", run]))
    if program.knows("importance"):
        found.append(Command("importance", ["importance", run]))
        found.append(Command("explain --row", ["explain", run, "--row", 5]))
    return found


def read_output(folder, command):
    if not command.output:
        return None
    try:
        with open(os.path.join(folder, command.output), "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
