"""A scripted server, and chats that talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from backend.llm.chat_model import Message
from backend.llm.endpoint import Endpoint
from backend.llm.ledger import Budget, Ledger
from backend.llm.openai_chat import OpenAIChat
from backend.llm.patience import Patience
from backend.llm.prompt_library import PromptLibrary
from tests.conftest import ROOT
from tests.llm.protocol_server import MODEL, ProtocolServer

ASKED = (Message("system", "You judge."), Message("user", "I built a baseline first."))


class Finding(BaseModel):
    """A small shape, nested as the grader's is."""

    model_config = ConfigDict(extra="forbid")
    id: str
    confidence: float


class Findings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    findings: list[Finding]
    note: str | None = None


GOOD: dict[str, Any] = {"findings": [{"id": "baseline", "confidence": 0.9}], "note": None}


@dataclass
class Pauses:
    """A sleep that notes how long it was asked to sleep, and does not."""

    slept: list[float] = field(default_factory=list[float])

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


Connect = Callable[..., OpenAIChat]


@pytest.fixture(scope="session")
def prompts() -> PromptLibrary:
    return PromptLibrary(ROOT / "prompts")


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Budget())


@pytest.fixture
def connect(
    server: ProtocolServer, prompts: PromptLibrary, pauses: Pauses, ledger: Ledger
) -> Connect:
    """Makes a chat with the server; keywords change its endpoint."""

    def make(**changed: Any) -> OpenAIChat:
        patience = Patience(retries=changed.pop("retries", 2), sleep=pauses, chance=lambda: 0.0)
        book = changed.pop("ledger", ledger)
        endpoint = Endpoint(server.base_url, MODEL, SecretStr("sk-test"), timeout=20)
        return OpenAIChat(replace(endpoint, **changed), book, prompts, patience=patience)

    return make


@pytest.fixture
def chat(connect: Connect) -> OpenAIChat:
    return connect()
