"""A blank sheet goes out, filled ones come back, and nothing but arithmetic happens to them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from backend.errors import BadInput
from backend.scripts.kit import Kit
from backend.scripts.score import CandidateScore, score_files
from backend.scripts.sheet import ScoreSheet, blank_sheet, csv_text, read_sheet
from tests.conftest import ROOT


def filled(kit: Kit, given: dict[str, dict[str, int]], candidate: str = "C-17") -> ScoreSheet:
    """The kit's sheet with the ratings of each rater, by item."""
    (one, *_) = blank_sheet(kit).sheets
    sheets = tuple(
        one.model_copy(
            update={
                "rater": rater,
                "candidate": candidate,
                "ratings": tuple(
                    row.model_copy(update={"rating": ratings.get(row.item)}) for row in one.ratings
                ),
            }
        )
        for rater, ratings in given.items()
    )
    return ScoreSheet(kit=kit.id, sheets=sheets)


def scored(kit: Kit, tmp_path: Path, given: dict[str, dict[str, int]]) -> CandidateScore:
    path = tmp_path / "sheet.csv"
    path.write_text(csv_text(filled(kit, given)), encoding="utf-8")
    (found,) = score_files([path], kit).candidates
    return found


def test_a_sheet_survives_csv_and_json(kit: Kit, tmp_path: Path) -> None:
    sheet = filled(kit, {"Rater A": {"Q1": 4}, "Rater B": {"Q1": 2}})
    text = csv_text(sheet)
    for name, content in (
        ("plain.csv", text),
        ("bom.csv", "\ufeff" + text),
        ("sheet.json", sheet.model_dump_json()),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert read_sheet(tmp_path / name) == sheet
    rows = list(csv.reader(text.splitlines()))
    with (tmp_path / "semicolons.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert read_sheet(tmp_path / "semicolons.csv") == sheet
    schema = json.loads((ROOT / "question_bank/schema/score_sheet.json").read_text())
    jsonschema.validate(json.loads(sheet.model_dump_json()), schema)


def test_means_spreads_and_disagreements_are_arithmetic(kit: Kit, tmp_path: Path) -> None:
    first, second = [item for item in kit.items if item.competency == kit.items[0].competency][:2]
    found = scored(
        kit,
        tmp_path,
        {"A": {first.key: 5, second.key: 3}, "B": {first.key: 2}, "C": {first.key: 2}},
    )
    by_key = {item.item: item for item in found.items}
    assert by_key[first.key].mean == 3.0
    assert by_key[first.key].spread == 3
    competency = found.competencies[0]
    assert competency.mean == 3.0  # each item counts once: (3.0 + 3.0) / 2
    assert competency.by_rater == {"A": 4.0, "B": 2.0, "C": 2.0}
    assert competency.spread == 2.0
    assert found.to_discuss == (first.key,)
    assert found.rated_once == (second.key,)
    assert len(found.unrated) == len(kit.items) - 2


def test_a_sheet_nobody_filled_in_has_no_figures(kit: Kit, tmp_path: Path) -> None:
    found = scored(kit, tmp_path, {"A": {}, "B": {}})
    assert found.raters == ()
    assert {row.mean for row in found.competencies} == {None}
    assert found.to_discuss == found.rated_once == ()


def test_files_of_several_raters_and_candidates_come_together(kit: Kit, tmp_path: Path) -> None:
    for index, (rater, who) in enumerate([("A", "C-2"), ("B", "C-2"), ("A", "C-1")]):
        sheet = filled(kit, {rater: {"Q1": 3}}, who)
        (tmp_path / f"{index}.csv").write_text(csv_text(sheet), encoding="utf-8")
    result = score_files(sorted(tmp_path.glob("*.csv")))
    assert [(one.candidate, one.raters) for one in result.candidates] == [
        ("C-1", ("A",)),
        ("C-2", ("A", "B")),
    ]


def test_nothing_is_recommended(kit: Kit, tmp_path: Path) -> None:
    found = scored(kit, tmp_path, {"A": {item.key: 5 for item in kit.items}})
    fields = set(CandidateScore.__dataclass_fields__)
    assert not {"total", "rank", "verdict", "recommendation", "decision"} & fields
    assert found.unrated == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (",4,", ",6,", r"sheet\.csv:2: rating: '6' is not a whole number from 1 to 5"),
        (",4,", ',"3,5",', r"sheet\.csv:2: rating: '3,5' is not a whole number"),
        ("Rater A", "", r"sheet\.csv:2: rater: is empty"),
        ("rating,ticks", "points,ticks", r"sheet\.csv:1: no column rating"),
    ],
)
def test_a_fault_is_named_with_line_and_column(
    kit: Kit, tmp_path: Path, old: str, new: str, says: str
) -> None:
    text = csv_text(filled(kit, {"Rater A": {"Q1": 4}}))
    assert old in text
    path = tmp_path / "sheet.csv"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        score_files([path])


def test_sheets_that_do_not_belong_together_are_refused(
    kit: Kit, kit_b: Kit, tmp_path: Path
) -> None:
    a, b, again = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "again.csv"
    a.write_text(csv_text(filled(kit, {"A": {"Q1": 4}})), encoding="utf-8")
    b.write_text(csv_text(filled(kit_b, {"B": {"Q1": 4}})), encoding="utf-8")
    again.write_text(a.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(BadInput, match=rf"b\.csv: kit: is {kit_b.id}"):
        score_files([a, b])
    with pytest.raises(BadInput, match="'A' has a second sheet"):
        score_files([a, again])
    strange = a.read_text(encoding="utf-8").replace(",Q1,", ",Q99,")
    a.write_text(strange, encoding="utf-8")
    with pytest.raises(BadInput, match="has no item 'Q99'"):
        score_files([a], kit)


def test_a_kit_given_as_a_sheet_is_recognised(kit: Kit, tmp_path: Path) -> None:
    path = tmp_path / "kit.json"
    path.write_text(kit.model_dump_json(), encoding="utf-8")
    with pytest.raises(BadInput, match="this is the kit, not a score sheet"):
        read_sheet(path)
