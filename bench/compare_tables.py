#!/usr/bin/env python3
"""Compares `chainrule train` and others on real tables: the same rows, split by split.

Usage: bench/compare_tables.py PROGRAM FOLDER [--splits N] [--only NAME ...] [--peers NAME ...] [--results FILE]
                               [--flags "--effort best"] [--threads N]
FOLDER holds CSV files and tables.json, which says of each table by name: "files", a list whose rows are put
together; "task", regression or classification; perhaps "target", the last column if not; "header", false if there
is none; "drop", columns to leave out; "na_is_a_word", true where NA is a category.
PEERS are HistGradientBoosting and CatBoost, which take seconds to minutes, unless said otherwise; RealMLP and TabM are
networks in PyTorch, which without a GPU take minutes to hours. FILE, JSON, gets each result as it comes: a call that is
stopped goes on from it, and one with more splits, tables or peers adds to it. What is in it is not run again: another
PROGRAM or other flags need another FILE.
Needs pandas (below 3), scikit-learn and catboost, from PyPI; RealMLP and TabM need pytabkit and torch too. A fifth of
the rows is kept for the test, another in each split; rows that are equal in all columns are taken once. Errors are
RMSE, or the share of wrong classes with the log loss and the calibration error beside it; a ratio below 1 is in our
favour.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import catboost
import numpy
import pandas
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

# A process of its own, since a child's memory counts from that of the process that started it.
MEASURED = """import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)"""


def read(folder, table):
    word = {"keep_default_na": False, "na_values": [""]} if table.get("na_is_a_word") else {}
    parts = []
    for name in table["files"]:
        part = pandas.read_csv(os.path.join(folder, name), header=0 if table.get("header", True) else None, **word)
        parts.append(part.assign(file=name) if len(table["files"]) > 1 else part)
    rows = pandas.concat(parts, ignore_index=True)
    rows.columns = [name if isinstance(name, str) else f"c{name}" for name in rows.columns]
    target = table.get("target") or rows.columns[-1]
    rows = rows.drop(columns=table.get("drop", [])).dropna(subset=[target]).drop_duplicates()
    return rows.reset_index(drop=True), target


def numbers_where_most_are(features):
    """Columns of texts that are numbers but for a few gaps become numbers, as anyone would do by hand."""
    features = features.copy()
    for name in features.select_dtypes(include="object"):
        numbers = pandas.to_numeric(features[name].astype(str).str.strip(), errors="coerce")
        if numbers.notna().mean() > 0.5:
            features[name] = numbers
    return features


def calibration_error(sure, right, bins=15):
    """How far the probability of what was predicted is from the share that is right, in bins of equal width."""
    place = numpy.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs((sure - right)[place == k].sum()) for k in range(bins)) / len(right))


def run(*command):
    """What the program wrote, and what it used: seconds, processor seconds, megabytes at most."""
    start = time.time()
    done = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout, time.time() - start, *map(float, done.stderr.split("\n")[-2].split())


def ours(options, train, test, target, task, seed):
    with tempfile.TemporaryDirectory() as folder:
        train.to_csv(f"{folder}/train.csv", index=False)
        test.to_csv(f"{folder}/test.csv", index=False)
        _, seconds, processor, memory = run(
            options.program, "train", f"{folder}/train.csv", "--target", target, "--task", task, "--test", "0",
            "--seed", str(seed), "--threads", str(options.threads), "--quiet", "--out", f"{folder}/run",
            *options.flags.split())
        answer, more_seconds, more_processor, _ = run(
            options.program, "evaluate", f"{folder}/run", f"{folder}/test.csv", "--json")
    scores = json.loads(answer)
    used = {"seconds": seconds + more_seconds, "processor": processor + more_processor, "megabytes": memory}
    if task == "regression":
        return {"error": scores["rmse"], **used}
    return {"error": 1 - scores["accuracy"], "log_loss": scores["log_loss"],
            "calibration": scores["calibration_error"], **used}


def cat_boost(options, features, _, task, seed):
    texts = list(features.select_dtypes(include="object"))
    features[texts] = features[texts].fillna("missing").astype(str)
    kind = catboost.CatBoostRegressor if task == "regression" else catboost.CatBoostClassifier
    return kind(random_seed=seed, verbose=0, cat_features=texts, thread_count=options.threads,
                allow_writing_files=False), features


def histogram(_, features, __, task, seed):
    texts = list(features.select_dtypes(include="object"))
    features[texts] = features[texts].astype("category")
    few = [text for text in texts if features[text].nunique() < 255]
    kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    return kind(random_state=seed, categorical_features=few or None), features.drop(columns=set(texts) - set(few))


def pytabkit(name):
    def model(options, features, train_rows, task, seed):
        import pytabkit as library
        texts = list(features.select_dtypes(include="object"))
        features[texts] = features[texts].fillna("missing").astype(str)
        numbers = features.columns.difference(texts)  # it takes no gaps in them
        features[numbers] = features[numbers].fillna(features[numbers].iloc[:train_rows].median()).fillna(0)
        kind = getattr(library, name + ("Regressor" if task == "regression" else "Classifier"))
        return kind(device="cpu", random_state=seed, n_threads=options.threads), features
    return model


PEERS = {"HistGradientBoosting": histogram, "CatBoost": cat_boost, "RealMLP": pytabkit("RealMLP_TD_"),
         "TabM": pytabkit("TabM_D_")}


def theirs(name, options, train, test, target, task, seed):
    features = numbers_where_most_are(pandas.concat([train, test]).drop(columns=target))
    model, features = PEERS[name](options, features, len(train), task, seed)
    x, xt = features.iloc[:len(train)], features.iloc[len(train):]
    start, processor = time.time(), time.process_time()
    model.fit(x, train[target] if task == "regression" else train[target].astype(str))
    guess = model.predict(xt) if task == "regression" else model.predict_proba(xt)
    used = {"seconds": time.time() - start, "processor": time.process_time() - processor}
    if task == "regression":
        return {"error": math.sqrt(((test[target] - numpy.ravel(guess)) ** 2).mean()), **used}
    p = numpy.clip(guess, 1e-15, 1)
    place = {name: k for k, name in enumerate(model.classes_)}
    actual = numpy.array([place.get(name, -1) for name in test[target].astype(str)])
    known, right = actual >= 0, p.argmax(1) == actual
    return {"error": float(1 - right.mean()), "log_loss": float(-numpy.log(p[known, actual[known]]).mean()),
            "calibration": calibration_error(p.max(1), right), **used}


class Results:
    """What has been measured, by table, program and split; in a file, if it has a name."""

    def __init__(self, path):
        self.path, self.of = path, {}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.of = json.load(file)

    def get(self, table, who, split, measure, *of_what):
        splits = self.of.setdefault(table, {}).setdefault(who, {})
        if str(split) not in splits:
            splits[str(split)] = measure(*of_what)
            self.save()
        return splits[str(split)]

    def save(self):
        if self.path:
            with open(self.path + ".new", "w", encoding="utf-8") as file:
                json.dump(self.of, file, indent=1)
            os.replace(self.path + ".new", self.path)


def compare(options, results, name, table):
    """The scores of each program, split by split."""
    rows, target = read(options.folder, table)
    task, got = table["task"], {who: [] for who in ["ours", *options.peers]}
    for split in range(options.splits):
        order = numpy.random.default_rng(split).permutation(len(rows))
        test, train = rows.iloc[order[:len(rows) // 5]], rows.iloc[order[len(rows) // 5:]]
        given = options, train, test, target, task, split
        got["ours"].append(results.get(name, "ours", split, ours, *given))
        for peer in options.peers:
            got[peer].append(results.get(name, peer, split, theirs, peer, *given))
    return len(rows), got


def mean(scores, what):
    return numpy.mean([score[what] for score in scores])


def line(name, rows, got):
    cells = [f"{mean(s, 'error'):.4g} +- {numpy.std([score['error'] for score in s]):.2g}"
             + (f" ({mean(s, 'log_loss'):.4f}, {mean(s, 'calibration'):.3f})" if "log_loss" in s[0] else "")
             for s in got.values()]
    cells += [f"{mean(s, 'seconds'):.1f} ({mean(s, 'processor'):.1f})" for s in got.values()]
    return f"| {name} | {rows} | {' | '.join(cells)} | {max(score['megabytes'] for score in got['ours']):.0f} |"


def log_ratio(ours_, theirs_, what):
    return numpy.mean([math.log(max(a[what], 1e-6) / max(b[what], 1e-6)) for a, b in zip(ours_, theirs_)])


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=["HistGradientBoosting", "CatBoost"])
    parser.add_argument("--results")
    parser.add_argument("--flags", default="")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main():
    options = parsed()
    with open(os.path.join(options.folder, "tables.json"), encoding="utf-8") as file:
        tables = json.load(file)
    results, ratios, peers = Results(options.results), {}, " | ".join(options.peers)
    print(f"| table | rows | ours | {peers} | seconds (of a processor): ours | {peers} | our MB |")
    print("|" + "---|" * (5 + 2 * len(options.peers)), flush=True)
    for name in options.only or tables:
        rows, got = compare(options, results, name, tables[name])
        print(line(name, rows, got), flush=True)
        for peer in options.peers:
            for what in [what for what in ["error", "log_loss"] if what in got["ours"][0]]:
                ratios.setdefault((peer, what), []).append(log_ratio(got["ours"], got[peer], what))
    for (peer, what), logs in ratios.items():
        print(f"our {what.replace('_', ' ')} / {peer}'s: {math.exp(numpy.mean(logs)):.3f}, "
              f"worst table {math.exp(max(logs)):.2f}")


if __name__ == "__main__":
    main()
