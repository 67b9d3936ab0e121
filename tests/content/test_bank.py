"""The bank that ships: free of problems, complete, and as AUTHORING.md asks where the lint cannot say."""

from __future__ import annotations

from collections import Counter
from itertools import product as pairs_of

import pytest

from backend.bank.checks import check_bank
from backend.bank.loader import Bank
from backend.bank.question import LEVELS
from backend.bank.wording import words
from tests.conftest import ROOT

FOLDER = ROOT / "question_bank"
SOURCE_DOCUMENTS = {"doit", "ttc", "cla", "cbt"}


def test_the_bank_breaks_no_rule(bank: Bank) -> None:
    assert [str(problem) for problem in check_bank(bank)] == []


def test_the_whole_skill_map_is_there(bank: Bank) -> None:
    assert len(bank.areas) == 21
    assert sum(len(area.expectations) for area in bank.areas.values()) == 90
    assert Counter(area.kind for area in bank.areas.values()) == {
        "technical": 16,
        "behavioural": 5,
    }


def test_every_area_has_two_questions_for_every_level(bank: Bank) -> None:
    thin = [
        (area, level, len(asked))
        for area, level in pairs_of(bank.areas, LEVELS)
        if len(asked := bank.in_area(area, level)) < 2
    ]
    assert thin == []


def test_every_expectation_of_the_map_names_one_of_the_four_documents(bank: Bank) -> None:
    assert [
        f"{area.area}/{name}"
        for area in bank.areas.values()
        for name, expectation in area.expectations.items()
        if not SOURCE_DOCUMENTS & set(expectation.sources)
    ] == []
    cited = {
        key
        for area in bank.areas.values()
        for item in area.expectations.values()
        for key in item.sources
    }
    assert cited >= SOURCE_DOCUMENTS


def test_a_behavioural_area_asks_for_real_examples(bank: Bank) -> None:
    without = [
        area.area
        for area in bank.areas.values()
        if area.kind == "behavioural"
        and not any(question.kind == "behavioural" for question in bank.in_area(area.area))
    ]
    assert without == []


def test_no_two_questions_share_a_title_or_a_wording(bank: Bank) -> None:
    for texts in (
        [question.title for question in bank.questions.values()],
        [question.ask for question in bank.questions.values()],
    ):
        assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_a_question_is_short_enough_to_be_heard_and_long_enough_to_be_a_situation(
    bank: Bank,
) -> None:
    lengths = {question.id: len(words(question.ask)) for question in bank.questions.values()}
    assert {name: count for name, count in lengths.items() if not 15 <= count <= 90} == {}


def test_every_question_can_be_deepened_twice(bank: Bank) -> None:
    assert [
        question.id for question in bank.questions.values() if len(question.follow_ups) != 2
    ] == []


@pytest.mark.parametrize(("kind", "schema"), [("questions", "question"), ("skills", "area")])
def test_every_file_names_its_schema_to_the_editor(kind: str, schema: str) -> None:
    paths = sorted((FOLDER / kind).rglob("*.yaml"))
    assert paths
    for path in paths:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        start, _, target = first.partition("$schema=")
        assert start == "# yaml-language-server: ", path.name
        assert (path.parent / target).resolve() == FOLDER / "schema" / f"{schema}.json", path.name


def test_every_folder_of_questions_and_every_note_belongs_to_an_area(bank: Bank) -> None:
    areas = set(bank.areas)
    assert {path.name for path in (FOLDER / "questions").iterdir()} == areas
    assert {path.stem for path in (FOLDER / "documents").iterdir()} == areas
