#!/usr/bin/env python3
"""Compares how chainrule reads tables with how pandas does, which is told what chainrule has to find out.

Usage: bench/pandas_dialects.py PROGRAM [--count 200] [--first 1] [--keep FOLDER]
By hand, where pandas is installed (python3 -m venv env; env/bin/pip install pandas). One table of random contents
is written in COUNT dialects: what separates fields, decimals and thousands, quoting, names or none, encoding, line
ends, packing, comments, words for missing, forms of dates. pandas gets all of that as options (and the file without its
comments, which it would look for within fields too), chainrule nothing.
Compared are, of every dialect:
- `inspect --json`: rows, marks, names, the kind of each column, its gaps, the classes;
- every number, date and text of the table, as `predict --key COLUMN` gives it back;
- what training keeps of each column: mean, deviation, least, largest, median, to the last bit.
Exit code 1 if anything differs; --keep leaves the files of such dialects.
"""
import argparse
import csv
import gzip
import io
import json
import lzma
import math
import bz2
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

import pandas as pd

MISSING = ["", "NA", "n/a", "NaN", "null", "None", "?", "-", "#N/A", ".", "nil", "\\N"]
DATES = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%Y/%m/%d", "%Y%m%d", "%B %d, %Y",
         "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%d %b %Y", "%Y. %m. %d.", "%Y-%m", "%H:%M:%S"]
WORDS = ["red", "dark blue", "Köln", "yes, of course", "a; b", "O'Hara \"Bob\"", "tab\there", "x|y", "서울", "#1",
         "two\nlines", "NA", "1st"]
NAMES = ["x", "size, cm", "n", "ratio", "when", "colour", "name \"q\"", "größe"]


