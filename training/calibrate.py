"""Fits the calibration of the embedded grader on the bank's exemplars, and says how good it is.

    python -m training.calibrate --out backend/grading/calibration.json

Rows are (claim, exemplar) pairs with the author's verdict; beside them stand the sentences that state a
claim, denied by rule, and the claim's words strung together, which state nothing. Figures come from folds over questions and from exemplars alone: no question is scored by a
calibration that has seen it. Weights are kept non-negative, that of a denial non-positive, so that more
evidence never lowers a probability.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.grading.claim_model import ClaimModel
from backend.grading.entailment import Calibration, EmbeddedGrader
from backend.grading.features import FEATURES, Features, Heard, Match
from backend.grading.plain_text import plain_text
from backend.grading.sentences import windows_of
from backend.retrieval.embedder import load_embedder
from backend.settings import read_settings
from backend.wiring import build
from training.bank_pairs import denied, salad
from training.remember import RememberingEmbedder, RememberingReader

Values = NDArray[np.float64]
FOLDS = 10
SMOOTHING = 1e-3
ROUNDS = 3
MADE_COUNTS = 0.1
"""What a made row counts beside a row of an exemplar."""
SEED = 7
THRESHOLDS = {"met": 0.55, "missed": 0.45, "red_flag": 0.7, "off_topic": 0.28}
FIRST = (0.4, 7.5, 1.0, 0.7, 5.4, 9.3, 1.0, -4.0, 0.3)
"""Weights to choose places with before anything is fitted."""


@dataclass(frozen=True)
class Row:
    """The places where a claim may be stated, best first; `made` for a row that no author wrote."""

    places: Values
    shifts: tuple[float, float]
    truth: float
    group: str
    made: bool


def measure(bank: Bank, grader: EmbeddedGrader, weights: tuple[float, ...]) -> list[Row]:
    """All rows, each claim's places chosen by these weights."""
    rng = random.Random(SEED)
    near = [
        grader.features.nearness(heard, grader.topics(question))
        for question in bank.questions.values()
        for exemplar in question.exemplars
        if (heard := grader.hear(question, [exemplar.answer]))
    ]
    print(f"nearness of exemplars to their topic: {np.quantile(near, [0, 0.01, 0.05]).round(3)}")
    return [
        row for question in bank.questions.values() for row in _rows(question, grader, weights, rng)
    ]


def _rows(
    question: Question, grader: EmbeddedGrader, weights: tuple[float, ...], rng: random.Random
) -> Iterator[Row]:
    claims = grader.claims(question)
    features = grader.features

    def row(column: int, places: list[Match], truth: bool, made: bool) -> Row:
        item = question.expectations[column]
        shifts = (float(question.kind == "behavioural"), float(item.is_red_flag))
        values = np.array([place.values for place in places])
        return Row(values, shifts, float(truth), question.id, made)

    made: list[tuple[int, str]] = []
    for exemplar in question.exemplars:
        heard = grader.hear(question, [exemplar.answer])
        if heard is None:
            continue
        found = features.measure(heard, claims, weights)
        for column, (item, places) in enumerate(zip(question.expectations, found, strict=True)):
            yield row(column, places, item.id in exemplar.meets, made=False)
            if item.id in exemplar.meets:
                stated = " ".join(window.span.text for window in places[0].windows)
                made.append((column, denied(stated, rng)))
    made += [(column, salad(claim.text, rng)) for column, claim in enumerate(claims)]
    features.hear(windows_of([plain_text(text).text for _, text in made]))  # one pass for all
    for column, text in made:
        (places,) = features.measure(_heard(features, text), claims, weights, [column])
        yield row(column, places, False, made=True)


def _heard(features: Features, text: str) -> Heard:
    return features.hear(windows_of([plain_text(text).text]))


def chosen(rows: list[Row], theta: Values | None) -> Values:
    """The measurements of each row's best place, with its two shifts."""
    found: list[Values] = []
    for row in rows:
        weights = np.array(FIRST) if theta is None else theta[: len(FEATURES)]
        best = int(np.argmax(row.places @ weights))
        found.append(np.append(row.places[best], row.shifts))
    return np.array(found)


def fit(rows: list[Row]) -> Values:
    """Weights of the measurements, of the two shifts, and the bias; each row speaks by its best place."""
    theta = None
    for _ in range(ROUNDS):
        theta = _fit(chosen(rows, theta), rows)
    assert theta is not None
    return _scaled(theta, [row for row in rows if not row.made])


def _scaled(theta: Values, rows: list[Row]) -> Values:
    """The same direction, its scale and shifts fitted on what authors wrote: made rows say what should
    count, not how often it is true."""
    values = chosen(rows, theta)
    truth = np.array([row.truth for row in rows])
    score = values[:, : len(FEATURES)] @ theta[: len(FEATURES)]
    design = np.column_stack([score, values[:, len(FEATURES) :], np.ones(len(score))])

    def loss(scale: Values) -> tuple[float, Values]:
        found = design @ scale
        p = 1 / (1 + np.exp(-found))
        value = float(np.mean(np.logaddexp(0, found) - truth * found))
        return value, design.T @ (p - truth) / len(truth)

    scale = minimize(loss, np.array([1.0, *theta[-3:]]), jac=True).x
    return np.concatenate([theta[: len(FEATURES)] * scale[0], scale[1:]])


