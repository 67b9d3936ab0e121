"""Counting the bank: questions by area, level and kind, and how often each expectation is assessed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from backend.bank.loader import Bank
from backend.bank.question import LEVELS


@dataclass(frozen=True)
class AreaStatistics:
    """One area. `claims_by_expectation` counts the claims that assess each of its expectations."""

    area: str
    title: str
    questions: int
    by_level: dict[str, int]
    by_kind: dict[str, int]
    claims: int
    red_flags: int
    minutes: int
    sections: int
    claims_by_expectation: dict[str, int]


@dataclass(frozen=True)
class BankStatistics:
    """The whole bank."""

    version: str
    questions: int
    claims: int
    expectations: int
    expectations_assessed: int
    sections: int
    sources: int
    reviewed: int
    areas: tuple[AreaStatistics, ...]


def bank_statistics(bank: Bank) -> BankStatistics:
    """Counts of everything, area by area."""
    assessed = Counter(
        skill
        for question in bank.questions.values()
        for item in question.expectations
        for skill in item.assesses
    )
    areas: list[AreaStatistics] = []
    for area in bank.areas.values():
        asked = bank.in_area(area.area)
        items = [item for question in asked for item in question.expectations]
        areas.append(
            AreaStatistics(
                area=area.area,
                title=area.title,
                questions=len(asked),
                by_level={level: sum(q.level == level for q in asked) for level in LEVELS},
                by_kind=dict(Counter(question.kind for question in asked)),
                claims=len(items),
                red_flags=sum(item.is_red_flag for item in items),
                minutes=sum(question.minutes for question in asked),
                sections=sum(section.area == area.area for section in bank.sections.values()),
                claims_by_expectation={skill: assessed[skill] for skill in area.skill_ids},
            )
        )
    skills = [skill for area in bank.areas.values() for skill in area.skill_ids]
    return BankStatistics(
        version=bank.version,
        questions=len(bank.questions),
        claims=sum(area.claims for area in areas),
        expectations=len(skills),
        expectations_assessed=sum(assessed[skill] > 0 for skill in skills),
        sections=len(bank.sections),
        sources=len(bank.sources),
        reviewed=sum(question.reviewed is not None for question in bank.questions.values()),
        areas=tuple(areas),
    )
