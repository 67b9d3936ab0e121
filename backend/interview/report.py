"""The report: every point tied to the candidate's own words and to our notes.

Everything here is computed from the transcript and the bank; nothing is remembered besides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from backend.bank.loader import Bank
from backend.bank.question import Level
from backend.errors import ReportNotReady
from backend.interview.next_steps import NextAction, next_actions, summary_of
from backend.interview.question_report import QuestionReport, question_report
from backend.interview.transcript import Mode, State

CLAIMS_A_QUESTION = 3.0
"""How many independent observations one question counts for in an area's interval."""
INTERVAL = (0.1, 0.9)


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
        summary=summary_of(questions, coverage),
        areas=_areas(questions),
        questions=questions,
        next_actions=tuple(next_actions(questions)),
    )


def finished_questions(state: State, bank: Bank) -> list[QuestionReport]:
    """What practice mode may show: every question but the one that is still open."""
    threads = state.threads if state.closed else state.threads[:-1]
    return [
        question_report(thread, bank) for thread in threads if thread.question_id in bank.questions
    ]


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


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
