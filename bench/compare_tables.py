#!/usr/bin/env python3
"""Compares `chainrule train` and boosted trees on real tables: the same rows, split by split.

Usage: bench/compare_tables.py PROGRAM FOLDER [--splits N] [--only NAME ...] [--flags "--effort best"] [--threads N]
FOLDER holds CSV files and tables.json, which says of each table by name: "files", a list whose rows are put
together; "task", regression or classification; perhaps "target", the last column if not; "header", false if there
is none; "drop", columns to leave out; "na_is_a_word", true where NA is a category.
Needs pandas (below 3), scikit-learn and catboost, from PyPI. A fifth of the rows is kept for the test, another in each
split; rows that are equal in all columns are taken once. Errors are RMSE, or the share of wrong classes with the log
loss beside it; a ratio below 1 is in our favour.
"""
import argparse
import json
import math
import os
import subprocess
import tempfile
import time

import catboost
import numpy
import pandas
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


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


class Scores:
    """Of one program on one split: the error, the log loss of classes, and the seconds of fit and predict."""

    def __init__(self, error, log_loss, seconds):
        self.error, self.log_loss, self.seconds = error, log_loss, seconds


def ours(options, train, test, target, task, seed):
    with tempfile.TemporaryDirectory() as folder:
        train.to_csv(f"{folder}/train.csv", index=False)
        test.to_csv(f"{folder}/test.csv", index=False)
        start = time.time()
        subprocess.run([options.program, "train", f"{folder}/train.csv", "--target", target, "--task", task,
                        "--test", "0", "--seed", str(seed), "--threads", str(options.threads), "--quiet",
                        "--out", f"{folder}/run", *options.flags.split()],
                       check=True, stdout=subprocess.DEVNULL)
        answer = subprocess.run([options.program, "evaluate", f"{folder}/run", f"{folder}/test.csv", "--json"],
                                check=True, capture_output=True, text=True)
        seconds, scores = time.time() - start, json.loads(answer.stdout)
    if task == "regression":
        return Scores(scores["rmse"], None, seconds)
    return Scores(1 - scores["accuracy"], scores["log_loss"], seconds)


def boosted(name, options, train, test, target, task, seed):
    features = numbers_where_most_are(pandas.concat([train, test]).drop(columns=target))
    texts = list(features.select_dtypes(include="object"))
    if name == "CatBoost":
        features[texts] = features[texts].fillna("missing").astype(str)
        kind = catboost.CatBoostRegressor if task == "regression" else catboost.CatBoostClassifier
        model = kind(random_seed=seed, verbose=0, cat_features=texts, thread_count=options.threads,
                     allow_writing_files=False)
    else:
        features[texts] = features[texts].astype("category")
        few = [text for text in texts if features[text].nunique() < 255]
        features = features.drop(columns=set(texts) - set(few))
        kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
        model = kind(random_state=seed, categorical_features=few or None)
    x, xt = features.iloc[:len(train)], features.iloc[len(train):]
    start = time.time()
    if task == "regression":
        guess = numpy.ravel(model.fit(x, train[target]).predict(xt))
        return Scores(math.sqrt(((test[target] - guess) ** 2).mean()), None, time.time() - start)
    model.fit(x, train[target].astype(str))
    p = numpy.clip(model.predict_proba(xt), 1e-15, 1)
    seconds = time.time() - start
    place = {name: k for k, name in enumerate(model.classes_)}
    actual = numpy.array([place.get(name, -1) for name in test[target].astype(str)])
    known = actual >= 0
    loss = -numpy.log(p[known, actual[known]]).mean()
    return Scores((p.argmax(1) != actual).mean(), loss, seconds)


def log_ratio(ours_, theirs, what):
    pairs = [(getattr(a, what), getattr(b, what)) for a, b in zip(ours_, theirs)]
    return numpy.mean([math.log(max(a, 1e-6) / max(b, 1e-6)) for a, b in pairs])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--flags", default="")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with open(os.path.join(options.folder, "tables.json"), encoding="utf-8") as file:
        tables = json.load(file)
    peers = ["HistGradientBoosting", "CatBoost"]
    print(f"| table | rows | ours | {' | '.join(peers)} | seconds: ours | {' | '.join(peers)} |")
    print("|" + "---|" * (4 + 2 * len(peers)), flush=True)
    ratios = {}
    for name in options.only or tables:
        rows, target = read(options.folder, tables[name])
        task, got = tables[name]["task"], {who: [] for who in ["ours", *peers]}
        for split in range(options.splits):
            order = numpy.random.default_rng(split).permutation(len(rows))
            test, train = rows.iloc[order[:len(rows) // 5]], rows.iloc[order[len(rows) // 5:]]
            got["ours"].append(ours(options, train, test, target, task, split))
            for peer in peers:
                got[peer].append(boosted(peer, options, train, test, target, task, split))
        errors = {who: [score.error for score in scores] for who, scores in got.items()}
        cells = [f"{numpy.mean(e):.4g} +- {numpy.std(e):.2g}" for e in errors.values()]
        cells += [f"{numpy.mean([score.seconds for score in scores]):.1f}" for scores in got.values()]
        print(f"| {name} | {len(rows)} | {' | '.join(cells)} |", flush=True)
        for peer in peers:
            for what in ["error", *(["log_loss"] if task == "classification" else [])]:
                ratios.setdefault((peer, what), []).append(log_ratio(got["ours"], got[peer], what))
    for (peer, what), logs in ratios.items():
        print(f"our {what.replace('_', ' ')} / {peer}'s: {math.exp(numpy.mean(logs)):.3f}, "
              f"worst table {math.exp(max(logs)):.2f}")


if __name__ == "__main__":
    main()
