"""Grading some items at a time: the interview's grader for the bank's questions, the answer scorer for others.

A judge is made where it works, in this process or in a worker, and knows nothing about files. One item
that cannot be graded becomes a result that says so; a grader that cannot work at all raises.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.errors import VivaError
from backend.evaluation.item import DIGITS, ClaimResult, Item, OwnRubric, Result, short_hash
from backend.grading.agreement_result import Judged
from backend.grading.answer_score import task_of
from backend.grading.dataset import Row
from backend.grading.premise import nearest_sentences
from backend.grading.sentences import split_sentences
from backend.grading.verdict import Assessment, Evidence, Grader, Verdict, score_of

STATED = 0.5
"""From this probability on a claim of a row's own rubric counts as met."""


@dataclass(frozen=True)
class Request:
    """What `Grader.assess` is asked, as one value."""

    question: Question
    answers: tuple[str, ...]
    asked: tuple[str, ...]


@runtime_checkable
class BatchGrader(Protocol):
    """A grader that is quicker with many answers at a time than one by one."""

    def assess_many(self, requests: Sequence[Request]) -> list[Assessment]:
        """One assessment for each request, in order, the same that `assess` would give."""
        ...


class OwnScorer(Protocol):
    """Scores answers to questions that are not in the bank."""

    name: str

    def judge(self, rows: Sequence[Row]) -> list[Judged]:
        """One judgement for each row, in order."""
        ...


@dataclass(frozen=True)
class Timed:
    """A result and the seconds it took; an equal part where several were graded together."""

    result: Result
    seconds: float


class Judge:
    """Grades items. `scorer` is only called when the first row with a rubric of its own comes."""

    def __init__(self, bank: Bank, grader: Grader, scorer: Callable[[], OwnScorer]) -> None:
        self._bank = bank
        self._grader = grader
        self._make_scorer = scorer

    @cached_property
    def _scorer(self) -> OwnScorer:
        return self._make_scorer()

    def judge(self, items: Sequence[Item]) -> list[Timed]:
        """One result for each item, in order. Raises `VivaError` if the grader cannot work at all."""
        found: dict[str, Timed] = {}
        asked = [item for item in items if item.question_id]
        own = [item for item in items if item.question_id is None]
        for item, timed in (*self._graded(asked), *self._scored(own)):
            found[item.id] = timed
        return [found[item.id] for item in items]

    def _graded(self, items: list[Item]) -> Iterable[tuple[Item, Timed]]:
        if isinstance(self._grader, BatchGrader) and len(items) > 1:
            requests = [self._request(item) for item in items]
            began = time.perf_counter()
            try:
                assessments = self._grader.assess_many(requests)
            except VivaError:
                raise
            except Exception:  # one of them is to blame: one by one it shows which
                assessments = []
            if len(assessments) == len(items):
                share = (time.perf_counter() - began) / len(items)
                for item, request, assessment in zip(items, requests, assessments, strict=True):
                    result = bank_result(item, request.question, assessment)
                    yield item, Timed(result, share)
                return
        for item in items:
            yield item, self._one(item)

    def _one(self, item: Item) -> Timed:
        request = self._request(item)
        began = time.perf_counter()
        try:
            assessment = self._grader.assess(request.question, request.answers, request.asked)
            result = bank_result(item, request.question, assessment)
        except VivaError:
            raise
        except Exception as error:  # this answer stays without a result; the others do not
            result = failed(item, request.question, self._grader.name, error)
        return Timed(result, time.perf_counter() - began)

    def _request(self, item: Item) -> Request:
        # A candidate who said nothing at all is graded like one who sent an empty answer.
        answers = item.answers or ("",)
        return Request(self._bank.question(item.question_id or ""), answers, item.asked)

    def _scored(self, items: list[Item]) -> Iterable[tuple[Item, Timed]]:
        if not items:
            return
        rows = [row_of(item) for item in items]
        began = time.perf_counter()
        try:
            judged = self._scorer.judge(rows)
            share = (time.perf_counter() - began) / len(items)
            for item, row, one in zip(items, rows, judged, strict=True):
                yield item, Timed(own_result(item, row, one, self._scorer.name), share)
        except VivaError:
            raise
        except Exception as error:
            if len(items) == 1:
                yield items[0], Timed(failed(items[0], None, self._scorer.name, error), 0.0)
                return
            for item in items:
                yield from self._scored([item])


