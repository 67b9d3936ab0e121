"""A file of answers is checked whole before anything is graded, and every fault has its line."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from backend.bank.loader import Bank
from backend.errors import BadInput, BadRows
from backend.evaluation.dataset import Choice, Dataset
from backend.evaluation.item import Item, Problem
from backend.evaluation.runner import checked
from tests.evaluation.conftest import Batch
from tests.evaluation.fakes import QUESTIONS, rows, write_rows

RYE = QUESTIONS[0]


def entries(bank: Bank, path: Path, **given: Any) -> list[Item | Problem]:
    return list(Dataset(path, bank, max_chars=20_000, **given).entries())


def problem(bank: Bank, tmp_path: Path, row: dict[str, Any], **given: Any) -> Problem:
    (found,) = entries(bank, write_rows(tmp_path / "one.jsonl", [row]), **given)
    assert isinstance(found, Problem)
    return found


def test_the_same_rows_are_the_same_items_in_every_format(bakery: Bank, tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    made = list(rows(9))
    plain = write_rows(tmp_path / "a.jsonl", made)
    with gzip.open(tmp_path / "a.jsonl.gz", "wb") as file:
        file.write(plain.read_bytes())
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8-sig") as table:
        writer = csv.DictWriter(table, list(made[0]))
        writer.writeheader()
        writer.writerows(row | {"labels": json.dumps(row["labels"])} for row in made)
    listed = [row | {"labels": json.dumps(row["labels"])} for row in made]
    parquet.write_table(pyarrow.Table.from_pylist(listed), tmp_path / "a.parquet")

    def content(name: str) -> list[Any]:
        found = entries(bakery, tmp_path / name)
        assert all(isinstance(item, Item) for item in found), found
        return [{**vars(item), "line": None} for item in found]

    wanted = content("a.jsonl")
    assert [item["id"] for item in wanted] == [row["id"] for row in made]
    assert wanted[4]["human"] == made[4]["human_score"]
    assert dict(wanted[4]["labels"]) == made[4]["labels"]
    for name in ("a.jsonl.gz", "a.csv", "a.parquet"):
        assert content(name) == wanted, name


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ({"question_id": RYE, "answer": "x"}, "id", "needed"),
        ({"id": "a", "question_id": RYE}, "", "give an answer (it may be empty) or a transcript"),
        ({"id": "a", "answer": "x"}, "question_id", "or a question with expectations"),
        ({"id": "a", "question_id": "bakery/rye", "answer": "x"}, "question_id", "known: bakery/"),
        ({"id": "a", "question_id": RYE, "answer": 5}, "answer", "valid string"),
        ({"id": "a", "question_id": RYE, "answer": "\x00" * 9}, "answer", "binary data"),
        ({"id": "a", "question_id": RYE, "answer": "w " * 20_000}, "answer", "limit is 20,000"),
        (
            {"id": "a", "question_id": RYE, "answer": "x", "human_score": 4},
            "human_score",
            "4 is above 1; set the column max_score or --max-score",
        ),
        ({"id": "a", "question_id": RYE, "answer": "x", "human_score": -1}, "human_score", "0"),
        (
            {"id": "a", "question_id": RYE, "answer": "x", "labels": {"rye": True}},
            "labels",
            "has no claim 'rye'; it has sales-cut-off",
        ),
        (
            {"id": "a", "question_id": RYE, "reference": "because", "answer": "x"},
            "question_id",
            "beside a rubric of its own",
        ),
        (
            {"id": "a", "question": "Why?", "rubric": ["one", "two"], "answer": "", "labels": [1]},
            "labels",
            "1 for 2 expectations",
        ),
        ({"id": "a", "transcript": [{"role": "candidate"}]}, "", "no turn of the interviewer"),
    ],
)
def test_a_bad_row_names_the_field_and_what_to_do(
    bakery: Bank, tmp_path: Path, row: dict[str, Any], field: str, says: str
) -> None:
    found = problem(bakery, tmp_path, row)
    assert (found.line, found.field) == (1, field)
    assert says in found.message


def test_every_fault_is_listed_with_its_line_before_anything_is_graded(batch: Batch) -> None:
    made = [*rows(3), {"id": "a00001", "question_id": RYE, "answer": "again"}]
    path = batch.file(made)
    with path.open("a", encoding="utf-8") as file:
        file.write('not JSON\n\n[1]\n{"id": "\\ud800"}\n')
    with pytest.raises(BadRows) as caught:
        checked(Dataset(path, batch.bank, max_chars=20_000), Choice(), "stop")
    assert caught.value.count == 4
    assert [line.split(":")[0] for line in caught.value.problems] == ["4", "5", "7", "8"]
    message = str(caught.value)
    assert f"{path}:4: id: 'a00001' stands in line 2 already" in message
    assert "nothing has been graded yet" in message
    assert "--on-error skip" in message


def test_bad_rows_can_be_left_out_but_not_all_of_them(batch: Batch) -> None:
    survey = checked(batch.dataset([*rows(2), {"id": "x"}]), Choice(), "skip")
    assert (survey.items, survey.bad, survey.to_grade) == (2, 1, 2)
    with pytest.raises(BadInput, match="no row can be graded"):
        checked(batch.dataset([{"id": "x"}]), Choice(), "skip")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "cannot tell the format by its name"),
        ("absent.jsonl", None, "No such file or directory"),
        ("a.jsonl", b"", "no rows"),
        ("a.jsonl", b"\xff\xfe", "not UTF-8 text"),
        ("a.jsonl", gzip.compress(b"{}" * 999)[:20], "gzip file is damaged"),
        ("a.csv", b"name,answer\n1,2\n", "no column 'id'"),
        ("a.csv", b"id,id\n1,2\n", "the column 'id' stands twice"),
        ("a.csv", b'id,answer\n1,"never closed\n', "not CSV"),
        ("a.parquet", b"PAR1 but not really", "not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    bakery: Bank, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=says) as caught:
        Dataset(tmp_path / name, bakery, max_chars=100).survey(Choice())
    assert str(tmp_path / name) in str(caught.value)


def test_a_csv_cell_may_hold_line_breaks_and_lines_still_count_from_the_file(
    bakery: Bank, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id,question_id,answer\na,{RYE},"two\nlines"\nb,{RYE}\n', encoding="utf-8")
    first, second = entries(bakery, path)
    assert isinstance(first, Item)
    assert (first.line, first.answers) == (2, ("two\nlines",))
    assert isinstance(second, Problem)
    assert (second.line, second.message) == (4, "2 cells, the header has 3")


def test_a_transcript_becomes_one_item_for_each_question_with_its_follow_ups(
    bakery: Bank, tmp_path: Path
) -> None:
    turns = [
        {"role": "interviewer", "text": "Welcome."},
        {"role": "candidate", "text": "Hello."},
        {"role": "interviewer", "question_id": RYE, "text": "Why is it gone?", "human_score": 0.5},
        {"role": "candidate", "text": "Sales stop."},
        {"role": "interviewer", "text": "And then?"},
        {"role": "candidate", "text": "Waste."},
        {"role": "interviewer", "question": "Why bread?", "reference": "Because people eat it."},
        {"role": "candidate", "text": "People eat."},
    ]
    row = {"id": "iv1", "group": "A", "transcript": turns}
    first, second = entries(bakery, write_rows(tmp_path / "t.jsonl", [row]))
    assert isinstance(first, Item)
    assert isinstance(second, Item)
    assert (first.id, first.candidate, first.group) == ("iv1#1", "iv1", "A")
    assert first.answers == ("Sales stop.", "Waste.")
    assert first.asked == ("Why is it gone?", "And then?")
    assert first.human == 0.5
    assert (second.id, second.question_id, second.answers) == ("iv1#2", None, ("People eat.",))
    assert second.own
    assert second.own.reference == "Because people eat it."


def test_a_sample_is_fixed_by_its_seed_and_keeps_the_order_of_the_file(batch: Batch) -> None:
    dataset = batch.dataset(60)

    def drawn(seed: int) -> list[str]:
        choice = Choice(sample=10, seed=seed)
        return [item.id for item in dataset.items(choice, dataset.survey(choice))]

    assert drawn(1) == drawn(1) == sorted(drawn(1))
    assert len(drawn(1)) == 10
    assert drawn(1) != drawn(2)


def test_columns_that_nothing_is_done_with_are_named(batch: Batch) -> None:
    survey = batch.dataset([row | {"human_scores": 1} for row in rows(2)]).survey(Choice())
    assert survey.unused == {"human_scores": 2}
