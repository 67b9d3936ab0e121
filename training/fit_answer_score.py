"""Fits the coefficients of the answer score, and says how it does on questions and sets it never saw.

    python -m training.fit_answer_score --benchmarks DIR --out backend/grading/answer_score.json

Fitted on sets whose licence lets the result be shipped: SAF, SciEntsBank and Beetle for answers against
a reference, REALSumm for claims. Each set has its own intercept while fitting, so that a set graded
generously does not teach that its style is right: the one of SAF, which gives part of the points, is the
score's; those of the other two say when an answer counts as right. Weights are non-negative, so that
more evidence never lowers a score.

The claim model's logits look far better on questions it was trained on than on new ones. So only
questions it never saw are used, but for SAF, which has too few; and the weight of the logits is capped
(`MOST_ENTAILED`). Figures come from folds over questions and, for sets without a licence, from
coefficients that never saw them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from backend.grading.answer_features import (
    ANSWER_FEATURES,
    CLAIM_FEATURES,
    AnswerFeatures,
    Measured,
)
from backend.grading.answer_score import task_of
from backend.grading.claim_model import FOLDER, ClaimModel
from backend.grading.dataset import Row, read_dataset
from backend.grading.figures import calibration_figure, pearson_figure, within_figure
from backend.retrieval.token_vectors import load_token_embedder
from backend.settings import read_settings
from training.data import held_out, rows_of

Array = NDArray[np.float64]
ANSWER_SETS = {"saf": "saf_networks.jsonl", "scientsbank": "scientsbank.jsonl.gz"} | {
    "beetle": "beetle.jsonl.gz"
}
PARTIAL_CREDIT = "saf"
RIGHT_OR_WRONG = ("scientsbank", "beetle")
CLAIM_SET = "realsumm_claims.jsonl.gz"
ONLY_REPORTED = ("mohler.jsonl", "nn_exam.jsonl", "operating_systems.jsonl")
SMOOTHING = 1e-3
FOLDS = 10
FEWEST_QUESTIONS = 6
BATCH = 64
PER_SET = 900
CLAIM_TEXTS = 400
# Chosen on Mohler, nn_exam, operating systems and unseen questions of the other sets.
MOST_ENTAILED = 0.1
PARTIAL_CREDIT_COUNTS = 3.0


@dataclass(frozen=True)
class Measurements:
    """Rows of one set: measurements, human shares, questions (or, for claims, labels and texts)."""

    values: Array
    truth: Array
    groups: NDArray[np.int64]
    counts: float = 1.0


def sample(folder: Path, name: str, source: str, count: int, seed: int) -> list[Row]:
    """At most `count` rows; only of questions the claim model never saw, if there are enough of those."""
    rows = read_dataset(folder / name)
    random.Random(seed).shuffle(rows)
    unseen = [row for row in rows if held_out(f"{source}/{row.qid}")]
    enough = len({row.qid for row in unseen}) >= FEWEST_QUESTIONS
    return (unseen if enough else rows)[:count]


def unseen_claims(folder: Path, count: int, seed: int) -> list[Row]:
    """Texts about articles that the claim model was not trained on."""
    dev = {row["id"] for row in rows_of(folder, CLAIM_SET) if row["split"] != "train"}
    rows = [
        row
        for row in read_dataset(folder / CLAIM_SET)
        if row.id in dev or held_out(f"realsumm/{row.qid}")
    ]
    return random.Random(seed).sample(rows, min(count, len(rows)))


def measured(features: AnswerFeatures, rows: list[Row], name: str) -> list[Measured]:
    found: list[Measured] = []
    for start in range(0, len(rows), BATCH):
        found += features.measure([task_of(row) for row in rows[start : start + BATCH]])
    print(f"measured {len(rows)} rows of {name}", flush=True)
    return found


def numbered(names: list[str]) -> NDArray[np.int64]:
    known = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], dtype=np.int64)


def answers(rows: list[Row], found: list[Measured], counts: float = 1.0) -> Measurements:
    return Measurements(
        np.array([item.answer for item in found]),
        np.array([row.share for row in rows]),
        numbered([row.qid for row in rows]),
        counts,
    )


def claims(rows: list[Row], found: list[Measured]) -> Measurements:
    return Measurements(
        np.vstack([item.claims for item in found]),
        np.array([float(bool(label)) for row in rows for label in row.claim_labels]),
        numbered([row.qid for row in rows for _ in row.rubric]),
    )


def fit(sets: list[Measurements], caps: dict[int, float] | None = None) -> tuple[Array, Array]:
    """Non-negative weights, and an intercept for each set; a set counts as it says, not by its size."""
    width = sets[0].values.shape[1]
    values = np.vstack([part.values for part in sets])
    truth = np.concatenate([part.truth for part in sets])
    own = np.concatenate([np.full(len(part.truth), index) for index, part in enumerate(sets)])
    share = np.concatenate(
        [np.full(len(part.truth), part.counts / len(part.truth)) for part in sets]
    )
    share /= share.sum()
    design = np.hstack([values, np.eye(len(sets))[own]])

    def loss(theta: Array) -> tuple[float, Array]:
        score = design @ theta
        p = 1 / (1 + np.exp(-score))
        slope = design.T @ (share * (p - truth))
        slope[:width] += 2 * SMOOTHING * theta[:width]
        value = share @ (np.logaddexp(0, score) - truth * score)
        return float(value + SMOOTHING * np.sum(theta[:width] ** 2)), slope

    bounds = [(0, (caps or {}).get(index)) for index in range(width)] + [(None, None)] * len(sets)
    theta = minimize(loss, np.zeros(design.shape[1]), jac=True, bounds=bounds).x
    return theta[:width], theta[width:]


def held_scores(sets: list[Measurements], caps: dict[int, float]) -> list[Array]:
    """Each set scored by coefficients that saw none of the question's answers."""
    found = [np.zeros(len(part.truth)) for part in sets]
    folds = [
        list(
            GroupKFold(min(FOLDS, int(part.groups.max()) + 1)).split(
                part.values, groups=part.groups
            )
        )
        for part in sets
    ]
    for turn in range(FOLDS):
        kept = [
            part_of(part, fold[turn % len(fold)][0]) for part, fold in zip(sets, folds, strict=True)
        ]
        weights, biases = fit(kept, caps)
        for index, (part, fold) in enumerate(zip(sets, folds, strict=True)):
            test = fold[turn % len(fold)][1]
            found[index][test] = 1 / (1 + np.exp(-(part.values[test] @ weights + biases[index])))
    return found


