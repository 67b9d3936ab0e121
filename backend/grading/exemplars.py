"""The bank tests itself: the grader must order every question's exemplars strong > partial > weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.bank.question import Quality, Question
from backend.grading.verdict import Grader, score_of

QUALITIES: tuple[Quality, ...] = ("strong", "partial", "weak")


@dataclass(frozen=True)
class Disagreement:
    """A claim that the author and the grader see differently in one exemplar."""

    quality: Quality
    expectation_id: str
    author_says_met: bool


@dataclass(frozen=True)
class ExemplarResult:
    """One question: coverage of each exemplar in the order of `QUALITIES`, and the differences."""

    question_id: str
    coverages: tuple[float, float, float]
    disagreements: tuple[Disagreement, ...]
    claims: int

    @property
    def ordered(self) -> bool:
        strong, partial, weak = self.coverages
        return strong > partial > weak


@dataclass(frozen=True)
class ExemplarCheck:
    """All questions together."""

    results: tuple[ExemplarResult, ...]

    @property
    def ordered_share(self) -> float:
        return sum(item.ordered for item in self.results) / max(1, len(self.results))

    @property
    def claim_agreement(self) -> float:
        claims = sum(item.claims for item in self.results)
        return 1 - sum(len(item.disagreements) for item in self.results) / max(1, claims)


def check_exemplars(questions: Sequence[Question], grader: Grader) -> ExemplarCheck:
    """Grades every exemplar of every question."""
    return ExemplarCheck(tuple(_check(question, grader) for question in questions))


def _check(question: Question, grader: Grader) -> ExemplarResult:
    coverages: list[float] = []
    disagreements: list[Disagreement] = []
    for quality in QUALITIES:
        exemplar = question.exemplar(quality)
        assessment = grader.assess(question, [exemplar.answer])
        coverages.append(_exact_coverage(question, score_of(question, assessment).points))
        for item in question.expectations:
            said = item.id in exemplar.meets
            if (assessment.verdict(item.id).status == "met") != said:
                disagreements.append(Disagreement(quality, item.id, said))
    strong, partial, weak = coverages
    return ExemplarResult(
        question.id, (strong, partial, weak), tuple(disagreements), 3 * len(question.expectations)
    )


def _exact_coverage(question: Question, points: dict[str, float]) -> float:
    """Coverage without the floor at 0, so that a red flag still tells two poor answers apart."""
    possible = sum(
        {"must": 3.0, "should": 2.0}.get(item.kind, 0.0) for item in question.expectations
    )
    return sum(points.values()) / possible
