"""Simulated candidates are what their persona says, and the interviewer is graded by what they truly said."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta
from typing import Any

import pytest

from backend.bank.loader import Bank
from backend.bank.persona import Persona, RequestHabit
from backend.bank.wording import words
from backend.evaluation.candidate import Asked, SimulatedCandidate
from backend.evaluation.interviewer_marks import marks_of
from backend.evaluation.simulation import (
    SIMULATED,
    START,
    Held,
    Simulation,
    interviewer_figures,
    plain_marks,
)
from backend.grading.verdict import Evidence, Verdict, assessment_of
from backend.interview.interviewer import Wish
from backend.interview.phrases import read_phrases
from backend.interview.transcript import (
    AnswerGiven,
    Entry,
    FollowUpAsked,
    InterviewClosed,
    InterviewOpened,
    Plan,
    QuestionAsked,
    RequestMade,
    fold,
)
from backend.settings import shipped
from tests.conftest import ROOT, WordGrader

NAMES = (
    "average",
    "empty",
    "gibberish",
    "hedging",
    "hostile",
    "injecting",
    "junior",
    "keyword-dropper",
    "rambling",
    "repeating",
    "strong",
    "terse",
)
RYE = "bakery/rye-runs-out"


class PhrasingGrader:
    """Meets a claim where an answer holds one of its phrasings: as good as a grader can be."""

    name = "phrasing-grader"

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def prepare(self, question: Any) -> None:
        """Nothing to get ready."""

    def assess(self, question: Any, answers: Any, asked: Any = ()) -> Any:
        return assessment_of(
            question,
            answers,
            [self._verdict(question, item.id, answers) for item in question.expectations],
            grader=self.name,
        )

    def _verdict(self, question: Any, claim: str, answers: Any) -> Verdict:
        for snippet in self._bank.phrasings[question.id][claim].said:
            for index, text in enumerate(answers):
                start = text.find(snippet[1:-1])
                if start >= 0:
                    end = start + len(snippet) - 2
                    piece = Evidence(index, start, end, text[start:end])
                    return Verdict(claim, "met", 0.9, (piece,), "said")
        return Verdict(claim, "missed", 0.9)


def simulation(bank: Bank, grader: Any = None) -> Simulation:
    phrases = read_phrases(shipped("prompts"))
    return Simulation(bank, grader or PhrasingGrader(bank), phrases, 20_000)


def wish(number: int) -> Wish:
    return Wish("mid", "mock", areas=("monitoring",), count=2, seed=number)


def test_the_bank_has_the_personas_that_are_promised(bank: Bank) -> None:
    assert tuple(bank.personas) == NAMES
    assert (ROOT / "question_bank" / "personas").is_dir()


async def test_the_same_seed_holds_the_same_interviews(bank: Bank) -> None:
    def facts(found: Any) -> Any:
        return plain_marks([found])["personas"]

    one = await simulation(bank).run(bank.persona("rambling"), 2, wish, 7)
    same = await simulation(bank).run(bank.persona("rambling"), 2, wish, 7)
    other = await simulation(bank).run(bank.persona("rambling"), 2, wish, 8)
    assert facts(one) == facts(same) != facts(other)


async def test_a_perfect_grader_makes_every_follow_up_ask_for_what_is_missing(bank: Bank) -> None:
    found = [
        await simulation(bank).run(bank.persona(name), 3, wish, 1)
        for name in ("rambling", "hedging", "terse")
    ]
    figures = interviewer_figures(found)
    assert sum(item.follow_ups for item in found) > 10
    assert figures["asked_missing"] == 1
    assert figures["repeats"] == figures["too_many"] == 0
    assert figures["stopped_well"] == 1
    assert set(figures) == set(SIMULATED)


async def test_a_grader_that_sees_nothing_is_caught_asking_for_what_was_said(bank: Bank) -> None:
    found = await simulation(bank, WordGrader()).run(bank.persona("strong"), 4, wish, 1)
    assert found.asked_missing is not None
    assert found.asked_missing < 0.5
    assert found.faults["asked for what was said"] > 0
    assert found.coverage == 0
    assert found.stated > 0.6


async def test_personas_that_say_nothing_state_nothing_and_are_still_led_to_the_end(
    bank: Bank,
) -> None:
    for name in ("empty", "gibberish", "repeating", "keyword-dropper"):
        found = await simulation(bank).run(bank.persona(name), 1, wish, 1)
        assert (found.stated, found.coverage) == (0, 0), name
        assert found.stopped_well == 1
        assert (found.refusals > 0) == (name == "empty")


async def test_a_hostile_candidate_can_end_it(bank: Bank) -> None:
    candidate = SimulatedCandidate(bank.persona("hostile"), bank, random.Random(1))
    long = dataclasses.replace(wish(1), count=6, areas=())
    held = await simulation(bank).hold(candidate, long)
    assert held.state.closed
    assert held.state.closed.event.reason == "stopped"  # type: ignore[union-attr]
    assert marks_of(held.state, bank, held.states).stopped_well


async def test_a_time_limit_ends_an_interview_of_a_rambling_candidate(bank: Bank) -> None:
    limited = Wish("mid", "mock", count=None, minutes=5, seed=3)
    candidate = SimulatedCandidate(bank.persona("rambling"), bank, random.Random(1))
    held: Held = await simulation(bank).hold(candidate, limited)
    marks = marks_of(held.state, bank, held.states)
    assert marks.stopped_well
    assert 0 < marks.minutes < 12


def asked(bank: Bank, claim: str | None = None) -> Asked:
    question = bank.question("monitoring/label-delay")
    return Asked(question, question.ask, claim is None, claim)


def test_what_a_persona_says_is_what_it_states(bank: Bank) -> None:
    knows_all = Persona(
        id="all", title="All", summary="Knows everything.", knows=1, recalls=1, blanks=("No.",)
    )
    candidate = SimulatedCandidate(knows_all, bank, random.Random(1))
    said = candidate.answer(asked(bank))
    question = bank.question("monitoring/label-delay")
    assert said.states == {item.id for item in question.expectations if not item.is_red_flag}
    for name in said.states:
        assert any(text in said.text for text in bank.phrasings[question.id][name].said)


def test_a_persona_of_few_words_says_whole_points_only(bank: Bank) -> None:
    candidate = SimulatedCandidate(bank.persona("terse"), bank, random.Random(4))
    said = [candidate.answer(asked(bank)) for _ in range(20)]
    assert max(len(item.states) for item in said) <= 2
    assert max(len(words(item.text)) for item in said) < 50


def test_a_persona_asks_for_things_as_often_as_it_says(bank: Bank) -> None:
    always = bank.persona("junior").model_copy(
        update={"requests": (RequestHabit(say="hint", chance=1.0),)}
    )
    assert SimulatedCandidate(always, bank, random.Random(1)).answer(asked(bank)).text == "hint"


def transcript(*events: Any) -> Any:
    plan = Plan(
        mode="mock", level="junior", areas=(), seed=1, question_ids=(RYE,), bank_version="x"
    )
    opened = InterviewOpened(plan=plan, text="Hello.")
    entries = [
        Entry(number, START + timedelta(minutes=number), event)
        for number, event in enumerate((opened, *events), start=1)
    ]
    return fold("i", entries)


def test_every_fault_of_an_interviewer_is_counted(bakery: Bank) -> None:
    question = bakery.question(RYE)
    ask = QuestionAsked(question_id=RYE, version=1, content_hash="x", text=question.ask)
    first, second = question.musts
    claim = second.claim

    def probe(name: str, text: str) -> FollowUpAsked:
        return FollowUpAsked(question_id=RYE, expectation_id=name, text=text)

    state = transcript(
        ask,
        AnswerGiven(question_id=RYE, text="Something about it."),
        probe(first.id, "And what about the middle of the day?"),
        AnswerGiven(question_id=RYE, text="Nothing more."),
        FollowUpAsked(question_id=RYE, follow_up_id="deeper", text=f"Do you mean: {claim}"),
        AnswerGiven(question_id=RYE, text="Yes."),
        probe(second.id, "And what about the middle of the day?"),
        RequestMade(intent="stop", text="stop"),
        ask,
        InterviewClosed(reason="completed", text="Bye."),
    )
    marks = marks_of(state, bakery, {3: frozenset({first.id})})
    assert [fault.what for fault in marks.faults if fault.what != "leak"] == [
        "asked for what was said",
        "went deeper too early",
        "too many follow-ups",
        "asked twice",
        "asked on after a stop",
        "asked twice",
    ]
    leaks = [fault for fault in marks.faults if fault.what == "leak"]
    assert {fault.number for fault in leaks} == {6}
    assert any(fault.note.endswith(f"of {second.id}") for fault in leaks)
    assert (marks.probes, marks.probes_for_missing) == (2, 1)
    assert (marks.deepenings, marks.deepenings_in_time) == (1, 0)
    assert (marks.repeats, marks.too_many, marks.stopped_well) == (2, 1, False)


def test_what_the_candidate_has_said_is_no_leak(bakery: Bank) -> None:
    question = bakery.question(RYE)
    ask = QuestionAsked(question_id=RYE, version=1, content_hash="x", text=question.ask)
    claim = question.musts[0].claim
    probe = FollowUpAsked(question_id=RYE, expectation_id=question.musts[1].id, text=claim)
    closed = InterviewClosed(reason="completed", text="Bye.")
    told = transcript(ask, AnswerGiven(question_id=RYE, text=claim), probe, closed)
    silent = transcript(ask, AnswerGiven(question_id=RYE, text="Hm."), probe, closed)
    assert marks_of(told, bakery, {}).leaks == 0
    assert marks_of(silent, bakery, {}).leaks == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_persona_can_be_interviewed_to_the_end(bank: Bank, name: str) -> None:
    import asyncio

    found = asyncio.run(simulation(bank).run(bank.persona(name), 1, wish, 5))
    assert (found.interviews, found.stopped_well) == (1, 1)
    assert found.repeats == found.too_many == 0
