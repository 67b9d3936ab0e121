"""What the interviewer does next: a pure function of the state, the bank's questions and the time.

The order of thought after an answer: the heaviest missing expectation by its probe; once the musts
are met, one deepening follow-up; never more than two follow-ups; then the next question or the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from backend.bank.question import Expectation, FollowUp, Question
from backend.grading.verdict import WORTH
from backend.interview.transcript import (
    AnswerGiven,
    CloseReason,
    Intent,
    RequestMade,
    State,
    Thread,
)

FOLLOW_UPS = 2


@dataclass(frozen=True)
class Ask:
    """Put this question. `passing` is set when the one before was skipped or not known."""

    question: Question
    passing: Literal["skip", "dont-know"] | None = None


@dataclass(frozen=True)
class Probe:
    """Ask for one missing expectation."""

    expectation: Expectation


@dataclass(frozen=True)
class Deepen:
    """Go further, now that the musts are met."""

    follow_up: FollowUp


@dataclass(frozen=True)
class Repeat:
    """Say again what was asked last."""


@dataclass(frozen=True)
class Clarify:
    """Put what was asked last in other words."""


@dataclass(frozen=True)
class Hint:
    """Help with one expectation."""

    expectation: Expectation


@dataclass(frozen=True)
class Refuse:
    """Say that there is no hint: in mock mode never, in practice when all were given."""

    why: Literal["mock", "used-up"]


@dataclass(frozen=True)
class Close:
    """End the interview."""

    reason: CloseReason
    passing: Literal["skip", "dont-know"] | None = None


Move = Ask | Probe | Deepen | Repeat | Clarify | Hint | Refuse | Close


def next_move(state: State, questions: Mapping[str, Question], now: datetime) -> Move:
    """The move that answers what the candidate said last; the first question if nothing was said."""
    thread = state.thread
    waiting = state.waiting
    if thread is None:
        return _next_question(state, questions, now)
    question = questions[thread.question_id]
    if waiting and isinstance(waiting.event, RequestMade):
        return _reply(waiting.event.intent, state, thread, question, questions, now)
    if waiting and isinstance(waiting.event, AnswerGiven):
        return _after_answer(state, thread, question, questions, now)
    return Repeat()


def time_is_up(state: State, now: datetime) -> bool:
    minutes = state.plan.minutes
    return minutes is not None and now >= state.opened_at + timedelta(minutes=minutes)


def missing(question: Question, thread: Thread) -> list[Expectation]:
    """The musts and shoulds without credit, heaviest first, as the rubric orders them."""
    if thread.assessment is None:
        found = [item for item in question.expectations if item.kind in ("must", "should")]
    else:
        found = [
            item
            for item in question.expectations
            if item.kind in ("must", "should")
            and thread.assessment.verdict(item.id).status in ("missed", "partial", "cannot_assess")
        ]
    return sorted(found, key=lambda item: -WORTH[item.kind])


def _after_answer(
    state: State,
    thread: Thread,
    question: Question,
    questions: Mapping[str, Question],
    now: datetime,
) -> Move:
    if time_is_up(state, now):
        return Close("time")
    if thread.follow_ups < FOLLOW_UPS:
        lacking = missing(question, thread)
        musts_lack = any(item.kind == "must" for item in lacking)
        open_items = [item for item in lacking if item.id not in thread.probed and item.probe]
        first = not thread.probed
        if open_items and (open_items[0].kind == "must" or (first and not musts_lack)):
            return Probe(open_items[0])
        fresh = [item for item in question.follow_ups if item.id not in thread.deepened]
        if not musts_lack and not thread.deepened and fresh:
            return Deepen(fresh[(state.plan.seed + len(state.threads)) % len(fresh)])
    return _next_question(state, questions, now)


def _reply(
    intent: Intent,
    state: State,
    thread: Thread,
    question: Question,
    questions: Mapping[str, Question],
    now: datetime,
) -> Move:
    if intent == "stop":
        return Close("stopped")
    if time_is_up(state, now):
        return Close("time")
    if intent == "repeat":
        return Repeat()
    if intent == "clarify":
        return Clarify()
    if intent == "hint":
        if state.plan.mode == "mock":
            return Refuse("mock")
        for item in missing(question, thread):
            if item.hint and item.id not in thread.hinted:
                return Hint(item)
        return Refuse("used-up")
    return _next_question(state, questions, now, passing=intent)


def _next_question(
    state: State,
    questions: Mapping[str, Question],
    now: datetime,
    passing: Literal["skip", "dont-know"] | None = None,
) -> Move:
    if time_is_up(state, now):
        return Close("time", passing)
    done = {thread.question_id for thread in state.threads}
    for question_id in state.plan.question_ids:
        # A question that has left the bank since the plan was made is passed over.
        if question_id not in done and question_id in questions:
            return Ask(questions[question_id], passing)
    return Close("completed", passing)