class Dialect:
    def __init__(self, seed):
        r = random.Random(seed)
        self.random = r
        self.delimiter = r.choice([",", ";", "\t", "|", " ", "^"])
        self.decimal = r.choice([".", ","])
        self.thousands = r.choice(["", "", "", "." if self.decimal == "," else ",", "'", " "])
        if self.delimiter == " " and self.thousands == " ":
            self.thousands = ""
        self.quoting = r.choice(["needed", "needed", "all", "texts"])
        self.line_end = r.choice(["\n", "\n", "\r\n", "\r"])
        self.encoding = r.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp949", "cp1252"])
        self.header = r.random() < 0.8
        self.comments = r.random() < 0.15
        self.missing = r.choice(MISSING)
        self.packing = r.choice(["", "", "", "", ".gz", ".bz2", ".xz", ".zip"])
        self.index = r.random() < 0.15
        self.date = r.choice(DATES)
        self.rows = r.choice([25, 60, 300, 900])
        self.trailing_line = r.random() < 0.9

    def words(self):
        """Those that the encoding has, and that the dialect can write."""
        codec = "utf-16-le" if self.encoding == "utf-16-le-bom" else self.encoding
        found = []
        for word in WORDS:
            try:
                word.encode(codec)
            except UnicodeEncodeError:
                continue
            if self.comments and "#" in word:
                continue
            found.append(word)
        return found

    def number(self, value, digits):
        text = f"{abs(value):,.{digits}f}" if digits >= 0 else repr(abs(value))
        text = text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)
        return ("-" if value < 0 else "") + text

    def table(self):
        """Names, and the columns as they are written."""
        r, n = self.random, self.rows
        codes = "utf-16-le" if self.encoding == "utf-16-le-bom" else self.encoding
        names = [name for name in NAMES if self.can_write(name, codes)]
        words = self.words()
        columns = {}
        for name in names:
            kind = r.choice(["float", "float", "whole", "big", "exact", "word", "date"])
            if name == "when":
                kind = "date"
            if name == "colour":
                kind = "word"
            gaps = r.choice([0, 0, 0.1, 0.3]) if kind != "word" else 0
            if kind == "float":
                # Where commas separate, three digits behind one are thousands.
                digits = 2 if self.delimiter == self.decimal else 3
                made = [self.number(r.uniform(-50, 50), digits) for _ in range(n)]
            elif kind == "whole":
                made = [self.number(r.randint(-40, 400), 0) for _ in range(n)]
            elif kind == "big":
                made = [self.number(r.uniform(-5e6, 5e6), 2) for _ in range(n)]
            elif kind == "exact":  # all digits of a double, without thousands
                made = [repr(r.uniform(-1, 1)).replace(".", self.decimal) for _ in range(n)]
            elif kind == "word":
                made = [r.choice(words) for _ in range(n)]
            else:
                start = pd.Timestamp("1995-03-04 05:06:07")
                made = [(start + pd.Timedelta(seconds=r.randint(0, 800_000_000))).strftime(self.date)
                        for _ in range(n)]
            made = [self.missing if r.random() < gaps else field for field in made]
            columns[name] = (kind, made)
        label = [r.choice(["no", "yes", "perhaps"]) for _ in range(n)]
        columns["label"] = ("word", label)
        return columns

    @staticmethod
    def can_write(text, codec):
        try:
            text.encode(codec)
            return True
        except UnicodeEncodeError:
            return False

    def write(self, path, columns, comments):
        out = io.StringIO()
        if comments:
            out.write("# made by a machine, at 12:30; with | marks" + self.line_end)
        names = list(columns)
        if self.header:
            self.line(out, ([""] if self.index else []) + names, [True] * (len(names) + self.index))
        for row in range(self.rows):
            fields = [columns[name][1][row] for name in names]
            are_texts = [columns[name][0] == "word" for name in names]
            if self.index:
                fields, are_texts = [str(row)] + fields, [False] + are_texts
            self.line(out, fields, are_texts)
            if comments and row % 20 == 7:
                out.write("# a pause" + self.line_end)
        text = out.getvalue()
        if not self.trailing_line:
            text = text.removesuffix(self.line_end)
        if self.encoding == "utf-16-le-bom":
            data = b"\xff\xfe" + text.encode("utf-16-le")
        else:
            data = text.encode(self.encoding)
        path += ".csv" + self.packing
        if self.packing == ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("table.csv", data)
        else:
            pack = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[self.packing]
            with open(path, "wb") as file:
                file.write(pack(data))
        return path

    def line(self, out, fields, are_texts):
        special = self.delimiter + "\"\r\n" + ("\t" if self.delimiter == " " else "")

        def must(field, is_text):
            if any(c in field for c in special) or (self.delimiter == " " and field == ""):
                return True
            return self.quoting == "all" or (self.quoting == "texts" and is_text)

        parts = ['"' + field.replace('"', '""') + '"' if must(field, is_text) else field
                 for field, is_text in zip(fields, are_texts)]
        out.write(self.delimiter.join(parts) + self.line_end)

    def read(self, path, columns):
        """What pandas makes of the file, being told."""
        names = list(columns)
        kinds = {name: columns[name][0] for name in names}
        if self.index:
            names = ["index"] + names
        encoding = "utf-16" if self.encoding == "utf-16-le-bom" else self.encoding
        # Of numbers with all digits pandas' own parser may miss the last one; Python's float does not.
        text_columns = [name for name, kind in kinds.items() if kind in ("word", "date", "exact")]
        frame = pd.read_csv(path, sep=self.delimiter, decimal=self.decimal, encoding=encoding, names=names,
                            header=0 if self.header else None, thousands=self.thousands or None,
                            keep_default_na=False,
                            na_values={name: ([self.missing] if kinds.get(name) != "word" else []) for name in names},
                            dtype={name: str for name in text_columns},
                            lineterminator="\r" if self.line_end == "\r" else None)
        for name, kind in kinds.items():
            if kind == "date":
                moments = pd.to_datetime(frame[name], format=self.date, utc=True)
                frame[name] = (moments - self.day_zero(moments)) / pd.Timedelta(days=1)
            elif kind == "exact":
                frame[name] = [math.nan if pd.isna(x) else float(x.replace(self.decimal, ".")) for x in frame[name]]
            elif kind != "word":
                frame[name] = frame[name].astype(float)
        return frame

    def day_zero(self, moments):
        if self.date == "%H:%M:%S":
            return pd.Timestamp("1900-01-01", tz="UTC")
        return pd.Timestamp("1970-01-01", tz="UTC")


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()


def model_columns(folder):
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        metadata = json.loads(file.read(length))["__metadata__"]
    for value in metadata.values():
        try:
            found = json.loads(value)
        except ValueError:
            continue
        if isinstance(found, dict) and "columns" in found:
            return {column["name"]: column for column in found["columns"]}
    raise RuntimeError("the model file describes no columns")


def kept_of(numbers):
    """Mean, reciprocal of the deviation, least, largest and median, in the order in which chainrule works them out."""
    values = [float(x) for x in numbers if not math.isnan(x)]
    total = 0.0
    for x in values:
        total += x
    mean = total / len(values)
    squares = 0.0
    for x in values:
        squares += (x - mean) * (x - mean)
    deviation = math.sqrt(squares / len(values))
    if min(values) == max(values):
        mean, deviation = values[0], 0.0
    ordered = sorted(values)
    half = len(ordered) // 2
    median = ordered[half] if len(ordered) % 2 else ordered[half - 1] / 2 + ordered[half] / 2
    alternative = median if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return mean, 1 / deviation if deviation > 0 else 0.0, min(values), max(values), (median, alternative)


