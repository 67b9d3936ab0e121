"""Writes flats.csv and a train.py that holds three faults.

python data.py FOLDER
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

ROWS = 400

TRAIN = """import numpy as np


def load(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1:]


def split(features, rents):
    cut = int(0.8 * len(rents))
    return features[:cut], rents[:cut], features[cut:], rents[cut:]


def scale(features, mean, spread):
    return features - mean / spread


def fit(features, rents, epochs=400, rate=0.1):
    weights, bias = np.zeros(features.shape[1]), 0.0
    for _ in range(epochs):
        error = features @ weights + bias - rents
        weights -= rate * (features.T @ error).mean(axis=1)
        bias -= rate * error.mean()
    return weights, bias


def main(path="flats.csv"):
    train_x, train_y, test_x, test_y = split(*load(path))
    mean, spread = train_x.mean(axis=0), train_x.std(axis=0)
    weights, bias = fit(scale(train_x, mean, spread), train_y)
    guessed = scale(test_x, mean, spread) @ weights + bias
    return float(np.abs(guessed - test_y).mean())


if __name__ == "__main__":
    print(f"mean error {main():.1f}")
"""


def main(folder: Path) -> None:
    rng = random.Random(12)
    lines = ["area,rooms,floor,year,rent"]
    for _ in range(ROWS):
        rooms = rng.randint(1, 5)
        area = 18 * rooms + rng.uniform(5, 25)
        floor, year = rng.randint(0, 8), rng.randint(1900, 2025)
        rent = 11 * area + 30 * rooms + 12 * floor + 1.5 * (year - 1900) + rng.gauss(0, 50)
        lines.append(f"{area:.1f},{rooms},{floor},{year},{rent:.0f}")
    (folder / "flats.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "train.py").write_text(TRAIN, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
