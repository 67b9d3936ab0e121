"""`viva doctor` as a user meets it: a plain word on what is on, and on what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import Viva
from tests.llm.protocol_server import MODEL, ProtocolServer, by_rung, fills, says

VERDICT = {"id": "baseline", "status": "met", "quote": "the most popular items per category"}


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    well = by_rung({"stream": says("And how would you know?")}, fills(VERDICT))
    with ProtocolServer(otherwise=well, key="sk-right") as running:
        yield running


@pytest.fixture
def viva(tmp_path: Path) -> Viva:
    return Viva(tmp_path / "data")


def test_without_a_model_embedded_mode_is_on_and_that_is_fine(viva: Viva) -> None:
    done = viva("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Mode: embedded (no OPENAI_API_KEY and no OPENAI_BASE_URL).")
    assert "nothing leaves it" in done.stdout
    off = viva("doctor", OPENAI_API_KEY="sk-right", VIVA_LLM="off")
    assert off.stdout.startswith("Mode: embedded (VIVA_LLM is off).")


def test_a_model_that_works_is_reported_step_by_step(viva: Viva, server: ProtocolServer) -> None:
    done = viva(
        "doctor",
        OPENAI_API_KEY="sk-right",
        OPENAI_BASE_URL=server.base_url,
        VIVA_INTERVIEWER_MODEL=MODEL,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Mode: language model at {server.base_url} (key: ends in ight)." in done.stdout
    assert done.stdout.count("[ok]") == 4
    assert "All well" in done.stdout
    assert server.rungs == ["json_schema", "stream"]
    assert not viva.data_dir.exists()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"OPENAI_API_KEY": "sk-wrong"}, ["does not accept the key (401)", "ends in rong"]),
        ({"OPENAI_BASE_URL": "{root}"}, ["Did you mean OPENAI_BASE_URL="]),
        ({"VIVA_INTERVIEWER_MODEL": "scripted"}, ["has no model scripted", "Did you mean"]),
        ({"OPENAI_BASE_URL": "http://models.invalid/v1"}, ["cannot be resolved", "network"]),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, ["nothing listens", "Start the server"]),
    ],
    ids=["wrong key", "wrong URL", "wrong model", "no network", "no server"],
)
def test_what_is_wrong_is_said_in_plain_words_and_by_the_exit_code(
    viva: Viva, server: ProtocolServer, variables: dict[str, str], words: list[str]
) -> None:
    right = {
        "OPENAI_API_KEY": "sk-right",
        "OPENAI_BASE_URL": server.base_url,
        "VIVA_INTERVIEWER_MODEL": MODEL,
    }
    root = server.base_url.removesuffix("/v1")
    changed = {name: value.format(root=root) for name, value in variables.items()}
    done = viva("doctor", **(right | changed))
    assert done.returncode == 7
    assert done.stderr == ""
    assert "Not usable as it is" in done.stdout
    for word in words:
        assert word in done.stdout
    assert "sk-" not in done.stdout


def test_a_model_that_is_not_named_is_asked_for_with_the_names_there_are(
    viva: Viva, server: ProtocolServer
) -> None:
    done = viva("doctor", OPENAI_API_KEY="sk-right", OPENAI_BASE_URL=server.base_url)
    assert done.returncode == 2
    assert f"Set VIVA_INTERVIEWER_MODEL to one of: {MODEL}" in done.stdout


def test_two_models_are_tried_one_by_one_and_json_says_it_all(
    viva: Viva, server: ProtocolServer
) -> None:
    server.models = [MODEL, "judge"]
    done = viva(
        "doctor",
        "--json",
        OPENAI_API_KEY="sk-right",
        OPENAI_BASE_URL=server.base_url,
        VIVA_INTERVIEWER_MODEL=MODEL,
        VIVA_GRADER_MODEL="judge",
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["mode"]) == (0, "model")
    assert found["models"] == {"interviewer": MODEL, "grader": "judge"}
    assert [row["state"] for row in found["findings"]] == ["good"] * 7
    assert {request.body["model"] for request in server.requests} == {MODEL, "judge"}


def test_a_setting_that_is_wrong_is_one_line(viva: Viva) -> None:
    done = viva("doctor", OPENAI_BASE_URL="localhost:11434")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("viva: OPENAI_BASE_URL: ")
