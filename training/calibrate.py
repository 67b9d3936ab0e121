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
from backend.bank.phrasings import Phrasing
from backend.grading.entailment import snippets
from backend.grading.features import FEATURES, Claim, Features, Rarity
from backend.grading.sentences import windows_of
from backend.retrieval.embedder import load_embedder
from backend.settings import read_settings

FOLDS = 10
SMOOTHING = 1e-3
THRESHOLDS = {"met": 0.5, "partial": 0.3, "red_flag": 0.7, "off_topic": 0.2}


@dataclass(frozen=True)
class Rows:
    """One row a claim and an exemplar: measurements and the two shifts, the author's verdict, the
    question."""

    values: NDArray[np.float64]
    truth: NDArray[np.float64]
    groups: list[str]


def measure(bank: Bank, features: Features) -> Rows:
    values: list[NDArray[np.float64]] = []
    truth: list[float] = []
    groups: list[str] = []
    for question in bank.questions.values():
        known = bank.phrasings.get(question.id, {})
        claims = [
            Claim(item.claim, known.get(item.id, Phrasing())) for item in question.expectations
        ]
        for exemplar in question.exemplars:
            answers = [exemplar.answer]
            matches = features.measure(features.hear(windows_of(answers), answers), claims)
            for item, match in zip(question.expectations, matches, strict=True):
                shifts = [float(question.kind == "behavioural"), float(item.is_red_flag)]
                values.append(np.append(match.values, shifts))
                truth.append(float(item.id in exemplar.meets))
                groups.append(question.id)
    return Rows(np.array(values), np.array(truth), groups)


def fit(values: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the measurements (at least 0), of the two shifts, and the bias."""
    middle, spread = values.mean(axis=0), values.std(axis=0)
    design = np.hstack([(values - middle) / spread, np.ones((len(values), 1))])

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = design @ theta
        p = 1 / (1 + np.exp(-score))
        value = np.mean(np.logaddexp(0, score) - truth * score)
        slope = design.T @ (p - truth) / len(truth)
        slope[:-1] += 2 * SMOOTHING * theta[:-1]
        return float(value + SMOOTHING * np.sum(theta[:-1] ** 2)), slope

    bounds = [(0, None)] * len(FEATURES) + [(None, None)] * 3
    theta = minimize(loss, np.zeros(design.shape[1]), jac=True, bounds=bounds).x
    weights = theta[:-1] / spread
    return np.append(weights, theta[-1] - weights @ middle)


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
    embedder = load_embedder(settings.embedding_model, settings.data_dir)
    features = Features(embedder, Rarity(snippets(bank.phrasings)))
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
        "weights": [round(float(value), 4) for value in theta[: len(FEATURES)]],
        "behavioural": round(float(theta[-3]), 4),
        "flagged": round(float(theta[-2]), 4),
        "bias": round(float(theta[-1]), 4),
        "thresholds": THRESHOLDS,
        "made_by": "training/calibrate.py",
        "bank_version": bank.version,
        "data_hash": digest,
        "held_out_by_question": {name: round(value, 4) for name, value in figures.items()},
    }
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