def shown_date(days, kind):
    second = math.floor(days * 86400 + 0.5)
    moment = pd.Timestamp("1970-01-01") + pd.Timedelta(seconds=second)
    if kind == "%H:%M:%S":
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d %H:%M:%S" if "%H" in kind else "%Y-%m-%d")


def compare(program, dialect, folder):
    """What differs, in words."""
    columns = dialect.table()
    path = dialect.write(os.path.join(folder, "table"), columns, dialect.comments)
    frame = dialect.read(dialect.write(os.path.join(folder, "plain"), columns, False), columns)
    differences = []

    def expect(what, mine, theirs):
        if mine != theirs:
            differences.append(f"{what}: chainrule {mine!r}, pandas {theirs!r}")

    seen = json.loads(run(program, "inspect", path, "--json"))
    expect("rows", seen["rows"], len(frame))
    expect("delimiter", seen["delimiter"], dialect.delimiter)
    expect("header", seen["header"], dialect.header)
    names = list(frame.columns)
    mine = [column["name"] for column in seen["columns"]]
    expect("columns", len(mine), len(names))
    if differences:
        return differences
    if dialect.header:
        expect("names", mine[dialect.index:], names[dialect.index:])
    expect("classes", seen["classes"], sorted(set(frame["label"])))
    keeps = sum((["--keep", name] for name in mine[:-1]), [])
    out = os.path.join(folder, "run")
    run(program, "train", path, "--test", "0", "--validation", "0", "--epochs", "1", "--hidden", "2", "--out", out,
        "--quiet", "--checkpoint-every", "0", *keeps)
    kept = model_columns(out)
    for place, (name, own) in enumerate(zip(names, mine)):
        report = seen["columns"][place]
        kind = columns[name][0] if name in columns else "whole"
        values = list(frame[name])
        answers = list(csv.reader(io.StringIO(run(program, "predict", out, path, "--key", own))))[1:]
        keys = [row[0] for row in answers]
        expect(f"{name}: answers", len(keys), len(values))
        if kind == "word":
            expect(f"{name}: kind", report["kind"], "categorical")
            expect(f"{name}: texts", keys, ["" if pd.isna(x) else x.strip() for x in values])
            continue
        expect(f"{name}: kind", report["kind"], "date" if kind == "date" else "numeric")
        expect(f"{name}: missing", report["missing"], sum(math.isnan(x) for x in values))
        if report["kind"] == "categorical" or own not in kept:
            expect(f"{name}: used", own in kept, True)
            continue
        if kind == "date":
            wanted = ["" if math.isnan(x) else shown_date(x, dialect.date) for x in values]
            expect(f"{name}: dates", keys, wanted)
        else:
            numbers = [math.nan if key == "" else float(key) for key in keys]
            wrong = [(i, a, b) for i, (a, b) in enumerate(zip(numbers, values))
                     if not (a == b or (math.isnan(a) and math.isnan(b)))]
            expect(f"{name}: numbers that differ (row, chainrule, pandas)", wrong[:3], [])
        mean, scale, low, high, medians = kept_of(values)
        column = kept[own]
        if kind != "date" or "%H" not in dialect.date:  # fractions of days are sums that may be made otherwise
            expect(f"{name}: mean", column["shift"], mean)
            expect(f"{name}: 1 / deviation", column["scale"], scale)
            expect(f"{name}: range", column["range"], [low, high])
            if column["fill"] not in medians:
                expect(f"{name}: median", column["fill"], medians[0])
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    failed = 0
    for seed in range(arguments.first, arguments.first + arguments.count):
        dialect = Dialect(seed)
        with tempfile.TemporaryDirectory() as folder:
            try:
                differences = compare(program, dialect, folder)
            except RuntimeError as error:
                differences = [str(error)]
            if differences and arguments.keep:
                shutil.copytree(folder, os.path.join(arguments.keep, str(seed)), dirs_exist_ok=True)
        if differences:
            failed += 1
            facts = {key: value for key, value in vars(dialect).items() if key not in ("random",)}
            print(f"dialect {seed}: {facts}")
            for difference in differences[:5]:
                print(f"  {difference[:300]}")
    print(f"{arguments.count - failed} of {arguments.count} dialects are read as pandas reads them")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
