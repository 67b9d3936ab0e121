"""Verdicts, evidence and the arithmetic that turns them into a score.

A grader only says, claim by claim, what it found and where. Everything numeric that a person sees is
computed here, so that two graders with the same verdicts give the same score:

    coverage = (earned on musts and shoulds + bonus, never above what was possible - red flags)
               / (musts + shoulds that could be assessed), at least 0
    rating   = 1 to 5 by coverage, held down by missed musts; 0 when nothing usable was said;
               None when less than half of the points could be assessed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, runtime_checkable

from backend.bank.question import Expectation, Question
from backend.llm.chat_model import Usage
from backend.llm.suspicion import SuspicionKind

Status = Literal["met", "partial", "missed", "cannot_assess"]
Flag = Literal["empty", "echo", "off-topic", "keyword-list"]

WORTH = {"must": 3.0, "should": 2.0, "bonus": 1.0, "red-flag": -2.0}
SHARE = {"met": 1.0, "partial": 0.5, "missed": 0.0, "cannot_assess": 0.0}
LEAST_JUDGED = 0.5
"""The share of a question's points that must have been assessed for it to have a score."""
STEPS = ((0.85, 5), (0.65, 4), (0.45, 3), (0.2, 2))


@dataclass(frozen=True)
class Evidence:
    """A verbatim piece of the answer with this index: characters `start` up to `end`."""

    answer: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Verdict:
    """What was found for one claim. `confidence` is the probability, 0 to 1, that `status` is right."""

    expectation_id: str
    status: Status
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Disagreement:
    """A claim that a language model and the embedded grader saw differently: for a person to look at.

    `note` says in one sentence what became of it.
    """

    expectation_id: str
    model: Status
    embedded: Status
    note: str


@dataclass(frozen=True)
class SuspectWords:
    """Words that seem to speak to a machine. They never lower a score."""

    kind: SuspicionKind
    answer: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Assessment:
    """All verdicts on the answers to one question, with what is needed to explain them later.

    `model` and `prompt_hash` are set when a language model was asked. `degraded` is then empty, or the
    stable code of why its judgement did not come about or was set aside. `exchange` is what it replied.
    """

    question_id: str
    version: int
    content_hash: str
    grader: str
    verdicts: tuple[Verdict, ...]
    flags: tuple[Flag, ...] = ()
    prompt_hash: str | None = None
    model: str | None = None
    suspicions: tuple[SuspectWords, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    degraded: str = ""
    usage: Usage | None = None
    exchange: tuple[str, ...] = ()

    def verdict(self, expectation_id: str) -> Verdict:
        """Raises `LookupError` if the claim was not judged."""
        for verdict in self.verdicts:
            if verdict.expectation_id == expectation_id:
                return verdict
        raise LookupError(f"no verdict for {expectation_id!r}")


@dataclass(frozen=True)
class Score:
    """Points and what follows from them. `points` is what each expectation earned, by id."""

    earned: float
    possible: float
    coverage: float | None
    rating: int | None
    points: dict[str, float] = field(default_factory=dict[str, float])


class Grader(Protocol):
    """Judges every claim of a question on all the answers given to it so far."""

    name: str

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        """One verdict for each expectation. `asked` is what the interviewer said before each answer."""
        ...

    def prepare(self, question: Question) -> None:
        """Does ahead what an assessment of this question will need, while the candidate thinks."""
        ...


@runtime_checkable
class SessionGrader(Protocol):
    """A grader whose work is paid from the budget of an interview."""

    def within(self, session: str) -> Grader:
        """The same grader, working for this interview."""
        ...


def assessment_of(
    question: Question,
    answers: Sequence[str],
    verdicts: Sequence[Verdict],
    *,
    grader: str,
    flags: Sequence[Flag] = (),
) -> Assessment:
    """The assessment these verdicts support: credit without a true quotation is withdrawn.

    Raises `ValueError` unless there is exactly one verdict for each expectation, in any order.
    """
    by_id = {verdict.expectation_id: verdict for verdict in verdicts}
    wanted = [item.id for item in question.expectations]
    if len(verdicts) != len(wanted) or set(by_id) != set(wanted):
        raise ValueError(f"need exactly one verdict for each of {wanted}, got {sorted(by_id)}")
    return Assessment(
        question_id=question.id,
        version=question.version,
        content_hash=question.content_hash(),
        grader=grader,
        verdicts=tuple(_supported(by_id[name], answers) for name in wanted),
        flags=tuple(flags),
    )


def score_of(question: Question, assessment: Assessment) -> Score:
    """The score of an assessment, by the formula at the top of this module."""
    points = {
        item.id: WORTH[item.kind] * SHARE[assessment.verdict(item.id).status]
        for item in question.expectations
    }
    judged = [
        item
        for item in question.expectations
        if assessment.verdict(item.id).status != "cannot_assess"
    ]
    possible = _worth(judged)
    gained = sum(value for value in points.values() if value > 0)
    lost = -sum(value for value in points.values() if value < 0)
    earned = max(0.0, min(gained, possible) - lost)
    enough = possible > 0 and possible >= LEAST_JUDGED * _worth(question.expectations)
    coverage = earned / possible if enough else None
    rating = _rating(
        judged, assessment, coverage, nothing_said=bool(assessment.flags) and not gained
    )
    return Score(earned, possible, coverage, rating, points)


def _worth(expectations: Sequence[Expectation]) -> float:
    """The points of the musts and shoulds among these."""
    return sum(WORTH[item.kind] for item in expectations if item.kind in ("must", "should"))


def _rating(
    judged: Sequence[Expectation],
    assessment: Assessment,
    coverage: float | None,
    nothing_said: bool,
) -> int | None:
    if nothing_said:
        return 0
    if coverage is None:
        return None
    rating = next((step for least, step in STEPS if coverage >= least), 1)
    musts = [assessment.verdict(item.id).status for item in judged if item.kind == "must"]
    unmet = sum(status != "met" for status in musts)
    absent = sum(status == "missed" for status in musts)
    if musts and absent == len(musts):
        return min(rating, 2)
    if absent:
        return min(rating, 3)
    return min(rating, 4) if unmet else rating


def _supported(verdict: Verdict, answers: Sequence[str]) -> Verdict:
    true = tuple(
        piece
        for piece in verdict.evidence
        if 0 <= piece.answer < len(answers)
        and piece.text.strip()
        and answers[piece.answer][piece.start : piece.end] == piece.text
    )
    if verdict.status in ("met", "partial") and not true:
        return replace(
            verdict, status="missed", evidence=(), reason="no words of the answer support it"
        )
    return replace(verdict, evidence=true)
