"""Reference solution: least squares on what is known at noon, beside the same hour of the week before."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

TEST_DAYS = 56
RIDGE = 1.0


def solve(folder: Path) -> dict[str, Any]:
    with (folder / "energy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    use = np.array([float(row["use"]) if row["use"] else np.nan for row in rows])
    faults = int(np.isnan(use).sum() + (use == 0).sum())
    use[use == 0] = np.nan  # a dairy never uses nothing; the meter restarted
    temperature = np.array([float(row["temperature"]) for row in rows])
    use, temperature = use.reshape(-1, 24), temperature.reshape(-1, 24)
    days = np.arange(8, len(use))
    # At noon of the day before, that day's afternoon is unknown: the last whole day is two days back.
    week_before = np.stack([_filled(use, day - 7, use[day - 8]) for day in days])
    features = np.stack([_features(use, temperature, day) for day in days])
    target = use[days]
    known = ~np.isnan(target)
    test = days >= len(use) - TEST_DAYS
    train_mask = known[~test]
    weights = _fit(features[~test][train_mask], target[~test][train_mask])
    guessed = features[test] @ weights
    seen = known[test]
    return {
        "faults": faults,
        "error": float(np.abs(guessed - target[test])[seen].mean()),
        "simple_error": float(np.abs(week_before[test] - target[test])[seen].mean()),
    }


def _filled(use: np.ndarray, day: int, otherwise: np.ndarray) -> np.ndarray:
    values = np.where(np.isnan(use[day]), otherwise, use[day])
    return np.where(np.isnan(values), np.nanmean(use[max(0, day - 7) : day + 1]), values)


def _features(use: np.ndarray, temperature: np.ndarray, day: int) -> np.ndarray:
    hours = np.eye(24)
    sunday = float((day + 1) % 7 == 5)  # day 0 is a Tuesday, so Sundays are days 5, 12, 19 ...
    warm = np.maximum(0.0, temperature[day] - 8)
    columns = [
        np.full(24, np.nanmean(use[day - 2])),
        _filled(use, day - 7, use[day - 8]),
        warm,
        warm - np.maximum(0.0, temperature[day - 7] - 8),
    ]
    return np.hstack([hours, sunday * hours, np.stack(columns, axis=1)])


def _fit(features: np.ndarray, target: np.ndarray) -> np.ndarray:
    square = features.T @ features + RIDGE * np.eye(features.shape[1])
    return np.linalg.solve(square, features.T @ target)
