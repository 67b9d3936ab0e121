"""The report on one question: what each expectation found in the candidate's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backend.bank.loader import Bank
from backend.bank.question import Expectation, ExpectationKind, Level, Question
from backend.grading.review import notes_of
from backend.grading.verdict import WORTH, Assessment, Evidence, Score, Status, score_of
from backend.interview.transcript import Thread

Outcome = Literal["answered", "skipped", "not-known", "unanswered"]


@dataclass(frozen=True)
class Passage:
    """A section of a reference note, with its sources in words."""

    reference: str
    title: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ExpectationReport:
    """One expectation: what was found, where in the answers, and where to read about it.

    `review` says why a person should look at the verdict; empty if nothing speaks against it.
    """

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
    review: str = ""


@dataclass(frozen=True)
class AnswerReport:
    """An answer as it was given; `seq` is its number in the transcript."""

    seq: int
    text: str
    asked: str


@dataclass(frozen=True)
class QuestionReport:
    """One question with its answers and verdicts. `rating` is 0 to 5, None when unscored.

    `notes` are sentences on how it was graded that a reader has to know.
    """

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
    notes: tuple[str, ...] = ()


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
        notes=tuple(notes_of(assessment)) if assessment else (),
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
        review=next(
            (note.note for note in assessment.disagreements if note.expectation_id == item.id), ""
        ),
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
