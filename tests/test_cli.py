"""The command line as a user meets it: what it prints, its exit codes, and never a traceback."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from backend import __version__
from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from tests.conftest import ROOT
from tests.live import PATIENCE, Viva, command, environment, warm_data

QUESTION = "monitoring/label-delay"
NO_BANK = "skills: no question bank in {} (VIVA_BANK_DIR): it has no folder skills/ [missing]"


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


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The whole message of a failed command, which is one line."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("viva: ")
    return line


# --- grade ----------------------------------------------------------------------------------------


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
    assert 0 < report["earned"] <= report["possible"] == 10.0
    assert report["coverage"] == pytest.approx(report["earned"] / report["possible"])
    for item in report["expectations"]:
        assert bool(item["evidence"]) == (item["status"] in ("met", "partial"))
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


# --- bank -----------------------------------------------------------------------------------------


def test_a_search_finds_questions_of_the_area_it_asks_for(viva: Viva, bank: Bank) -> None:
    wanted = ("bank", "search", "how do I notice drift", "--area", "monitoring", "--limit", "3")
    done = viva(*wanted, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    hits = json.loads(done.stdout)
    assert len(hits) == 3
    assert {bank.question(hit["id"]).area for hit in hits} == {"monitoring"}
    printed = viva(*wanted)
    assert printed.returncode == 0
    assert all(hit["id"] in printed.stdout for hit in hits)


def test_a_search_can_look_through_the_notes(viva: Viva, bank: Bank) -> None:
    done = viva("bank", "search", "labels come late", "--passages", "--json", "--limit", "4")
    assert done.returncode == 0
    assert all(hit["id"] in bank.sections for hit in json.loads(done.stdout))
    assert viva("bank", "search", "labels come late", "--passages").returncode == 0


def test_a_warm_search_and_a_warm_grading_import_no_torch(viva: Viva) -> None:
    script = (
        "import sys\n"
        "from backend.settings import read_settings\n"
        "from backend.wiring import build\n"
        "product = build(read_settings())\n"
        f"question = product.bank.question({QUESTION!r})\n"
        "assert product.grader.assess(question, ['I would watch the scores.']).verdicts\n"
        "assert product.index.search('questions', 'drift')\n"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(viva.data_dir),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_statistics_count_the_bank(viva: Viva, bank: Bank) -> None:
    found = json.loads(viva("bank", "stats", "--json").stdout)
    assert found["questions"] == len(bank.questions)
    assert found["version"] == bank.version
    assert [area["area"] for area in found["areas"]] == list(bank.areas)
    printed = viva("bank", "stats")
    assert printed.returncode == 0
    assert f"{len(bank.questions)} questions" in printed.stdout


def test_a_bank_in_order_passes_its_check(viva: Viva, bank: Bank) -> None:
    done = viva("bank", "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{len(bank.questions)} questions, {len(bank.areas)} areas")


def test_a_broken_bank_fails_its_check_with_file_line_and_field(viva: Viva, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "question_bank", tmp_path / "bank")
    file = tmp_path / "bank" / "questions" / f"{QUESTION}.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("level: mid", "level: boss", 1), encoding="utf-8")
    done = viva("bank", "check", VIVA_BANK_DIR=str(tmp_path / "bank"))
    assert done.returncode == 3
    assert re.search(rf"questions/{QUESTION}\.yaml:\d+: level: .*'mid'", done.stderr)
    stats = viva("bank", "stats", VIVA_BANK_DIR=str(tmp_path / "bank"))
    assert stats.returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("bank", "stats"),
        ("bank", "check"),
        ("bank", "search", "drift"),
        ("grade", "--question", QUESTION, "--answer", "-"),
        ("practise",),
        ("serve",),
    ],
    ids=" ".join,
)
def test_a_bank_folder_that_is_not_there_is_named(
    viva: Viva, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    nowhere = str(tmp_path / "nowhere")
    done = viva(*arguments, VIVA_BANK_DIR=nowhere, VIVA_PORT=str(free_for_a_moment()))
    assert done.returncode == 3
    assert NO_BANK.format(nowhere) in done.stderr


def test_schemas_are_not_written_where_there_is_no_bank(viva: Viva, tmp_path: Path) -> None:
    done = viva("bank", "schema", VIVA_BANK_DIR=str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "VIVA_BANK_DIR" in one_line(done)
    assert list(tmp_path.iterdir()) == []


# --- what is said wrongly -------------------------------------------------------------------------


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


# --- serve ----------------------------------------------------------------------------------------


def free_for_a_moment() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
    done = viva("serve", "--host", "203.0.113.7", VIVA_PORT=str(free_for_a_moment()))
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
    done = blocked(*arguments, stdin="words", VIVA_PORT=str(free_for_a_moment()))
    assert done.returncode == 5
    assert str(blocked.data_dir) in one_line(done)
    assert "VIVA_DATA_DIR" in done.stderr


# --- practise -------------------------------------------------------------------------------------

MONITORING = ("practise", "--area", "monitoring", "--seed", "3", "--questions")


def resumable(text: str) -> str:
    found = re.search(r"Go on with: viva practise --resume (\S+)", text)
    assert found
    return found[1]


def test_an_interview_piped_in_goes_through_to_its_report(viva: Viva, bank: Bank) -> None:
    said = "I would look at the inputs.\nAnd at the scores.\n\nrepeat\n\nskip\n\nskip\n\n"
    done = viva(*MONITORING, "2", stdin=said)
    assert (done.returncode, done.stderr) == (0, "")
    asked = [q for q in bank.in_area("monitoring") if " ".join(q.ask.split()) in done.stdout]
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
    assert question.ask.split()[0] in first.stdout
    again = viva("practise", "--resume", interview_id)
    assert again.returncode == 0
    assert "─ Report ─" in again.stdout


def test_mock_mode_shows_no_claim_before_the_report(viva: Viva, bank: Bank) -> None:
    said = "I would look at the inputs.\n\nskip\n\nstop\n"
    done = viva(*MONITORING, "2", "--mode", "mock", stdin=said)
    before, report = done.stdout.split("─ Report ─")
    claims = [item.claim for q in bank.in_area("monitoring") for item in q.expectations]
    assert [claim for claim in claims if claim in before] == []
    assert [claim for claim in claims if claim in report]


def test_a_given_question_is_the_one_that_is_asked(viva: Viva, bank: Bank) -> None:
    done = viva("practise", "--question", QUESTION, stdin="stop\n")
    assert done.returncode == 0
    assert bank.question(QUESTION).ask in done.stdout


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
