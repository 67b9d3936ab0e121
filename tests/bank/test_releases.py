"""What has been released keeps its version: the file, the command that writes it, and the rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.bank.checks import check_bank
from backend.bank.loader import Bank, load_bank, read_bank
from backend.bank.releases import check_releases, write_release
from backend.cli import app
from backend.errors import BadInput, BankError


def viva(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["bank", *words], env={"VIVA_BANK_DIR": str(folder)})


def change(folder: Path, name: str, *pairs: tuple[str, str]) -> None:
    path = folder / "questions" / "bakery" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def rules(folder: Path) -> list[str]:
    return [problem.rule for problem in check_releases(read_bank(folder)[0])]


def test_without_a_release_every_change_is_allowed(folder: Path) -> None:
    change(folder, "rye-runs-out", ("minutes: 5", "minutes: 7"))
    assert rules(folder) == []


def test_a_release_records_version_and_hash_of_every_question(small: Bank) -> None:
    assert write_release(small) == sorted(small.questions)
    text = (small.folder / "released.json").read_text(encoding="utf-8")
    assert json.loads(text) == {
        question.id: {"version": question.version, "hash": question.content_hash()}
        for question in small.questions.values()
    }
    assert text.count("\n") == len(small.questions) + 2
    assert check_bank(small) == []


def test_a_change_needs_a_new_version(small: Bank, folder: Path) -> None:
    write_release(small)
    change(folder, "rye-runs-out", ("minutes: 5", "minutes: 7"))
    assert rules(folder) == ["version-bump"]
    change(folder, "rye-runs-out", ("version: 1", "version: 2"))
    assert rules(folder) == []


def test_a_review_date_needs_none(small: Bank, folder: Path) -> None:
    write_release(small)
    change(folder, "rye-runs-out", ("minutes: 5", "minutes: 5\nreviewed: 2026-03-02"))
    assert rules(folder) == []


def test_a_version_never_goes_down_even_with_the_old_text(small: Bank, folder: Path) -> None:
    write_release(small)
    change(folder, "rye-runs-out", ("version: 1", "version: 3"), ("minutes: 5", "minutes: 7"))
    write_release(load_bank(folder))
    change(folder, "rye-runs-out", ("version: 3", "version: 1"), ("minutes: 7", "minutes: 5"))
    assert rules(folder) == ["version-kept"]


def test_a_released_question_may_not_be_removed(small: Bank, folder: Path) -> None:
    write_release(small)
    (folder / "questions" / "bakery" / "new-branch.yaml").unlink()
    (problem,) = check_releases(load_bank(folder))
    assert (problem.rule, problem.file) == ("version-kept", "questions/bakery/new-branch.yaml")
    assert "version 2 is released; the question may not be removed" in problem.message


def test_a_question_that_cannot_be_read_is_not_called_removed(small: Bank, folder: Path) -> None:
    write_release(small)
    change(folder, "new-branch", ("level: senior", "level: chief"))
    bank, problems = read_bank(folder)
    assert [problem.rule for problem in problems] == ["schema"]
    assert check_releases(bank) == []


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ('{\n  "bakery/new-branch": {"version": 0, "hash": "0123456789ab"}\n}', "schema", 2),
        ('{\n  "bakery/new-branch": {"version": 1, "hash": "short"}\n}', "schema", 2),
        ('{\n  "a/b" "c/d"\n}', "yaml", 2),
        ('{\n  "a/b": {"version": 1, "hash": "0123456789ab"},\n  "a/b": {}\n}', "doubled-key", 3),
    ],
)
def test_a_release_file_that_makes_no_sense_is_a_problem_of_the_bank(
    small: Bank, text: str, rule: str, line: int
) -> None:
    (small.folder / "released.json").write_text(text, encoding="utf-8")
    problem = check_bank(small)[0]
    assert (problem.file, problem.rule, problem.line) == ("released.json", rule, line)


def test_the_command_releases_a_clean_bank_and_says_what_is_new(folder: Path) -> None:
    assert viva(folder, "release").output == "5 questions released, 5 of them new or changed\n"
    assert viva(folder, "release").output == "5 questions released, 0 of them new or changed\n"
    change(folder, "new-branch", ("version: 2", "version: 3"), ("minutes: 9", "minutes: 8"))
    assert viva(folder, "release").output == "5 questions released, 1 of them new or changed\n"
    assert viva(folder, "check").exit_code == 0


@pytest.mark.parametrize(
    ("change_made", "rule"),
    [
        (("kind: must", "kind: should"), "two-musts"),
        (("minutes: 9", "minutes: 8"), "version-bump"),
        (("minutes: 9", "minutes: 90"), "schema"),
    ],
)
def test_the_command_refuses_a_bank_with_a_problem_and_leaves_the_file_as_it_was(
    folder: Path, change_made: tuple[str, str], rule: str
) -> None:
    viva(folder, "release")
    before = (folder / "released.json").read_bytes()
    change(folder, "new-branch", change_made)
    refused = viva(folder, "release")
    assert isinstance(refused.exception, BankError)
    assert rule in {problem.rule for problem in refused.exception.problems}
    assert (folder / "released.json").read_bytes() == before


def test_a_bank_that_cannot_be_written_is_named(folder: Path) -> None:
    (folder / "released.json").mkdir()
    refused = viva(folder, "release")
    assert isinstance(refused.exception, BadInput)
    assert str(folder) in str(refused.exception)
