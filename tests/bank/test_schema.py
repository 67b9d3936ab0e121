"""The JSON Schemas in the bank are those of the models, and `viva bank schema` keeps them so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.bank.question import Question
from backend.bank.schema import schema_files
from backend.bank.skills import Area
from backend.cli import app
from backend.errors import BadInput
from backend.scripts.schema import kit_schema_files
from tests.conftest import ROOT


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["bank", "schema", *words], env={"VIVA_BANK_DIR": str(folder)})


def test_the_files_in_the_bank_are_those_of_the_models() -> None:
    folder = ROOT / "question_bank" / "schema"
    stored = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert stored == schema_files() | kit_schema_files()


@pytest.mark.parametrize(("name", "model"), [("question.json", Question), ("area.json", Area)])
def test_a_schema_knows_every_field_and_no_other(name: str, model: type[Question | Area]) -> None:
    schema = json.loads(schema_files()[name])
    assert set(schema["properties"]) == set(model.model_fields)
    assert schema["additionalProperties"] is False
    for part in schema["$defs"].values():
        assert part["additionalProperties"] is False


def test_a_check_of_files_that_are_missing_or_old_fails_and_writes_nothing(folder: Path) -> None:
    missing = run(folder, "--check")
    assert isinstance(missing.exception, BadInput)
    assert "out of date: question.json, area.json" in str(missing.exception)
    assert not (folder / "schema").exists()


def test_writing_them_once_is_enough_until_a_file_is_changed(folder: Path) -> None:
    assert "schema: question.json, area.json" in run(folder).output
    assert "up to date" in run(folder, "--check").output
    (folder / "schema" / "area.json").write_text("{}", encoding="utf-8")
    changed = run(folder, "--check")
    assert str(changed.exception) == "out of date: area.json; run `viva bank schema`"
    assert run(folder).output == "schema: area.json\n"
    assert run(folder, "--check").exit_code == 0
