"""Reading one YAML file: every fault has its field and its line, and nothing is lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from backend.bank.question import Content
from backend.bank.yaml_file import read_yaml, read_yaml_as
from backend.errors import BankError, BankProblem


class Loaf(Content):
    name: str
    grams: int = 500


class Shop(Content):
    town: str
    loaves: tuple[Loaf, ...] = ()


def faults(path: Path, text: str) -> list[BankProblem]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BankError) as caught:
        read_yaml(path, "shop.yaml", Shop)
    return caught.value.problems


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.yaml"


def test_a_good_file_becomes_the_model(path: Path) -> None:
    path.write_text("# a shop\ntown: Ulm\nloaves:\n  - {name: rye, grams: 750}\n", encoding="utf-8")
    assert read_yaml(path, "shop.yaml", Shop) == Shop(
        town="Ulm", loaves=(Loaf(name="rye", grams=750),)
    )


def test_each_fault_has_the_line_of_its_value(path: Path) -> None:
    text = "town: Ulm\nloaves:\n  - name: rye\n    grams: heavy\n  - name: [oat]\n"
    assert [(fault.field, fault.line, fault.rule) for fault in faults(path, text)] == [
        ("loaves.0.grams", 4, "schema"),
        ("loaves.1.name", 5, "schema"),
    ]


def test_a_field_that_is_absent_has_the_line_of_what_lacks_it(path: Path) -> None:
    (fault,) = faults(path, "town: Ulm\nloaves:\n  - name: rye\n  - grams: 400\n")
    assert (fault.field, fault.line) == ("loaves.1.name", 4)


def test_a_field_that_nobody_knows_is_refused(path: Path) -> None:
    (fault,) = faults(path, "town: Ulm\nopen: 6\n")
    assert (fault.field, fault.line) == ("open", 2)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "just words\n", "- town: Ulm\n"])
def test_a_file_that_holds_no_mapping_is_refused(path: Path, text: str) -> None:
    (fault,) = faults(path, text)
    assert (fault.field, fault.rule) == ("", "schema")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("town: Ulm\nloaves: [{name: rye}\n", 3),
        ("town: Ulm\n\tloaves: []\n", 2),
        ("town: Ulm\nloaves: *unknown\n", 2),
        ("town: Ulm\n? [a]\n: b\n", 2),
        ("town: Ulm\n---\ntown: Bonn\n", 2),
        ("town: !!python/object/apply:os.getcwd []\n", 1),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(path: Path, text: str, line: int) -> None:
    (fault,) = faults(path, text)
    assert (fault.rule, fault.line) == ("yaml", line)
    assert fault.message.startswith("not valid YAML: ")


def test_a_control_character_is_refused(path: Path) -> None:
    (fault,) = faults(path, "town: Ulm\x00\n")
    assert fault.rule == "yaml"


def test_a_doubled_key_is_found_at_any_depth_and_on_its_second_line(path: Path) -> None:
    text = "town: Ulm\nloaves:\n  - name: rye\n    grams: 1\n    grams: 2\ntown: Bonn\n"
    assert [(fault.field, fault.line, fault.rule) for fault in faults(path, text)] == [
        ("loaves.0.grams", 5, "doubled-key"),
        ("town", 6, "doubled-key"),
    ]


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(BankError, match=r"shop\.yaml: cannot be read: .+ \[readable\]"):
        read_yaml(path, "shop.yaml", Shop)


def test_a_date_is_left_to_the_model(path: Path) -> None:
    path.write_text("first: 2026-03-02\n", encoding="utf-8")
    assert read_yaml_as(path, "days.yaml", TypeAdapter(dict[str, str])) == {"first": "2026-03-02"}
