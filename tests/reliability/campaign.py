"""What the campaigns share: rounds side by side, each with a seed of its own, and findings."""

import os
import random
import re
import shlex
import shutil
import tempfile
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from program import shortened


class Campaign:
    """A campaign is a class with a name and two functions: prepare, once, and play, per round."""

    name = ""
    title = ""  # what a round is, in the plural
    ci_rounds = 20

    def __init__(self, program, settings):
        self.program = program
        self.settings = settings
        self.work = tempfile.mkdtemp(prefix=f"chainrule-{self.name}.", dir=settings.folder)
        self.findings = {}  # by their kind: (text, round), and how often
        self.figures = Counter()
        self.lock = threading.Lock()

    def prepare(self):
        pass

    def rounds(self):
        """How many there are to play; a campaign over a list may have fewer."""
        return self.settings.rounds or self.ci_rounds

    def play(self, number, rng, folder):
        raise NotImplementedError

    def count(self, what, by=1):
        with self.lock:
            self.figures[what] += by

    def find(self, number, what, commands=()):
        """Remembers a finding. Those that differ in numbers, paths and where only are of a kind."""
        what = shortened(what, 500)
        kind = re.sub(r" \([^()]*\)$", "", what.replace(self.work, ""))
        kind = re.sub(r"[0-9a-f]{16}|\d+|'[^']*'", "#", kind)[:160]
        with self.lock:
            _, _, _, times = self.findings.get(kind, (None, None, None, 0))
            first = self.findings.get(kind, (what, number, list(commands), 0))
            self.findings[kind] = (*first[:3], times + 1)

    def command(self, arguments, calls=None):
        """As it can be typed into a shell."""
        words = [shlex.quote(str(word)) for word in arguments]
        before = ""
        if calls:
            before = f"LD_PRELOAD={self.program.interposer} FILE_CALLS={calls} "
        return f"{before}{self.program.path} {' '.join(words)}"

    def play_one(self, number):
        folder = os.path.join(self.work, f"round{number}")
        os.makedirs(folder)
        try:
            self.play(number, random.Random(f"{self.name} {number}"), folder)
        except Exception:  # a fault of the campaign's own must not pass for a success
            self.find(number, "the campaign itself failed: " + traceback.format_exc())
        if not self.settings.keep:
            shutil.rmtree(folder, ignore_errors=True)

    def run(self):
        """Plays the rounds and says what was found; true if nothing was."""
        begin = time.monotonic()
        self.prepare()
        if self.settings.round is not None:
            numbers = [self.settings.round]
        else:
            numbers = range(self.rounds())
        with ThreadPoolExecutor(self.settings.jobs) as pool:
            list(pool.map(self.play_one, numbers))
        self.report(len(numbers), time.monotonic() - begin)
        if not self.settings.keep:
            shutil.rmtree(self.work, ignore_errors=True)
        return not self.findings

    def report(self, rounds, seconds):
        figures = "".join(f", {count:,} {what}" for what, count in sorted(self.figures.items()))
        found = sum(times for _, _, _, times in self.findings.values())
        verdict = "nothing found" if not found else f"{found:,} FINDINGS"
        print(f"{self.name}: {rounds:,} {self.title}{figures}, {verdict}, {seconds:.0f} s",
              flush=True)
        for what, number, commands, times in self.findings.values():
            print(f"  {what}" + (f"  (and {times - 1:,} more like it)" if times > 1 else ""))
            print(f"    again: tools/reliability.sh PROGRAM --only {self.name} --round {number} "
                  "--keep")
            for command in commands:
                print(f"    {command}")
        if self.findings and self.settings.keep:
            print(f"  The folders are in {self.work}")
