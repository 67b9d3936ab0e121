"""One question: what its hash stands for, how its prose is unwrapped, what its models refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from backend.bank.loader import Bank
from backend.bank.question import Content, Prose, Question, unwrapped

CHANGED: dict[str, dict[str, Any]] = {
    "Question": {
        "id": "bakery/rye-comes-back",
        "version": 2,
        "title": "Another title",
        "level": "mid",
        "kind": "design",
        "minutes": 6,
        "why": "Another reason to ask.",
        "ask": "Another question?",
        "clarify": "In other words?",
    },
    "Expectation": {
        "id": "other-id",
        "kind": "bonus",
        "claim": "Says something else.",
        "assesses": (),
        "reference": "documents/bakery.md#a-day-in-a-bakery",
        "probe": "What else is there?",
        "hint": "Think of another thing.",
        "star": "action",
    },
    "FollowUp": {"id": "other-id", "move": "measure", "ask": "And then what?"},
    "Exemplar": {"quality": "weak", "answer": "Something else.", "meets": ()},
}
PARTS = {"Expectation": "expectations", "FollowUp": "follow_ups", "Exemplar": "exemplars"}


def fields_of(model: type[Content]) -> set[str]:
    return set(model.model_fields)


def test_the_table_of_changes_names_every_field(rye: Question) -> None:
    parts = {*PARTS.values(), "reviewed"}
    assert CHANGED["Question"].keys() == fields_of(Question) - parts
    for name, field in PARTS.items():
        assert CHANGED[name].keys() == fields_of(type(getattr(rye, field)[0]))


@pytest.mark.parametrize("field", CHANGED["Question"])
def test_the_hash_changes_with_every_field(rye: Question, field: str) -> None:
    other = rye.model_copy(update={field: CHANGED["Question"][field]})
    assert other.content_hash() != rye.content_hash()


@pytest.mark.parametrize(
    ("part", "field"), [(part, field) for part in PARTS for field in CHANGED[part]]
)
def test_the_hash_changes_with_every_field_of_a_part(rye: Question, part: str, field: str) -> None:
    first, *rest = getattr(rye, PARTS[part])
    changed = first.model_copy(update={field: CHANGED[part][field]})
    other = rye.model_copy(update={PARTS[part]: (changed, *rest)})
    assert other.content_hash() != rye.content_hash()


@pytest.mark.parametrize("field", PARTS.values())
def test_the_hash_changes_with_the_order_of_parts_and_with_their_number(
    rye: Question, field: str
) -> None:
    items = getattr(rye, field) * 2
    hashes = {rye.content_hash(), rye.model_copy(update={field: items}).content_hash()}
    assert len(hashes) == 2
    if field != "follow_ups":
        backwards = rye.model_copy(update={field: tuple(reversed(getattr(rye, field)))})
        assert backwards.content_hash() not in hashes


def test_the_hash_ignores_the_review_date(rye: Question) -> None:
    reviewed = rye.model_copy(update={"reviewed": date(2026, 3, 2)})
    assert reviewed.content_hash() == rye.content_hash()


def test_a_question_cannot_be_changed(rye: Question) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        rye.version = 2  # type: ignore[misc]


def test_a_question_knows_its_area_its_musts_and_its_exemplars(rye: Question) -> None:
    assert rye.area == "bakery"
    assert [item.id for item in rye.musts] == ["sales-cut-off", "sold-out-hour"]
    assert rye.exemplar("weak").meets == ("error-is-enough",)
    without = rye.model_copy(update={"exemplars": rye.exemplars[:2]})
    with pytest.raises(LookupError, match="bakery/rye-runs-out has no weak exemplar"):
        without.exemplar("weak")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "Bakery/rye"),
        ("id", "rye"),
        ("version", 0),
        ("title", "x" * 71),
        ("level", "lead"),
        ("minutes", 31),
        ("why", "   short  "),
        ("expectations", ()),
        ("follow_ups", ()),
        ("exemplars", ()),
        ("reviewed", "soon"),
        ("difficulty", 3),
    ],
)
def test_what_no_question_may_hold_is_refused(rye: Question, field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Question.model_validate(rye.model_dump() | {field: value})
    (fault,) = caught.value.errors()
    assert fault["loc"] == (field,)


def test_lines_of_a_paragraph_are_joined() -> None:
    text = "The rye is gone\nby noon. What   is\n  going on?"
    assert unwrapped(text) == "The rye is gone by noon. What is going on?"


def test_paragraphs_stay_apart_whatever_stands_between_them() -> None:
    assert unwrapped("one\ntwo\n \t\nthree\n\n\nfour\nfive") == "one two\n\nthree\n\nfour five"


@pytest.mark.parametrize(
    "text",
    [
        "```python\nfor loaf in rye:\n    print(loaf)\n```",
        "```python\nloaves = 3\n\n\nfor loaf in rye:\n  print(loaf)\n\nprint()\n```",
        "- rye\n- oat\n  and barley",
        "1. mix\n2. bake",
        "* rye\n* oat",
        "    indented = code\n    more = code",
        "| shop | loaves |\n|---|---|\n| north | 12 |",
    ],
    ids=["code", "code with blank lines", "list", "numbers", "stars", "indented", "table"],
)
def test_code_lists_and_tables_keep_their_lines(text: str) -> None:
    assert unwrapped(text) == text
    around = f"Look at\nthis:\n\n{text}\n\nWhat is\nwrong?"
    assert unwrapped(around) == f"Look at this:\n\n{text}\n\nWhat is wrong?"


def test_unwrapping_twice_changes_nothing(bank: Bank) -> None:
    for question in bank.questions.values():
        assert unwrapped(question.ask) == question.ask


def test_prose_is_stripped_and_unwrapped_when_it_is_read() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(Prose)
    assert adapter.validate_python("\n  What is\n  going on?\n") == "What is going on?"
    with pytest.raises(ValidationError, match="at least 8 characters"):
        adapter.validate_python("  Why?       ")
