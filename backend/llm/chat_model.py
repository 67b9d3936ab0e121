"""What Viva asks of a language model, whoever serves it.

Two acts are enough: fill in a shape (`structured`), which blocks, and speak (`stream`), which does not.
Every failure is a `ModelError`; nothing of a library or of HTTP comes through.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

Role = Literal["system", "user", "assistant"]
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Message:
    """One turn of a conversation. `text` is sent as it is; it is never a template."""

    role: Role
    text: str


@dataclass(frozen=True)
class Usage:
    """What one act took: `calls` to the endpoint with retries and repairs, tokens, seconds, US dollars.

    `cost_usd` is None where the price of the model is not known.
    """

    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    seconds: float

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class Structured(Generic[T]):
    """A reply of the shape that was asked for. `raw` is the text it was read from, for the record."""

    value: T
    usage: Usage
    raw: str


class ChatModel(Protocol):
    """A model that can be asked. `name` goes into the record of what it judged or said."""

    name: str

    def structured(
        self, messages: Sequence[Message], shape: type[T], *, session: str | None = None
    ) -> Structured[T]:
        """The model's reply as a valid `shape`; blocks until it is there.

        `session` is the interview whose budget pays; None has no budget. Raises `ModelError`.
        """
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        session: str | None = None,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> AsyncIterator[str]:
        """The model's reply in pieces, none of them empty, as they come.

        `on_usage` is called once, when the reply is complete. Raises `ModelError` before the first
        piece if there is none, and `ModelCutOff` after some pieces if the rest is lost; a reply is
        never begun a second time.
        """
        ...
