"""`viva evaluate` and `viva simulate` as a pipeline meets them: exit codes, streams, and no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from backend.bank.loader import Bank
from backend.cli import app
from backend.errors import BadInput, EvaluationCrashed, VivaError
from backend.retrieval.embedder import Embedder
from tests.bank.conftest import SMALL_BANK
from tests.evaluation.fakes import rows, write_rows
from tests.live import Viva, one_line, warm_data

QUESTION = "monitoring/label-delay"


@pytest.fixture(scope="module")
def viva(
    tmp_path_factory: pytest.TempPathFactory, model_dir: Path, bank: Bank, embedder: Embedder
) -> Viva:
    folder = tmp_path_factory.mktemp("evaluate") / "data"
    return Viva(warm_data(folder, model_dir, bank, embedder))


@pytest.fixture(scope="module")
def answers(viva: Viva, bank: Bank) -> Path:
    """The exemplars of one area with the author's marks as human scores."""
    made: list[dict[str, Any]] = []
    shares = {"strong": 0.9, "partial": 0.5, "weak": 0.1}
    for question in bank.in_area("monitoring"):
        for exemplar in question.exemplars:
            made.append(
                {
                    "id": f"{question.id}:{exemplar.quality}",
                    "question_id": question.id,
                    "answer": exemplar.answer,
                    "candidate": exemplar.quality,
                    "human_score": shares[exemplar.quality],
                    "labels": {
                        item.id: item.id in exemplar.meets for item in question.expectations
                    },
                }
            )
    own = {
        "question": "Why do we hold out data?",
        "reference": "To measure on data not seen in fit.",
    }
    made.append({"id": "own", **own, "answer": "So that we measure on data it has not seen."})
    return write_rows(viva.data_dir.parent / "answers.jsonl", made)


@pytest.fixture(scope="module")
def graded(viva: Viva, answers: Path) -> tuple[Path, str]:
    """A finished run in a folder, and what was printed."""
    out = viva.data_dir.parent / "run"
    done = viva("evaluate", str(answers), "--out", str(out), "--fail-under", "qwk>=0.3,errors<=0")
    assert (done.returncode, done.stderr) == (0, "")
    return out, done.stdout


def test_a_run_prints_a_summary_the_report_and_the_rule_it_tested(
    graded: tuple[Path, str],
) -> None:
    out, printed = graded
    assert "19 answers: 19 graded" in printed
    assert f"report: {out / 'report.html'}" in printed
    assert "passed  qwk>=0.3  (qwk is 0." in printed
    assert "passed  errors<=0  (errors is 0)" in printed
    names = {path.name for path in out.iterdir()}
    assert {"run.json", "results.jsonl", "summary.json", "results.csv", "junit.xml"} <= names


def test_without_a_folder_results_go_to_standard_output_as_they_would_to_the_file(
    viva: Viva, answers: Path, graded: tuple[Path, str]
) -> None:
    done = viva("evaluate", str(answers), "--fail-under", "error_rate<=0.01")
    assert done.returncode == 0
    assert done.stdout.encode() == (graded[0] / "results.jsonl").read_bytes()
    assert done.stderr.splitlines() == ["passed  error_rate<=0.01  (error_rate is 0)"]


def test_the_same_command_again_grades_nothing_and_a_broken_gate_is_exit_code_100(
    viva: Viva, answers: Path, graded: tuple[Path, str]
) -> None:
    before = (graded[0] / "results.jsonl").stat().st_mtime_ns
    done = viva("evaluate", str(answers), "--out", str(graded[0]), "--fail-under", "qwk>=0.999")
    assert done.returncode == 100
    assert "FAILED  qwk>=0.999" in done.stdout
    assert done.stderr.splitlines() == ["viva: the gate failed: qwk>=0.999"]
    assert (graded[0] / "results.jsonl").stat().st_mtime_ns == before


def run(*arguments: str) -> Result:
    """In this process, over the small bank, for what never reaches a grader."""
    return CliRunner().invoke(app, ["evaluate", *arguments], env={"VIVA_BANK_DIR": str(SMALL_BANK)})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "a.jsonl", list(rows(5)))


@pytest.mark.parametrize("grader", ["llm", "consensus"])
def test_a_grader_that_needs_a_model_says_that_none_is_connected(file: Path, grader: str) -> None:
    done = run(str(file), "--grader", grader)
    assert isinstance(done.exception, BadInput)
    assert f"--grader {grader}: no language model is connected" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("absent.jsonl",), "absent.jsonl: No such file"),
        (("a.doc",), "cannot tell the format by its name"),
        (("a.jsonl", "--fail-under", "qwk"), "--fail-under: cannot read 'qwk'"),
        (("a.jsonl", "--engine", "ray"), "--engine ray: "),
        (("compare", "x", "y"), "x/results.jsonl: No such file"),
        (("rescore", "x", "--out", "y"), "x: no run there"),
    ],
)
def test_a_wrong_argument_is_exit_code_two_and_one_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(file.parent)
    done = run(*arguments)
    assert isinstance(done.exception, VivaError)
    assert done.exception.exit_code == 2
    assert says in str(done.exception)


def test_a_dry_run_counts_and_grades_nothing(file: Path) -> None:
    with file.open("a", encoding="utf-8") as more:
        more.write('{"id": "x"}\n')
    done = run(str(file), "--dry-run")
    assert done.exit_code == 0
    assert "5 would be graded; 1 rows cannot be" in done.stdout
    assert "line 6:" in done.stdout


def test_a_broken_bank_is_a_crash_of_the_pipeline_and_not_its_gate(
    file: Path, tmp_path: Path
) -> None:
    done = CliRunner().invoke(
        app, ["evaluate", str(file)], env={"VIVA_BANK_DIR": str(tmp_path / "none")}
    )
    assert isinstance(done.exception, EvaluationCrashed)
    assert "no question bank" in str(done.exception)


def test_a_simulation_is_fixed_by_its_seed_and_can_be_gated(viva: Viva, tmp_path: Path) -> None:
    arguments = ("simulate", "--persona", "terse", "--interviews", "1", "--questions", "1")
    one = viva(*arguments, "--json", "--out", str(tmp_path / "one.json"))
    assert (one.returncode, one.stderr) == (0, "")
    facts = json.loads(one.stdout)
    (persona,) = facts["personas"]
    assert (persona["persona"], persona["interviews"], persona["questions"]) == ("terse", 1, 1)
    assert persona["stopped_well"] == 1
    assert json.loads((tmp_path / "one.json").read_text()) == facts
    again = viva(*arguments, "--fail-under", "stopped_well>=2")
    assert again.returncode == 100
    assert "FAILED  stopped_well>=2  (stopped_well is 1)" in again.stdout


def test_an_unknown_persona_is_named_with_those_that_exist(viva: Viva) -> None:
    done = viva("simulate", "--persona", "saint")
    assert done.returncode == 2
    assert "no persona 'saint'; there are: average, empty" in one_line(done)
