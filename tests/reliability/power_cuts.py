"""Trainings on a machine that loses its power: from every state that the disk may then hold, the
training goes on from the newest checkpoint that was flushed, and ends with the same bits."""

import os
import re

from campaign import Campaign
from commands import TRAINING
from disk import Disk, put
from program import DATA, FINE, read_log
from runs import differences


class PowerCuts(Campaign):
    name = "power-cuts"
    title = "trainings through power cuts"
    ci_rounds = 200
    most_cuts = 3

    def prepare(self):
        for kind in TRAINING:
            self.program.must(self.train(kind, kind), self.work)

    @staticmethod
    def train(kind, out):
        return ["train", *TRAINING[kind], "--seed", 4, "--threads", 1, "--out", out]

    def play(self, number, rng, folder):
        kind = sorted(TRAINING)[number % len(TRAINING)]
        has_journal = rng.random() < 0.5
        disk_folder = os.path.join(folder, "disk")
        os.makedirs(disk_folder)
        command, done, safe_step = self.train(kind, "run"), [], None
        for _ in range(rng.randint(1, self.most_cuts)):
            log = os.path.join(folder, "log")
            state, safe_step, words = self.cut(command, disk_folder, log, has_journal, safe_step,
                                               rng)
            self.count("cuts")
            done.append(self.command(command) + words)
            put(state, disk_folder)
            command = self.next_command(kind, state)
        self.judge(number, kind, command, disk_folder, safe_step, done, rng)

    def next_command(self, kind, state):
        return ["train", "--resume", "run"] if "run" in state else self.train(kind, "run")

    def cut(self, command, folder, log, has_journal, safe_step, rng):
        """Runs the command to its end and goes back to a moment before it."""
        disk = Disk(folder, has_journal)
        outcome = self.program.run(command, folder, log=log)
        calls = read_log(log)
        # A third of the cuts comes when the program has said success: then all has to be there.
        at = len(calls) if rng.random() < 0.34 else rng.randint(0, len(calls))
        for call in calls[:at]:
            disk.follow(call)
        if at == len(calls) and outcome.code == FINE:
            self.count("of them after a success")
            if unsafe := [path for path in disk.now if not disk.is_safe(path)]:
                self.find(self.number_of(folder), "a success, and not flushed to a disk "
                          f"{'with' if has_journal else 'without'} a journal: " + unsafe[0],
                          [self.command(command)])
        safe = [int(step) for path in disk.now
                for step in re.findall(r"^run/checkpoints/(\d+)\.safetensors$", path)
                if disk.is_safe(path)]
        words = (f"   # cut after file call {at} of {len(calls)}, on a disk "
                 f"{'with' if has_journal else 'without'} a journal")
        return disk.after_cut(rng), max(safe, default=safe_step), words

    @staticmethod
    def number_of(folder):
        return int(re.search(r"round(\d+)", folder).group(1))

    def judge(self, number, kind, command, folder, safe_step, done, rng):
        outcome = self.program.run(command, folder)
        done.append(self.command(command))
        where = f" ({kind})"
        run = os.path.join(folder, "run")
        for fault in outcome.faults():
            self.find(number, fault + where, done)
        if outcome.code == DATA and "is finished" not in outcome.err and safe_step is None:
            self.count("begun anew")
            os.rename(run, os.path.join(folder, "refused"))
            outcome = self.program.run(self.train(kind, "run"), folder)
        elif outcome.code == FINE and safe_step is not None:
            reached = re.search(r"goes on after step (\d+)", outcome.err)
            if safe_step > (int(reached.group(1)) if reached else 0):
                self.find(number, f"goes on after step {reached and reached.group(1)}, though the "
                          f"checkpoint of step {safe_step} was flushed{where}", done)
        if outcome.code != FINE and not (outcome.code == DATA and "is finished" in outcome.err):
            self.find(number, f"ends with code {outcome.code}, though the checkpoint of step "
                      f"{safe_step} was flushed: {outcome.err.strip()}{where}", done)
            return
        whole = os.path.join(self.work, kind)
        for difference in differences(run, whole, by_steps=True):
            self.find(number, difference + where, done)
