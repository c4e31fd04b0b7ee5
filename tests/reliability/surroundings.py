"""Surroundings that are not as they should be: closed descriptors, an output that is full, a disk
that is full, files that may not grow, signals, a run folder that goes away during the training."""

import os
import random
import shutil
import signal
import subprocess
from itertools import chain, combinations

from campaign import Campaign
from commands import Command, cut_off, read_output, reading_commands, resume, train
from program import DATA, FINE, INTERRUPTED, Process
from runs import differences, files_in, has_checkpoint

SUBSETS = list(chain.from_iterable(combinations((0, 1, 2), count) for count in (1, 2, 3)))


class Surroundings(Campaign):
    name = "surroundings"
    title = "bad surroundings"

    def prepare(self):
        self.program.must(train("iris", "whole"), self.work)
        cut_off(self.program, "iris", self.work, "cut", at_step=39)
        shutil.copytree(os.path.join(self.work, "whole"), os.path.join(self.work, "run"))
        commands = [Command("train", train("iris", "run")), Command("resume", resume())]
        # Not quiet: what is printed must not get into a file.
        loud = [Command(command.name, [word for word in command.arguments if word != "--quiet"])
                for command in commands]
        reading = reading_commands(self.program, "iris")
        self.right = {}
        for command in reading:
            out = self.program.must(command.arguments, self.work).out
            self.right[command.name] = (out, read_output(self.work, command))
        loud += reading
        calls = len(self.program.file_calls(train("iris", "counted"), self.work,
                                            os.path.join(self.work, "log")))
        self.long = [*train("iris", "run")]  # to be met in its middle
        self.long[self.long.index("--epochs") + 1] = 60
        long_calls = len(self.program.file_calls([*self.long[:-1], "long"], self.work,
                                                 os.path.join(self.work, "log")))
        rng = random.Random(self.name)
        self.scenes = [(self.closed, command, subset) for command in loud
                       for subset in SUBSETS]
        self.scenes += [(self.full_output, command, None) for command in loud]
        if self.can_mount():
            self.scenes += [(self.full_disk, None, kilobytes) for kilobytes in range(4, 84, 4)]
        self.scenes += [(self.short_files, command, blocks) for command in commands
                        for blocks in range(1, 25, 2)]
        self.scenes += [(self.signalled, what, rng.randint(1, long_calls))
                        for what in (signal.SIGINT, signal.SIGTERM) for _ in range(15)]
        self.scenes += [(self.folder_goes, how, rng.randint(1, calls))
                        for how in ("deleted", "moved", "checkpoints deleted")
                        for _ in range(20)]

    def rounds(self):
        return min(self.settings.rounds or len(self.scenes), len(self.scenes))

    def play(self, number, rng, folder):
        scene, what, detail = self.scenes[number]
        for fault, commands in scene(what, detail, folder):
            self.find(number, fault, commands)

    def set_up(self, command, folder):
        source = {"train": None, "resume": "cut"}.get(command.name, "whole")
        if source:
            shutil.copytree(os.path.join(self.work, source), os.path.join(folder, "run"))

    def after(self, command, outcome, folder):
        """What is wrong with the files, once a command has ended with code 0 or 3."""
        run, whole = os.path.join(folder, "run"), os.path.join(self.work, "whole")
        if command.name in ("train", "resume"):
            if outcome.code == FINE or os.path.exists(os.path.join(run, "summary.json")):
                yield from differences(run, whole, by_steps=True)
            return
        if files_in(run) != files_in(whole):
            yield "the run that is read has changed"
        if outcome.code == FINE and read_output(folder, command) != self.right[command.name][1]:
            yield "the file that is written is not right"

    # ---- Scenes: each yields its findings, with the commands that show them ----------------------

    def closed(self, command, subset, folder):
        self.set_up(command, folder)
        outcome = self.program.run(command.arguments, folder, closed=subset)
        shell = [self.command(command.arguments) + "".join(f" {n}>&-" for n in subset)]
        where = f" ({command.name}, closed: {subset})"
        allowed = (FINE, DATA) if 1 in subset else (FINE,)
        if outcome.code not in allowed:
            yield f"closed descriptors: ends with code {outcome.code}: {outcome.err}{where}", shell
        elif 2 not in subset and outcome.code:
            yield from ((fault + where, shell) for fault in outcome.faults())
        for fault in self.after(command, outcome, folder):
            yield f"closed descriptors: {fault}{where}", shell
        has_right = command.name in self.right
        if has_right and 1 not in subset and outcome.out != self.right[command.name][0]:
            yield f"closed descriptors: prints something else{where}", shell

    def full_output(self, command, _, folder):
        self.set_up(command, folder)
        with open("/dev/full", "w", encoding="utf-8") as full:
            outcome = self.program.run(command.arguments, folder, out=full)
        shell = [self.command(command.arguments) + " >/dev/full"]
        where = f" ({command.name})"
        prints = command.name not in self.right or self.right[command.name][0]
        if prints and outcome.code != DATA:
            yield f"a full output: ends with code {outcome.code}{where}", shell
        yield from (("a full output: " + fault + where, shell) for fault in outcome.faults())
        for fault in self.after(command, outcome, folder):
            yield f"a full output: {fault}{where}", shell

    def can_mount(self):
        probe = os.path.join(self.work, "probe")
        os.makedirs(probe)
        if mount(probe, 4):
            unmount(probe)
            return True
        print("surroundings: no tmpfs can be mounted here, so full disks are left to file-calls")
        return False

    def full_disk(self, _, kilobytes, folder):
        disk = os.path.join(folder, "disk")
        os.makedirs(disk)
        if not mount(disk, kilobytes):
            return
        try:
            command = Command("train", train("iris", "run"))
            outcome = self.program.run(command.arguments, disk)
            shell = [f"mount -t tmpfs -o size={kilobytes}k none DISK && cd DISK",
                     self.command(command.arguments), "mount -o remount,size=1m DISK",
                     self.command(resume())]
            faults = list(outcome.faults((FINE, DATA)))
            if outcome.code == FINE and "warning" not in outcome.err:
                faults += self.after(command, outcome, disk)
            mount(disk, 1024, "remount,")
            faults += self.had_afterwards(disk, outcome)
            yield from ((f"a full disk: {fault} ({kilobytes} kB)", shell) for fault in faults)
        finally:
            unmount(disk)

    def had_afterwards(self, folder, first):
        """Whether the training can be had now: by going on, or else from the beginning."""
        run = os.path.join(folder, "run")
        again = resume() if os.path.isdir(run) and os.listdir(run) else train("iris", "run")
        had_checkpoint = os.path.isdir(run) and has_checkpoint(run)
        outcome = self.program.run(again, folder)
        if outcome.code == DATA and not had_checkpoint:
            shutil.rmtree(run)
            outcome = self.program.run(train("iris", "run"), folder)
        if outcome.code != FINE and "is finished" not in outcome.err:
            return [f"cannot be had afterwards: {outcome.err.strip()}"]
        whole = os.path.join(self.work, "whole")
        # A page that it has warned of is left to chainrule report.
        is_left = first.code == FINE and "report.html" in first.err
        return ["afterwards " + what for what in differences(run, whole, by_steps=True)
                if not (is_left and what.startswith("report.html"))]

    def short_files(self, command, blocks, folder):
        self.set_up(command, folder)
        limit = f'ulimit -f {blocks}; exec "$@"'
        words = [self.program.path, *map(str, command.arguments)]
        outcome = Process(["/bin/sh", "-c", limit, "sh", *words], folder).finish()
        shell = [f"(ulimit -f {blocks}; {self.command(command.arguments)})", self.command(resume())]
        faults = list(outcome.faults((FINE, DATA, INTERRUPTED)))
        if outcome.code == FINE and "warning" not in outcome.err:
            faults += self.after(command, outcome, folder)
        faults += self.had_afterwards(folder, outcome)
        where = f" ({command.name}, {512 * blocks} bytes)"
        yield from ((f"files that may not grow: {fault}{where}", shell) for fault in faults)

    def signalled(self, what, call, folder):
        process = self.program.start(self.long, folder, calls=f"stop:{call}")
        process.wait_until_stopped()
        process.kill(what)
        process.kill(signal.SIGCONT)
        outcome, run = process.finish(), os.path.join(folder, "run")
        where = f" ({what.name})"
        shell = [self.command(self.long, f"stop:{call}") + " &",
                 f"kill -{what.name[3:]} $!; kill -CONT $!"]
        if outcome.code == FINE or not (os.path.isdir(run) and has_checkpoint(run)):
            return  # it came too late, or before there was anything to keep
        self.count("interrupted")
        if outcome.code != INTERRUPTED:
            yield f"a signal: ends with code {outcome.code}: {outcome.err}{where}", shell
        elif "To go on:" not in outcome.err:
            yield f"a signal: does not say how to go on: {outcome.err}{where}", shell
        again = self.program.run(resume(), folder)
        if again.code != FINE and "is finished" not in again.err:
            yield f"a signal: cannot go on: {again.err}{where}", shell
            return
        # An interrupt leaves a checkpoint, and its line, at a step of its own.
        for fault in differences(run, os.path.join(self.work, "long"), by_steps=False):
            yield f"a signal: {fault}{where}", shell

    def folder_goes(self, how, call, folder):
        command, run = Command("train", train("iris", "run")), os.path.join(folder, "run")
        process = self.program.start(command.arguments, folder, calls=f"stop:{call}")
        was_there = process.wait_until_stopped() and os.path.isdir(run)
        is_over = os.path.exists(os.path.join(run, "summary.json"))
        if how == "moved" and was_there:
            os.rename(run, os.path.join(folder, "moved"))
        else:
            gone = os.path.join(run, "checkpoints") if how == "checkpoints deleted" else run
            shutil.rmtree(gone, ignore_errors=True)
        process.kill(signal.SIGCONT)
        outcome = process.finish()
        shell = [self.command(command.arguments, f"stop:{call}") + " &",
                 f"# the run folder is {how}", "kill -CONT $!"]
        faults = list(outcome.faults((FINE, DATA)))
        if outcome.code == FINE and "warning" not in outcome.err and was_there and not is_over:
            faults += self.after(command, outcome, folder)
        yield from ((f"the run folder {how}: {fault} (stop:{call})", shell) for fault in faults)


def mount(folder, kilobytes, how=""):
    command = ["mount", "-t", "tmpfs", "-o", f"{how}size={kilobytes}k", "none", folder]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def unmount(folder):
    subprocess.run(["umount", folder], check=False, capture_output=True)
