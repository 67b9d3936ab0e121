"""One model at one address: how to reach it, and what has been learned about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from backend.errors import BadInput, ModelTimedOut
from backend.settings import Role, Settings

# Judging should come out the same twice; talking should not sound the same twice.
TEMPERATURE: dict[Role, float] = {"interviewer": 0.7, "grader": 0.0}


@dataclass(frozen=True)
class Endpoint:
    """How to reach a model. Times in seconds; `price` in US dollars a million tokens, in and out.

    `timeout` is for a whole act with its retries, `first_word` for the start of a stream, `rest` for
    how long a model that was too slow is left alone.
    """

    base_url: str
    model: str
    key: SecretStr | None = None
    timeout: float = 60
    first_word: float = 20
    rest: float = 20
    connect: float = 5
    reply_tokens: int = 4000
    temperature: float | None = None
    price: tuple[float, float] | None = None

    @property
    def official(self) -> bool:
        """Whether this is OpenAI itself."""
        return (urlsplit(self.base_url).hostname or "").endswith(".openai.com")


@dataclass
class Memory:
    """What has been learned. Kept while the process runs, shared by everybody who uses the model.

    `rung` is the kind of structured request that has worked, `refused` the parameters that the
    endpoint does not take, `rests_until` when a model that did not answer in time is asked again.
    """

    rung: str | None = None
    refused: set[str] = field(default_factory=set[str])
    rests_until: float = 0.0

    def check_rest(self, now: float) -> None:
        """Raises `ModelTimedOut` while the model is left alone: nobody waits for it twice."""
        left = self.rests_until - now
        if left > 0:
            raise ModelTimedOut(
                f"the model did not answer in time a moment ago; it is asked again in {left:.0f} s"
            )

    def too_slow(self, endpoint: Endpoint, limit: float, now: Callable[[], float]) -> ModelTimedOut:
        """The error for a model that let `limit` seconds pass; from now on it is left alone."""
        self.rests_until = now() + endpoint.rest
        return ModelTimedOut(f"no reply from {endpoint.base_url} in {limit:.0f} s")


def endpoint_of(settings: Settings, role: Role) -> Endpoint:
    """The model that plays a role, and how to reach it. Raises `BadInput` if none is named."""
    model = settings.model_of(role)
    if model is None:
        raise BadInput(
            f"VIVA_{role.upper()}_MODEL: name a model that {settings.endpoint} serves;"
            " `viva doctor` lists them"
        )
    key = settings.openai_api_key
    return Endpoint(
        base_url=settings.endpoint,
        model=model,
        # A key with a line break from a badly copied file would fail as a header, far from its cause.
        key=SecretStr(key.get_secret_value().strip()) if key else None,
        timeout=settings.model_timeout,
        first_word=settings.model_first_word,
        rest=settings.model_rest,
        reply_tokens=settings.model_reply_tokens,
        temperature=TEMPERATURE[role],
        price=settings.model_prices.get(model),
    )
