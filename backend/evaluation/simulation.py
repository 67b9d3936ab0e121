"""Whole interviews with simulated candidates, held by the same interviewer that people meet.

Time is simulated: a clock moves by how long the candidate talks and thinks. The seconds the interviewer
takes are real and reported apart, because they are the only thing a seed does not fix.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np

from backend.bank.loader import Bank
from backend.bank.persona import Persona
from backend.errors import AnswerRefused
from backend.evaluation.candidate import Asked, Said, SimulatedCandidate
from backend.evaluation.interviewer_marks import Fault, Marks, assessed_coverages, marks_of
from backend.evaluation.summary import rounded
from backend.grading.verdict import Grader, score_of
from backend.interview.interviewer import Interviewer, Wish
from backend.interview.phrases import Phrases
from backend.interview.transcript import AnswerGiven, FollowUpAsked, State
from backend.storage.store import Draft, NumberTakenError, Opened, Record

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
THINKS = timedelta(seconds=8)
MOST_TURNS = 200
FAULTS_KEPT = 20


@dataclass
class MemoryStore:
    """A store that forgets when it goes: one simulated interview."""

    _records: dict[str, list[Record]] = field(default_factory=dict[str, list[Record]])

    async def append(self, interview_id: str, after: int, drafts: Sequence[Draft]) -> list[Record]:
        kept = self._records.setdefault(interview_id, [])
        if len(kept) != after:
            raise NumberTakenError(f"record {after + 1} of {interview_id} is taken")
        added = [
            Record(after + place, draft.kind, draft.at, draft.body, draft.key)
            for place, draft in enumerate(drafts, start=1)
        ]
        kept += added
        return added

    async def read(self, interview_id: str) -> list[Record]:
        return list(self._records.get(interview_id, []))

    async def interviews(self) -> list[Opened]:
        return [Opened(name, kept[0].at, len(kept)) for name, kept in self._records.items()]

    async def close(self) -> None:
        self._records.clear()


@dataclass
class SimulatedClock:
    """Moves only when somebody talks."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Held:
    """A simulated interview: its transcript, what each answer truly stated, and the seconds of each turn."""

    state: State
    states: dict[int, frozenset[str]]
    refusals: int
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class PersonaMarks:
    """The interviewer over all interviews with one persona. Shares are None where nothing was asked.

    `asked_missing`: follow-ups for a claim that asked for what had not been said. `deepened_in_time`:
    deepening questions that came after the musts had been said. `coverage` is what the grader gave.
    """

    persona: str
    interviews: int
    questions: int
    answers: int
    follow_ups: int
    probes: int
    asked_missing: float | None
    deepened_in_time: float | None
    leaks: int
    repeats: int
    too_many: int
    stopped_well: float
    refusals: int
    minutes: float
    overtime: float
    coverage: float | None
    stated: float
    faults: dict[str, int]
    examples: tuple[Fault, ...]
    turn_seconds_p50: float
    turn_seconds_p95: float


class Simulation:
    """Interviews by one interviewer's parts, each with a store and a clock of its own."""

    def __init__(self, bank: Bank, grader: Grader, phrases: Phrases, max_answer_chars: int) -> None:
        self._bank, self._grader, self._phrases = bank, grader, phrases
        self._max_chars = max_answer_chars

    async def run(
        self,
        persona: Persona,
        interviews: int,
        wish: Callable[[int], Wish],
        seed: int,
        report: Callable[[int], None] = lambda _: None,
    ) -> PersonaMarks:
        """Holds `interviews` interviews with the persona; number n asks for `wish(n)`."""
        counted = _Count(persona.id)
        for number in range(interviews):
            rng = random.Random(f"{seed}:{persona.id}:{number}")
            candidate = SimulatedCandidate(persona, self._bank, rng)
            held = await self.hold(candidate, wish(number))
            counted.add(held, marks_of(held.state, self._bank, held.states), self._bank)
            report(number + 1)
        return counted.marks()

    async def hold(self, candidate: SimulatedCandidate, wish: Wish) -> Held:
        """One interview from its opening to its end."""
        clock = SimulatedClock()
        interviewer = Interviewer(
            self._bank, MemoryStore(), self._grader, self._phrases, clock, self._max_chars
        )
        state = await interviewer.open(wish)
        states: dict[int, frozenset[str]] = {}
        seconds: list[float] = []
        refusals = 0
        while state.closed is None and len(seconds) < MOST_TURNS:
            said = candidate.answer(_asked(state, self._bank))
            clock.now += THINKS + _talking(said, candidate.persona)
            key = f"turn-{len(seconds)}"
            began = time.perf_counter()
            try:
                turn = await interviewer.answer(state.interview_id, said.text, key)
            except AnswerRefused:
                refusals += 1
                said = candidate.refused()
                turn = await interviewer.answer(state.interview_id, said.text, key)
            state = await turn.outcome()
            seconds.append(time.perf_counter() - began)
            states[turn.number] = said.states
        await interviewer.settle()
        return Held(state, states, refusals, tuple(seconds))


