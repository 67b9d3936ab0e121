"""Reference solution: brackets in the scaling, rents of one dimension, a gradient averaged over rows."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

REPAIRS = (
    # Without brackets only the mean is divided, and a year stays near 2,000.
    ("features - mean / spread", "(features - mean) / spread"),
    # (n,) minus (n, 1) is broadcast to (n, n): every rent was compared with every flat.
    ("table[:, -1:]", "table[:, -1]"),
    # The mean belongs to the rows; with errors of one dimension there is nothing else to average.
    ("(features.T @ error).mean(axis=1)", "features.T @ error / len(rents)"),
)


def solve(folder: Path) -> dict[str, Any]:
    text = (folder / "train.py").read_text(encoding="utf-8")
    before = _error(text, folder)
    for wrong, right in REPAIRS:
        if text.count(wrong) != 1:
            raise ValueError(f"train.py does not hold {wrong!r} once")
        text = text.replace(wrong, right)
    (folder / "train_repaired.py").write_text(text, encoding="utf-8")
    return {"before": before, "after": _error(text, folder)}


def _error(text: str, folder: Path) -> float:
    space: dict[str, Any] = {"__name__": "train"}
    exec(compile(text, "train.py", "exec"), space)  # our own script, written by data.py
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the faulty script overflows; that is the exercise
        return space["main"](folder / "flats.csv")
