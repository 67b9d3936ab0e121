"""`viva script`: kits, exercises and score sheets from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backend.bank.loader import Bank
from backend.cli import app
from backend.errors import VivaError

KIT = (
    "script",
    "--level",
    "senior",
    "--areas",
    "mlops,monitoring,collaboration",
    "--minutes",
    "60",
    "--seed",
    "7",
)


def viva(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def refused(*arguments: str) -> str:
    result = viva(*arguments)
    assert isinstance(result.exception, VivaError), result.output
    return str(result.exception)


def test_a_kit_is_printed_or_written_in_the_format_of_its_name(tmp_path: Path) -> None:
    printed = viva(*KIT)
    assert printed.exit_code == 0
    assert printed.stdout.startswith("# Interview kit: Senior machine learning engineer\n")
    paths = [tmp_path / f"kit.{suffix}" for suffix in ("md", "docx", "json", "csv", "html")]
    written = viva(*KIT, *(part for path in paths for part in ("--out", str(path))))
    assert written.exit_code == 0, written.output
    assert paths[0].read_text(encoding="utf-8") == printed.stdout
    kit = json.loads(paths[2].read_text(encoding="utf-8"))
    assert written.stdout.startswith(f"kit {kit['id']}: {len(kit['questions'])} questions")
    assert all(path.stat().st_size > 500 for path in paths)


def test_a_blueprint_is_the_default_that_flags_override(tmp_path: Path) -> None:
    out = tmp_path / "kit.json"
    done = viva("script", "--blueprint", "senior-mlops", "--minutes", "90", "--out", str(out))
    assert done.exit_code == 0, done.output
    request = json.loads(out.read_text(encoding="utf-8"))["request"]
    assert request["areas"] == ["mlops", "monitoring", "cloud", "collaboration"]
    assert (request["minutes"], request["panel"]) == (90, 3)
    listed = viva("script", "blueprints").stdout
    assert "senior-mlops: Senior MLOps; senior, 60 minutes, panel of 3" in listed


def test_a_sheet_goes_out_and_comes_back(tmp_path: Path) -> None:
    sheet, kit = tmp_path / "sheet.csv", tmp_path / "kit.json"
    assert viva(*KIT, "--panel", "2", "--out", str(sheet), "--out", str(kit)).exit_code == 0
    lines = sheet.read_text(encoding="utf-8-sig").splitlines()
    column = lines[0].split(",").index("rating")
    assert column == 7
    text = "\n".join(
        line.replace(",,,,", f",{5 if 'interviewer 1' in line else 2},,,") for line in lines
    )
    sheet.write_text(text, encoding="utf-8")
    done = viva("script", "score", str(sheet), "--kit", str(kit), "--json")
    assert done.exit_code == 0, done.output
    (found,) = json.loads(done.stdout)["candidates"]
    assert {row["mean"] for row in found["competencies"]} == {3.5}
    assert {row["spread"] for row in found["competencies"]} == {3.0}
    assert len(found["to_discuss"]) == len(found["items"])
    printed = viva("script", "score", str(sheet)).stdout
    assert "to discuss: Q1" in printed
    assert "They recommend nothing" in printed


def test_a_candidate_gets_brief_and_data_and_no_solution(bank: Bank, tmp_path: Path) -> None:
    out = tmp_path / "candidate"
    done = viva("script", "exercise", "sensor-cleaning", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == ["brief.md", "sensors.csv"]
    brief = (out / "brief.md").read_text(encoding="utf-8")
    exercise = bank.kits.exercises["sensor-cleaning"]
    assert exercise.brief in brief
    assert not any(row.excellent in brief for row in exercise.rubric)
    assert "the folder is not empty" in refused(
        "script", "exercise", "sensor-cleaning", "--out", str(out)
    )
    listed = viva("script", "exercise", "list").stdout
    assert all(f"{name}: " in listed for name in bank.kits.exercises)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("script",), "--level: say junior, mid or senior"),
        (("script", "--level", "mid"), "--areas: say which areas"),
        (("script", "--level", "mid", "--areas", "cooking"), "no area 'cooking'"),
        ((*KIT, "--out", "kit.odt"), "--out kit.odt: the name must end with"),
        ((*KIT, "--out", "no/such/kit.md"), "there is no folder no/such"),
        ((*KIT, "--panel", "9"), "--panel: Input should be less than or equal to 6"),
        ((*KIT, "--stages", "lunch"), "--stages: 'lunch' is not one of"),
        ((*KIT, "--part", "sheet"), "--part sheet: give --out"),
        ((*KIT, "--blueprint", "chef"), "--blueprint: no blueprint 'chef'"),
        (("script", "exercise", "juggling"), "no exercise 'juggling'"),
        (("script", "score", "no-such.csv"), "no-such.csv: No such file"),
    ],
)
def test_bad_input_names_the_flag(arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(*arguments)
