"""`next_move` is pure: the same transcript, bank and time give the same move."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.interview import moves
from backend.interview.moves import next_move
from backend.interview.transcript import (
    AnswerAssessed,
    AnswerGiven,
    Entry,
    Event,
    FollowUpAsked,
    HintGiven,
    InterviewOpened,
    Plan,
    QuestionAsked,
    RequestMade,
    State,
    fold,
)
from tests.conftest import FakeClock, WordGrader

FIRST, SECOND = "monitoring/label-delay", "monitoring/sixty-alerts-a-week"


@pytest.fixture
def question(bank: Bank) -> Question:
    return bank.question(FIRST)


def state_of(*events: Event, mode: str = "practice", minutes: int | None = None) -> State:
    plan = Plan(
        mode=mode,
        level="mid",
        areas=(),
        seed=1,
        question_ids=(FIRST, SECOND),
        minutes=minutes,
        bank_version="x",
    )
    opened = InterviewOpened(plan=plan, text="hello")
    at = FakeClock().now
    return fold("i", [Entry(n, at, event) for n, event in enumerate([opened, *events], start=1)])


def asked(question: Question) -> QuestionAsked:
    return QuestionAsked(
        question_id=question.id, version=1, content_hash=question.content_hash(), text=question.ask
    )


def answered(question: Question, *texts: str) -> list[Event]:
    """The answer `texts[-1]`, graded together with those before it."""
    grade = WordGrader().assess(question, list(texts))
    return [
        AnswerGiven(question_id=question.id, text=texts[-1]),
        AnswerAssessed(question_id=question.id, answer=3, assessment=grade),
    ]


def move(state: State, bank: Bank) -> moves.Move:
    return next_move(state, bank.questions, FakeClock().now)


def musts(question: Question) -> str:
    return " ".join(item.id for item in question.musts)


def test_the_first_move_asks_the_first_question(bank: Bank) -> None:
    assert move(state_of(), bank) == moves.Ask(bank.question(FIRST))


def test_a_missing_must_is_probed_before_anything_else(bank: Bank, question: Question) -> None:
    found = move(state_of(asked(question), *answered(question, "nothing much")), bank)
    assert found == moves.Probe(question.musts[0])


def test_the_heaviest_missing_expectation_is_the_one_probed(bank: Bank, question: Question) -> None:
    text = question.musts[0].id
    found = move(state_of(asked(question), *answered(question, text)), bank)
    assert found == moves.Probe(question.musts[1])


def test_no_probe_is_asked_twice(bank: Bank, question: Question) -> None:
    first = question.musts[0]
    probe = FollowUpAsked(question_id=question.id, expectation_id=first.id, text=first.probe or "")
    events = [asked(question), *answered(question, "no"), probe, *answered(question, "no", "no")]
    assert move(state_of(*events), bank) == moves.Probe(question.musts[1])


def test_after_two_follow_ups_the_next_question_comes(bank: Bank, question: Question) -> None:
    probes = [
        FollowUpAsked(question_id=question.id, expectation_id=item.id, text="?")
        for item in question.musts[:2]
    ]
    events: list[Event] = [asked(question), *answered(question, "no")]
    for probe in probes:
        events += [probe, *answered(question, "no", "no")]
    assert move(state_of(*events), bank) == moves.Ask(bank.question(SECOND))


def test_a_missing_should_is_probed_once_the_musts_are_met(bank: Bank, question: Question) -> None:
    found = move(state_of(asked(question), *answered(question, musts(question))), bank)
    assert isinstance(found, moves.Probe)
    assert found.expectation.kind == "should"


def test_an_answer_that_covers_everything_is_deepened(bank: Bank, question: Question) -> None:
    everything = " ".join(item.id for item in question.expectations if not item.is_red_flag)
    found = move(state_of(asked(question), *answered(question, everything)), bank)
    assert isinstance(found, moves.Deepen)


def request(intent: str) -> RequestMade:
    return RequestMade(intent=intent, text=intent)


@pytest.mark.parametrize(
    ("intent", "kind"),
    [("repeat", moves.Repeat), ("clarify", moves.Clarify), ("hint", moves.Hint)],
)
def test_requests_leave_the_question_open(
    bank: Bank, question: Question, intent: str, kind: type
) -> None:
    assert isinstance(move(state_of(asked(question), request(intent)), bank), kind)


def test_a_hint_helps_with_the_heaviest_missing_must_and_never_repeats(
    bank: Bank, question: Question
) -> None:
    events: Sequence[Event] = [asked(question), request("hint")]
    assert move(state_of(*events), bank) == moves.Hint(question.musts[0])
    given = HintGiven(question_id=question.id, expectation_id=question.musts[0].id, text="x")
    again = move(state_of(*events, given, request("hint")), bank)
    assert again == moves.Hint(question.musts[1])


def test_a_mock_interview_gives_no_hints(bank: Bank, question: Question) -> None:
    found = move(state_of(asked(question), request("hint"), mode="mock"), bank)
    assert found == moves.Refuse("mock")


@pytest.mark.parametrize("intent", ["skip", "dont-know"])
def test_passing_goes_on_to_the_next_question(bank: Bank, question: Question, intent: str) -> None:
    found = move(state_of(asked(question), request(intent)), bank)
    assert found == moves.Ask(bank.question(SECOND), passing=intent)


def test_stop_ends_the_interview(bank: Bank, question: Question) -> None:
    assert move(state_of(asked(question), request("stop")), bank) == moves.Close("stopped")


def test_the_last_answer_ends_the_interview(bank: Bank, question: Question) -> None:
    last = bank.question(SECOND)
    found = move(state_of(asked(question), asked(last), request("skip")), bank)
    assert found == moves.Close("completed", passing="skip")


def test_when_the_time_is_up_the_answer_is_kept_and_the_interview_ends(
    bank: Bank, question: Question
) -> None:
    state = state_of(asked(question), *answered(question, "no"), minutes=10)
    clock = FakeClock()
    assert isinstance(next_move(state, bank.questions, clock.now), moves.Probe)
    clock.forward(10)
    assert next_move(state, bank.questions, clock.now) == moves.Close("time")


def test_a_question_that_has_left_the_bank_is_passed_over(bank: Bank) -> None:
    left = {name: item for name, item in bank.questions.items() if name != FIRST}
    assert next_move(state_of(), left, FakeClock().now) == moves.Ask(bank.question(SECOND))
