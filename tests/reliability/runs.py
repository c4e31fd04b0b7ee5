"""The trainings of the campaigns, and whether two run folders hold the same bits.

Files are read by the names in their header lines, so that columns and lines for hashes, versions
and run ids may come and go."""

import gzip
import json
import os
import random
import re
import struct
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def source(name):
    return os.path.join(ROOT, "data", name)


# ---- Data --------------------------------------------------------------------------------------


def write_npy(path, rows):
    width = len(rows[0])
    shape = f"({len(rows)}, {width})" if width > 1 else f"({len(rows)},)"
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as stream:
        stream.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in rows:
            stream.write(struct.pack(f"<{width}f", *row))


def write_idx(path, shape, values):
    with open(path, "wb") as stream:
        stream.write(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape))
        stream.write(bytes(values))


def make_data(folder):
    """Arrays, images and a packed table, made from a fixed seed; returns their paths."""
    rng = random.Random(31)
    arrays = os.path.join(folder, "x.npy")
    x = [[rng.uniform(-1, 1) for _ in range(4)] for _ in range(180)]
    write_npy(arrays, x)
    write_npy(os.path.join(folder, "y.npy"), [[a * b - c + rng.gauss(0, 0.1)] for a, b, c, _ in x])
    images = os.path.join(folder, "pictures")
    os.makedirs(images, exist_ok=True)
    for part, count in (("train", 150), ("t10k", 40)):
        labels = [rng.randrange(3) for _ in range(count)]
        pixels = [rng.randrange(60) + (150 if at // 5 == label else 0)
                  for label in labels for at in range(25)]
        write_idx(os.path.join(images, part + "-images-idx3-ubyte"), (count, 5, 5), pixels)
        write_idx(os.path.join(images, part + "-labels-idx1-ubyte"), (count,), labels)
    table = os.path.join(folder, "table.csv.gz")
    lines = ["size,colour,weight,price"]
    for _ in range(150):
        size, weight, colour = rng.random(), rng.random(), rng.choice(["red", "green", "blue"])
        price = 3 * size - weight + (colour == "red") + rng.gauss(0, 0.05)
        lines.append(f"{size:.4f},{colour},{'' if rng.random() < 0.1 else f'{weight:.3f}'},"
                     f"{price:.4f}")
    with gzip.GzipFile(table, "wb", mtime=0) as stream:
        stream.write(("\n".join(lines) + "\n").encode())
    return {"arrays": [arrays, "--target", os.path.join(folder, "y.npy")], "images": images,
            "table": table}


@dataclass
class Training:
    name: str
    options: list
    # Checkpoints by steps: then the lines of record.csv are the same however often it is killed.
    by_steps: bool = True
    code: int = 0


def trainings(folder):
    """Ten of them. Each takes some tenths of a second and has a last batch that is not full."""
    data = make_data(folder)
    iris, diabetes = source("iris.csv"), source("diabetes.csv")

    def training(name, what, text, **how):
        options = [what] + text.split()
        return Training(name, options, by_steps="--checkpoint-every" in text, **how)

    return [
        training("dropout", iris, "--epochs 120 --dropout 0.3 --checkpoint-every 11"),
        training("momentum", diabetes, "--epochs 60 --optimizer sgd --lr 0.01 --weight-decay 0.01 "
                 "--hidden 24,12 --batch-size 19 --checkpoint-every 37"),
        training("patience", diabetes, "--epochs 900 --patience 20 --hidden 16 --lr 0.003 "
                 "--checkpoint-every 50"),
        training("by time", iris, "--epochs 150 --validation 0 --hidden 32,32"),
        training("start and end only", iris, "--epochs 80 --checkpoint-every 0"),
        training("missing values", source("penguins.csv"), "--target species --epochs 30 "
                 "--optimizer adam --batch-size 7 --activation tanh --checkpoint-every 40"),
        training("rmsprop", source("wine.csv"), "--epochs 60 --optimizer rmsprop --lr 0.001 "
                 "--dropout 0.1 --patience 10 --checkpoint-every 9"),
        training("packed table", data["table"], "--epochs 60 --optimizer adagrad --loss huber "
                 "--activation gelu --hidden 12 --checkpoint-every 3"),
        training("images", data["images"], "--epochs 40 --hidden 16 --checkpoint-every 8"),
        training("diverges", diabetes, "--epochs 60 --optimizer sgd --lr 0.3 --validation 0 "
                 "--activation relu --hidden 8 --checkpoint-every 2", code=4),
    ]


# ---- Comparing ---------------------------------------------------------------------------------


def contents(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def files_in(folder):
    """The contents of every file below the folder, by their relative paths."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            found[os.path.relpath(path, folder)] = contents(path)
    return found


def record_in(folder):
    """step -> (epoch, hash)."""
    text = (contents(os.path.join(folder, "record.csv")) or b"").decode("latin-1")
    lines = re.findall(r"^(\d+),(\d+),([0-9a-f]{16})\b.*\n", text, re.M)
    return {int(step): (int(epoch), state) for step, epoch, state in lines}


def table_in(folder, name, left_out):
    """The lines of numbers, by the names of their columns."""
    text = (contents(os.path.join(folder, name)) or b"").decode("latin-1")
    columns, rows = [], []
    for line in text.splitlines():
        fields = line.split(",")
        if re.match(r"\d", line) and columns:
            rows.append({column: field for column, field in zip(columns, fields)
                         if not any(word in column for word in left_out)})
        elif not columns and fields[0] in ("epoch", "step"):
            columns = fields
    return rows


def metrics_in(folder):
    return table_in(folder, "metrics.csv", ("seconds", "hash", "check"))


def layers_in(folder):
    return table_in(folder, "layers.csv", ("hash", "check"))


def summary_in(folder):
    """What a summary says of the training, without what belongs to the folder and the clock."""
    try:
        summary = json.loads(contents(os.path.join(folder, "summary.json")) or b"null")
    except ValueError:
        return "damaged"
    names = ("task", "parameters", "epochs", "steps", "best_epoch", "stopped", "train",
             "validation", "test")
    return {name: summary.get(name) for name in names} if isinstance(summary, dict) else summary


def has_checkpoint(folder):
    return any(re.search(r"^checkpoints/\d+\.safetensors$", name) for name in files_in(folder))


def left_overs(folder):
    """Temporary files: a name and six letters more."""
    pattern = re.compile(r"(^|/)(\.[A-Za-z0-9]{6}|.*\.(csv|toml|json|html|safetensors)\.\w{6})$")
    return [name for name in files_in(folder) if pattern.search(name)]


def differences(run, whole, by_steps):
    """In what a run differs from one that was left alone; the words begin with the file."""
    found = []
    for name in ("model.safetensors", "config.toml"):
        if contents(os.path.join(run, name)) != contents(os.path.join(whole, name)):
            missing = not os.path.exists(os.path.join(run, name))
            found.append(f"{name} {'is missing' if missing else 'differs'}")
    found += record_differences(record_in(run), record_in(whole), by_steps)
    for name, read in (("metrics.csv", metrics_in), ("layers.csv", layers_in)):
        here, there = read(run), read(whole)
        if len(here) != len(there):
            found.append(f"{name} has {len(here)} lines in place of {len(there)}")
        elif here != there:
            found.append(f"{name} differs")
    for name in ("record.csv", "metrics.csv", "layers.csv"):
        if strange := strange_lines(os.path.join(run, name), os.path.join(whole, name)):
            line = strange[0][:60].replace("'", "")
            found.append(f"{name} has lines that do not belong there, such as '{line}'")
    if summary_in(run) != summary_in(whole):
        found.append("summary.json differs or is missing")
    if not os.path.exists(os.path.join(run, "report.html")):
        found.append("report.html is missing")
    return found


def strange_lines(path, right):
    """Lines of a form that the right file has none of; of each form the first."""

    def forms(path):
        lines = (contents(path) or b"").decode("latin-1").split("\n")
        return {re.sub(r"[0-9a-f.+-]+", "#", line): line for line in reversed(lines)}

    here, there = forms(path), forms(right)
    return [line for form, line in here.items() if form not in there]


def record_differences(here, there, by_steps):
    if by_steps and here.keys() != there.keys():
        return [f"record.csv has {len(here)} steps in place of {len(there)}"]
    common = here.keys() & there.keys()
    wrong = sorted(step for step in common if here[step] != there[step])
    if wrong:
        return [f"record.csv differs at step {wrong[0]}"]
    # Without fixed steps the lines of the epochs' ends are there always.
    if not common or max(here) != max(there):
        return ["record.csv does not reach the end"]
    return []
