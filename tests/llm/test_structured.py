"""Filling in a shape over real HTTP: every rung, every fault, and what is remembered."""

from __future__ import annotations

import json

import pytest
from langchain_core.tracers.langchain import wait_for_all_tracers

from backend.errors import (
    ModelAccessDenied,
    ModelBadReply,
    ModelCutOff,
    ModelDeclined,
    ModelError,
    ModelRateLimited,
    ModelRequestRefused,
    ModelServerFault,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)
from backend.llm.chat_model import Message
from backend.llm.openai_chat import OpenAIChat
from tests.llm.conftest import ASKED, GOOD, Connect, Findings, Pauses
from tests.llm.protocol_server import (
    Exchange,
    ProtocolServer,
    Step,
    by_rung,
    fails,
    fills,
    hangs,
    hangs_up,
    refuses,
    says,
    sends,
)

PROSE = says("I would say that the baseline claim is met, with some confidence.")


def test_a_schema_is_enforced_where_the_endpoint_can(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.then(fills(GOOD))
    reply = chat.structured(ASKED, Findings)
    assert reply.value == Findings.model_validate(GOOD)
    assert json.loads(reply.raw) == GOOD
    form = server.requests[0].body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["required"] == ["findings", "note"]
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["$defs"]["Finding"]["required"] == ["id", "confidence"]


def test_roles_and_texts_arrive_as_they_are(server: ProtocolServer, chat: OpenAIChat) -> None:
    text = 'Ünïcode, {{ braces }}, {% tags %}, "quotes" and\nlines'
    server.then(fills(GOOD))
    chat.structured([Message("system", "Judge."), Message("user", text)], Findings)
    assert server.requests[0].body["messages"] == [
        {"role": "system", "content": "Judge."},
        {"role": "user", "content": text},
    ]


@pytest.mark.parametrize(
    ("kind", "climbed"),
    [
        # What llama-cpp-python does: it breaks on a schema and constrains tool calls.
        (
            by_rung({"json_schema": fails(500), "tool_call": fills(GOOD)}, PROSE),
            ["json_schema", "tool_call"],
        ),
        # What an older server does: it refuses what it does not know.
        (
            by_rung(
                {
                    "json_schema": fails(400, "response_format json_schema is not supported"),
                    "tool_call": fails(422, "tools are not supported"),
                    "json_object": fills(GOOD),
                },
                PROSE,
            ),
            ["json_schema", "tool_call", "json_object"],
        ),
        # What `transformers serve` does: it ignores every such wish without a word.
        (
            by_rung(
                {"json_schema": PROSE, "tool_call": PROSE, "json_object": PROSE},
                says(f"Here you are:\n```json\n{json.dumps(GOOD, indent=1)}\n```\nAnything else?"),
            ),
            ["json_schema", "tool_call", "json_object", "text"],
        ),
    ],
    ids=["breaks", "refuses", "ignores"],
)
def test_what_an_endpoint_cannot_do_leads_one_rung_down_and_is_remembered(
    server: ProtocolServer, chat: OpenAIChat, kind: Step, climbed: list[str]
) -> None:
    server.otherwise = kind
    assert chat.structured(ASKED, Findings).value == Findings.model_validate(GOOD)
    assert server.rungs == climbed
    assert chat.memory.rung == climbed[-1]
    assert chat.structured(ASKED, Findings).usage.calls == 1
    assert server.rungs == [*climbed, climbed[-1]]


def test_where_no_schema_is_enforced_it_stands_in_the_system_part(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    chat.memory.rung = "text"
    server.then(fills(GOOD))
    chat.structured(ASKED, Findings)
    system, user = server.requests[0].body["messages"]
    assert system["content"].startswith("You judge.")
    assert '"findings"' in system["content"]
    assert user["content"] == ASKED[1].text
    assert "response_format" not in server.requests[0].body


def test_a_reply_of_the_wrong_shape_is_repaired_once_with_its_faults_named(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    wrong = {"findings": [{"id": "baseline", "confidence": "very"}], "note": None}
    server.then(fills(wrong), fills(GOOD))
    reply = chat.structured(ASKED, Findings)
    assert reply.value.findings[0].confidence == 0.9
    assert reply.usage.calls == 2
    *_, said, asked_again = server.requests[1].body["messages"]
    assert json.loads(said["content"]) == wrong
    assert "findings.0.confidence" in asked_again["content"]
    assert server.rungs == ["json_schema", "json_schema"]


def test_there_is_one_repair_and_no_second(server: ProtocolServer, chat: OpenAIChat) -> None:
    chat.memory.rung = "text"
    server.otherwise = says('{"findings": "none"}')
    with pytest.raises(ModelBadReply):
        chat.structured(ASKED, Findings)
    assert len(server.requests) == 2


def test_an_endpoint_that_never_gives_the_shape_is_asked_a_bounded_number_of_times(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.otherwise = PROSE
    with pytest.raises(ModelBadReply):
        chat.structured(ASKED, Findings)
    assert server.rungs == ["json_schema", "tool_call", "json_object", "text", "text"]
    assert chat.memory.rung is None


def test_a_rung_that_has_worked_is_not_given_up_for_one_server_error(
    server: ProtocolServer, chat: OpenAIChat, pauses: Pauses
) -> None:
    server.then(fills(GOOD), fails(500), fails(503), fills(GOOD))
    chat.structured(ASKED, Findings)
    assert chat.structured(ASKED, Findings).usage.calls == 3
    assert server.rungs == ["json_schema"] * 4
    assert pauses.slept == [0.25, 0.5]


@pytest.mark.parametrize(
    "twice",
    [
        f"{json.dumps(GOOD)}\n{json.dumps(GOOD | {'note': 'another'})}",
        '{"findings": [], "note": null, "findings": [{"id": "a", "confidence": 1}]}',
    ],
    ids=["two objects", "one field twice"],
)
def test_an_ambiguous_reply_is_not_believed(
    server: ProtocolServer, chat: OpenAIChat, twice: str
) -> None:
    chat.memory.rung = "text"
    server.then(says(twice), fills(GOOD))
    assert chat.structured(ASKED, Findings).value == Findings.model_validate(GOOD)
    assert len(server.requests) == 2


def test_what_a_model_thinks_aloud_is_not_part_of_its_reply(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    chat.memory.rung = "text"
    thought = '<think>Maybe {"findings": [], "note": "draft"}?</think>'
    server.then(says(thought + json.dumps(GOOD)))
    assert chat.structured(ASKED, Findings).value == Findings.model_validate(GOOD)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (fails(401, "Incorrect API key", "invalid_api_key"), ModelAccessDenied),
        (fails(403, "not your model"), ModelAccessDenied),
        (fails(429, "no credit", "insufficient_quota"), ModelAccessDenied),
        (fails(404, "no such model", "model_not_found"), ModelUnknown),
        (refuses("I cannot help with that."), ModelDeclined),
        (says("", finish="content_filter"), ModelDeclined),
        (says('{"findings": [', finish="length"), ModelCutOff),
    ],
)
def test_what_trying_again_cannot_mend_is_not_tried_again(
    server: ProtocolServer, chat: OpenAIChat, step: Step, error: type[ModelError]
) -> None:
    server.otherwise = step
    with pytest.raises(error) as caught:
        chat.structured(ASKED, Findings)
    assert type(caught.value) is error
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (fails(429, "slow down"), ModelRateLimited),
        (fails(500), ModelServerFault),
        (fails(503), ModelServerFault),
        (hangs_up(), ModelUnreachable),
    ],
)
def test_what_may_pass_is_tried_again_as_often_as_set(
    server: ProtocolServer, chat: OpenAIChat, step: Step, error: type[ModelError]
) -> None:
    chat.memory.rung = "json_schema"
    server.otherwise = step
    with pytest.raises(error) as caught:
        chat.structured(ASKED, Findings)
    assert type(caught.value) is error
    assert len(server.requests) == 3
    server.then(step, fills(GOOD))
    assert chat.structured(ASKED, Findings).usage.calls == 2


@pytest.mark.parametrize(
    "step",
    [
        sends("<html><body>Welcome</body></html>", "text/html"),
        sends("{not json"),
        sends("[]"),
        sends('{"choices": null}'),
        sends('{"choices": []}'),
        sends('{"error": {"message": "out of memory"}}'),
        sends(""),
    ],
    ids=["html", "broken json", "a list", "null choices", "no choices", "error in 200", "nothing"],
)
def test_what_is_not_the_protocol_is_a_bad_reply(
    server: ProtocolServer, chat: OpenAIChat, step: Step
) -> None:
    server.otherwise = step
    with pytest.raises(ModelBadReply):
        chat.structured(ASKED, Findings)


def test_an_empty_reply_is_a_bad_reply(server: ProtocolServer, chat: OpenAIChat) -> None:
    server.otherwise = says("")
    with pytest.raises(ModelBadReply):
        chat.structured(ASKED, Findings)


def test_retry_after_is_waited_for(
    server: ProtocolServer, chat: OpenAIChat, pauses: Pauses
) -> None:
    server.then(fails(429, retry_after="3"), fails(429, retry_after_ms="1500"), fills(GOOD))
    chat.structured(ASKED, Findings)
    assert pauses.slept == [3.0, 1.5]


def test_nobody_waits_for_a_pause_that_is_longer_than_the_time_there_is(
    server: ProtocolServer, chat: OpenAIChat, pauses: Pauses
) -> None:
    server.then(fails(429, retry_after="3600"))
    with pytest.raises(ModelRateLimited, match="3600 s") as caught:
        chat.structured(ASKED, Findings)
    assert caught.value.retry_after == 3600
    assert pauses.slept == []


def test_a_slow_endpoint_is_given_up_and_then_left_alone_for_a_while(
    server: ProtocolServer, connect: Connect
) -> None:
    chat = connect(timeout=0.3, rest=60)
    server.then(hangs())
    with pytest.raises(ModelTimedOut, match="no reply"):
        chat.structured(ASKED, Findings)
    with pytest.raises(ModelTimedOut, match="asked again in"):
        chat.structured(ASKED, Findings)
    assert len(server.requests) == 1
    chat.memory.rests_until = 0
    server.then(fills(GOOD))
    assert chat.structured(ASKED, Findings).value.findings


def test_a_reply_that_drips_in_does_not_outlast_the_time_there_is(
    server: ProtocolServer, connect: Connect
) -> None:
    def drips(exchange: Exchange) -> None:
        exchange.handler.send_response(200)
        exchange.handler.send_header("Content-Length", "100000")
        exchange.handler.end_headers()
        while not exchange.gone.wait(0.02):
            exchange.handler.wfile.write(b" ")

    server.then(drips)
    with pytest.raises(ModelTimedOut):
        connect(timeout=0.4).structured(ASKED, Findings)


def test_nothing_listening_is_said_in_so_many_words(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.stop()
    with pytest.raises(ModelUnreachable, match=f"nothing listens at 127.0.0.1:{server.port}"):
        chat.structured(ASKED, Findings)


def test_a_model_is_picked_up_again_when_its_server_returns(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.stop()
    with pytest.raises(ModelUnreachable):
        chat.structured(ASKED, Findings)
    server.start()
    server.then(fills(GOOD))
    assert chat.structured(ASKED, Findings).value.findings


def test_a_name_that_cannot_be_resolved_is_said_in_so_many_words(connect: Connect) -> None:
    chat = connect(base_url="http://no-such-host.invalid/v1")
    with pytest.raises(
        ModelUnreachable, match=r"the name no-such-host\.invalid cannot be resolved"
    ):
        chat.structured(ASKED, Findings)


def test_plain_http_where_tls_is_expected_is_said_in_so_many_words(
    server: ProtocolServer, connect: Connect
) -> None:
    chat = connect(base_url=server.base_url.replace("http:", "https:"))
    with pytest.raises(ModelUnreachable, match="TLS"):
        chat.structured(ASKED, Findings)


@pytest.mark.parametrize(
    ("words", "name", "still"),
    [
        ("Unsupported value: 'temperature' does not support 0.0", "temperature", "max_tokens"),
        (
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens'.",
            "max_tokens",
            "max_completion_tokens",
        ),
    ],
)
def test_a_parameter_that_is_refused_is_left_out_from_then_on(
    server: ProtocolServer, connect: Connect, words: str, name: str, still: str
) -> None:
    chat = connect(temperature=0.0)
    server.then(fails(400, words), fills(GOOD), fills(GOOD))
    assert chat.structured(ASKED, Findings).usage.calls == 2
    chat.structured(ASKED, Findings)
    assert name in server.requests[0].body
    assert all(name not in request.body for request in server.requests[1:])
    assert all(still in request.body for request in server.requests[1:])
    assert server.rungs == ["json_schema"] * 3


def test_a_model_without_a_system_role_gets_it_in_the_first_user_message(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.then(fails(400, "System role not supported"), fills(GOOD))
    chat.structured(ASKED, Findings)
    assert server.requests[1].body["messages"] == [
        {"role": "user", "content": f"{ASKED[0].text}\n\n{ASKED[1].text}"}
    ]


def test_a_request_refused_on_every_rung_reports_the_first_refusal(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.otherwise = fails(400, "the prompt is too long")
    with pytest.raises(ModelRequestRefused) as caught:
        chat.structured(ASKED, Findings)
    assert caught.value.detail == "the prompt is too long"
    assert len(server.requests) == 4


def test_no_error_message_holds_what_the_endpoint_or_the_candidate_said(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.otherwise = fails(400, "cannot process: I built a baseline first.")
    with pytest.raises(ModelError) as caught:
        chat.structured(ASKED, Findings)
    assert "baseline" not in str(caught.value)


def test_usage_is_added_up_over_all_calls_and_priced(
    server: ProtocolServer, connect: Connect
) -> None:
    chat = connect(price=(1.0, 10.0))
    server.then(fails(500), fills(GOOD))
    usage = chat.structured(ASKED, Findings).usage
    assert usage.calls == 2
    assert (usage.prompt_tokens, usage.completion_tokens) == (7, 16)
    assert usage.cost_usd == pytest.approx((7 * 1.0 + 16 * 10.0) / 1_000_000)


def test_usage_is_estimated_where_the_endpoint_reports_none(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.then(says(json.dumps(GOOD), usage=False))
    usage = chat.structured(ASKED, Findings).usage
    assert usage.prompt_tokens == -(-len(ASKED[0].text + ASKED[1].text) // 4)
    assert usage.completion_tokens == -(-len(json.dumps(GOOD)) // 4)
    assert usage.cost_usd is None


async def test_it_can_be_asked_from_a_thread_that_has_an_event_loop(
    server: ProtocolServer, chat: OpenAIChat
) -> None:
    server.then(fills(GOOD))
    assert chat.structured(ASKED, Findings).value.findings


def test_the_key_goes_out_as_a_bearer_and_none_is_needed(
    server: ProtocolServer, connect: Connect
) -> None:
    server.otherwise = fills(GOOD)
    connect().structured(ASKED, Findings)
    connect(key=None).structured(ASKED, Findings)
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sk-test", "Bearer none"]


def test_nothing_is_traced_to_anybody_else_even_if_the_environment_says_so(
    server: ProtocolServer, chat: OpenAIChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProtocolServer() as collector:
        for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "key")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", collector.base_url)
        server.then(fills(GOOD))
        chat.structured(ASKED, Findings)
        wait_for_all_tracers()
        assert collector.visitors == 0
