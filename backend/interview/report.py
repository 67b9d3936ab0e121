"""The report: every point tied to the candidate's own words and to our notes.

Everything here is computed from the transcript and the bank; nothing is remembered besides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from backend.bank.loader import Bank
from backend.bank.question import Expectation, ExpectationKind, Level, Question
from backend.errors import ReportNotReady
from backend.grading.verdict import WORTH, Assessment, Evidence, Score, Status, score_of
from backend.interview.transcript import Mode, State, Thread

Outcome = Literal["answered", "skipped", "not-known", "unanswered"]
NEXT_ACTIONS = 3
CLAIMS_A_QUESTION = 3.0
"""How many independent observations one question counts for in an area's interval."""
INTERVAL = (0.1, 0.9)


@dataclass(frozen=True)
class Passage:
    """A section of a reference note, with its sources in words."""

    reference: str
    title: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ExpectationReport:
    """One expectation: what was found, where in the answers, and where to read about it."""

    id: str
    kind: ExpectationKind
    claim: str
    status: Status
    confidence: float
    points: float
    worth: float
    evidence: tuple[Evidence, ...]
    reason: str
    passage: Passage | None


@dataclass(frozen=True)
class AnswerReport:
    """An answer as it was given; `seq` is its number in the transcript."""

    seq: int
    text: str
    asked: str


@dataclass(frozen=True)
class QuestionReport:
    """One question with its answers and verdicts. `rating` is 0 to 5, None when unscored."""

    question_id: str
    version: int
    content_hash: str
    title: str
    area: str
    area_title: str
    level: Level
    ask: str
    outcome: Outcome
    answers: tuple[AnswerReport, ...]
    earned: float
    possible: float
    coverage: float | None
    rating: int | None
    anchor: str | None
    expectations: tuple[ExpectationReport, ...]
    strong_answer: str | None
    grader: str


@dataclass(frozen=True)
class AreaReport:
    """Coverage in an area, 0 to 1, with an 80 % credible interval."""

    area: str
    title: str
    questions: int
    coverage: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class NextAction:
    """One thing to do next, and the finding it follows from."""

    title: str
    why: str
    reference: str | None
    passage_title: str | None
    question_id: str | None


@dataclass(frozen=True)
class Report:
    """The whole report of an interview."""

    interview_id: str
    level: Level
    mode: Mode
    opened_at: datetime
    closed_at: datetime | None
    bank_version: str
    grader: str
    coverage: float | None
    rating: int | None
    scored: int
    unscored: int
    summary: str
    areas: tuple[AreaReport, ...]
    questions: tuple[QuestionReport, ...]
    next_actions: tuple[NextAction, ...]


def report_of(state: State, bank: Bank, grader: str) -> Report:
    """The report of a closed interview. Raises `ReportNotReady` while it is open."""
    if state.closed is None:
        raise ReportNotReady(
            "the report is ready once the interview has ended; say 'stop' to end it now"
        )
    questions = tuple(
        question_report(thread, bank)
        for thread in state.threads
        if thread.question_id in bank.questions
    )
    scored = [item for item in questions if item.coverage is not None]
    ratings = [item.rating for item in scored if item.rating is not None]
    coverage = _mean([item.coverage for item in scored if item.coverage is not None])
    return Report(
        interview_id=state.interview_id,
        level=state.plan.level,
        mode=state.plan.mode,
        opened_at=state.opened_at,
        closed_at=state.closed.at,
        bank_version=state.plan.bank_version,
        grader=next((item.grader for item in scored), grader),
        coverage=coverage,
        rating=int(np.floor(np.mean(ratings) + 0.5)) if ratings else None,
        scored=len(scored),
        unscored=len(questions) - len(scored),
        summary=_summary(questions, coverage),
        areas=_areas(questions),
        questions=questions,
        next_actions=tuple(_next_actions(questions)),
    )


def finished_questions(state: State, bank: Bank) -> list[QuestionReport]:
    """What practice mode may show: every question but the one that is still open."""
    threads = state.threads if state.closed else state.threads[:-1]
    return [
        question_report(thread, bank) for thread in threads if thread.question_id in bank.questions
    ]


def question_report(thread: Thread, bank: Bank) -> QuestionReport:
    """The report on one question, from the answers and verdicts of its thread."""
    question = bank.question(thread.question_id)
    assessment = thread.assessment
    if assessment and {v.expectation_id for v in assessment.verdicts} != {
        x.id for x in question.expectations
    }:
        assessment = None  # the rubric was rewritten since: an old verdict says nothing about it
    score = score_of(question, assessment) if assessment else None
    answers = tuple(AnswerReport(item.number, item.text, item.asked) for item in thread.answers)
    return _question_report(question, assessment, score, answers, _outcome(thread), bank)


def answer_report(
    question: Question, assessment: Assessment, answers: Sequence[str], bank: Bank
) -> QuestionReport:
    """The report on answers given outside an interview."""
    listed = tuple(
        AnswerReport(index, text, question.ask) for index, text in enumerate(answers, start=1)
    )
    return _question_report(
        question, assessment, score_of(question, assessment), listed, "answered", bank
    )


