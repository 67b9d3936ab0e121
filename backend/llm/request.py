"""What is put into one request, and what is left out because the endpoint does not take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from backend.llm.chat_model import Message
from backend.llm.endpoint import Endpoint
from backend.llm.ladder import Rung
from backend.llm.shapes import strict_schema

# Parameters one can do without, and the words by which an endpoint refuses them.
REFUSABLE = {
    "max_completion_tokens": ("max_completion_tokens",),
    "max_tokens": ("max_tokens",),
    "temperature": ("temperature",),
    "stream_options": ("stream_options", "include_usage"),
    "system": ("system role", "role 'system'", 'role "system"', "roles must alternate"),
}


@dataclass(frozen=True)
class Request:
    """One request in the making, by what is known of its endpoint."""

    given: Sequence[Message]
    endpoint: Endpoint
    refused: frozenset[str]

    @property
    def messages(self) -> Sequence[Message]:
        return _without_system(self.given) if "system" in self.refused else self.given

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that every request has."""
        given: dict[str, Any] = {}
        if self.endpoint.temperature is not None and "temperature" not in self.refused:
            given["temperature"] = self.endpoint.temperature
        # Servers of one's own may ignore the newer name, OpenAI's newer models refuse the older one.
        names = ("max_completion_tokens", "max_tokens")
        wanted = names if self.endpoint.official else names[::-1]
        limit = next((name for name in wanted if name not in self.refused), None)
        if limit == "max_completion_tokens":
            given[limit] = self.endpoint.reply_tokens
        elif limit:
            # The library renames this one unless it comes in by the side door.
            given["extra_body"] = {limit: self.endpoint.reply_tokens}
        return given

    def streaming(self) -> dict[str, Any]:
        """What a stream adds: usage at its end."""
        return {"stream_usage": "stream_options" not in self.refused}

    def form(self, rung: Rung, shape: type[BaseModel]) -> dict[str, Any]:
        """What a rung of the ladder adds."""
        name = shape.__name__
        if rung == "json_schema":
            form = {"name": name, "strict": True, "schema": strict_schema(shape)}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        if rung == "tool_call":
            about = " ".join((shape.__doc__ or name).split())
            tool = {"name": name, "description": about, "parameters": strict_schema(shape)}
            return {
                "tools": [{"type": "function", "function": tool}],
                "tool_choice": {"type": "function", "function": {"name": name}},
            }
        return {"response_format": {"type": "json_object"}} if rung == "json_object" else {}


def refused_parameter(detail: str, already: set[str]) -> str | None:
    """The parameter that these words of an endpoint refuse, if it can be left out.

    The first one named is meant: "'max_tokens' is not supported, use 'max_completion_tokens'".
    """
    said = detail.lower()
    places = {
        name: min((place for word in words if (place := said.find(word)) >= 0), default=-1)
        for name, words in REFUSABLE.items()
        if name not in already
    }
    named = {name: place for name, place in places.items() if place >= 0}
    return min(named, key=lambda name: named[name]) if named else None


def _without_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The system part at the head of the first user message, for templates without that role."""
    system = "\n\n".join(item.text for item in messages if item.role == "system")
    rest = [item for item in messages if item.role != "system"]
    if not rest or rest[0].role != "user":
        return (Message("user", system), *rest)
    return (Message("user", f"{system}\n\n{rest[0].text}"), *rest[1:])