def interviewer_figures(found: Sequence[PersonaMarks]) -> dict[str, float | None]:
    """What a gate can be put on, over all personas."""
    known = [(item.asked_missing or 0.0, item.probes) for item in found]
    total = sum(count for _, count in known)
    return {
        "asked_missing": sum(s * n for s, n in known) / total if total else None,
        "leaks": float(sum(item.leaks for item in found)),
        "repeats": float(sum(item.repeats for item in found)),
        "too_many": float(sum(item.too_many for item in found)),
        "stopped_well": min((item.stopped_well for item in found), default=None),
        "turn_seconds": max((item.turn_seconds_p95 for item in found), default=None),
    }


SIMULATED = frozenset(
    ["asked_missing", "leaks", "repeats", "too_many", "stopped_well", "turn_seconds"]
)
"""The figures of a simulation that `interviewer_figures` gives."""


def plain_marks(found: Sequence[PersonaMarks]) -> dict[str, Any]:
    """For JSON. What is measured on this machine stands apart: all else is fixed by the seed."""
    personas: list[dict[str, Any]] = []
    timing: dict[str, Any] = {}
    for item in found:
        facts = asdict(item)
        timing[item.persona] = {
            name: facts.pop(name) for name in ("turn_seconds_p50", "turn_seconds_p95")
        }
        personas.append(facts)
    return cast("dict[str, Any]", rounded({"personas": personas, "timing": timing}))


class _Count:
    """Adds up interviews."""

    def __init__(self, persona: str) -> None:
        self._persona = persona
        self._marks: list[Marks] = []
        self._faults: Counter[str] = Counter()
        self._examples: list[Fault] = []
        self._seconds: list[float] = []
        self._coverages: list[float] = []
        self._stated: list[float] = []
        self._refusals = 0

    def add(self, held: Held, marks: Marks, bank: Bank) -> None:
        self._marks.append(marks)
        self._faults.update(fault.what for fault in marks.faults)
        self._examples += marks.faults[: FAULTS_KEPT - len(self._examples)]
        self._seconds += held.seconds
        self._refusals += held.refusals
        for assessed in assessed_coverages(held.state):
            question = bank.questions[assessed.question_id]
            coverage = score_of(question, assessed.assessment).coverage
            if coverage is not None:
                self._coverages.append(coverage)
        self._stated += list(_stated_shares(held, bank))

    def marks(self) -> PersonaMarks:
        def total(name: str) -> int:
            return sum(getattr(item, name) for item in self._marks)

        def share(part: str, whole: str) -> float | None:
            return total(part) / total(whole) if total(whole) else None

        return PersonaMarks(
            persona=self._persona,
            interviews=len(self._marks),
            questions=total("questions"),
            answers=total("answers"),
            follow_ups=total("probes") + total("deepenings"),
            probes=total("probes"),
            asked_missing=share("probes_for_missing", "probes"),
            deepened_in_time=share("deepenings_in_time", "deepenings"),
            leaks=total("leaks"),
            repeats=total("repeats"),
            too_many=total("too_many"),
            stopped_well=sum(item.stopped_well for item in self._marks) / max(1, len(self._marks)),
            refusals=self._refusals,
            minutes=float(np.mean([item.minutes for item in self._marks])),
            overtime=max((item.overtime for item in self._marks), default=0.0),
            coverage=float(np.mean(self._coverages)) if self._coverages else None,
            stated=float(np.mean(self._stated)) if self._stated else 0.0,
            faults=dict(sorted(self._faults.items())),
            examples=tuple(self._examples),
            turn_seconds_p50=_quantile(self._seconds, 0.5),
            turn_seconds_p95=_quantile(self._seconds, 0.95),
        )


def _stated_shares(held: Held, bank: Bank) -> Iterator[float]:
    """For each question the share of its creditable claims that the candidate truly stated."""
    for thread in held.state.threads:
        question = bank.questions[thread.question_id]
        creditable = {item.id for item in question.expectations if not item.is_red_flag}
        stated: set[str] = set()
        for answer in thread.answers:
            stated |= held.states.get(answer.number, frozenset())
        yield len(stated & creditable) / len(creditable)


def _asked(state: State, bank: Bank) -> Asked:
    """What the candidate has just been asked."""
    thread = state.threads[-1]
    claim: str | None = None
    for entry in reversed(state.entries):
        if isinstance(entry.event, FollowUpAsked):
            claim = entry.event.expectation_id
            break
        if isinstance(entry.event, AnswerGiven):
            break
    first = not thread.answers
    question = bank.questions[thread.question_id]
    return Asked(question, state.asked, first, None if first else claim)


def _talking(said: Said, persona: Persona) -> timedelta:
    return timedelta(minutes=len(said.text.split()) / persona.words_a_minute)


def _quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else 0.0
