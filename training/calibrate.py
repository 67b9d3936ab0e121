"""Fits the calibration of the embedded grader on the bank's exemplars, and says how good it is.

    python -m training.calibrate --out backend/grading/calibration.json

Rows are (claim, exemplar) pairs with the author's verdict. Figures come from folds over questions: no
question is scored by a model that has seen it. Weights are kept non-negative, so that more evidence
never lowers a probability.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from backend.bank.loader import Bank, load_bank
from backend.grading.claim_model import ClaimModel
from backend.grading.features import FEATURES, Features
from backend.grading.sentences import windows_of
from backend.retrieval.embedder import load_embedder
from backend.settings import read_settings

FOLDS = 10
SMOOTHING = 1e-3


@dataclass(frozen=True)
class Rows:
    """One row a claim and an exemplar: measurements, the author's verdict, the question."""

    values: NDArray[np.float64]
    truth: NDArray[np.float64]
    groups: list[str]
    red_flag: NDArray[np.bool_]


def measure(bank: Bank, features: Features) -> Rows:
    values, truth, groups, flags = [], [], [], []
    for question in bank.questions.values():
        claims = [item.claim for item in question.expectations]
        for exemplar in question.exemplars:
            matches = features.measure(windows_of([exemplar.answer]), claims)
            for item, match in zip(question.expectations, matches, strict=True):
                values.append(match.values)
                truth.append(float(item.id in exemplar.meets))
                groups.append(question.id)
                flags.append(item.is_red_flag)
    return Rows(np.array(values), np.array(truth), groups, np.array(flags))


def fit(values: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights and, last, the bias of a logistic model with non-negative weights."""
    design = np.hstack([values, np.ones((len(values), 1))])

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = design @ theta
        p = 1 / (1 + np.exp(-score))
        value = np.mean(np.logaddexp(0, score) - truth * score) + SMOOTHING * np.sum(
            theta[:-1] ** 2
        )
        slope = design.T @ (p - truth) / len(truth)
        slope[:-1] += 2 * SMOOTHING * theta[:-1]
        return float(value), slope

    bounds = [(0, None)] * values.shape[1] + [(None, None)]
    return minimize(loss, np.zeros(values.shape[1] + 1), jac=True, bounds=bounds).x


def probability(theta: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-(values @ theta[:-1] + theta[-1])))


def calibration_error(truth: NDArray[np.float64], p: NDArray[np.float64], bins: int = 10) -> float:
    """Expected calibration error over equal-width bins of p."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(truth[place == b].mean() - p[place == b].mean()) * (place == b).mean()
            for b in range(bins)
            if (place == b).any()
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    settings = read_settings()
    bank = load_bank(settings.bank_dir)
    features = Features(load_embedder(settings.embedding_model, settings.data_dir), ClaimModel())
    rows = measure(bank, features)
    held = np.zeros(len(rows.truth))
    for train, test in GroupKFold(FOLDS).split(rows.values, rows.truth, rows.groups):
        held[test] = probability(fit(rows.values[train], rows.truth[train]), rows.values[test])
    print(f"{len(rows.truth)} rows, {rows.truth.mean():.1%} met, {FOLDS} folds over questions")
    for index, name in enumerate(FEATURES):
        print(f"  AUC of {name} alone: {roc_auc_score(rows.truth, rows.values[:, index]):.3f}")
    figures = {
        "claim_auc": float(roc_auc_score(rows.truth, held)),
        "claim_accuracy": float(np.mean((held >= 0.5) == rows.truth)),
        "expected_calibration_error": calibration_error(rows.truth, held),
    }
    print(json.dumps(figures, indent=2))
    theta = fit(rows.values, rows.truth)
    digest = hashlib.sha256(rows.values.tobytes() + rows.truth.tobytes()).hexdigest()[:16]
    result = {
        "features": list(FEATURES),
        "weights": [round(float(value), 4) for value in theta[:-1]],
        "bias": round(float(theta[-1]), 4),
        "thresholds": {"met": 0.5, "partial": 0.35, "red_flag": 0.6, "off_topic": 0.2},
        "made_by": "training/calibrate.py",
        "bank_version": bank.version,
        "data_hash": digest,
        "held_out_by_question": {name: round(value, 4) for name, value in figures.items()},
    }
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
