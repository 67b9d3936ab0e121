"""Speaking over real HTTP: pieces as they come, and every way in which a stream can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from backend.errors import (
    ModelAccessDenied,
    ModelBadReply,
    ModelCutOff,
    ModelDeclined,
    ModelError,
    ModelServerFault,
    ModelTimedOut,
    ModelUnreachable,
)
from backend.llm.chat_model import Usage
from backend.llm.ledger import Budget, Ledger
from backend.llm.openai_chat import OpenAIChat
from tests.llm.conftest import ASKED, Connect, Pauses
from tests.llm.protocol_server import (
    Exchange,
    ProtocolServer,
    Step,
    cuts_after,
    ends_early,
    fails,
    hangs,
    hangs_after,
    hangs_up,
    refuses,
    says,
    sends,
)


async def heard(pieces: AsyncIterator[str]) -> tuple[str, ModelError | None]:
    """What came, and the error that ended it."""
    said = ""
    try:
        async for piece in pieces:
            assert piece
            said += piece
    except ModelError as error:
        return said, error
    return said, None


async def test_a_reply_comes_in_pieces_and_whole(server: ProtocolServer, chat: OpenAIChat) -> None:
    text = "So — what would you  look at\nfirst, and why?"
    server.then(says(text))
    pieces = [piece async for piece in chat.stream(ASKED)]
    assert "".join(pieces) == text
    assert len(pieces) > 5


async def test_the_first_piece_is_there_before_the_last_is_made(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.then(hangs_after("Well then,"))
    pieces = chat.stream(ASKED)
    assert await anext(pieces) == "Well"
    await pieces.aclose()  # type: ignore[attr-defined]


async def test_usage_comes_with_the_end(server: ProtocolServer, connect: Connect) -> None:
    found: list[Usage] = []
    server.then(says("One two three."))
    await heard(connect(price=(1.0, 10.0)).stream(ASKED, on_usage=found.append))
    (usage,) = found
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens) == (1, 7, 3)
    assert usage.cost_usd == pytest.approx(37 / 1_000_000)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (fails(401), ModelAccessDenied),
        (fails(500), ModelServerFault),
        (hangs_up(), ModelUnreachable),
        (says(""), ModelBadReply),
        (says("   "), ModelBadReply),
        (refuses("I cannot help with that."), ModelBadReply),
        (sends("<html></html>", "text/html"), ModelBadReply),
        (sends("data: {broken\n\n", "text/event-stream"), ModelBadReply),
        (says("<think>endless", finish="stop"), ModelBadReply),
        (says("", finish="content_filter"), ModelDeclined),
    ],
    ids=["401", "500", "gone", "empty", "blank", "refusal", "html", "broken", "thought", "filter"],
)
async def test_without_a_reply_there_is_an_error_and_not_one_piece(
    server: ProtocolServer, chat: OpenAIChat, step: Step, error: type[ModelError]
) -> None:
    server.otherwise = step
    said, fault = await heard(chat.stream(ASKED))
    assert said == ""
    assert type(fault) is error


@pytest.mark.parametrize(
    "step",
    [
        cuts_after("Tell me more"),
        ends_early("Tell me more"),
        says("Tell me more", finish="length"),
    ],
    ids=["cut", "no end", "too long"],
)
async def test_a_reply_that_breaks_off_is_cut_off_and_never_begun_again(
    server: ProtocolServer, chat: OpenAIChat, step: Step
) -> None:
    server.then(step)
    said, fault = await heard(chat.stream(ASKED))
    assert said == "Tell me more"
    assert type(fault) is ModelCutOff
    assert len(server.requests) == 1


async def test_an_error_told_in_mid_stream_cuts_the_reply_off(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    def breaks(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.delta({"content": "Tell"})
        exchange.event({"error": {"message": "CUDA out of memory"}})
        exchange.end_stream("")

    server.then(breaks)
    said, fault = await heard(chat.stream(ASKED))
    assert (said, type(fault)) == ("Tell", ModelCutOff)


async def test_before_the_first_piece_a_failure_that_may_pass_is_tried_again(
    server: ProtocolServer, chat: OpenAIChat, pauses: Pauses
) -> None:
    server.then(fails(503), fails(429, retry_after="2"), says("Here I am."))
    assert await heard(chat.stream(ASKED)) == ("Here I am.", None)
    assert pauses.slept == [0.25, 2.0]


async def test_pulling_the_plug_in_mid_word_cuts_the_reply_off(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.then(says("one two three four five", pause=0.2))
    pieces = chat.stream(ASKED)
    first = await anext(pieces)
    await asyncio.to_thread(server.stop)
    _, fault = await heard(pieces)
    assert first == "one"
    assert type(fault) is ModelCutOff


async def test_a_first_word_that_does_not_come_is_waited_for_only_so_long(
    server: ProtocolServer, connect: Connect
) -> None:
    chat = connect(first_word=0.3, rest=60)
    server.then(hangs())
    said, fault = await heard(chat.stream(ASKED))
    assert (said, type(fault)) == ("", ModelTimedOut)
    said, fault = await heard(chat.stream(ASKED))
    assert "asked again in" in str(fault)
    assert len(server.requests) == 1


async def test_a_reply_that_stalls_is_cut_off_when_its_time_is_up(
    server: ProtocolServer, connect: Connect
) -> None:
    server.then(hangs_after("Let me"))
    said, fault = await heard(connect(timeout=0.6).stream(ASKED))
    assert (said, type(fault)) == ("Let me", ModelCutOff)


async def test_an_endless_reply_is_cut_off_at_its_longest_length(
    server: ProtocolServer, connect: Connect
) -> None:
    server.then(says("on and " * 500))
    said, fault = await heard(connect(reply_tokens=50).stream(ASKED))
    assert len(said.split()) == 51
    assert type(fault) is ModelCutOff


async def test_what_a_model_thinks_aloud_is_not_streamed(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.then(says("<think>The claim is drift. Do not say it.</think>\n\nWhat would you watch?"))
    assert await heard(chat.stream(ASKED)) == ("What would you watch?", None)


async def test_an_endpoint_that_refuses_to_report_usage_streams_without_it(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    found: list[Usage] = []
    server.then(fails(400, "Unrecognized request argument: stream_options"), says("Go on."))
    assert await heard(chat.stream(ASKED, on_usage=found.append)) == ("Go on.", None)
    assert "stream_options" not in server.requests[1].body
    assert found[0].completion_tokens == 2
    await heard(chat.stream(ASKED))
    assert len(server.requests) == 3


async def test_a_listener_who_leaves_hangs_up_and_is_recorded(
    server: ProtocolServer, connect: Connect
) -> None:
    ledger = Ledger(Budget())
    server.then(hangs_after("one two three"))
    pieces = connect(ledger=ledger).stream(ASKED, session="s1")
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    spent = ledger.spent("s1")
    assert spent.calls == 1
    assert spent.tokens > 0


async def test_two_streams_at_once_do_not_mix(server: ProtocolServer, chat: OpenAIChat) -> None:
    def echo(exchange: Exchange) -> None:
        says(f"You are number {exchange.body['messages'][1]['content']}", pause=0.01)(exchange)

    server.otherwise = echo
    replies = await asyncio.gather(
        *(heard(chat.stream([ASKED[0], type(ASKED[1])("user", str(n))])) for n in range(4))
    )
    assert replies == [(f"You are number {n}", None) for n in range(4)]