def part_of(part: Measurements, rows: NDArray[np.int64]) -> Measurements:
    return Measurements(part.values[rows], part.truth[rows], part.groups[rows], part.counts)


def figures(score: Array, part: Measurements) -> dict[str, float | int | None]:
    found = {
        "pearson": pearson_figure(score, part.truth, part.groups).value,
        "within_question_pearson": within_figure(score, part.truth, part.groups).value,
    }
    rounded = {name: value and round(value, 4) for name, value in found.items()}
    return {"n": len(score), "questions": int(part.groups.max()) + 1, **rounded}


def coefficients(features: tuple[str, ...], weights: Array, bias: float) -> dict[str, object]:
    return {
        "features": list(features),
        "weights": [round(float(value), 4) for value in weights],
        "bias": round(bias, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmarks", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--per-set", type=int, default=PER_SET)
    arguments = parser.parse_args()
    folder, seed, count = arguments.benchmarks, arguments.seed, arguments.per_set
    features = AnswerFeatures(load_token_embedder(read_settings().data_dir), ClaimModel())
    sets: dict[str, Measurements] = {}
    for source, name in ANSWER_SETS.items():
        rows = sample(folder, name, source, count, seed)
        counts = PARTIAL_CREDIT_COUNTS if source == PARTIAL_CREDIT else 1.0
        sets[source] = answers(rows, measured(features, rows, source), counts)
    rows = unseen_claims(folder, min(count, CLAIM_TEXTS), seed)
    stated = claims(rows, measured(features, rows, "realsumm"))
    caps = {ANSWER_FEATURES.index("claims_entailed"): MOST_ENTAILED}
    weights, biases = fit(list(sets.values()), caps)
    intercepts = {name: float(bias) for name, bias in zip(sets, biases, strict=True)}
    claim_weights, claim_bias = fit([stated])
    (said,) = held_scores([stated], {})
    report: dict[str, object] = {
        name: figures(score, part)
        for (name, part), score in zip(
            sets.items(), held_scores(list(sets.values()), caps), strict=True
        )
    }
    report["realsumm_claims"] = {
        "n": len(said),
        "auc": round(float(roc_auc_score(stated.truth, said)), 4),
        "expected_calibration_error": round(
            calibration_figure(said, stated.truth, stated.groups).value or 0.0, 4
        ),
    }
    for name in ONLY_REPORTED:
        if (folder / name).is_file():
            rows = read_dataset(folder / name)[:: max(1, 1418 // count)]
            part = answers(rows, measured(features, rows, name))
            report[name.removesuffix(".jsonl")] = figures(part.values @ weights, part)
    data = [part.values.tobytes() + part.truth.tobytes() for part in (*sets.values(), stated)]
    model = (FOLDER / "model.onnx").read_bytes()
    result = {
        "answer": coefficients(ANSWER_FEATURES, weights, intercepts[PARTIAL_CREDIT])
        | {
            "bias_right_or_wrong": round(
                float(np.mean([intercepts[name] for name in RIGHT_OR_WRONG])), 4
            )
        },
        "claim": coefficients(CLAIM_FEATURES, claim_weights, float(claim_bias[0])),
        "made_by": "training/fit_answer_score.py",
        "fitted_on": {**{name: len(part.truth) for name, part in sets.items()}}
        | {"realsumm_claims": len(stated.truth)},
        "intercepts": {name: round(bias, 4) for name, bias in intercepts.items()},
        "data_hash": hashlib.sha256(b"".join(data)).hexdigest()[:16],
        "claim_model_hash": hashlib.sha256(model).hexdigest()[:16],
        "held_out_by_question": report,
    }
    print(json.dumps(result, indent=2))
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
