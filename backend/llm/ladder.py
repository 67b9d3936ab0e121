"""Getting a shape out of any endpoint: the strictest request it understands, found by trying.

    json_schema   the endpoint constrains the model to the schema
    tool_call     the model must call a tool whose arguments are the shape
    json_object   the endpoint promises some JSON; the schema stands in the prompt
    text          the schema stands in the prompt, and that is all

An endpoint refuses a rung openly (400), breaks on it (500), or ignores it and sends prose. All three
lead one rung down. What has worked is remembered, and what has worked once is not doubted because of
one bad reply: that gets one repair, with its faults named.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel

from backend.errors import (
    ModelBadReply,
    ModelCutOff,
    ModelDeclined,
    ModelRequestRefused,
    ModelServerFault,
)
from backend.llm.chat_model import Message
from backend.llm.endpoint import Memory
from backend.llm.prompt_library import PromptLibrary
from backend.llm.shapes import Reading, read_shape, schema_text

T = TypeVar("T", bound=BaseModel)
Rung = Literal["json_schema", "tool_call", "json_object", "text"]
RUNGS: tuple[Rung, ...] = ("json_schema", "tool_call", "json_object", "text")


@dataclass(frozen=True)
class RawReply:
    """One reply as it came. `text` is the content, or a tool call's arguments."""

    text: str
    finish: str | None = None
    refusal: str | None = None


class Ask(Protocol):
    """Sends one request on a rung. Not `patient`: a server that fails is not tried again."""

    def __call__(
        self, messages: Sequence[Message], rung: Rung, shape: type[BaseModel], /, *, patient: bool
    ) -> Awaitable[RawReply]: ...


async def climb_down(
    messages: Sequence[Message],
    shape: type[T],
    *,
    ask: Ask,
    memory: Memory,
    prompts: PromptLibrary,
) -> tuple[T, str]:
    """The value and the text it was read from; raises `ModelError`."""
    repairs = 1
    refusal: ModelRequestRefused | ModelServerFault | None = None
    for rung in _from(memory.rung):
        proven = memory.rung == rung
        told = (
            with_schema(messages, shape, prompts) if rung in ("json_object", "text") else messages
        )
        try:
            reply = await ask(told, rung, shape, patient=proven or rung == "text")
        except (ModelRequestRefused, ModelServerFault) as error:
            if proven:
                raise
            # What a stricter rung was refused for tells more than what the last one was.
            refusal = refusal or error
            if rung == "text":
                raise refusal from error
            continue
        reading = _read(reply, shape)
        settled = rung == "text" or proven or reading.near
        if reading.value is None and repairs and settled:
            repairs -= 1
            again = _repair(told, reply.text, reading.faults, shape, prompts)
            reply = await ask(again, rung, shape, patient=True)
            reading = _read(reply, shape)
        if reading.value is not None:
            memory.rung = rung
            return reading.value, reply.text
    raise ModelBadReply(f"no usable {shape.__name__} after every kind of request and a repair")


def with_schema(
    messages: Sequence[Message], shape: type[BaseModel], prompts: PromptLibrary
) -> list[Message]:
    """The messages with the schema at the end of the system part."""
    (form,) = prompts.render("model.shape", schema=schema_text(shape))
    head, *rest = messages
    if head.role != "system":
        return [form, head, *rest]
    return [replace(head, text=f"{head.text}\n\n{form.text}"), *rest]


def _from(rung: str | None) -> tuple[Rung, ...]:
    for place, name in enumerate(RUNGS):
        if name == rung:
            return RUNGS[place:]
    return RUNGS


def _read(reply: RawReply, shape: type[T]) -> Reading[T]:
    if reply.refusal or reply.finish == "content_filter":
        raise ModelDeclined("the model declined to answer", reply.refusal or "")
    reading = read_shape(reply.text, shape)
    if reading.value is None and reply.finish == "length":
        raise ModelCutOff("the reply reached its longest length (VIVA_MODEL_REPLY_TOKENS)")
    return reading


def _repair(
    messages: Sequence[Message],
    reply: str,
    faults: Sequence[str],
    shape: type[BaseModel],
    prompts: PromptLibrary,
) -> list[Message]:
    (request,) = prompts.render("model.repair", faults=list(faults), schema=schema_text(shape))
    said = [Message("assistant", reply)] if reply.strip() else []
    return [*messages, *said, request]
