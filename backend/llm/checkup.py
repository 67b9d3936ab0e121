"""Trying an endpoint out: reach it, find the model, fill in a form, stream a line, and say what failed.

Nothing of an interview is sent. Every step says in plain words what was found and, if it failed, what
to change; the first failure that makes the next steps pointless ends the checkup.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

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
from backend.llm.chat_model import ChatModel, Usage
from backend.llm.endpoint import Endpoint, Memory
from backend.llm.failures import NOT_THE_PROTOCOL
from backend.llm.prompt_library import PromptLibrary

ANSWER = (
    "We had no ranking at all back then, so the first thing I shipped was the most popular items per"
    " category, and only after that did I train anything."
)
QUESTION = (
    "Your labels arrive two months late. How do you know tomorrow whether the model is still good?"
)
MOST_MODELS = 12
RUNG_WORDS = {
    "json_schema": "the server keeps the model to the form",
    "tool_call": "by a tool call; the server does not take a JSON schema",
    "json_object": "in JSON mode; the server takes neither a schema nor a tool",
    "text": "as text that Viva checks; the server enforces nothing",
}


class DoctorVerdict(BaseModel):
    """A verdict as small as can be."""

    model_config = ConfigDict(extra="forbid")
    id: str
    status: Literal["met", "missed"]
    quote: str


class Checkable(ChatModel, Protocol):
    """A chat model whose endpoint can be asked about itself."""

    endpoint: Endpoint
    memory: Memory

    async def model_names(self) -> list[str]: ...


@dataclass(frozen=True)
class Finding:
    """What one step found. `advice` is what to change if it is not `good`."""

    step: str
    state: Literal["good", "doubtful", "bad"]
    said: str
    advice: str = ""
    error: ModelError | None = None


Connect = Callable[[Endpoint], Checkable]


async def check_endpoint(
    endpoints: Sequence[tuple[str, Endpoint]], connect: Connect, prompts: PromptLibrary
) -> AsyncIterator[Finding]:
    """Tries what the roles use: pairs of the role's name and its endpoint, at one address."""
    _, first = endpoints[0]
    try:
        names: list[str] | None = await connect(first).model_names()
    except (ModelUnknown, ModelBadReply, ModelRequestRefused, ModelServerFault) as error:
        if better := await _with_v1(first, connect):
            advice = f"Did you mean OPENAI_BASE_URL={better} ?"
            yield Finding("endpoint", "bad", _said(error), advice, error)
            return
        # A server may speak the protocol and keep no list of models, or break over making one.
        names, fault = None, error
        yield Finding("endpoint", "doubtful", f"it gives no list of models: {_said(fault)}")
    except ModelError as error:
        yield Finding("endpoint", "bad", _said(error), advice_on(error, first), error)
        return
    else:
        yield Finding("endpoint", "good", f"answers, with {_count(names)}")
    for role, endpoint in endpoints:
        async for item in _try_role(role, connect(endpoint), prompts, names):
            yield item


async def _try_role(
    role: str, chat: Checkable, prompts: PromptLibrary, names: Sequence[str] | None
) -> AsyncIterator[Finding]:
    model = chat.endpoint.model
    listed = names is None or model in names or f"{model}:latest" in names
    if names is not None and listed:
        yield Finding(f"{role}: model", "good", f"{model} is there")
    filled = await _fill_in(role, chat, prompts, names)
    if not listed and isinstance(filled.error, (ModelUnknown, ModelRequestRefused)):
        advice = _suggestion(model, names or [])
        said = f"{chat.endpoint.base_url} has no model {model}"
        yield Finding(f"{role}: model", "bad", said, advice, filled.error)
        return
    if not listed:
        # Some servers answer for whatever they have loaded, some gateways for more than they list.
        yield Finding(f"{role}: model", "doubtful", f"{model} is not among those it lists")
    yield filled
    if filled.error is None or _talks(filled.error):
        yield await _speak(role, chat, prompts)


def _talks(error: ModelError) -> bool:
    """Whether a model that failed at a form did say something."""
    return isinstance(error, ModelCutOff) or (
        isinstance(error, ModelBadReply) and NOT_THE_PROTOCOL not in str(error)
    )


def advice_on(error: ModelError, endpoint: Endpoint, names: Sequence[str] | None = None) -> str:
    """What a person can change about this failure."""
    host = urlsplit(endpoint.base_url).hostname or endpoint.base_url
    local = host in ("localhost", "127.0.0.1", "::1")
    text = str(error)
    if isinstance(error, ModelAccessDenied):
        if "credit" in text:
            return "Add credit to the account, or use the key of another one."
        if endpoint.key is None:
            return "Set OPENAI_API_KEY: this endpoint wants one."
        tail = endpoint.key.get_secret_value()[-4:]
        return (
            f"The key in OPENAI_API_KEY (it ends in {tail}) is not accepted by {host}. Copy it again,"
            " and check that it belongs to this address (OPENAI_BASE_URL) and may use this model."
        )
    if isinstance(error, ModelUnreachable):
        return _advice_on_the_way(text, local)
    if isinstance(error, ModelTimedOut):
        return (
            "A model of your own may still be loading: try again. Otherwise give it longer with"
            " VIVA_MODEL_TIMEOUT and VIVA_MODEL_FIRST_WORD, or take a smaller model."
        )
    if isinstance(error, ModelUnknown):
        if names is None:
            return (
                "Check OPENAI_BASE_URL, which usually ends in /v1, and the names in"
                " VIVA_INTERVIEWER_MODEL and VIVA_GRADER_MODEL."
            )
        return _suggestion(endpoint.model, names)
    simple: dict[type[ModelError], str] = {
        ModelRateLimited: "Wait a little, or raise the limits of the account.",
        ModelServerFault: "The server's own log says more; out of memory is the usual reason.",
        ModelDeclined: "The model or its filter declines a harmless request: take another model.",
        ModelRequestRefused: "The server does not take the request: is its context length too short?",
        ModelCutOff: "Give replies more room with VIVA_MODEL_REPLY_TOKENS.",
        ModelBadReply: "Is there really a model server at this address? It usually ends in /v1.",
    }
    return simple.get(type(error), "")


