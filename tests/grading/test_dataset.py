"""Files of graded answers are other people's: extra fields are fine, wrong rows are named exactly."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from backend.errors import BadInput
from backend.grading.dataset import read_dataset, set_name

GOOD: dict[str, Any] = {
    "id": "a-1",
    "qid": "a",
    "question": "Why do bridges have gaps?",
    "reference": "Metal grows when it is warm.",
    "rubric": None,
    "answer": "So that the metal can grow.",
    "score": 1.5,
    "max_score": 2,
    "labels": None,
}


def written(path: Path, *rows: Any) -> Path:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read_dataset(path)
    return str(caught.value)


def test_a_row_is_read_with_its_share_of_the_points(tmp_path: Path) -> None:
    (row,) = read_dataset(written(tmp_path / "set.jsonl", GOOD))
    assert (row.id, row.qid, row.share, row.rubric) == ("a-1", "a", 0.75, ())


def test_a_gzipped_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "set.data"
    path.write_bytes(gzip.compress(json.dumps(GOOD).encode()))
    assert len(read_dataset(path)) == 1


def test_fields_that_are_not_ours_are_ignored(tmp_path: Path) -> None:
    (row,) = read_dataset(written(tmp_path / "set.jsonl", GOOD | {"annotator mood": ["odd"]}))
    assert not hasattr(row, "annotator mood")


def test_numbers_serve_as_ids(tmp_path: Path) -> None:
    (row,) = read_dataset(written(tmp_path / "set.jsonl", GOOD | {"id": 7, "qid": 3}))
    assert (row.id, row.qid) == ("7", "3")


def test_empty_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "set.jsonl", GOOD, "", GOOD | {"score": "two"})
    assert f"{path}:3: score" in refusal(path)


def test_no_more_rows_are_read_than_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "set.jsonl", GOOD, GOOD, "{ broken")
    assert len(read_dataset(path, limit=2)) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"qid": None}, "qid"),
        ({"answer": 5}, "answer"),
        ({"score": -1}, "score"),
        ({"score": 2.5}, "score"),
        ({"score": float("nan")}, "score"),
        ({"max_score": 0}, "max_score"),
        ({"reference": "  "}, "reference"),
        ({"rubric": "one claim"}, "rubric"),
        ({"rubric": ["one", 2]}, "rubric.1"),
        ({"rubric": ["one", "two"], "labels": [1]}, "labels"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_and_field(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    path = written(tmp_path / "set.jsonl", GOOD, GOOD | change)
    assert refusal(path).startswith(f"{path}:2: {field}: ")


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    row = {name: value for name, value in GOOD.items() if name != "score"}
    path = written(tmp_path / "set.jsonl", row)
    assert refusal(path) == f"{path}:1: score: Field required"


@pytest.mark.parametrize("line", ["not json", "[1, 2]", '"text"'])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "set.jsonl", GOOD, line)
    assert refusal(path).startswith(f"{path}:2: ")


def test_a_file_that_is_absent_empty_damaged_or_not_text_is_said_to_be_so(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "absent.jsonl")
    assert "Is a directory" in refusal(tmp_path)
    assert "no rows" in refusal(written(tmp_path / "empty.jsonl", ""))
    damaged = tmp_path / "damaged.jsonl.gz"
    damaged.write_bytes(gzip.compress(json.dumps(GOOD).encode() * 50)[:-20])
    assert "damaged" in refusal(damaged)
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00a")
    assert "not UTF-8" in refusal(binary)


def test_labels_say_which_claims_a_person_found(tmp_path: Path) -> None:
    rubric = {"rubric": ["a", "b", "c", "d"], "labels": [1, 0, True, None]}
    (row,) = read_dataset(written(tmp_path / "set.jsonl", GOOD | rubric))
    assert row.claim_labels == (True, False, True, None)
    assert row.rater_scores == ()


def test_raters_are_found_by_name_or_in_a_list(tmp_path: Path) -> None:
    two = GOOD | {"labels": {"grader2_x": 1, "grader1_y": 2.0, "note": "z"}}
    three = GOOD | {"labels": {"graders": [0, 1, 2]}}
    alone = GOOD | {"labels": {"grader1": 1}}
    found = read_dataset(written(tmp_path / "set.jsonl", two, three, alone))
    assert [row.rater_scores for row in found] == [(2.0, 1.0), (0.0, 1.0, 2.0), ()]


@pytest.mark.parametrize("name", ["graded.jsonl", "graded.jsonl.gz", "graded.json"])
def test_a_set_is_called_what_its_file_is_called(name: str) -> None:
    assert set_name(Path("/some/where") / name) == "graded"
