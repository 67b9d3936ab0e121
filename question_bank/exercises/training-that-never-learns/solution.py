"""Reference solution: one permutation for both, a step down the gradient, a threshold at one half."""

from __future__ import annotations

from pathlib import Path
from typing import Any

REPAIRS = (
    # Rows and labels were shuffled apart: what is learnt from them can only be noise.
    (
        "    features = features[rng.permutation(len(features))]\n"
        "    labels = labels[rng.permutation(len(labels))]\n",
        "    order = rng.permutation(len(labels))\n    features, labels = features[order], labels[order]\n",
    ),
    # The error is prediction minus label, so its gradient points uphill: step against it.
    ("weights += rate", "weights -= rate"),
    ("bias += rate", "bias -= rate"),
    # A probability is always above 0; the boundary is at one half.
    ("bias) > 0\n", "bias) > 0.5\n"),
)


def solve(folder: Path) -> dict[str, Any]:
    text = (folder / "train.py").read_text(encoding="utf-8")
    before = _accuracy(text, folder)
    for wrong, right in REPAIRS:
        if text.count(wrong) != 1:
            raise ValueError(f"train.py does not hold {wrong!r} once")
        text = text.replace(wrong, right)
    (folder / "train_repaired.py").write_text(text, encoding="utf-8")
    return {"before": before, "after": _accuracy(text, folder)}


def _accuracy(text: str, folder: Path) -> float:
    space: dict[str, Any] = {"__name__": "train"}
    exec(compile(text, "train.py", "exec"), space)  # our own script, written by data.py
    return space["main"](folder / "data.csv")
