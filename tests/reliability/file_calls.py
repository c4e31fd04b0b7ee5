"""Every file call of a training and of each command fails once, or is interrupted, or does half:
nothing is lost, nothing is half there, and one line says why."""

import errno
import os
import random
import shutil
from dataclasses import dataclass

from campaign import Campaign
from commands import Command, cut_off, read_output, reading_commands, resume, train
from program import CHECK_FAILED, DATA, DOCUMENTED, FINE, USAGE
from runs import contents, differences, files_in, has_checkpoint

OLD = b"what stood there before\n"
ALLOWED = (FINE, DATA)

# What a disk, a system or its owner may answer.
ERRORS = {
    "open": ("EACCES", "EMFILE", "EIO", "ENOSPC"),
    "read": ("EIO", "EINTR"),
    "write": ("ENOSPC", "EIO", "EINTR"),
    "close": ("EIO",),
    "fsync": ("EIO", "ENOSPC", "EINTR"),
    "fdatasync": ("EIO", "ENOSPC", "EINTR"),
    "rename": ("EACCES", "EIO", "ENOSPC"),
    "mkdir": ("EACCES", "ENOSPC"),
    "flock": ("EIO",),
}
OTHERS = ("EIO", "EACCES")
NEED_ROOM = ("write", "mkdir", "rename", "fsync", "fdatasync")


@dataclass
class Trial:
    command: Command
    number: int  # of the call
    call: str
    calls: str  # as in interpose.c

    @property
    def goes_on(self):
        """Nothing has failed: the call has to be taken up again."""
        how, *numbers = self.calls.split(":")  # of the call, and of the error where one is told
        return how == "short" or (how == "fail" and numbers[-1] == str(errno.EINTR))


class FileCalls(Campaign):
    name = "file-calls"
    title = "file calls that failed"
    ci_rounds = 400

    def prepare(self):
        self.program.must(train("iris", "whole"), self.work)
        cut_off(self.program, "iris", self.work, "cut", at_step=39)
        shutil.copytree(os.path.join(self.work, "whole"), os.path.join(self.work, "run"))
        self.right = {}  # what a command prints and writes
        self.trials = self.trials_of(Command("train", train("iris", "new")))
        shutil.copytree(os.path.join(self.work, "cut"), os.path.join(self.work, "cut run"))
        self.trials += self.trials_of(Command("resume", resume("cut run")))
        for command in reading_commands(self.program, "iris"):
            self.trials += self.trials_of(command)
        random.Random(self.name).shuffle(self.trials)

    def rounds(self):
        return min(super().rounds(), len(self.trials))

    def trials_of(self, command):
        log = os.path.join(self.work, "log")
        calls = self.program.file_calls(command.arguments, self.work, log)
        if command.output or command.arguments[0] != "train":
            outcome = self.program.must(command.arguments, self.work)
            self.right[command.name] = (outcome.out, read_output(self.work, command))
        trials = []
        for number, (name, arguments) in enumerate(calls, 1):
            how = [f"fail:{number}:{getattr(errno, error)}" for error in ERRORS.get(name, OTHERS)]
            if name in ("read", "write"):
                how.append(f"short:{number}")
            if name in NEED_ROOM or (name == "open" and int(arguments[0]) & os.O_CREAT):
                how.append(f"full:{number}")
            trials += [Trial(command, number, name, one) for one in how]
        return trials

    def play(self, number, rng, folder):
        trial = self.trials[number]
        command = trial.command
        source = {"train": None, "resume": "cut"}.get(command.name, "whole")
        if source:
            run = "cut run" if command.name == "resume" else "run"
            shutil.copytree(os.path.join(self.work, source), os.path.join(folder, run))
        if command.output:
            with open(os.path.join(folder, command.output), "wb") as stream:
                stream.write(OLD)
        outcome = self.program.run(command.arguments, folder, calls=trial.calls)
        self.count("refused" if outcome.code else "survived")
        where = f" ({command.name}, {trial.call}, {trial.calls})"
        done = [self.command(command.arguments, trial.calls)]
        faults = outcome.faults(DOCUMENTED if command.may_find_damage else ALLOWED + (USAGE,))
        if trial.goes_on and outcome.code != FINE:
            faults.append(f"{trial.call}: a call that is interrupted, or does half, ends it")
        if command.name in ("train", "resume"):
            faults += self.faults_of_training(command, outcome, folder, done)
        else:
            faults += self.faults_of_command(command, outcome, folder)
        for fault in faults:
            self.find(number, fault + where, done)

    def faults_of_command(self, command, outcome, folder):
        faults = []
        if files_in(os.path.join(folder, "run")) != files_in(os.path.join(self.work, "whole")):
            faults.append(f"{command.name} changes the run that it reads")
        out, written = self.right[command.name]
        here = read_output(folder, command)
        if outcome.code == FINE and "warning" not in outcome.err:
            if outcome.out != out:
                faults.append(f"{command.name} prints something else and says nothing")
            if here != written:
                faults.append(f"{command.name} says success and its file is not whole")
        elif here not in (OLD, written) and command.output:
            faults.append(f"{command.name} leaves a file that is neither old nor whole")
        names = {"run", command.output} - {""}
        if left := sorted(set(os.listdir(folder)) - names):
            faults.append(f"{command.name} leaves {left[0][:-6]}")
        return faults

    def faults_of_training(self, command, outcome, folder, done):
        """What it says, and whether the training can be had afterwards."""
        name = "new" if command.name == "train" else "cut run"
        run, whole = os.path.join(folder, name), os.path.join(self.work, "whole")
        if outcome.code == FINE:
            wrong = differences(run, whole, by_steps=True)
            if "warning" in outcome.err:  # then what it warns of may be missing, but nothing false
                wrong = [what for what in wrong if what.startswith(("model", "config"))]
            return ["says success, and " + what for what in wrong]
        if not os.path.isdir(run) or not os.listdir(run):
            again = train("iris", name)
        else:
            again = resume(name)
        done.append(self.command(again))
        second = self.program.run(again, folder)
        faults = [f"afterwards {again[0]} {again[1]} " + fault for fault in second.faults()]
        if second.code == DATA and again[1] == "--resume" and not has_checkpoint(run):
            os.rename(run, os.path.join(folder, "refused"))
            config = os.path.join(folder, "refused", "config.toml")
            again = train("iris", name)
            if contents(config):
                again = ["train", "--config", config, "--out", name, "--quiet"]
            done += [f"mv '{name}' refused", self.command(again)]
            second = self.program.run(again, folder)
        is_over = second.code == DATA and "the run is finished" in second.err
        if second.code != FINE and not is_over:
            return faults + [f"cannot be had afterwards: {second.err.strip()}"]
        return faults + ["afterwards " + what for what in differences(run, whole, by_steps=True)]
