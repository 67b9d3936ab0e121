"""An interview in the terminal, held through a pipe."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from tests.live import PATIENCE, Viva, warm_data

QUESTION = "monitoring/label-delay"
MONITORING = ("practise", "--area", "monitoring", "--seed", "3", "--questions")


@pytest.fixture(scope="module")
def viva(
    tmp_path_factory: pytest.TempPathFactory, model_dir: Path, bank: Bank, embedder: Embedder
) -> Viva:
    folder = tmp_path_factory.mktemp("command") / "data"
    return Viva(warm_data(folder, model_dir, bank, embedder))


def words(text: str) -> str:
    """`text` on one line, however the terminal broke it."""
    return " ".join(text.split())


def resumable(text: str) -> str:
    found = re.search(r"Go on with: viva practise --resume (\S+)", text)
    assert found
    return found[1]


def test_an_interview_piped_in_goes_through_to_its_report(viva: Viva, bank: Bank) -> None:
    said = "I would look at the inputs.\nAnd at the scores.\n\nrepeat\n\nskip\n\nskip\n\n"
    done = viva(*MONITORING, "2", stdin=said)
    assert (done.returncode, done.stderr) == (0, "")
    asked = [q for q in bank.in_area("monitoring") if words(q.ask) in words(done.stdout)]
    assert len(asked) == 2
    assert "Once more: " in done.stdout
    _, report = re.split(r"─ Report ─", done.stdout)
    assert "1 of 2 questions stayed unscored" in report
    assert all(question.title in report for question in asked)
    assert "What to do next" in report


def test_what_was_answered_is_kept_when_the_input_ends_and_can_be_gone_on_with(
    viva: Viva, bank: Bank
) -> None:
    first = viva(*MONITORING, "1", stdin="I would look at the inputs first.\n")
    assert first.returncode == 0
    assert "─ Report ─" not in first.stdout
    interview_id = resumable(first.stdout)
    second = viva(
        "practise", "--resume", interview_id, stdin="I have no more to say on it.\n\nstop\n"
    )
    assert (second.returncode, second.stderr) == (0, "")
    assert "─ Report ─" in second.stdout
    assert "Go on with" not in second.stdout
    (question,) = [q for q in bank.in_area("monitoring") if q.title in second.stdout]
    assert words(question.ask) in words(first.stdout)
    again = viva("practise", "--resume", interview_id)
    assert again.returncode == 0
    assert "─ Report ─" in again.stdout


def test_mock_mode_shows_no_claim_before_the_report(viva: Viva, bank: Bank) -> None:
    said = "I would look at the inputs.\n\nskip\n\nstop\n"
    done = viva(*MONITORING, "2", "--mode", "mock", stdin=said)
    before, report = done.stdout.split("─ Report ─")
    claims = [item.claim for q in bank.in_area("monitoring") for item in q.expectations]
    assert [claim for claim in claims if words(claim) in words(before)] == []
    assert [claim for claim in claims if words(claim) in words(report)]


def test_a_given_question_is_the_one_that_is_asked(viva: Viva, bank: Bank) -> None:
    done = viva("practise", "--question", QUESTION, stdin="stop\n")
    assert done.returncode == 0
    assert words(bank.question(QUESTION).ask) in words(done.stdout)


@pytest.mark.parametrize("variables", [{}, {"PYTHONIOENCODING": "utf-8:strict"}, {"LC_ALL": "C"}])
def test_bytes_that_are_no_text_are_refused_and_the_interview_goes_on(
    viva: Viva, variables: dict[str, str]
) -> None:
    done = viva(*MONITORING, "1", stdin=b"\xff\xfe\xfa\x80\x81\n\nstop\n", **variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert "binary data" in done.stdout
    assert "We stop here." in done.stdout


def test_an_interrupt_at_the_prompt_ends_at_once_and_says_how_to_go_on(viva: Viva) -> None:
    waiting = viva.start(*MONITORING, "1")
    assert waiting.stdout
    assert waiting.stdin
    for line in waiting.stdout:
        if line.rstrip().endswith("?"):
            break
    waiting.stdin.write("half an answer")
    waiting.stdin.flush()
    waiting.send_signal(signal.SIGINT)
    # Its input stays open: it must not take a line of input to end.
    assert waiting.wait(PATIENCE) == 130
    said = waiting.stdout.read()
    with waiting:
        assert "Traceback" not in (waiting.stderr.read() if waiting.stderr else "")
    again = viva("practise", "--resume", resumable(said), stdin="stop\n")
    assert again.returncode == 0
