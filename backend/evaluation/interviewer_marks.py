"""The interviewer graded: what it asked, held against what the candidate had truly said.

A follow-up is right if it asks for something the candidate had not stated. A leak is a phrase of a claim that
nobody had said yet, in the interviewer's mouth; hints are exempt, because giving a little away is what
they are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.bank.wording import shared_content_phrase
from backend.interview.moves import FOLLOW_UPS
from backend.interview.transcript import (
    AnswerAssessed,
    AnswerGiven,
    FollowUpAsked,
    InterviewClosed,
    QuestionAsked,
    Replied,
    RequestMade,
    State,
)


@dataclass(frozen=True)
class Fault:
    """Something the interviewer should not have done, with the event's number in its transcript."""

    what: str
    question: str
    number: int
    text: str
    note: str


@dataclass(frozen=True)
class Marks:
    """What the interviewer did in one interview. `stopped_well` says that it ended when it should."""

    questions: int
    answers: int
    probes: int
    probes_for_missing: int
    deepenings: int
    deepenings_in_time: int
    leaks: int
    repeats: int
    too_many: int
    stopped_well: bool
    minutes: float
    overtime: float
    faults: tuple[Fault, ...]


@dataclass
class _Talk:
    """The talk about one question so far."""

    question: Question
    heard: list[str]
    stated: set[str]
    follow_ups: int = 0


class _Marking:
    """Walks through a transcript and keeps count."""

    def __init__(self, state: State, bank: Bank, states: Mapping[int, frozenset[str]]) -> None:
        self._state = state
        self._bank = bank
        self._states = states
        self._talk: _Talk | None = None
        self._asked: set[str] = set()
        self._stop_wanted = False
        self.questions = self.answers = 0
        self.probes = self.probes_for_missing = 0
        self.deepenings = self.deepenings_in_time = 0
        self.faults: list[Fault] = []

    def walk(self) -> None:
        for entry in self._state.entries:
            event = entry.event
            match event:
                case QuestionAsked():
                    self._ask(event, entry.number)
                case AnswerGiven():
                    self.answers += 1
                    self._hear(event.text, self._states.get(entry.number, frozenset()))
                case RequestMade():
                    self._stop_wanted |= event.intent == "stop"
                    self._hear(event.text, frozenset())
                case FollowUpAsked():
                    self._follow_up(event, entry.number)
                case Replied():
                    self._speak(event.text, entry.number)
                case _:
                    pass

    def _ask(self, event: QuestionAsked, number: int) -> None:
        self.questions += 1
        if self._stop_wanted:
            self._fault("asked on after a stop", event.question_id, number, event.text, "")
        self._once(event.question_id, number, event.text)
        question = self._bank.questions[event.question_id]
        self._talk = _Talk(question, [event.text], set())

    def _hear(self, text: str, states: frozenset[str]) -> None:
        if self._talk:
            self._talk.heard.append(text)
            self._talk.stated |= states

    def _follow_up(self, event: FollowUpAsked, number: int) -> None:
        talk = self._talk
        if talk is None:
            return
        talk.follow_ups += 1
        if talk.follow_ups > FOLLOW_UPS:
            note = f"follow-up {talk.follow_ups}"
            self._fault("too many follow-ups", event.question_id, number, event.text, note)
        if event.expectation_id:
            self.probes += 1
            if event.expectation_id in talk.stated:
                note = f"{event.expectation_id} had been said"
                self._fault("asked for what was said", event.question_id, number, event.text, note)
            else:
                self.probes_for_missing += 1
        else:
            self.deepenings += 1
            lacking = [item.id for item in talk.question.musts if item.id not in talk.stated]
            if lacking:
                note = f"{', '.join(lacking)} had not been said"
                self._fault("went deeper too early", event.question_id, number, event.text, note)
            else:
                self.deepenings_in_time += 1
        self._once(event.question_id, number, event.text)
        self._speak(event.text, number)

    def _once(self, question_id: str, number: int, text: str) -> None:
        if text in self._asked:
            self._fault("asked twice", question_id, number, text, "")
        self._asked.add(text)

    def _speak(self, text: str, number: int) -> None:
        talk = self._talk
        if talk is None:
            return
        heard = " . ".join(talk.heard)
        for item in talk.question.expectations:
            if item.id in talk.stated or item.is_red_flag:
                continue
            if phrase := shared_content_phrase(text, item.claim, heard):
                self._fault("leak", talk.question.id, number, text, f"{phrase!r} of {item.id}")
        talk.heard.append(text)

    def _fault(self, what: str, question: str, number: int, text: str, note: str) -> None:
        self.faults.append(Fault(what, question, number, " ".join(text.split()), note))

    def stopped_well(self) -> bool:
        closed = self._state.closed
        if closed is None or not isinstance(closed.event, InterviewClosed):
            return False
        if closed.event.reason == "stopped":
            return self._stop_wanted
        if closed.event.reason == "time":
            return self.overtime() >= 0
        asked = {thread.question_id for thread in self._state.threads}
        return not self._stop_wanted and asked == set(self._state.plan.question_ids)

    def length(self) -> timedelta:
        return self._state.entries[-1].at - self._state.opened_at

    def overtime(self) -> float:
        """Minutes over the time agreed; negative if it ended before, 0 where none was agreed."""
        agreed = self._state.plan.minutes
        return 0.0 if agreed is None else self.length() / timedelta(minutes=1) - agreed


def marks_of(state: State, bank: Bank, states: Mapping[int, frozenset[str]]) -> Marks:
    """The marks of an interview. `states` is what each answer truly stated, by its number."""
    marking = _Marking(state, bank, states)
    marking.walk()

    def count(what: str) -> int:
        return sum(fault.what == what for fault in marking.faults)

    return Marks(
        questions=marking.questions,
        answers=marking.answers,
        probes=marking.probes,
        probes_for_missing=marking.probes_for_missing,
        deepenings=marking.deepenings,
        deepenings_in_time=marking.deepenings_in_time,
        leaks=count("leak"),
        repeats=count("asked twice"),
        too_many=count("too many follow-ups"),
        stopped_well=marking.stopped_well() and not count("asked on after a stop"),
        minutes=marking.length() / timedelta(minutes=1),
        overtime=marking.overtime(),
        faults=tuple(marking.faults),
    )


def assessed_coverages(state: State) -> list[AnswerAssessed]:
    """The last assessment of each question of an interview."""
    last: dict[str, AnswerAssessed] = {}
    for entry in state.entries:
        if isinstance(entry.event, AnswerAssessed):
            last[entry.event.question_id] = entry.event
    return list(last.values())
