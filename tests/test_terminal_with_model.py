"""An interview in the terminal with a language model behind real HTTP, and without it when it goes away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from tests.live import Viva, warm_data
from tests.llm.interview_server import holds_interview, judges
from tests.llm.protocol_server import MODEL, ProtocolServer, fails

QUESTION = "monitoring/label-delay"
ANSWER = "I would compare the inputs and the scores of this week with the month before.\n\n"


@pytest.fixture
def model() -> Iterator[ProtocolServer]:
    with ProtocolServer(otherwise=holds_interview()) as server:
        yield server


@pytest.fixture(scope="module")
def viva(
    tmp_path_factory: pytest.TempPathFactory, model_dir: Path, bank: Bank, embedder: Embedder
) -> Viva:
    folder = tmp_path_factory.mktemp("command") / "data"
    return Viva(warm_data(folder, model_dir, bank, embedder))


def connected(model: ProtocolServer) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "sk-test",
        "VIVA_INTERVIEWER_MODEL": MODEL,
        "VIVA_MODEL_RETRIES": "0",
    }


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_terminal_says_which_model_is_asked_and_speaks_its_lines(
    viva: Viva, model: ProtocolServer
) -> None:
    said = f"{ANSWER}stop\n"
    done = viva("practise", "--question", QUESTION, stdin=said, **connected(model))
    assert (done.returncode, done.stderr) == (0, "")
    told = f"With the language model {MODEL}: your answers are sent to {model.base_url}."
    assert told in words(done.stdout)
    assert "Thanks for that." in done.stdout
    assert "─ Report ─" in done.stdout
    assert model.rungs == ["json_schema", "stream"]


def test_without_the_model_nothing_is_sent(viva: Viva, model: ProtocolServer, bank: Bank) -> None:
    arguments = ("practise", "--question", QUESTION, "--engine", "embedded")
    done = viva(*arguments, stdin=f"{ANSWER}stop\n", **connected(model))
    assert done.returncode == 0
    assert "No language model" in done.stdout
    assert model.requests == []


def test_an_endpoint_that_fails_is_said_plainly_and_the_interview_goes_on_to_its_report(
    viva: Viva, model: ProtocolServer
) -> None:
    model.otherwise = fails(500)
    done = viva(
        "practise", "--question", QUESTION, stdin=f"{ANSWER}{ANSWER}stop\n", **connected(model)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert words(done.stdout).count("The language model failed just now. Your answer is kept.") == 1
    assert "gave no judgement (model-server)" in words(done.stdout)
    assert "─ Report ─" in done.stdout


def test_one_answer_is_graded_with_the_model_or_without_it(
    viva: Viva, model: ProtocolServer, bank: Bank, tmp_path: Path
) -> None:
    answer = tmp_path / "answer.txt"
    answer.write_text(bank.question(QUESTION).exemplar("strong").answer)
    model.otherwise = holds_interview(judge=judges())
    arguments = ("grade", "--question", QUESTION, "--answer", str(answer))
    judged = viva(*arguments, **connected(model))
    assert judged.returncode == 0
    assert "differ on" in words(judged.stdout)
    assert len(model.requests) == 1
    alone = viva(*arguments, "--engine", "embedded", **connected(model))
    assert alone.returncode == 0
    assert "differ on" not in words(alone.stdout)
    assert len(model.requests) == 1
