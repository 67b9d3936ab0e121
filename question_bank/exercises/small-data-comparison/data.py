"""Writes barns.csv, in which nothing can be predicted, and the script of the claim.

python data.py FOLDER
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

ROWS, COLUMNS = 60, 2000

CLAIM = """import numpy as np


def load(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1]


def select(x, y, count=20):
    strength = np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0))
    return np.argsort(-strength)[:count]


def nearest_mean(train_x, train_y, test_x):
    ill, well = train_x[train_y == 1].mean(axis=0), train_x[train_y == 0].mean(axis=0)
    closer = ((test_x - ill) ** 2).sum(axis=1) < ((test_x - well) ** 2).sum(axis=1)
    return closer.astype(float)


def accuracy(x, y, folds=10, seed=0):
    chosen = x[:, select(x, y)]
    order = np.random.default_rng(seed).permutation(len(y))
    right = 0
    for test in np.array_split(order, folds):
        train = np.setdiff1d(order, test)
        right += (nearest_mean(chosen[train], y[train], chosen[test]) == y[test]).sum()
    return right / len(y)


if __name__ == "__main__":
    print(f"accuracy {accuracy(*load('barns.csv')):.2f}")
"""


def main(folder: Path) -> None:
    rng = random.Random(60)
    lines = [",".join([*(f"m{i}" for i in range(COLUMNS)), "ill"])]
    for row in range(ROWS):
        lines.append(",".join(f"{rng.gauss(0, 1):.3f}" for _ in range(COLUMNS)) + f",{row % 2}")
    (folder / "barns.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "claim.py").write_text(CLAIM, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
