"""The protocol as somebody else implements it: `transformers serve` with a model made on the spot.

It ignores every wish for a form, streams real server-sent events, reports usage in its own way and
answers nonsense. Nothing here is scripted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from backend.errors import ModelBadReply, ModelError
from backend.llm.chat_model import Usage
from backend.llm.checkup import check_endpoint
from backend.llm.endpoint import Endpoint
from backend.llm.ledger import Budget, Ledger
from backend.llm.openai_chat import OpenAIChat
from backend.llm.prompt_library import PromptLibrary
from tests.conftest import ROOT
from tests.live import free_port
from tests.llm.conftest import ASKED, Findings

PATIENCE = 600.0
"""Seconds for torch to be imported and the server to be up, on a busy machine."""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("tiny") / "model"
    notes = sorted((ROOT / "question_bank" / "documents").glob("*.md"))[:4]
    quiet = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    maker = [sys.executable, str(ROOT / "tests" / "llm" / "tiny_model.py"), str(folder)]
    subprocess.run([*maker, *map(str, notes)], check=True, timeout=PATIENCE, env=quiet)
    port, log = free_port(), folder.parent / "server.log"
    with log.open("wb") as file:
        serve = [str(Path(sys.executable).parent / "transformers"), "serve", str(folder)]
        process = subprocess.Popen(
            [*serve, "--port", str(port), "--host", "127.0.0.1", "--device", "cpu"],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=quiet,
        )
        try:
            _wait(process, port, log)
            yield Endpoint(
                f"http://127.0.0.1:{port}/v1",
                str(folder),
                timeout=120,
                first_word=100,
                reply_tokens=200,
            )
        finally:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)


@pytest.fixture
def chat(endpoint: Endpoint, prompts: PromptLibrary) -> OpenAIChat:
    return OpenAIChat(endpoint, Ledger(Budget()), prompts)


async def _say(chat: OpenAIChat) -> tuple[list[str], Usage]:
    """One reply and its usage; the odd one that happens to be empty is asked for again."""
    for _ in range(20):
        usages: list[Usage] = []
        try:
            pieces = [piece async for piece in chat.stream(ASKED, on_usage=usages.append)]
        except ModelBadReply:
            continue
        return pieces, usages[0]
    raise AssertionError("twenty empty replies in a row")


async def test_a_reply_streams_to_its_end_with_its_usage(chat: OpenAIChat) -> None:
    pieces, usage = await _say(chat)
    assert "".join(pieces).strip()
    assert usage.calls == 1
    assert usage.prompt_tokens > 10
    assert usage.completion_tokens >= 1


def test_every_rung_is_tried_before_the_model_is_given_up(chat: OpenAIChat) -> None:
    with pytest.raises(ModelBadReply, match="every kind of request"):
        chat.structured(ASKED, Findings, session="s")
    assert chat.memory.rung is None
    assert chat._ledger.spent("s").calls == 5


async def test_the_checkup_says_that_it_talks_and_cannot_fill_in_a_form(
    endpoint: Endpoint, prompts: PromptLibrary
) -> None:
    found = check_endpoint(
        [("both", endpoint)], lambda wanted: OpenAIChat(wanted, Ledger(Budget()), prompts), prompts
    )
    steps = {item.step: item async for item in found}
    assert steps["endpoint"].state in ("good", "doubtful")  # its list depends on a cache of models
    assert steps["both: form"].state == "bad"
    assert "cannot fill in a form" in steps["both: form"].advice
    assert "both: stream" in steps


async def test_a_model_it_does_not_have_is_an_error_of_ours(
    endpoint: Endpoint, prompts: PromptLibrary
) -> None:
    other = Endpoint(endpoint.base_url, "nobody/no-such-model", timeout=60, first_word=60)
    with pytest.raises(ModelError) as caught:
        await anext(OpenAIChat(other, Ledger(Budget()), prompts).stream(ASKED))
    assert "no-such-model" not in str(caught.value)
