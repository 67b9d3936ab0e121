"""Writes data.csv and a train.py that holds three faults.

python data.py FOLDER
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

ROWS = 1500
WEIGHTS = (1.6, -2.1, 0.0, 0.9, 0.0, 1.3)

TRAIN = """import numpy as np


def load(path):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1]


def split(features, labels, rng):
    cut = int(0.8 * len(labels))
    features = features[rng.permutation(len(features))]
    labels = labels[rng.permutation(len(labels))]
    return features[:cut], labels[:cut], features[cut:], labels[cut:]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def fit(features, labels, epochs=300, rate=0.5):
    weights, bias = np.zeros(features.shape[1]), 0.0
    for _ in range(epochs):
        error = sigmoid(features @ weights + bias) - labels
        weights += rate * features.T @ error / len(labels)
        bias += rate * error.mean()
    return weights, bias


def accuracy(weights, bias, features, labels):
    guessed = sigmoid(features @ weights + bias) > 0
    return float((guessed == labels).mean())


def main(path="data.csv"):
    rng = np.random.default_rng(0)
    train_x, train_y, test_x, test_y = split(*load(path), rng)
    weights, bias = fit(train_x, train_y)
    return accuracy(weights, bias, test_x, test_y)


if __name__ == "__main__":
    print(f"test accuracy {main():.3f}")
"""


def main(folder: Path) -> None:
    rng = random.Random(11)
    lines = ["a,b,c,d,e,f,label"]
    for _ in range(ROWS):
        values = [rng.gauss(0, 1) for _ in WEIGHTS]
        score = sum(w * x for w, x in zip(WEIGHTS, values, strict=True)) + rng.gauss(0, 0.5)
        lines.append(",".join(f"{value:.4f}" for value in values) + f",{int(score > 0)}")
    (folder / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "train.py").write_text(TRAIN, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
