"""The command line as a user meets it: what it prints, its exit codes, and never a traceback."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from pathlib import Path

import pytest

from backend import __version__
from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from tests.live import PATIENCE, Viva, command, environment, free_port, one_line, warm_data

QUESTION = "monitoring/label-delay"


@pytest.fixture(scope="module")
def viva(
    tmp_path_factory: pytest.TempPathFactory, model_dir: Path, bank: Bank, embedder: Embedder
) -> Viva:
    folder = tmp_path_factory.mktemp("command") / "data"
    return Viva(warm_data(folder, model_dir, bank, embedder))


@pytest.fixture
def blocked(tmp_path: Path) -> Viva:
    """Its data folder is a file."""
    (tmp_path / "data").write_text("a file stands where the folder should be")
    return Viva(tmp_path / "data")


def test_a_graded_answer_quotes_the_words_that_earned_credit(
    viva: Viva, bank: Bank, tmp_path: Path
) -> None:
    question = bank.question(QUESTION)
    text = question.exemplar("strong").answer
    (tmp_path / "answer.txt").write_text(text, encoding="utf-8")
    done = viva("grade", "--question", QUESTION, "--answer", str(tmp_path / "answer.txt"), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["question_id"] == QUESTION
    assert report["content_hash"] == question.content_hash()
    assert [answer["text"] for answer in report["answers"]] == [text]
    assert [item["id"] for item in report["expectations"]] == [x.id for x in question.expectations]
    judged = [item for item in report["expectations"] if item["status"] != "cannot_assess"]
    musts_and_shoulds = [item["worth"] for item in judged if item["kind"] in ("must", "should")]
    assert 0 < report["earned"] <= report["possible"] == sum(musts_and_shoulds) <= 10.0
    assert report["coverage"] == pytest.approx(report["earned"] / report["possible"])
    for item in report["expectations"]:
        assert bool(item["evidence"]) == (item["status"] != "missed")
        for piece in item["evidence"]:
            assert piece["text"] == text[piece["start"] : piece["end"]] != ""


def test_an_answer_from_standard_input_is_graded_like_one_from_a_file(
    viva: Viva, tmp_path: Path
) -> None:
    text = (
        "I compare the inputs and the scores with last month's, and have a sample labelled by hand."
    )
    (tmp_path / "answer.txt").write_text(text, encoding="utf-8")
    arguments = ("grade", "--question", QUESTION, "--json", "--answer")
    from_file = viva(*arguments, str(tmp_path / "answer.txt"))
    from_input = viva(*arguments, "-", stdin=text)
    assert from_input.returncode == 0
    assert from_input.stdout == from_file.stdout


def test_the_printed_report_shows_points_claims_and_where_to_read(viva: Viva, bank: Bank) -> None:
    question = bank.question(QUESTION)
    text = question.exemplar("weak").answer
    done = viva("grade", "--question", QUESTION, "--answer", "-", stdin=text)
    assert (done.returncode, done.stderr) == (0, "")
    assert question.title in done.stdout
    assert re.search(r"\d of 10 points, \d+% covered, rating [0-5] of 5", done.stdout)
    for item in question.expectations:
        assert item.is_red_flag or item.claim in done.stdout
    assert "read: Delayed labels (documents/monitoring.md#delayed-labels)" in done.stdout


@pytest.mark.parametrize("text", ["", " \n\t\n "], ids=["nothing", "blanks"])
def test_an_empty_answer_scores_zero(viva: Viva, text: str) -> None:
    done = viva("grade", "--question", QUESTION, "--answer", "-", "--json", stdin=text)
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert (report["earned"], report["coverage"], report["rating"]) == (0, 0, 0)
    assert {item["status"] for item in report["expectations"]} == {"missed"}
    assert not any(item["evidence"] for item in report["expectations"])


def test_an_unknown_question_is_named_with_its_neighbours(viva: Viva) -> None:
    done = viva("grade", "--question", "monitoring/nope", "--answer", "-", stdin="words")
    assert done.returncode == 2
    assert "no question 'monitoring/nope' in the bank; known: monitoring/" in one_line(done)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("absent.txt", None, "No such file or directory"),
        (".", None, "Is a directory"),
        ("binary.bin", bytes(range(128, 256)) * 20, "not UTF-8 text"),
        ("archive.zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00 text inside", "binary data"),
        ("utf16.txt", "a text in UTF-16".encode("utf-16"), "not UTF-8 text"),
        ("long.txt", b"word " * 10_000, "50,000 characters; the limit is 20,000"),
    ],
)
def test_a_file_that_holds_no_answer_is_refused(
    viva: Viva, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = viva("grade", "--question", QUESTION, "--answer", str(tmp_path / name))
    assert done.returncode == 2
    assert says in one_line(done)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("bank", "search", " "), "the query is empty"),
        (("bank", "search", "x", "--area", "astrology"), "no area 'astrology'; the areas are: "),
        (("practise", "--area", "astrology"), "no area 'astrology'; the areas are: "),
        (("practise", "--question", "role/nope"), "no question 'role/nope'"),
        (("practise", "--resume", "nope"), "no interview 'nope'"),
        (("practise", "--questions", "21"), "--questions: give a number from 1 to 20"),
        (("practise", "--minutes", "4"), "--minutes: give a number from 5 to 120"),
        (("practise", "--questions", "2", "--minutes", "20"), "--questions or --minutes, not both"),
        (("serve", "--port", "70000"), "VIVA_PORT: "),
        (("serve", "--port", "0"), "VIVA_PORT: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_wrong_argument_is_one_sentence(
    viva: Viva, arguments: tuple[str, ...], says: str
) -> None:
    done = viva(*arguments)
    assert done.returncode == 2
    assert says in one_line(done)


@pytest.mark.parametrize(
    "arguments",
    [
        ("bogus",),
        ("bank", "search", "x", "--limit", "0"),
        ("practise", "--level", "boss"),
        ("grade",),
    ],
    ids=" ".join,
)
def test_a_misused_command_shows_its_usage(viva: Viva, arguments: tuple[str, ...]) -> None:
    done = viva(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr


@pytest.mark.parametrize("arguments", [("serve",), ("bank", "stats")], ids=" ".join)
def test_a_wrong_variable_is_named(viva: Viva, arguments: tuple[str, ...]) -> None:
    done = viva(*arguments, VIVA_PORT="abc")
    assert done.returncode == 2
    assert "VIVA_PORT: Input should be a valid integer" in one_line(done)
    assert "'abc'" in done.stderr


def test_version_and_help_need_no_settings(viva: Viva) -> None:
    assert viva("version", VIVA_PORT="abc").stdout.strip() == __version__
    shown = viva("--help", VIVA_PORT="abc")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in ("serve", "practise", "grade", "bank"))


def test_a_port_in_use_is_one_sentence_and_exit_code_six(viva: Viva) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = viva("serve", "--port", str(port))
    assert done.returncode == 6
    assert one_line(done) == (
        f"viva: port {port} on 127.0.0.1 is in use; set VIVA_PORT or --port to another one"
    )


def test_a_host_that_is_not_this_machine_is_exit_code_six(viva: Viva) -> None:
    done = viva("serve", "--host", "203.0.113.7", VIVA_PORT=str(free_port()))
    assert done.returncode == 6
    assert "VIVA_HOST" in one_line(done)


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("practise",),
        ("bank", "search", "drift"),
        ("grade", "--question", QUESTION, "--answer", "-"),
    ],
    ids=" ".join,
)
def test_a_data_folder_that_is_a_file_is_exit_code_five(
    blocked: Viva, arguments: tuple[str, ...]
) -> None:
    done = blocked(*arguments, stdin="words", VIVA_PORT=str(free_port()))
    assert done.returncode == 5
    assert str(blocked.data_dir) in one_line(done)
    assert "VIVA_DATA_DIR" in done.stderr


def test_a_reader_that_goes_away_ends_it_quietly(viva: Viva) -> None:
    talking = subprocess.Popen(
        command("bank", "stats", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(viva.data_dir),
        cwd=viva.data_dir.parent,
    )
    assert talking.stdout
    assert talking.stderr
    talking.stdout.close()
    assert talking.stderr.read() == b""
    assert talking.wait(PATIENCE) in (0, 1)
    talking.stderr.close()
