"""One act of a language model, from the request to the line in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.llm.chat_model import Message, Usage
from backend.llm.ledger import Ledger

CHARS_A_TOKEN = 4
"""How many characters count as a token where an endpoint does not report what it used."""


@dataclass
class Act:
    """Counts the calls and tokens of one act. `price` is US dollars a million tokens, in and out."""

    name: str
    model: str
    session: str | None
    ledger: Ledger
    now: Callable[[], float]
    price: tuple[float, float] | None = None
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reported_cost: float | None = None
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.now()

    def call(self) -> None:
        """Counts a call about to be made. Raises `ModelBudgetSpent`."""
        self.ledger.admit(self.session)
        self.calls += 1

    def used(self, reported: Any, sent: Sequence[Message], said: str) -> None:
        """Adds what one call used: what the endpoint reports, else an estimate by length."""
        found: dict[str, Any] = dict(reported or {})
        prompt = found.get("prompt_tokens", found.get("input_tokens"))
        completion = found.get("completion_tokens", found.get("output_tokens"))
        if not (isinstance(prompt, int) and isinstance(completion, int) and prompt + completion):
            prompt = -(-sum(len(message.text) for message in sent) // CHARS_A_TOKEN)
            completion = -(-len(said) // CHARS_A_TOKEN)
        self.prompt_tokens += prompt
        self.completion_tokens += completion
        if isinstance(found.get("cost"), (int, float)):  # some gateways name the price
            self.reported_cost = (self.reported_cost or 0.0) + float(found["cost"])

    @property
    def usage(self) -> Usage:
        return Usage(
            model=self.model,
            calls=self.calls,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost_usd=self._cost(),
            seconds=self.now() - self._began,
        )

    def close(self, outcome: str) -> None:
        """Writes the act down."""
        self.ledger.record(self.session, self.name, self.usage, outcome)

    def _cost(self) -> float | None:
        if self.reported_cost is not None or self.price is None:
            return self.reported_cost
        prompt, completion = self.price
        return (self.prompt_tokens * prompt + self.completion_tokens * completion) / 1_000_000
