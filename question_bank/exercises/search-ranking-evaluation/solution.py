"""Reference solution: reciprocal ranks by question, paired differences, an interval by bootstrap."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

DRAWS = 2000


def reciprocal_rank(ranking: list[str], right: set[str]) -> float:
    """One over the place of the first relevant page, 0 if there is none."""
    return next((1 / place for place, page in enumerate(ranking, start=1) if page in right), 0.0)


def solve(folder: Path) -> dict[str, Any]:
    right: dict[str, set[str]] = {}
    kinds: dict[str, str] = {}
    for row in _read(folder / "relevant.csv"):
        right.setdefault(row["question"], set()).add(row["page"])
        kinds[row["question"]] = row["kind"]
    rankings: dict[tuple[str, str], list[str]] = {}
    for row in sorted(_read(folder / "runs.csv"), key=lambda row: int(row["rank"])):
        rankings.setdefault((row["system"], row["question"]), []).append(row["page"])
    names = sorted(right, key=int)
    rr = {
        system: np.array([reciprocal_rank(rankings[system, name], right[name]) for name in names])
        for system in ("old", "new")
    }
    success = {
        system: float(np.mean([bool(right[n] & set(rankings[system, n][:5])) for n in names]))
        for system in rr
    }
    # Both systems saw the same questions, so the difference of each question is what varies.
    difference = rr["new"] - rr["old"]
    rng = np.random.default_rng(5)
    drawn = rng.integers(0, len(names), (DRAWS, len(names)))
    low, high = np.quantile(difference[drawn].mean(axis=1), [0.025, 0.975])
    by_kind = {
        kind: float(
            np.mean([d for d, name in zip(difference, names, strict=True) if kinds[name] == kind])
        )
        for kind in sorted(set(kinds.values()))
    }
    return {
        "mrr": {system: float(values.mean()) for system, values in rr.items()},
        "success_at_5": success,
        "difference": (float(difference.mean()), float(low), float(high)),
        "by_kind": by_kind,
    }


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
