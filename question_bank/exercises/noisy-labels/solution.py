"""Reference solution: ignoring the swaps, the clean part alone, and a loss corrected for both rates.

The corrected loss is the forward correction of Patrini and others (2017): the model gives the chance of
the true label, and is compared with the labels after they went through the estimated swaps.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

STEPS, RATE = 600, 0.5
RESAMPLES = 10


def solve(folder: Path) -> dict[str, Any]:
    train = np.loadtxt(folder / "train.csv", delimiter=",", skiprows=1)
    test = np.loadtxt(folder / "test.csv", delimiter=",", skiprows=1)
    x, y, clean = train[:, :-2], train[:, -2], train[:, -1] == 1
    swaps = estimate_swaps(x, y, clean)
    ways = {
        "ignore": lambda rows: fit(x[rows], y[rows], (0.0, 0.0)),
        "clean only": lambda rows: fit(x[rows & clean], y[rows & clean], (0.0, 0.0)),
        "corrected": lambda rows: fit(x[rows & ~clean], y[rows & ~clean], swaps),
    }
    rng = np.random.default_rng(3)
    parts = [rng.random(len(y)) < 0.8 for _ in range(RESAMPLES)]
    scores = {
        name: np.array([_accuracy(way(rows), test) for rows in parts]) for name, way in ways.items()
    }
    return {
        "swaps": swaps,
        "accuracy": {name: float(values.mean()) for name, values in scores.items()},
        "wins": int((scores["corrected"] > scores["ignore"]).sum()),
    }


def estimate_swaps(x: np.ndarray, y: np.ndarray, clean: np.ndarray) -> tuple[float, float]:
    """How often a 0 and a 1 were swapped: a model of the checked part tells what the others should be."""
    weights = fit(x[clean], y[clean], (0.0, 0.0))
    chance = _sigmoid(_with_one(x[~clean]) @ weights)
    given = y[~clean]
    sure = np.abs(chance - 0.5) > 0.45
    zero, one = sure & (chance < 0.5), sure & (chance > 0.5)
    return float(given[zero].mean()), float(1 - given[one].mean())


def fit(x: np.ndarray, y: np.ndarray, swaps: tuple[float, float]) -> np.ndarray:
    """Weights of a logistic regression whose output goes through the swaps before it meets the label."""
    rows, weights = _with_one(x), np.zeros(x.shape[1] + 1)
    zero, one = swaps
    for _ in range(STEPS):
        chance = _sigmoid(rows @ weights)
        seen = np.clip(zero + (1 - zero - one) * chance, 1e-6, 1 - 1e-6)
        slope = (seen - y) / (seen * (1 - seen)) * (1 - zero - one) * chance * (1 - chance)
        weights = weights - RATE * (rows.T @ slope / len(y) + 1e-3 * weights)
    return weights


def _accuracy(weights: np.ndarray, test: np.ndarray) -> float:
    return float(((_with_one(test[:, :-1]) @ weights > 0) == (test[:, -1] == 1)).mean())


def _with_one(x: np.ndarray) -> np.ndarray:
    return np.hstack([x, np.ones((len(x), 1))])


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))
