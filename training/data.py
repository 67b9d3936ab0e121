"""Pairs of (text, claim) with the share of the claim that the text states, from human-graded sets.

Reads the files of a benchmark folder by name and keeps only rows whose licence lets a model trained
on them be shipped (see DATA_CARD.md). Questions whose hash falls into the held-out share are never
trained on: they measure how the model does on questions it has not seen.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.grading.dataset import held_out

SHIPPABLE = ("MIT", "CC-BY-SA-4.0", "CC-BY-SA-4.0(SNLI)", "CC-BY-4.0", "CC-BY-SA-3.0")


@dataclass(frozen=True)
class Pair:
    """`target` is 0 to 1: how far `text` states `claim`. `group` is the question it belongs to."""

    source: str
    group: str
    text: str
    claim: str
    target: float


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def entailment(folder: Path) -> list[Pair]:
    return [
        Pair(
            row["source"],
            f"{row['source']}/{row['premise']}",
            row["premise"],
            row["hypothesis"],
            target,
        )
        for row in rows_of(folder, "entailment_pairs.jsonl.gz")
        if row["licence"] in SHIPPABLE
        for target in [1.0 if row["label"] == "entailment" else 0.0]
    ]


def realsumm(folder: Path, split: str) -> list[Pair]:
    return [
        Pair("realsumm", f"realsumm/{row['qid']}", row["answer"], claim, float(label))
        for row in rows_of(folder, "realsumm_claims.jsonl.gz")
        if row["split"] == split
        for claim, label in zip(row["rubric"], row["labels"], strict=True)
    ]


def short_answers(folder: Path, turn: int = 0) -> list[Pair]:
    """SciEntsBank and Beetle: a student's answer against a reference answer, another one each `turn`."""
    pairs: list[Pair] = []
    for source in ("scientsbank", "beetle"):
        for row in rows_of(folder, f"{source}.jsonl.gz"):
            group = f"{source}/{row['qid']}"
            best = [r["text"] for r in row["all_references"] if r["category"] in (None, "BEST")]
            references = best or [row["reference"]]
            reference = references[turn % len(references)]
            pairs.append(Pair(source, group, row["answer"], reference, float(row["score"])))
    return pairs


def saf(folder: Path) -> list[Pair]:
    return [
        Pair(
            "saf",
            f"saf/{row['qid']}",
            row["answer"],
            row["reference"],
            row["score"] / row["max_score"],
        )
        for row in rows_of(folder, "saf_networks.jsonl")
    ]


def never_stated(folder: Path, count: int, seed: int) -> list[Pair]:
    """Texts that earn nothing by construction: the question itself, or the answer to another one."""
    rng = random.Random(seed)
    rows = rows_of(folder, "scientsbank.jsonl.gz") + rows_of(folder, "beetle.jsonl.gz")
    pairs: list[Pair] = []
    for row in rng.sample(rows, count):
        other = rng.choice(rows)
        if other["qid"] == row["qid"]:
            continue
        text = row["question"] if rng.random() < 0.4 else other["answer"]
        pairs.append(Pair("never-stated", f"scientsbank/{row['qid']}", text, row["reference"], 0.0))
    return pairs


def sample(pairs: list[Pair], count: int, seed: int) -> list[Pair]:
    chosen = [pair for pair in pairs if not held_out(pair.group)]
    random.Random(seed).shuffle(chosen)
    return chosen[:count]


def held(pairs: list[Pair]) -> Iterator[Pair]:
    return (pair for pair in pairs if held_out(pair.group))