def _fit(values: Values, rows: list[Row]) -> Values:
    truth = np.array([row.truth for row in rows])
    counts = np.array([MADE_COUNTS if row.made else 1.0 for row in rows])
    counts /= counts.sum()
    middle, spread = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)
    design = np.hstack([(values - middle) / spread, np.ones((len(values), 1))])

    def loss(theta: Values) -> tuple[float, Values]:
        score = design @ theta
        p = 1 / (1 + np.exp(-score))
        value = counts @ (np.logaddexp(0, score) - truth * score)
        slope = design.T @ (counts * (p - truth))
        slope[:-1] += 2 * SMOOTHING * theta[:-1]
        return float(value + SMOOTHING * np.sum(theta[:-1] ** 2)), slope

    signs = [(None, 0) if name == "denied" else (0, None) for name in FEATURES]
    bounds = [*signs, (None, None), (None, None), (None, None)]
    theta = minimize(loss, np.zeros(design.shape[1]), jac=True, bounds=bounds).x
    weights = theta[:-1] / spread
    return np.append(weights, theta[-1] - weights @ middle)


def probability(theta: Values, rows: list[Row]) -> Values:
    """The probability of each row: that of its best place."""
    return np.array(
        [
            1
            / (
                1
                + np.exp(
                    -(row.places @ theta[: len(FEATURES)]).max()
                    - row.shifts @ theta[-3:-1]
                    - theta[-1]
                )
            )
            for row in rows
        ]
    )


def held_out(rows: list[Row]) -> Values:
    """Each row scored by a fit that saw nothing of its question."""
    found = np.zeros(len(rows))
    groups = [row.group for row in rows]
    for train, test in GroupKFold(FOLDS).split(rows, groups=groups):
        theta = fit([rows[index] for index in train])
        found[test] = probability(theta, [rows[index] for index in test])
    return found


def calibration_error(truth: Values, p: Values, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins of p."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(truth[place == b].mean() - p[place == b].mean()) * (place == b).mean()
            for b in range(bins)
            if (place == b).any()
        )
    )


def figures(rows: list[Row], p: Values) -> dict[str, float]:
    own = np.array([not row.made for row in rows])
    truth, said = np.array([row.truth for row in rows])[own], p[own]
    sure = np.maximum(said, 1 - said) >= THRESHOLDS["met"]
    return {
        "claims": float(own.sum()),
        "claim_auc": float(roc_auc_score(truth, said)),
        "claim_accuracy": float(np.mean((said >= 0.5) == truth)),
        "expected_calibration_error": calibration_error(truth, said),
        "judged": float(sure.mean()),
        "accuracy_of_judged": float(np.mean(((said >= 0.5) == truth)[sure])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    settings = read_settings()
    embedder = RememberingEmbedder(load_embedder(settings.embedding_model, settings.data_dir))
    product = build(settings, embedder=embedder, claim_reader=RememberingReader(ClaimModel()))
    bank = product.bank
    first = Calibration(FIRST, bias=0.0, behavioural=0.0, flagged=0.0, **THRESHOLDS)
    grader = product.embedded_grader_with(first)
    weights = FIRST
    for _ in range(2):
        rows = measure(bank, grader, weights)
        print(f"measured {len(rows)} rows", flush=True)
        theta = fit(rows)
        weights = tuple(float(value) for value in theta[: len(FEATURES)])
    p = held_out(rows)
    found = figures(rows, p)
    made = [index for index, row in enumerate(rows) if row.made]
    truth = np.array([row.truth for row in rows])
    print(f"{len(rows)} rows, {len(made)} of them made, {FOLDS} folds over questions")
    for index, name in enumerate(FEATURES):
        best = [row.places[:, index].max() for row in rows if not row.made]
        own = [row.truth for row in rows if not row.made]
        print(f"  AUC of {name} alone: {roc_auc_score(own, best):.3f}")
    print(f"  made rows (denied, strung together) taken for stated: {np.mean(p[made] >= 0.5):.1%}")
    print(json.dumps(found, indent=2))
    digest = hashlib.sha256(
        b"".join(row.places.round(4).tobytes() for row in rows) + truth.tobytes()
    ).hexdigest()[:16]
    result = {
        "features": list(FEATURES),
        "weights": [round(value, 4) for value in weights],
        "behavioural": round(float(theta[-3]), 4),
        "flagged": round(float(theta[-2]), 4),
        "bias": round(float(theta[-1]), 4),
        "thresholds": THRESHOLDS,
        "made_by": "training/calibrate.py",
        "bank_version": bank.version,
        "data_hash": digest,
        "held_out_by_question": {name: round(value, 4) for name, value in found.items()},
    }
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
