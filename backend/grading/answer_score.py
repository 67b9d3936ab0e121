"""A score for an answer, and a probability for each claim, where there is a rubric or only a reference.

A rubric of claims is judged claim by claim and the score is the mean of their probabilities. A reference
answer is taken apart into claims and also compared as a whole; so is the reference beside a marking
scheme, whose lines award points without saying what is right. Both become numbers by logistic models with non-negative weights, whose coefficients stand in
`answer_score.json` with the data that made them (`training/fit_answer_score.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.bank.wording import words
from backend.errors import ModelFilesError
from backend.grading.agreement_result import Judged
from backend.grading.answer_features import (
    ANSWER_FEATURES,
    CLAIM_FEATURES,
    AnswerFeatures,
    Measured,
    Task,
    Values,
)
from backend.grading.claim_model import ClaimModel
from backend.grading.dataset import Row
from backend.grading.decompose import decompose, is_marking_scheme, rubric_claims
from backend.retrieval.token_vectors import TokenEmbedder

COEFFICIENTS = Path(__file__).resolve().parent / "answer_score.json"
BATCH = 64
ECHO_WORDS = 4


@dataclass(frozen=True)
class Logistic:
    """A logistic model; `weights` in the order of the features it was made for."""

    weights: tuple[float, ...]
    bias: float

    def probability(self, values: Values) -> Values:
        return 1.0 / (1.0 + np.exp(-(values @ np.array(self.weights) + self.bias)))


@dataclass(frozen=True)
class Coefficients:
    """`claim` gives a claim's probability, `answer` the share of the points from whole and parts, `right`
    the probability that somebody who may only say right or wrong says right."""

    claim: Logistic
    answer: Logistic
    right: Logistic


def read_coefficients(path: Path = COEFFICIENTS) -> Coefficients:
    """Raises `ModelFilesError` if the file is missing or was made for other measurements."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        found = {
            name: Logistic(tuple(facts[name]["weights"]), facts[name]["bias"])
            for name in ("claim", "answer")
        }
        strict = Logistic(found["answer"].weights, facts["answer"]["bias_right_or_wrong"])
        made_for = [tuple(facts[name]["features"]) for name in ("claim", "answer")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFilesError(f"{path} cannot be read: {error!r}") from error
    if made_for != [CLAIM_FEATURES, ANSWER_FEATURES]:
        raise ModelFilesError(f"{path} was made for other measurements; fit it again")
    return Coefficients(found["claim"], found["answer"], strict)


class AnswerScorer:
    """Scores graded-answer rows many at a time, without a language model."""

    def __init__(
        self,
        embedder: TokenEmbedder,
        model: ClaimModel | None = None,
        coefficients: Coefficients | None = None,
    ) -> None:
        self.coefficients = coefficients or read_coefficients()
        self.features = AnswerFeatures(embedder, model or ClaimModel())
        self.name = "answer-score-1"

    def judge(
        self, rows: Sequence[Row], advance: Callable[[int], None] = lambda _: None
    ) -> list[Judged]:
        """One judgement for each row, in order. `advance` hears how many rows are done."""
        judged: list[Judged] = []
        for start in range(0, len(rows), BATCH):
            chunk = rows[start : start + BATCH]
            judged += self._batch(chunk)
            advance(len(chunk))
        return judged

    def _batch(self, rows: Sequence[Row]) -> list[Judged]:
        tasks = [task_of(row) for row in rows]
        usable = [index for index, row in enumerate(rows) if not says_nothing(row)]
        measured = self.features.measure([tasks[index] for index in usable])
        judged = [Judged(0.0, (0.0,) * len(task.claims), 0.0) for task in tasks]
        for index, found in zip(usable, measured, strict=True):
            judged[index] = self._judged(rows[index], tasks[index], found)
        return judged

    def _judged(self, row: Row, task: Task, found: Measured) -> Judged:
        stated = self.coefficients.claim.probability(found.claims)
        claims = tuple(float(value) for value in stated)
        if row.rubric and not (row.reference.strip() and is_marking_scheme(row.rubric)):
            weights = np.array([claim.weight for claim in task.claims])
            return Judged(float(weights @ stated / weights.sum()), claims)
        share = float(self.coefficients.answer.probability(found.answer))
        return Judged(share, claims, float(self.coefficients.right.probability(found.answer)))


def task_of(row: Row) -> Task:
    """What a row asks to be measured."""
    claims = rubric_claims(row.rubric) if row.rubric else decompose(row.reference, row.question)
    return Task(row.question, _expected(row), tuple(claims), row.answer)


def says_nothing(row: Row) -> bool:
    """Not a word, or only words of the question in the question's own order.

    Short answers to other people's questions may well be single numbers or reuse the question's terms,
    so this is stricter than the screening of spoken answers.
    """
    said = " ".join(words(row.answer))
    if not said:
        return True
    asked, expected = " ".join(words(row.question)), " ".join(words(_expected(row)))
    return len(said.split()) >= ECHO_WORDS and said in asked and said not in expected


def _expected(row: Row) -> str:
    return row.reference if row.reference.strip() else " ".join(row.rubric)
