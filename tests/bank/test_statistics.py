"""The counts of the small bank, which can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

from backend.bank.loader import Bank
from backend.bank.statistics import bank_statistics


def test_the_whole_bank_is_counted(small: Bank) -> None:
    found = bank_statistics(small)
    assert found.version == small.version
    assert (found.questions, found.claims) == (5, 20)
    assert (found.expectations, found.expectations_assessed) == (2, 2)
    assert (found.sections, found.sources, found.reviewed) == (3, 2, 0)


def test_an_area_is_counted_by_level_kind_and_expectation(small: Bank) -> None:
    (area,) = bank_statistics(small).areas
    assert (area.area, area.title, area.questions) == ("bakery", "Bakery planning", 5)
    assert area.by_level == {"junior": 2, "mid": 2, "senior": 1}
    assert area.by_kind == {"technical": 2, "behavioural": 1, "hands-on": 1, "design": 1}
    assert (area.claims, area.red_flags, area.minutes) == (20, 5, 31)
    assert area.claims_by_expectation == {"bakery/demand": 9, "bakery/leftovers": 11}
    # documents/measuring.md belongs to no area
    assert area.sections == 1


def test_an_expectation_that_nothing_assesses_and_a_review_are_counted(small: Bank) -> None:
    oven = small.question("bakery/oven-that-failed")
    reviewed = oven.model_copy(update={"reviewed": date(2026, 3, 2)})
    found = bank_statistics(replace(small, questions=MappingProxyType({oven.id: reviewed})))
    assert (found.questions, found.reviewed) == (1, 1)
    assert (found.expectations, found.expectations_assessed) == (2, 1)
    (area,) = found.areas
    assert area.claims_by_expectation == {"bakery/demand": 0, "bakery/leftovers": 4}
    assert area.by_level == {"junior": 1, "mid": 0, "senior": 0}
