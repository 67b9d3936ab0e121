"""The scripted chat is as strict as a real one."""

from __future__ import annotations

import json

import pytest

from backend.errors import ModelBadReply, ModelCutOff, ModelDeclined, ModelUnreachable
from backend.llm.chat_model import ChatModel, Usage
from backend.llm.scripted_chat import CutAfter, Request, ScriptedChat
from tests.llm.conftest import ASKED, GOOD, Findings


def test_replies_come_in_the_order_of_the_script_and_then_the_endpoint_is_gone() -> None:
    chat: ChatModel = ScriptedChat([json.dumps(GOOD), Findings(findings=[])])
    assert chat.structured(ASKED, Findings).value == Findings.model_validate(GOOD)
    assert chat.structured(ASKED, Findings).value.findings == []
    with pytest.raises(ModelUnreachable):
        chat.structured(ASKED, Findings)


def test_a_reply_of_another_shape_fails_as_it_would_with_a_real_model() -> None:
    with pytest.raises(ModelBadReply):
        ScriptedChat(['{"findings": 1}']).structured(ASKED, Findings)


def test_a_function_can_reply_to_what_was_asked_and_requests_are_remembered() -> None:
    def reply(request: Request) -> str:
        return json.dumps(GOOD | {"note": request.messages[1].text})

    chat = ScriptedChat(reply)
    assert chat.structured(ASKED, Findings, session="s").value.note == ASKED[1].text
    assert chat.requests == [Request(ASKED, Findings, "s")]


async def test_a_stream_comes_in_pieces_and_reports_its_usage() -> None:
    found: list[Usage] = []
    chat = ScriptedChat(["What  would you\nwatch? "])
    pieces = [piece async for piece in chat.stream(ASKED, on_usage=found.append)]
    assert "".join(pieces) == "What  would you\nwatch? "
    assert len(pieces) == 4
    assert found[0].completion_tokens == 4


async def test_a_stream_can_fail_before_or_after_its_first_words() -> None:
    chat = ScriptedChat([ModelDeclined("no"), CutAfter("Tell me"), ""])
    with pytest.raises(ModelDeclined):
        await anext(chat.stream(ASKED))
    pieces = chat.stream(ASKED)
    assert [await anext(pieces), await anext(pieces)] == ["Tell", " me"]
    with pytest.raises(ModelCutOff):
        await anext(pieces)
    with pytest.raises(ModelBadReply):
        await anext(chat.stream(ASKED))
