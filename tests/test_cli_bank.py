"""The bank's commands: search, stats, check and schema."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from tests.conftest import ROOT
from tests.live import PATIENCE, Viva, environment, free_port, one_line, warm_data

QUESTION = "monitoring/label-delay"
NO_BANK = "skills: no question bank in {} (VIVA_BANK_DIR): it has no folder skills/ [missing]"


@pytest.fixture(scope="module")
def viva(
    tmp_path_factory: pytest.TempPathFactory, model_dir: Path, bank: Bank, embedder: Embedder
) -> Viva:
    folder = tmp_path_factory.mktemp("command") / "data"
    return Viva(warm_data(folder, model_dir, bank, embedder))


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
    done = viva(*arguments, VIVA_BANK_DIR=nowhere, VIVA_PORT=str(free_port()))
    assert done.returncode == 3
    assert NO_BANK.format(nowhere) in done.stderr


def test_schemas_are_not_written_where_there_is_no_bank(viva: Viva, tmp_path: Path) -> None:
    done = viva("bank", "schema", VIVA_BANK_DIR=str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "VIVA_BANK_DIR" in one_line(done)
    assert list(tmp_path.iterdir()) == []
