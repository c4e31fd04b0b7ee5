"""Random corruptions of every file of a run, and then the commands: no crash, no hang, little
memory, and no result that has changed in silence."""

import os
import re
import shutil

from campaign import Campaign
from commands import TRAINING, cut_off, read_output, reading_commands, resume, train
from program import CHECK_FAILED, DATA, DOCUMENTED, FINE
from runs import differences, files_in

# The page is for eyes: no command reads it.
UNREAD = ("report.html",)


# ---- Corruptions: (bytes, the same file of another run, random numbers) -> bytes -----------------


def flipped_bit(data, _, rng):
    held = bytearray(data)
    held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
    return bytes(held)


def flipped_bits(data, other, rng):
    for _ in range(rng.randint(2, 50)):
        data = flipped_bit(data, other, rng)
    return data


def cut(data, _, rng):
    return data[:rng.randrange(len(data))]


def extended(data, _, rng):
    more = rng.choice([bytes(rng.randint(1, 400)), rng.randbytes(rng.randint(1, 400)),
                       data[-rng.randint(1, 200):]])
    return data + more


def swapped_ranges(data, _, rng):
    size = rng.randint(1, max(1, min(64, len(data) // 3)))
    a, b = sorted(rng.randrange(max(1, len(data) - size)) for _ in range(2))
    if b < a + size:
        return data
    return data[:a] + data[b:b + size] + data[a + size:b] + data[a:a + size] + data[b + size:]


def zeros(data, _, rng):
    at = rng.randrange(len(data))
    size = rng.randint(1, 512)
    return data[:at] + bytes(len(data[at:at + size])) + data[at + size:]


def changed_digit(data, _, rng):
    places = [match.start() for match in re.finditer(rb"[0-9]", data[:100000])]
    if not places:
        return data
    at = rng.choice(places)
    return data[:at] + str(rng.randrange(10)).encode() + data[at + 1:]


def line_gone(data, _, rng):
    lines = data.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def line_doubled(data, _, rng):
    lines = data.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return b"".join(lines[:at + 1] + lines[at:])


def of_another_run(_, other, __):
    return other


CORRUPTIONS = (flipped_bit, flipped_bit, flipped_bits, cut, extended, swapped_ranges, zeros,
               changed_digit, changed_digit, changed_digit, line_gone, line_doubled,
               of_another_run, of_another_run)


class Corruptions(Campaign):
    name = "corruptions"
    title = "corruptions"
    ci_rounds = 500
    commands_per_round = 4

    def prepare(self):
        self.commands, self.right, self.files = {}, {}, {}
        for kind in TRAINING:
            place = os.path.join(self.work, kind)
            os.makedirs(place)
            self.program.must(train(kind, "run"), place)
            self.program.must(train(kind, "other", seed=5), place)
            cut_off(self.program, kind, place, "cut", at_step=26 if kind == "iris" else 22)
            cut_off(self.program, kind, place, "cut other", 26 if kind == "iris" else 22, seed=5)
            self.commands[kind] = reading_commands(self.program, kind)
            self.right[kind] = {}
            for command in self.commands[kind]:
                outcome = self.program.must(command.arguments, place)
                self.right[kind][command.name] = (outcome.out, read_output(place, command))
            if any(command.name == "verify" for command in self.commands[kind]):
                self.program.must(["verify", "cut"], place)
            for name in ("run", "other", "cut", "cut other"):
                self.files[kind, name] = files_in(os.path.join(place, name))

    def play(self, number, rng, folder):
        kind = rng.choice(sorted(TRAINING))
        is_cut = rng.random() < 0.25
        source, other = ("cut", "cut other") if is_cut else ("run", "other")
        run = os.path.join(folder, "run")
        shutil.copytree(os.path.join(self.work, kind, source), run)
        name, how, data = self.corrupted(self.files[kind, source], self.files[kind, other], rng)
        if data is None:
            os.remove(os.path.join(run, name))
        else:
            with open(os.path.join(run, name), "wb") as stream:
                stream.write(data)
        if is_cut:
            self.resume(number, kind, name, how, folder)
            return
        chosen = rng.sample(self.commands[kind], self.commands_per_round)
        verify = [command for command in self.commands[kind] if command.name == "verify"]
        for command in chosen + [one for one in verify if one not in chosen]:
            self.read(number, kind, command, name, how, folder)

    @staticmethod
    def corrupted(files, others, rng):
        """A file, what befalls it, and what is in it then; None: it is gone."""
        # Checkpoints are many and alike: one counts as much as any other file.
        checkpoints = sorted(name for name in files if name.startswith("checkpoints"))
        names = sorted(set(files) - set(checkpoints)) + [rng.choice(checkpoints)] * 2
        while True:
            name = rng.choice(names)
            if not files[name]:
                continue
            if rng.random() < 0.04:
                return name, "is gone", None
            if name in checkpoints and rng.random() < 0.1:
                data, how = files[rng.choice(checkpoints)], "another step's"
            else:
                corruption = rng.choice(CORRUPTIONS)
                how = corruption.__name__.replace("_", " ")
                data = corruption(files[name], others.get(name), rng)
            if data is not None and data != files[name]:
                return name, how, data

    def read(self, number, kind, command, name, how, folder):
        if command.output and os.path.exists(os.path.join(folder, command.output)):
            os.remove(os.path.join(folder, command.output))
        outcome = self.program.run(command.arguments, folder)
        self.count("commands")
        where = f" ({kind}, {how})"
        file = re.sub(r"\d+", "N", name)
        done = [f"# {name}: {how}", self.command(command.arguments)]
        for fault in outcome.faults():
            self.find(number, f"{command.name}, {file} damaged: {fault}{where}", done)
        if command.name == "verify":
            if name not in UNREAD:
                self.judge_verification(number, outcome, name, how, where, done)
            return
        is_right = (outcome.out, read_output(folder, command)) == self.right[kind][command.name]
        if outcome.code != FINE:
            self.count("refused")
        elif not is_right and self.is_told(outcome, name):
            self.count("warned")
        elif not is_right:
            self.find(number, f"{command.name}: another result in silence, {file} damaged{where}",
                      done)

    @staticmethod
    def is_told(outcome, name):
        return "warning" in outcome.err or os.path.basename(name) in outcome.err

    def judge_verification(self, number, outcome, name, how, where, done):
        said, file = outcome.out + outcome.err, re.sub(r"\d+", "N", name)
        if how == "is gone" and (name == "summary.json" or name.startswith("checkpoints")):
            return  # as of a run that was killed, or whose checkpoints were thinned out
        if how == "of another run" and name == "config.toml" and outcome.code == CHECK_FAILED:
            return  # then all the others are
        is_no_run = how == "is gone" and outcome.code == DATA
        if outcome.code != CHECK_FAILED and not is_no_run:
            self.find(number, f"verify: code {outcome.code}, {file} damaged: {said}{where}", done)
        elif os.path.basename(name) not in said:
            self.find(number, f"verify: does not name {file}: {said}{where}", done)

    def resume(self, number, kind, name, how, folder):
        outcome = self.program.run(resume(), folder)
        self.count("commands")
        where = f" ({kind}, {how})"
        file = re.sub(r"\d+", "N", name)
        done = [f"# {name}: {how}", self.command(resume())]
        for fault in outcome.faults(set(DOCUMENTED) - {CHECK_FAILED}):
            self.find(number, f"resume, {file} damaged: {fault}{where}", done)
        if outcome.code != FINE:
            self.count("refused")
            return
        run, whole = os.path.join(folder, "run"), os.path.join(self.work, kind, "run")
        wrong = differences(run, whole, by_steps=True)
        if name == "config.toml":  # it stays as it is, whatever the settings in it are
            wrong = [what for what in wrong if not what.startswith("config.toml")]
        for what in wrong:
            if self.is_told(outcome, name):
                self.count("warned")
            else:
                self.find(number, f"resume: another result in silence, {file} damaged: "
                          f"{what}{where}", done)