def _question_report(
    question: Question,
    assessment: Assessment | None,
    score: Score | None,
    answers: tuple[AnswerReport, ...],
    outcome: Outcome,
    bank: Bank,
) -> QuestionReport:
    area = bank.areas[question.area]
    rating = score.rating if score else None
    expectations = (
        tuple(_expectation(item, assessment, score, bank) for item in question.expectations)
        if assessment and score
        else ()
    )
    return QuestionReport(
        question_id=question.id,
        version=question.version,
        content_hash=question.content_hash(),
        title=question.title,
        area=question.area,
        area_title=area.title,
        level=question.level,
        ask=question.ask,
        outcome=outcome,
        answers=answers,
        earned=score.earned if score else 0.0,
        possible=score.possible
        if score
        else sum(WORTH[x.kind] for x in question.expectations if x.kind in ("must", "should")),
        coverage=score.coverage if score else None,
        rating=rating,
        anchor=area.anchors[question.level].get(rating) if rating else None,
        expectations=expectations,
        strong_answer=question.exemplar("strong").answer,
        grader=assessment.grader if assessment else "",
    )


def _expectation(
    item: Expectation, assessment: Assessment, score: Score, bank: Bank
) -> ExpectationReport:
    verdict = assessment.verdict(item.id)
    return ExpectationReport(
        id=item.id,
        kind=item.kind,
        claim=item.claim,
        status=verdict.status,
        confidence=round(verdict.confidence, 3),
        points=score.points[item.id],
        worth=WORTH[item.kind],
        evidence=verdict.evidence,
        reason=verdict.reason,
        passage=_passage(item.reference, bank),
    )


def _passage(reference: str, bank: Bank) -> Passage | None:
    section = bank.sections.get(reference)
    if section is None:
        return None
    sources = tuple(
        f"{source.authors}, {source.title} ({source.publisher}, {source.year})"
        for key in section.sources
        if (source := bank.sources.get(key))
    )
    return Passage(reference, section.title, section.text, sources)


def _outcome(thread: Thread) -> Outcome:
    if thread.answers:
        return "answered"
    if thread.skipped == "skip":
        return "skipped"
    return "not-known" if thread.skipped else "unanswered"


def _areas(questions: Sequence[QuestionReport]) -> tuple[AreaReport, ...]:
    grouped: defaultdict[str, list[QuestionReport]] = defaultdict(list)
    for item in questions:
        grouped[item.area].append(item)
    reports: list[AreaReport] = []
    for area, items in grouped.items():
        values = [item.coverage for item in items if item.coverage is not None]
        low, high = credible_interval(values) if values else (None, None)
        reports.append(AreaReport(area, items[0].area_title, len(items), _mean(values), low, high))
    return tuple(reports)


def credible_interval(coverages: Sequence[float]) -> tuple[float, float]:
    """The 80 % credible interval of a proportion, each question counting as a few observations.

    Beta posterior with a uniform prior, summed on a grid.
    """
    grid = np.linspace(0.0005, 0.9995, 1000)
    hits = CLAIMS_A_QUESTION * sum(coverages)
    misses = CLAIMS_A_QUESTION * len(coverages) - hits
    density = np.exp(hits * np.log(grid) + misses * np.log1p(-grid))
    share = np.cumsum(density) / density.sum()
    low, high = (float(grid[int(np.searchsorted(share, edge))]) for edge in INTERVAL)
    return round(low, 3), round(high, 3)


def _next_actions(questions: Sequence[QuestionReport]) -> list[NextAction]:
    """The heaviest gaps, one to a reference section: red flags, then musts, then shoulds."""
    gaps: list[tuple[float, QuestionReport, ExpectationReport]] = []
    for question in questions:
        for item in question.expectations:
            if item.kind == "red-flag" and item.status == "met":
                gaps.append((-4.0, question, item))
            elif item.kind in ("must", "should") and item.status in ("missed", "partial"):
                gaps.append((-item.worth + item.points, question, item))
    actions: list[NextAction] = []
    for _weight, question, item in sorted(gaps, key=lambda gap: gap[0]):
        reference = item.passage.reference if item.passage else None
        if any(action.reference == reference for action in actions):
            continue
        said = (
            "You said something that counts against you"
            if item.kind == "red-flag"
            else (
                "You touched on this without making it clear"
                if item.status == "partial"
                else "Your answer left this out"
            )
        )
        title = item.passage.title if item.passage else question.area_title
        actions.append(
            NextAction(
                title=f"Read \u201c{title}\u201d, then answer \u201c{question.title}\u201d again",
                why=f"{said}: {item.claim}",
                reference=reference,
                passage_title=title,
                question_id=question.question_id,
            )
        )
        if len(actions) == NEXT_ACTIONS:
            return actions
    for question in questions:
        if question.outcome in ("skipped", "not-known") and len(actions) < NEXT_ACTIONS:
            actions.append(
                NextAction(
                    title=f"Try \u201c{question.title}\u201d, which you passed over",
                    why=f"{question.area_title} is unscored without it.",
                    reference=None,
                    passage_title=None,
                    question_id=question.question_id,
                )
            )
    return actions


def _summary(questions: Sequence[QuestionReport], coverage: float | None) -> str:
    if coverage is None:
        return "Nothing could be scored: no question was answered."
    items = [item for question in questions for item in question.expectations]
    musts = [item for item in items if item.kind == "must"]
    met = sum(item.status == "met" for item in musts)
    flags = sum(item.kind == "red-flag" and item.status == "met" for item in items)
    noun = "statement" if flags == 1 else "statements"
    red = f" {flags} {noun} counted against you." if flags else ""
    left = sum(question.coverage is None for question in questions)
    unscored = f" {left} of {len(questions)} questions stayed unscored." if left else ""
    return (
        f"Your answers covered {coverage:.0%} of what was expected, and {met} of the {len(musts)}"
        f" points that an answer must have.{red}{unscored}"
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