def bank_result(item: Item, question: Question, assessment: Assessment) -> Result:
    """The result that an assessment of a bank question gives."""
    score = score_of(question, assessment)
    labels = dict(item.labels)
    claims = tuple(
        _claim(claim.id, claim.kind, claim.claim, assessment.verdict(claim.id), mark)
        for claim, mark in (
            (claim, labels.get(claim.id, labels.get(str(place))))
            for place, claim in enumerate(question.expectations, start=1)
        )
    )
    return Result(
        id=item.id,
        question=question.id,
        title=question.title,
        area=question.area,
        level=question.level,
        candidate=item.candidate,
        group=item.group,
        outcome="unscored" if score.coverage is None else "graded",
        score=_short(score.coverage),
        rating=score.rating,
        earned=_short(score.earned),
        possible=_short(score.possible),
        human=_short(item.human),
        human_max=item.human_max,
        flags=assessment.flags,
        claims=claims,
        answers=item.answers,
        grader=assessment.grader,
        version=question.version,
        content_hash=assessment.content_hash,
    )


def own_result(item: Item, row: Row, judged: Judged, grader: str) -> Result:
    """The result of a row with a rubric of its own; quotations are the sentences nearest to a claim."""
    own = item.own or OwnRubric("", "", ())
    labels = dict(item.labels)
    texts = [claim.text for claim in task_of(row).claims]
    claims = tuple(
        _claim(
            str(place), "claim", text, _stated(place, text, p, row.answer), labels.get(str(place))
        )
        for place, (text, p) in enumerate(zip(texts, judged.claims, strict=True), start=1)
    )
    return Result(
        id=item.id,
        question=item.question_key or own.key,
        title=own.question or own.reference or own.claims[0],
        area="own rubric",
        level="",
        candidate=item.candidate,
        group=item.group,
        outcome="graded",
        score=_short(judged.share),
        rating=None,
        earned=None,
        possible=None,
        human=_short(item.human),
        human_max=item.human_max,
        flags=(),
        claims=claims,
        answers=item.answers,
        grader=grader,
        content_hash=own.key,
    )


def failed(item: Item, question: Question | None, grader: str, error: Exception) -> Result:
    """The result of an item that the grader could not grade: no score, and why."""
    own = item.own
    return Result(
        id=item.id,
        question=question.id if question else item.question_key or (own.key if own else ""),
        title=question.title if question else (own.question or own.reference if own else ""),
        area=question.area if question else "own rubric",
        level=question.level if question else "",
        candidate=item.candidate,
        group=item.group,
        outcome="error",
        score=None,
        rating=None,
        earned=None,
        possible=None,
        human=_short(item.human),
        human_max=item.human_max,
        flags=(),
        claims=(),
        answers=item.answers,
        grader=grader,
        version=question.version if question else None,
        content_hash=question.content_hash() if question else None,
        error=f"{type(error).__name__}: {error}",
    )


def row_of(item: Item) -> Row:
    """The row that the answer scorer understands. Several answers to one question are read as one."""
    own = item.own or OwnRubric("", "", ())
    return Row(
        id=item.id,
        qid=item.question_key or own.key,
        question=own.question,
        reference=own.reference,
        rubric=own.claims,
        answer="\n\n".join(item.answers),
        score=0.0,
        max_score=1.0,
    )


def _stated(place: int, text: str, p: float, answer: str) -> Verdict:
    met = p >= STATED
    spans = nearest_sentences(split_sentences(answer), text) if met else []
    evidence = tuple(Evidence(0, span.start, span.end, span.text) for span in spans)
    return Verdict(str(place), "met" if met else "missed", p if met else 1 - p, evidence)


def _claim(name: str, kind: str, text: str, verdict: Verdict, label: bool | None) -> ClaimResult:
    return ClaimResult(
        id=name,
        kind=kind,
        hash=short_hash(text),
        status=verdict.status,
        confidence=round(verdict.confidence, DIGITS),
        evidence=verdict.evidence,
        label=label,
    )


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
