"""Lint of what kits are made of: blueprints that can be filled, exercises that are whole and rated."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template
from typing import TYPE_CHECKING

from backend.bank.exercise import DATA, EXERCISE, SOLUTIONS, Exercise
from backend.bank.topics import FORBIDDEN
from backend.errors import BankProblem

if TYPE_CHECKING:
    from backend.bank.loader import Bank

HANDS_ON_MINUTES = range(15, 61)
TAKE_HOME_MINUTES = range(60, 301)
RUBRIC_ROWS = 3
BLANKS = {"minutes", "count"}


def check_kits(bank: Bank) -> Iterator[BankProblem]:
    """The problems of every blueprint, every exercise and the standing texts."""
    yield from _blueprints(bank)
    for exercise in bank.kits.exercises.values():
        file = f"exercises/{exercise.id}/{EXERCISE}"
        for field, rule, message in _exercise(exercise, bank):
            yield BankProblem(file, 0, field, rule, message)
    yield from _texts(bank)


def _blueprints(bank: Bank) -> Iterator[BankProblem]:
    for plan in bank.kits.blueprints.values():
        file = f"blueprints/{plan.id}.yaml"
        for name in plan.areas:
            if name not in bank.areas:
                message = f"{name!r} is not an area of skills/"
                yield BankProblem(file, 0, "areas", "known-area", message)
        for kind, pinned in plan.exercises.items():
            field = f"exercises.{kind}"
            for name in (pinned.a, pinned.b):
                found = bank.kits.exercises.get(name)
                if found is None or found.kind != kind:
                    message = f"there is no {kind} exercise {name!r}"
                    yield BankProblem(file, 0, field, "known-exercise", message)
            if pinned.a == pinned.b:
                message = "form A and form B need different exercises"
                yield BankProblem(file, 0, field, "two-exercises", message)


def _exercise(exercise: Exercise, bank: Bank) -> Iterator[tuple[str, str, str]]:
    known = {skill for area in bank.areas.values() for skill in area.skill_ids}
    for skill in exercise.assesses:
        if skill not in known:
            yield "assesses", "known-skill", f"{skill!r} is not in skills/"
    code = bank.kits.code[exercise.id]
    if DATA not in code:
        yield "files", "exercise-files", f"there is no {DATA} beside it"
    if not any(name in code for name in SOLUTIONS):
        yield "files", "exercise-files", f"there is no {' or '.join(SOLUTIONS)} beside it"
    limit = HANDS_ON_MINUTES if exercise.kind == "hands-on" else TAKE_HOME_MINUTES
    if exercise.minutes not in limit:
        message = f"{exercise.minutes}; a {exercise.kind} has {limit.start} to {limit.stop - 1}"
        yield "minutes", "exercise-minutes", message
    if len(exercise.rubric) < RUBRIC_ROWS:
        yield "rubric", "exercise-rubric", f"{len(exercise.rubric)} rows; a rubric has at least 3"
    for field, text in [("brief", exercise.brief), ("discuss", " ".join(exercise.discuss))]:
        if found := FORBIDDEN.search(text):
            yield field, "forbidden-topic", f"an employer may not ask about {found[0]!r}"


def _texts(bank: Bank) -> Iterator[BankProblem]:
    texts = bank.kits.texts
    if texts is None:
        return
    spoken = {
        "opening": texts.opening,
        "closing": texts.closing,
        "handout.welcome": texts.handout.welcome,
    }
    for field, text in spoken.items():
        template = Template(text)
        if not template.is_valid() or not set(template.get_identifiers()) <= BLANKS:
            message = "holds a $ that is neither $minutes nor $count"
            yield BankProblem("kit_texts.yaml", 0, field, "known-blank", message)