def _advice_on_the_way(text: str, local: bool) -> str:
    if "resolved" in text:
        return "Check the spelling of OPENAI_BASE_URL, and whether this machine is connected to a network."
    if "TLS" in text:
        return (
            "If the server has no certificate, the address begins with http://. Behind a proxy that"
            " has its own, name its file in SSL_CERT_FILE."
        )
    if local:
        return (
            "Start the server, or correct the port in OPENAI_BASE_URL (Ollama listens on 11434, vLLM"
            " on 8000, llama.cpp on 8080, LiteLLM on 4000)."
        )
    return (
        "Check OPENAI_BASE_URL and the network: a firewall or a proxy (HTTPS_PROXY) may be between."
    )


def _suggestion(model: str, names: Sequence[str]) -> str:
    if not names:
        return "The endpoint lists no models at all: load one first."
    close = difflib.get_close_matches(model, names, 1, cutoff=0.5)
    meant = f"Did you mean {close[0]}? " if close else ""
    shown = ", ".join(names[:MOST_MODELS]) + (", ..." if len(names) > MOST_MODELS else "")
    return f"{meant}It has: {shown}. Set VIVA_INTERVIEWER_MODEL and VIVA_GRADER_MODEL."


async def _fill_in(
    role: str, chat: Checkable, prompts: PromptLibrary, names: Sequence[str] | None
) -> Finding:
    step = f"{role}: form"
    try:
        reply = chat.structured(prompts.render("doctor.structured", answer=ANSWER), DoctorVerdict)
    except ModelError as error:
        advice = advice_on(error, chat.endpoint, names)
        if isinstance(error, ModelBadReply) and _talks(error):
            advice = (
                "The model talks but cannot fill in a form: answers would be graded by the embedded"
                " grader. Take a larger model, or one trained to follow instructions."
            )
        return Finding(step, "bad", _said(error), advice, error)
    how = RUNG_WORDS.get(chat.memory.rung or "", "")
    said = f"filled in within {reply.usage.seconds:.1f} s, {how} ({_spent(reply.usage)})"
    right = reply.value.status == "met" and reply.value.quote.strip() in ANSWER
    if right and reply.value.quote.strip():
        return Finding(step, "good", said)
    advice = (
        "It judged a plain case wrong or did not copy its quotation: grading would lean on the embedded"
        " grader. A larger model is worth trying."
    )
    return Finding(step, "doubtful", said, advice)


async def _speak(role: str, chat: Checkable, prompts: PromptLibrary) -> Finding:
    step, began = f"{role}: stream", time.monotonic()
    usages: list[Usage] = []
    first, text, pieces = 0.0, "", 0
    try:
        request = prompts.render("doctor.stream", question=QUESTION)
        async for piece in chat.stream(request, on_usage=usages.append):
            first = first or time.monotonic() - began
            text, pieces = text + piece, pieces + 1
    except ModelError as error:
        return Finding(step, "bad", _said(error), advice_on(error, chat.endpoint), error)
    whole = time.monotonic() - began
    said = (
        f"first word after {first:.1f} s, {pieces} pieces in {whole:.1f} s ({_spent(usages[-1])})"
    )
    if pieces == 1 and len(text.split()) > 5:
        return Finding(
            step, "doubtful", said, "The reply came in one piece: does a proxy hold it back?"
        )
    return Finding(step, "good", said)


async def _with_v1(endpoint: Endpoint, connect: Connect) -> str | None:
    """The address with /v1 at its end, if that one answers and this one does not."""
    base = endpoint.base_url
    better = f"{base}/v1" if not base.endswith("/v1") else f"{base.removesuffix('/v1')}/api/v1"
    try:
        await connect(replace(endpoint, base_url=better)).model_names()
    except ModelError:
        return None
    return better


def _said(error: ModelError) -> str:
    return f"{error} - it says: {error.detail}" if error.detail else str(error)


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} model{'' if len(names) == 1 else 's'}"


def _spent(usage: Usage) -> str:
    cost = "" if usage.cost_usd is None else f", {usage.cost_usd:.6f} US dollars"
    calls = f"{usage.calls} call{'' if usage.calls == 1 else 's'}"
    return f"{calls}, {usage.prompt_tokens} + {usage.completion_tokens} tokens{cost}"
