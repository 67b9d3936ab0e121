"""A chat model that says what it was told to: for tests, demonstrations and dry runs. No network.

It is strict about the script: a reply that does not fit the shape fails as it would with a real
model, and a script that has run out is an endpoint that is gone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from backend.errors import ModelBadReply, ModelCutOff, ModelError, ModelUnreachable
from backend.llm.chat_model import Message, Structured, Usage

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Request:
    """One thing the model was asked; `shape` is None for a stream."""

    messages: tuple[Message, ...]
    shape: type[BaseModel] | None
    session: str | None


@dataclass(frozen=True)
class CutAfter:
    """A stream that breaks: these words come, then `error`."""

    text: str
    error: ModelError | None = None


Reply = str | BaseModel | ModelError | CutAfter
Script = Iterable[Reply] | Callable[[Request], Reply]


class ScriptedChat:
    """Replies in the order of the script, or by a function of the request. Remembers `requests`."""

    def __init__(self, script: Script, name: str = "scripted") -> None:
        self.name = name
        self.requests: list[Request] = []
        self._reply = script if callable(script) else _in_order(script)

    def structured(
        self, messages: Sequence[Message], shape: type[T], *, session: str | None = None
    ) -> Structured[T]:
        reply = self._next(Request(tuple(messages), shape, session))
        if isinstance(reply, ModelError):
            raise reply
        if isinstance(reply, CutAfter):
            raise _broken(reply)
        raw = reply if isinstance(reply, str) else reply.model_dump_json()
        try:
            value = shape.model_validate_json(raw)
        except ValidationError as error:
            raise ModelBadReply(f"{self.name}: not a {shape.__name__}") from error
        return Structured(value, self._usage(messages, raw), raw)

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        session: str | None = None,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> AsyncIterator[str]:
        reply = self._next(Request(tuple(messages), None, session))
        if isinstance(reply, ModelError):
            raise reply
        text = reply.text if isinstance(reply, CutAfter) else _text(reply)
        if not text.strip() and not isinstance(reply, CutAfter):
            raise ModelBadReply(f"{self.name}: an empty reply")
        for piece in re.findall(r"\s*\S+\s*$|\s*\S+", text):
            yield piece
        if isinstance(reply, CutAfter):
            raise _broken(reply)
        if on_usage:
            on_usage(self._usage(messages, text))

    def _next(self, request: Request) -> Reply:
        self.requests.append(request)
        return self._reply(request)

    def _usage(self, messages: Sequence[Message], reply: str) -> Usage:
        said = sum(len(message.text.split()) for message in messages)
        return Usage(self.name, 1, said, len(reply.split()), None, 0.0)


def _in_order(replies: Iterable[Reply]) -> Callable[[Request], Reply]:
    left = iter(replies)
    return lambda _: next(left, ModelUnreachable("the script has no reply left"))


def _text(reply: str | BaseModel) -> str:
    return reply if isinstance(reply, str) else reply.model_dump_json()


def _broken(reply: CutAfter) -> ModelError:
    return reply.error or ModelCutOff("the reply broke off")
