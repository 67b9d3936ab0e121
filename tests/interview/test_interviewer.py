"""A whole turn on a real database: kept before it is judged, replayed, finished after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from backend.bank.question import Question
from backend.errors import (
    AnswerRefused,
    BadInput,
    InterviewClosedError,
    InterviewNotFound,
    KeyReused,
    TurnInFlight,
    UnknownArea,
)
from backend.grading.verdict import Assessment
from backend.interview.interviewer import Wish
from backend.interview.transcript import (
    AnswerAssessed,
    AnswerGiven,
    FollowUpAsked,
    InterviewClosed,
    QuestionAsked,
    Skipped,
    State,
)
from backend.retrieval.embedder import Embedder
from backend.settings import Settings
from backend.wiring import Product, build
from tests.conftest import FakeClock, WordGrader

WISH = Wish(level="mid", mode="practice", areas=("monitoring",), count=3, seed=5)


class BrokenGrader:
    """Fails like a machine that dies in the middle of grading."""

    name = "broken"

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        raise RuntimeError("power cut")

    def prepare(self, question: Question) -> None:
        """Nothing to get ready."""


def texts(state: State) -> list[str]:
    return [entry.event.text for entry in state.entries if isinstance(entry.event, AnswerGiven)]


async def test_an_answer_is_followed_up_on_what_it_left_out(product: Product) -> None:
    state = await product.interviewer.open(WISH)
    turn = await product.interviewer.answer(state.interview_id, "something vague", "key-00001")
    (said,) = await turn.reply()
    question = product.bank.question(state.threads[0].question_id)
    assert isinstance(said.event, FollowUpAsked)
    assert said.event.text == question.musts[0].probe


async def test_the_same_seed_asks_the_same_questions_and_none_twice(product: Product) -> None:
    wish = Wish(level="mid", mode="mock", count=20, seed=3)
    first, second = [await product.interviewer.open(wish) for _ in range(2)]
    assert first.plan.question_ids == second.plan.question_ids
    assert len(set(first.plan.question_ids)) == 20
    assert first.interview_id != second.interview_id


async def test_a_replay_gives_the_first_result_and_grades_nothing_again(
    product: Product, grader: WordGrader
) -> None:
    state = await product.interviewer.open(WISH)
    first = await product.interviewer.answer(state.interview_id, "an answer", "key-00001")
    reply = await first.reply()
    again = await product.interviewer.answer(state.interview_id, "an answer", "key-00001")
    assert again.replayed
    assert again.number == first.number
    assert await again.reply() == reply
    assert len(grader.calls) == 1
    assert texts(await product.interviewer.look(state.interview_id)) == ["an answer"]


async def test_a_key_that_comes_back_with_another_text_is_refused(product: Product) -> None:
    state = await product.interviewer.open(WISH)
    await (await product.interviewer.answer(state.interview_id, "one", "key-00001")).outcome()
    with pytest.raises(KeyReused):
        await product.interviewer.answer(state.interview_id, "two", "key-00001")


async def test_a_second_message_while_one_is_worked_on_is_refused_and_loses_nothing(
    product: Product,
) -> None:
    state = await product.interviewer.open(WISH)
    first = await product.interviewer.answer(state.interview_id, "one", "key-00001")
    with pytest.raises(TurnInFlight):
        await product.interviewer.answer(state.interview_id, "two", "key-00002")
    await first.outcome()
    second = await product.interviewer.answer(state.interview_id, "two", "key-00002")
    assert texts(await second.outcome()) == ["one", "two"]


async def test_an_answer_whose_grading_died_is_graded_when_someone_looks_again(
    settings: Settings, clock: FakeClock, embedder: Embedder, grader: WordGrader
) -> None:
    broken = build(settings, clock=clock, grader=BrokenGrader(), embedder=embedder)
    state = await broken.interviewer.open(WISH)
    turn = await broken.interviewer.answer(state.interview_id, "my words", "key-00001")
    with pytest.raises(RuntimeError, match="power cut"):
        await turn.outcome()
    await broken.store.close()

    mended = build(settings, clock=clock, grader=grader, embedder=embedder)
    after = await mended.interviewer.look(state.interview_id)
    assert texts(after) == ["my words"]
    kinds = [type(entry.event) for entry in after.entries]
    assert kinds.count(AnswerAssessed) == 1
    assert isinstance(after.entries[-1].event, FollowUpAsked)
    again = await mended.interviewer.look(state.interview_id)
    assert again.last_number == after.last_number
    await mended.store.close()


async def test_two_processes_that_finish_the_same_turn_write_one_reply(
    settings: Settings, clock: FakeClock, embedder: Embedder, grader: WordGrader
) -> None:
    broken = build(settings, clock=clock, grader=BrokenGrader(), embedder=embedder)
    state = await broken.interviewer.open(WISH)
    turn = await broken.interviewer.answer(state.interview_id, "my words", "key-00001")
    with pytest.raises(RuntimeError):
        await turn.outcome()
    both = [build(settings, clock=clock, grader=grader, embedder=embedder) for _ in range(2)]
    states = await asyncio.gather(*(item.interviewer.look(state.interview_id) for item in both))
    final = await both[0].interviewer.look(state.interview_id)
    kinds = [type(entry.event) for entry in final.entries]
    assert kinds.count(FollowUpAsked) == 1
    assert {item.last_number for item in states} == {final.last_number}
    for item in (broken, *both):
        await item.store.close()


async def test_the_turn_is_finished_even_if_nobody_waits_for_the_reply(product: Product) -> None:
    state = await product.interviewer.open(WISH)
    await product.interviewer.answer(state.interview_id, "words", "key-00001")
    await product.interviewer.settle()
    after = await product.interviewer.look(state.interview_id)
    assert isinstance(after.entries[-1].event, FollowUpAsked)


async def test_passing_every_question_closes_the_interview_unscored(product: Product) -> None:
    state = await product.interviewer.open(WISH)
    for index, text in enumerate(["skip", "I don't know", "skip"]):
        turn = await product.interviewer.answer(state.interview_id, text, f"key-0000{index}")
        state = await turn.outcome()
    assert isinstance(state.entries[-1].event, InterviewClosed)
    skipped = [e.event.reason for e in state.entries if isinstance(e.event, Skipped)]
    assert skipped == ["skip", "dont-know", "skip"]
    with pytest.raises(InterviewClosedError):
        await product.interviewer.answer(state.interview_id, "one more thing", "key-00009")


async def test_a_mock_interview_ends_when_its_time_is_up(
    product: Product, clock: FakeClock
) -> None:
    state = await product.interviewer.open(Wish(level="mid", mode="mock", minutes=30, seed=1))
    clock.forward(31)
    turn = await product.interviewer.answer(state.interview_id, "a late answer", "key-00001")
    after = await turn.outcome()
    assert isinstance(after.entries[-1].event, InterviewClosed)
    assert after.entries[-1].event.reason == "time"
    assert texts(after) == ["a late answer"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "x" * 50_000,
        "\x00\x01\x02",
        "PK\x03\x04\x14\x00\x08\ufffd\ufffd",
        "\ud800 half",
    ],
)
async def test_what_is_no_answer_is_refused_and_the_question_stays_open(
    product: Product, text: str
) -> None:
    state = await product.interviewer.open(WISH)
    with pytest.raises(AnswerRefused):
        await product.interviewer.answer(state.interview_id, text, "key-00001")
    after = await product.interviewer.look(state.interview_id)
    assert after.last_number == state.last_number
    turn = await product.interviewer.answer(state.interview_id, "a real answer", "key-00001")
    assert not turn.replayed


async def test_an_unknown_interview_is_not_found(product: Product) -> None:
    with pytest.raises(InterviewNotFound, match="no interview 'nope'"):
        await product.interviewer.look("nope")


async def test_an_unknown_area_is_named_with_those_that_exist(product: Product) -> None:
    with pytest.raises(UnknownArea, match="no area 'astrology'; the areas are: algorithms"):
        await product.interviewer.open(
            Wish(level="mid", mode="mock", areas=("astrology",), count=2)
        )


async def test_one_length_must_be_given(product: Product) -> None:
    with pytest.raises(BadInput, match="either a number of questions or a number of minutes"):
        await product.interviewer.open(Wish(level="mid", mode="mock", count=2, minutes=20))


async def test_the_first_question_is_asked_at_once(product: Product) -> None:
    state = await product.interviewer.open(WISH)
    assert isinstance(state.entries[-1].event, QuestionAsked)
    assert (
        state.entries[-1].event.content_hash
        == product.bank.question(state.threads[0].question_id).content_hash()
    )
