"""The checkup of an endpoint: what is found, and the advice on what failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from backend.errors import ModelError
from backend.llm.checkup import ANSWER, Finding, check_endpoint
from backend.llm.endpoint import Endpoint
from backend.llm.ledger import Budget, Ledger
from backend.llm.openai_chat import OpenAIChat
from backend.llm.patience import Patience
from backend.llm.prompt_library import PromptLibrary
from tests.llm.protocol_server import (
    MODEL,
    Exchange,
    ProtocolServer,
    Step,
    by_rung,
    fails,
    fills,
    hangs,
    refuses,
    says,
    sends,
)

VERDICT = {"id": "baseline", "status": "met", "quote": "the most popular items per category"}
WELL = by_rung({"stream": says("And how would you know that by tomorrow?")}, fills(VERDICT))


async def examined(
    server: ProtocolServer, prompts: PromptLibrary, roles: Sequence[str] = ("both",), **changed: Any
) -> dict[str, Finding]:
    """The findings by their step."""
    endpoint = Endpoint(server.base_url, MODEL, SecretStr("sk-abcd1234"), timeout=20)
    endpoint = replace(endpoint, **changed)

    def connect(wanted: Endpoint) -> OpenAIChat:
        return OpenAIChat(wanted, Ledger(Budget()), prompts, patience=Patience(retries=0))

    found = check_endpoint([(role, endpoint) for role in roles], connect, prompts)
    return {item.step: item async for item in found}


async def test_a_good_endpoint_passes_every_step(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    server.otherwise = WELL
    found = await examined(server, prompts, ("interviewer", "grader"))
    assert list(found) == [
        "endpoint",
        "interviewer: model",
        "interviewer: form",
        "interviewer: stream",
        "grader: model",
        "grader: form",
        "grader: stream",
    ]
    assert {item.state for item in found.values()} == {"good"}
    assert "keeps the model to the form" in found["grader: form"].said
    assert "1 call" in found["grader: form"].said


async def test_nothing_but_made_up_text_is_sent(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    server.otherwise = WELL
    await examined(server, prompts)
    form, stream = server.requests
    assert form.body["messages"][-1]["content"] == ANSWER
    assert "labels arrive two months late" in stream.said


@pytest.mark.parametrize(
    ("changed", "step", "words"),
    [
        ({"base_url": "http://no-such-host.invalid/v1"}, "endpoint", ["network", "spelling"]),
        ({"base_url": "http://127.0.0.1:1/v1"}, "endpoint", ["Start the server", "11434"]),
        ({"model": "scripted-modle"}, "both: model", ["Did you mean scripted-model?"]),
        ({"model": "unlike-any"}, "both: model", ["It has: scripted-model."]),
    ],
)
async def test_what_is_set_wrong_is_explained(
    server: ProtocolServer,
    prompts: PromptLibrary,
    changed: dict[str, Any],
    step: str,
    words: list[str],
) -> None:
    found = await examined(server, prompts, **changed)
    last = list(found)[-1]
    assert (last, found[last].state) == (step, "bad")
    assert isinstance(found[last].error, ModelError)
    for word in words:
        assert word in found[last].advice


async def test_a_wrong_key_is_named_by_its_end_only(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    server.key = "sk-another"
    (item,) = (await examined(server, prompts)).values()
    assert "does not accept the key (401)" in item.said
    assert "it ends in 1234" in item.advice
    assert "abcd" not in item.said + item.advice
    (item,) = (await examined(server, prompts, key=None)).values()
    assert "Set OPENAI_API_KEY" in item.advice


async def test_an_address_without_v1_is_put_right(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    (item,) = (
        await examined(server, prompts, base_url=server.base_url.removesuffix("/v1"))
    ).values()
    assert item.advice == f"Did you mean OPENAI_BASE_URL={server.base_url} ?"


async def test_tls_where_there_is_none_is_explained(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    https = server.base_url.replace("http:", "https:")
    (item,) = (await examined(server, prompts, base_url=https)).values()
    assert "begins with http://" in item.advice


async def test_a_web_page_is_no_model_server(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    server.answer = sends("<html>Welcome</html>", "text/html")  # type: ignore[method-assign]
    found = await examined(server, prompts)
    assert found["endpoint"].state == "doubtful"
    assert "both: stream" not in found
    assert "usually ends in /v1" in found["both: form"].advice


@pytest.mark.parametrize("status", [404, 500])
async def test_an_endpoint_without_a_list_of_models_can_still_be_good(
    server: ProtocolServer, prompts: PromptLibrary, status: int
) -> None:
    speaks, server.otherwise = server.answer, WELL

    def answer(exchange: Exchange) -> None:
        (fails(status) if exchange.path.endswith("models") else speaks)(exchange)

    server.answer = answer  # type: ignore[method-assign]
    found = await examined(server, prompts)
    assert [item.state for item in found.values()] == ["doubtful", "good", "good"]


async def test_a_model_that_is_served_and_not_listed_is_a_doubt_only(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    server.otherwise = WELL
    listed, server.models = server.answer, ["scripted-model", "hidden"]

    def answer(exchange: Exchange) -> None:
        server.models = ["scripted-model"] if exchange.path.endswith("models") else ["hidden"]
        listed(exchange)

    server.answer = answer  # type: ignore[method-assign]
    found = await examined(server, prompts, model="hidden")
    assert found["both: model"].state == "doubtful"
    assert found["both: form"].state == "good"


@pytest.mark.parametrize(
    ("step", "advice"),
    [
        (fails(429, "slow down"), "Wait a little"),
        (fails(429, "no money", "insufficient_quota"), "Add credit"),
        (fails(500, "out of memory"), "own log"),
        (fails(400, "context length exceeded"), "context length"),
        (refuses("No."), "take another model"),
        (says("", finish="length"), "VIVA_MODEL_REPLY_TOKENS"),
        (says("I am a poet, not a clerk."), "cannot fill in a form"),
    ],
)
async def test_a_form_that_fails_is_explained(
    server: ProtocolServer, prompts: PromptLibrary, step: Step, advice: str
) -> None:
    server.otherwise = by_rung({"stream": says("And how would you know?")}, step)
    found = await examined(server, prompts)
    assert found["both: form"].state == "bad"
    assert advice in found["both: form"].advice


async def test_a_slow_model_is_explained(server: ProtocolServer, prompts: PromptLibrary) -> None:
    server.otherwise = hangs()
    found = await examined(server, prompts, timeout=0.3)
    assert "VIVA_MODEL_TIMEOUT" in found["both: form"].advice


@pytest.mark.parametrize(
    "verdict",
    [VERDICT | {"status": "missed", "quote": ""}, VERDICT | {"quote": "words nobody said"}],
)
async def test_a_plain_case_judged_wrong_is_a_doubt(
    server: ProtocolServer, prompts: PromptLibrary, verdict: dict[str, str]
) -> None:
    server.otherwise = by_rung({"stream": says("And then?")}, says(json.dumps(verdict)))
    assert (await examined(server, prompts))["both: form"].state == "doubtful"


async def test_a_stream_that_fails_is_explained_although_the_form_was_good(
    server: ProtocolServer, prompts: PromptLibrary
) -> None:
    server.otherwise = by_rung({"stream": fails(500)}, fills(VERDICT))
    found = await examined(server, prompts)
    assert (found["both: form"].state, found["both: stream"].state) == ("good", "bad")
