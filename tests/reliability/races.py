"""Two processes on one run folder: exactly one trains and ends right, the other ends with code 3
and changes nothing. One is stopped at each of its file calls in turn while the other runs; and
both run freely, with small delays."""

import os
import shutil
import signal
import time
from dataclasses import dataclass

from campaign import Campaign
from commands import cut_off, resume, train
from program import DATA, FINE
from runs import differences, left_overs


@dataclass
class Pair:
    name: str
    first: list
    second: list
    from_cut: bool  # the folder holds a run that was cut off
    calls: int = 0  # of the first one


class Races(Campaign):
    name = "races"
    title = "races of two processes"
    ci_rounds = 120

    def prepare(self):
        self.program.must(train("iris", "whole"), self.work)
        cut_off(self.program, "iris", self.work, "cut", at_step=26)
        begin, go_on = train("iris", "run"), resume()
        self.pairs = [Pair("train, train", begin, begin, False),
                      Pair("train, resume", begin, go_on, False),
                      Pair("resume, train", go_on, begin, True),
                      Pair("resume, resume", go_on, go_on, True)]
        log, run = os.path.join(self.work, "log"), os.path.join(self.work, "run")
        for pair in self.pairs:
            self.set_up(pair, self.work)
            pair.calls = len(self.program.file_calls(pair.first, self.work, log))
            shutil.rmtree(run)

    def set_up(self, pair, folder):
        if pair.from_cut:
            shutil.copytree(os.path.join(self.work, "cut"), os.path.join(folder, "run"))

    def play(self, number, rng, folder):
        pair = self.pairs[number % len(self.pairs)]
        self.set_up(pair, folder)
        if rng.random() < 0.6:
            outcomes, how = self.stopped(pair, folder, rng)
        else:
            outcomes, how = self.free(pair, folder, rng)
        self.judge(number, pair, outcomes, folder, how)

    def stopped(self, pair, folder, rng):
        """The second one runs while the first one stands still before one of its calls."""
        at = f"stop:{1 + int(rng.random() ** 1.5 * pair.calls)}"
        first = self.program.start(pair.first, folder, calls=at)
        if first.wait_until_stopped():
            self.count("interleaved")
        second = self.program.run(pair.second, folder)
        first.kill(signal.SIGCONT)
        return [first.finish(), second], at

    def free(self, pair, folder, rng):
        delay = rng.random() ** 2 * 0.02
        first = self.program.start(pair.first, folder)
        time.sleep(delay)
        second = self.program.start(pair.second, folder)
        return [first.finish(), second.finish()], f"{1000 * delay:.1f} ms"

    def judge(self, number, pair, outcomes, folder, how):
        # The kinds of findings are told apart by the pair, so it stands before the number.
        where = f" ({how})"
        done = [self.command(pair.first, how if how.startswith("stop") else None) +
                f" &   # {how}", self.command(pair.second)]
        codes = sorted(outcome.code for outcome in outcomes)
        for outcome in outcomes:
            for fault in outcome.faults((FINE, DATA)):
                self.find(number, f"{pair.name}: {fault}{where}", done)
        if codes != [FINE, DATA]:
            said = " and ".join(outcome.err.strip() for outcome in outcomes if outcome.err)
            self.find(number, f"{pair.name}: codes {codes[0]} and {codes[1]}: {said}{where}", done)
        run, whole = os.path.join(folder, "run"), os.path.join(self.work, "whole")
        if FINE in codes:
            for difference in differences(run, whole, by_steps=True):
                self.find(number, f"{pair.name}: {difference}{where}", done)
            for name in left_overs(run):
                self.find(number, f"{pair.name}: is left over: {name[:-7]}{where}", done)
