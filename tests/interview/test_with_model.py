"""An interview with a language model: code decides, the model phrases, and nothing gets lost with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from backend.bank.question import Question
from backend.errors import (
    BadInput,
    ModelBadReply,
    ModelDeclined,
    ModelError,
    ModelServerFault,
    ModelTimedOut,
    ModelUnreachable,
)
from backend.interview.hearing import Piece
from backend.interview.interviewer import Turn, Wish
from backend.interview.transcript import (
    AnswerAssessed,
    AnswerGiven,
    FollowUpAsked,
    HintGiven,
    ModelAsked,
    Noticed,
    QuestionAsked,
    Replied,
    Spoken,
    State,
)
from backend.llm.scripted_chat import CutAfter, Reply, Request, ScriptedChat
from backend.settings import Settings
from backend.wiring import Product, build
from tests.conftest import FakeClock, WordGrader
from tests.grading.judges import Judge
from tests.word_embedder import WordEmbedder

QUESTION = "monitoring/label-delay"
SECOND = "monitoring/sixty-alerts-a-week"
WISH = Wish(level="mid", mode="practice", question_ids=(QUESTION, SECOND))
THANKS = "Thanks, a dashboard for the team is clear."
VAGUE = "I would put up a dashboard for the team and look at it every day."


@dataclass
class Model:
    """Grades and speaks as it is told; `spoken` are its lines in order, then it repeats the last."""

    spoken: Sequence[Reply]
    judge: Callable[[Request], Reply] = field(default_factory=Judge)

    def __post_init__(self) -> None:
        self.chat = ScriptedChat(self._reply)
        self.streams: list[Request] = []

    def _reply(self, request: Request) -> Reply:
        if request.shape:
            return self.judge(request)
        self.streams.append(request)
        return self.spoken[min(len(self.streams), len(self.spoken)) - 1]


Open = Callable[[Model | None], Product]


@pytest.fixture
async def connected(settings: Settings, clock: FakeClock) -> AsyncIterator[Open]:
    """Builds the product on a model; again on the same data if called again."""
    built: list[Product] = []

    def opened(model: Model | None) -> Product:
        chat = model.chat if model else None
        built.append(
            build(settings, clock=clock, grader=WordGrader(), embedder=WordEmbedder(), chat=chat)
        )
        return built[-1]

    yield opened
    for product in built:
        await product.interviewer.settle()
        await product.store.close()


async def say(product: Product, state: State, text: str, key: str) -> tuple[State, list[Piece]]:
    turn = await product.interviewer.answer(state.interview_id, text, key)
    pieces = [piece async for piece in turn.spoken()]
    return await turn.outcome(), pieces


async def listen(turn: Turn, heard: list[str]) -> None:
    async for piece in turn.spoken():
        heard.append(piece.text)


def lines_of(pieces: Sequence[Piece]) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        lines += [piece.text] if piece.begins else []
        lines[-1] += "" if piece.begins else piece.text
    return lines


def events(state: State, kind: type) -> list:
    return [entry.event for entry in state.entries if isinstance(entry.event, kind)]


def probe_of(question: Question) -> str:
    return question.musts[0].probe or ""


@pytest.fixture
def question(bank) -> Question:
    return bank.question(QUESTION)


async def test_a_follow_up_is_phrased_as_a_reply_and_streamed_as_it_stands_on_the_disk(
    connected: Open, question: Question
) -> None:
    said = f"{THANKS} {probe_of(question)}"
    model = Model([said])
    product = connected(model)
    state = await product.interviewer.open(WISH)
    state, pieces = await say(product, state, VAGUE, "key-00001")
    (line,) = events(state, FollowUpAsked)
    assert line.text == said
    assert line.expectation_id == question.musts[0].id
    assert lines_of(pieces) == [said]
    assert pieces[0].text == THANKS
    assert [piece.text for piece in events(state, Spoken)] == [THANKS, probe_of(question)]
    (record,) = events(state, ModelAsked)
    assert (record.outcome, record.reason, record.reply) == ("spoken", "", said)
    assert record.prompt == "interviewer.follow_up"
    assert record.usage
    assert state.asked == said
    assert state.spoken == []


async def test_every_sentence_is_on_the_disk_before_it_is_heard(
    connected: Open, question: Question
) -> None:
    product = connected(Model([f"{THANKS} {probe_of(question)}"]))
    state = await product.interviewer.open(WISH)
    turn = await product.interviewer.answer(state.interview_id, VAGUE, "key-00001")
    heard = ""
    async for piece in turn.spoken():
        heard += piece.text
        kept = await product.store.read(state.interview_id)
        assert piece.text.strip() in " ".join(record.body for record in kept)
    assert heard


WITHHELD = {
    "leak": "Thanks. Would you watch the input and score distributions as a stand-in for the labels?",
    "praise": "Great answer! {probe}",
    "question": "Thanks for that. Where did you grow up, and what is your favourite colour?",
    "new-words": "I would rather chat about tomorrow's weather. {probe}",
    "machine-talk": "The rubric wants more. {probe}",
    "form": "# Next\n{probe}",
    "language": "Danke, das Dashboard ist klar und deutlich. {probe}",
    "prompt": "You never flatter and never grade, they said. {probe}",
}


@pytest.mark.parametrize("reason", WITHHELD)
async def test_a_line_that_may_not_be_said_is_replaced_by_the_curated_one(
    connected: Open, question: Question, reason: str
) -> None:
    model = Model([WITHHELD[reason].format(probe=probe_of(question))])
    product = connected(model)
    state = await product.interviewer.open(WISH)
    state, pieces = await say(product, state, VAGUE, "key-00001")
    (line,) = events(state, FollowUpAsked)
    assert line.text.endswith(probe_of(question))
    assert line.text in (
        probe_of(question),
        f"Thanks. {probe_of(question)}",
        f"Thanks for that. {probe_of(question)}",
    )
    assert lines_of(pieces) == [line.text]
    (record,) = events(state, ModelAsked)
    assert (record.outcome, record.reason) == ("withheld", reason)
    assert events(state, Noticed) == []


async def test_a_claim_is_withheld_even_if_the_model_knows_it_by_itself(
    connected: Open, question: Question
) -> None:
    for item in question.expectations:
        product = connected(Model([f"Thanks. {item.claim} {probe_of(question)}"]))
        state = await product.interviewer.open(WISH)
        state, _ = await say(product, state, VAGUE, "key-00001")
        (line,) = events(state, FollowUpAsked)
        assert item.claim not in line.text
        assert line.text == f"Thanks. {probe_of(question)}"


async def test_a_model_that_asks_nothing_is_helped_out(connected: Open, question: Question) -> None:
    product = connected(Model([THANKS]))
    state = await product.interviewer.open(WISH)
    state, pieces = await say(product, state, VAGUE, "key-00001")
    (line,) = events(state, FollowUpAsked)
    assert line.text == f"{THANKS} {probe_of(question)}"
    assert lines_of(pieces) == [line.text]


async def test_what_the_model_sees_holds_nothing_of_the_rubric(
    connected: Open, question: Question
) -> None:
    first, second = question.musts
    claims = {first.claim: ("met", f"I would certainly do {first.id}")}
    model = Model([f"{THANKS} {second.probe}"], Judge(claims))
    product = connected(model)
    state = await product.interviewer.open(WISH)
    said = f"I would certainly do {first.id} with the dashboard, comparing drift of the inputs."
    state, _ = await say(product, state, said, "key-00001")
    state, _ = await say(product, state, "hint", "key-00002")
    state, _ = await say(product, state, "what do you mean?", "key-00003")
    assert len(model.streams) == 3
    sent = "\n".join(message.text for request in model.streams for message in request.messages)
    for item in question.expectations:
        assert item.claim not in sent
        assert not item.hint or item.hint not in sent or item.id == second.id
    assert all(exemplar.answer[:60] not in sent for exemplar in question.exemplars)
    assert question.why not in sent


async def test_the_next_question_comes_word_for_word_behind_a_remark(
    connected: Open, question: Question, bank
) -> None:
    remark = "The dashboard was your main point; let us go on to something else."
    product = connected(Model([f"{THANKS} {probe_of(question)}", "x", remark]))
    state = await product.interviewer.open(WISH)
    for number in range(3):
        state, pieces = await say(product, state, VAGUE, f"key-0000{number}")
    assert lines_of(pieces) == [remark, bank.question(SECOND).ask]
    assert events(state, QuestionAsked)[-1].text == bank.question(SECOND).ask
    (said,) = events(state, Replied)
    assert (said.reply, said.text) == ("remark", remark)


async def test_a_remark_that_may_not_be_made_is_left_out(connected: Open, bank) -> None:
    second = bank.question(SECOND)
    product = connected(Model(["x", "x", f"Next you should say this. {second.musts[0].claim}"]))
    state = await product.interviewer.open(WISH)
    for number in range(3):
        state, pieces = await say(product, state, VAGUE, f"key-0000{number}")
    assert second.musts[0].claim not in "".join(lines_of(pieces))
    assert lines_of(pieces)[-1] == second.ask


async def test_a_hint_gives_away_no_more_than_the_curated_hint(
    connected: Open, question: Question
) -> None:
    hint = question.musts[0].hint or ""
    model = Model([f"Here is a hint for you. {hint}", question.musts[0].claim])
    product = connected(model)
    state = await product.interviewer.open(WISH)
    state, _ = await say(product, state, "hint", "key-00001")
    state, _ = await say(product, state, "another hint", "key-00002")
    first, second = events(state, HintGiven)
    assert first.text == f"Here is a hint for you. {hint}"
    assert second.text == f"A hint: {question.musts[1].hint}"


async def test_a_stream_that_breaks_is_completed_by_the_curated_line_and_said_plainly(
    connected: Open, question: Question
) -> None:
    whole = f"{THANKS} {probe_of(question)}"
    model = Model([CutAfter(f"{THANKS} Which sig"), whole])
    product = connected(model)
    state = await product.interviewer.open(WISH)
    state, pieces = await say(product, state, VAGUE, "key-00001")
    (line,) = events(state, FollowUpAsked)
    (notice,) = events(state, Noticed)
    assert line.text == whole
    assert lines_of(pieces) == [whole, notice.text]
    assert notice.code == "model-cut-off"
    assert "Your answer is kept" in notice.text

    state, pieces = await say(product, state, VAGUE, "key-00002")
    assert [item.code for item in events(state, Noticed)] == ["model-cut-off", "model-back"]
    assert "answers again" in lines_of(pieces)[0]


ERRORS = [
    ModelUnreachable("down"),
    ModelTimedOut("slow"),
    ModelServerFault("500"),
    ModelBadReply("no JSON"),
    ModelDeclined("no"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
async def test_a_model_that_fails_at_grading_costs_neither_the_answer_nor_the_turn(
    connected: Open, question: Question, error: ModelError
) -> None:
    model = Model(["never said"], lambda _: error)
    product = connected(model)
    state = await product.interviewer.open(WISH)
    first = question.musts[0]
    state, pieces = await say(product, state, f"I would do {first.id}.", "key-00001")
    (judged,) = events(state, AnswerAssessed)
    assert judged.assessment.degraded == error.code
    assert judged.assessment.verdict(first.id).status == "met"
    (line,) = events(state, FollowUpAsked)
    (notice,) = events(state, Noticed)
    assert line.text == question.musts[1].probe
    assert lines_of(pieces) == [notice.text, line.text]
    assert notice.code == error.code
    assert bool(model.streams) == isinstance(error, ModelBadReply)


async def test_the_outage_is_told_once_and_so_is_its_end(
    connected: Open, question: Question
) -> None:
    model = Model([f"{THANKS} {probe_of(question)}"], lambda _: ModelUnreachable("down"))
    product = connected(model)
    state = await product.interviewer.open(WISH)
    state, _ = await say(product, state, VAGUE, "key-00001")
    state, _ = await say(product, state, VAGUE, "key-00002")
    assert [item.code for item in events(state, Noticed)] == ["model-unreachable"]
    model.judge = Judge()
    state, pieces = await say(product, state, VAGUE, "key-00003")
    assert [item.code for item in events(state, Noticed)] == ["model-unreachable", "model-back"]
    assert lines_of(pieces)[0] == "The language model answers again."
    assert [item.text for item in events(state, AnswerGiven)] == [VAGUE] * 3
    assert len(events(state, QuestionAsked)) == 2


class DyingChat(ScriptedChat):
    """A process that dies while the model speaks: what comes out is no error of ours."""

    async def stream(self, *given, **more) -> AsyncIterator[str]:
        yield f"{THANKS} "
        yield "Which"
        raise RuntimeError("power cut")


async def test_a_line_that_a_crash_cut_short_is_the_line_that_stands(
    connected: Open, question: Question, settings: Settings, clock: FakeClock
) -> None:
    dying = build(
        settings, clock=clock, grader=WordGrader(), embedder=WordEmbedder(), chat=DyingChat(Judge())
    )
    state = await dying.interviewer.open(WISH)
    turn = await dying.interviewer.answer(state.interview_id, VAGUE, "key-00001")
    heard: list[str] = []
    with pytest.raises(RuntimeError, match="power cut"):
        await listen(turn, heard)
    assert heard == [THANKS]
    await dying.store.close()

    model = Model(["another line altogether"])
    mended = connected(model)
    after = await mended.interviewer.look(state.interview_id)
    (line,) = events(after, FollowUpAsked)
    assert line.text == f"{THANKS} {probe_of(question)}"
    assert len(events(after, AnswerAssessed)) == 1
    assert model.streams == []
    again = await mended.interviewer.answer(state.interview_id, VAGUE, "key-00001")
    assert again.replayed
    assert lines_of([piece async for piece in again.spoken()]) == [line.text]


async def test_two_processes_at_one_turn_say_one_line(connected: Open, question: Question) -> None:
    slow = connected(Model([f"{THANKS} {probe_of(question)}"]))
    state = await slow.interviewer.open(WISH)
    turn = await slow.interviewer.answer(state.interview_id, VAGUE, "key-00001")
    heard: list[Piece] = []
    async for piece in turn.spoken():
        heard.append(piece)
        if len(heard) == 1:
            # Somebody else looks at the interview while the line is half said, and finishes it.
            other = connected(Model(["another line altogether"]))
            await other.interviewer.look(state.interview_id)
    final = await turn.outcome()
    (line,) = events(final, FollowUpAsked)
    assert lines_of(heard) == [line.text]
    assert line.text == f"{THANKS} {probe_of(question)}"


async def test_who_chose_the_embedded_engine_is_never_sent_to_a_model(connected: Open) -> None:
    model = Model(["never said"])
    product = connected(model)
    wish = Wish(level="mid", mode="practice", question_ids=(QUESTION,), engine="embedded")
    state = await product.interviewer.open(wish)
    for number in range(3):
        state, _ = await say(product, state, VAGUE, f"key-0000{number}")
    assert model.chat.requests == []
    assert events(state, Noticed) == []


async def test_an_interview_with_a_model_goes_on_when_none_is_connected_any_more(
    connected: Open, question: Question
) -> None:
    state = await connected(Model(["x"])).interviewer.open(WISH)
    without = connected(None)
    state, pieces = await say(without, state, VAGUE, "key-00001")
    assert lines_of(pieces)[-1] == probe_of(question)
    assert [item.code for item in events(state, Noticed)] == ["model-missing"]
    state, _ = await say(without, state, VAGUE, "key-00002")
    assert len(events(state, Noticed)) == 1


async def test_a_model_cannot_be_asked_for_where_there_is_none(connected: Open) -> None:
    with pytest.raises(BadInput, match="no language model is connected"):
        await connected(None).interviewer.open(
            Wish(level="mid", mode="mock", count=1, engine="model")
        )


async def test_each_call_is_paid_from_the_budget_of_its_interview(
    connected: Open, question: Question
) -> None:
    model = Model([f"{THANKS} {probe_of(question)}"])
    product = connected(model)
    state = await product.interviewer.open(WISH)
    state, _ = await say(product, state, VAGUE, "key-00001")
    assert {request.session for request in model.chat.requests} == {state.interview_id}
    assert len(model.chat.requests) == 2


async def test_a_turn_that_is_sent_again_is_neither_judged_nor_phrased_again(
    connected: Open, question: Question
) -> None:
    model = Model([f"{THANKS} {probe_of(question)}"])
    product = connected(model)
    state = await product.interviewer.open(WISH)
    _, first = await say(product, state, VAGUE, "key-00001")
    asked = len(model.chat.requests)
    again: Turn = await product.interviewer.answer(state.interview_id, VAGUE, "key-00001")
    assert lines_of([piece async for piece in again.spoken()]) == lines_of(first)
    assert len(model.chat.requests) == asked
