"""Trainings that are killed at random moments, resumed under another number of threads, killed
again, until they end: their bits are those of a training that was left alone."""

import os
import time

from campaign import Campaign
from program import DATA, FINE
from runs import differences, has_checkpoint, left_overs, trainings


class Kills(Campaign):
    name = "kills"
    title = "trainings killed and resumed"
    ci_rounds = 20
    most_kills = 8  # of one training

    def prepare(self):
        self.can_verify = self.program.knows("verify")
        self.trainings = trainings(self.work)
        self.seconds, self.calls = {}, {}
        for training in self.trainings:
            begin = time.monotonic()
            self.program.must(self.training(training, training.name), self.work, [training.code])
            self.seconds[training.name] = time.monotonic() - begin
            log = os.path.join(self.work, "log")
            self.calls[training.name] = len(self.program.file_calls(
                self.training(training, training.name + " logged"), self.work, log,
                codes=[training.code]))

    def training(self, training, out):
        return ["train", *training.options, "--seed", 4, "--threads", 1, "--quiet", "--out", out]

    def play(self, number, rng, folder):
        training = self.trainings[number % len(self.trainings)]
        arguments = self.training(training, "run")
        run, done = os.path.join(folder, "run"), []
        for kill in range(self.most_kills + 1):
            outcome, command = self.start(arguments, folder, training, rng,
                                          is_last=kill == self.most_kills)
            done.append(command)
            if not outcome.killed:
                break
            self.count("kills")
            self.verify(number, training, folder, done)
            arguments = ["train", "--resume", "run", "--threads", 1 + (kill + 1) % 3, "--quiet"]
            if not self.is_begun(run):
                arguments = self.training(training, "run")
        if outcome.code == DATA and len(done) > 1 and not has_checkpoint(run):
            outcome = self.begin_anew(training, folder, done)
        self.judge(number, training, outcome, run, done)

    def start(self, arguments, folder, training, rng, is_last):
        """Starts a command that is killed by the clock or at one of its file calls."""
        calls = None
        if not is_last and rng.random() < 0.5:
            how = rng.choice(["kill", "killed", "half"])
            calls = f"{how}:{1 + int(rng.random() ** 2 * self.calls[training.name])}"
        process = self.program.start(arguments, folder, calls=calls)
        moment = ""
        if not is_last and not calls:
            # More often early: a training that is resumed has less before it.
            seconds = rng.random() ** 1.5 * self.seconds[training.name]
            time.sleep(seconds)
            process.kill()
            moment = f"   # killed after {1000 * seconds:.1f} ms"
        return process.finish(), self.command(arguments, calls) + moment

    def verify(self, number, training, folder, done):
        """A kill is no damage, whatever was being written."""
        if not self.can_verify or not has_checkpoint(os.path.join(folder, "run")):
            return
        command = ["verify", "run"]
        outcome = self.program.run(command, folder)
        if outcome.code != FINE:
            self.find(number, f"verify finds damage in a run that was killed: {outcome.out} "
                      f"{outcome.err} ({training.name})", [*done, self.command(command)])

    @staticmethod
    def is_begun(run):
        return os.path.isdir(run) and bool(os.listdir(run))

    def begin_anew(self, training, folder, done):
        """Only a training that was killed before it recorded anything may be refused."""
        self.count("begun anew")
        config = os.path.join(folder, "run", "config.toml")
        os.rename(os.path.join(folder, "run"), os.path.join(folder, "refused"))
        arguments = self.training(training, "run")
        if os.path.exists(config):
            arguments = ["train", "--config", "refused/config.toml", "--out", "run", "--quiet"]
        done += ["mv run refused", self.command(arguments)]
        return self.program.run(arguments, folder)

    def judge(self, number, training, outcome, run, done):
        where = f" ({training.name})"
        for fault in outcome.faults():
            self.find(number, fault + where, done)
        is_over = outcome.code == DATA and any(word in outcome.err
                                               for word in ("is finished", "diverged"))
        if outcome.code != training.code and not is_over:
            self.find(number, f"ends with code {outcome.code}: {outcome.err.strip()}{where}", done)
            return
        whole = os.path.join(self.work, training.name)
        for difference in differences(run, whole, training.by_steps):
            self.find(number, difference + where, done)
        for name in left_overs(run):
            self.find(number, f"is left over: {os.path.basename(name)[:-7]}{where}", done)
