"""Released questions: what has been used keeps its version for ever.

Results carry the id, version and hash of the question they were graded by, and stay comparable only
while a version means one text. `released.json` remembers the hash of each released version, so that
the lint notices a change without a new version, a version that went down and a question that left.
Without the file nothing has been released yet and the rules are silent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter

from backend.bank.loader import Bank
from backend.bank.question import Content, QuestionId
from backend.bank.yaml_file import read_yaml_as
from backend.errors import BankError, BankProblem

RELEASED = "released.json"


class Release(Content):
    """The newest released version of one question, and the hash of its content."""

    version: Annotated[int, Field(ge=1)]
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


def check_releases(bank: Bank) -> list[BankProblem]:
    """Every released question that was changed in silence, set back or removed."""
    if not (bank.folder / RELEASED).is_file():
        return []
    try:
        released = _read(bank)
    except BankError as error:
        return error.problems
    return list(_compare(bank, released))


def write_release(bank: Bank) -> list[str]:
    """Records the bank as it is, which must be free of problems; the ids that are new or changed."""
    path = bank.folder / RELEASED
    before = _read(bank) if path.is_file() else {}
    now = {
        question.id: Release(version=question.version, hash=question.content_hash())
        for question in bank.questions.values()
    }
    rows = [f'  "{name}": {json.dumps(now[name].model_dump())}' for name in sorted(now)]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    return [name for name in sorted(now) if before.get(name) != now[name]]


def _read(bank: Bank) -> dict[str, Release]:
    # JSON is YAML too; read as such, faults have lines and doubled keys are noticed.
    adapter = TypeAdapter(dict[QuestionId, Release])
    return read_yaml_as(bank.folder / RELEASED, RELEASED, adapter)


def _compare(bank: Bank, released: dict[str, Release]) -> Iterator[BankProblem]:
    for name, release in released.items():
        file = f"questions/{name}.yaml"
        question = bank.questions.get(name)
        if question is None:
            # A file that is there but cannot be read has problems of its own.
            if not (bank.folder / file).is_file():
                message = f"version {release.version} is released; the question may not be removed"
                yield BankProblem(file, 0, "id", "version-kept", message)
        elif question.version < release.version:
            message = f"is {question.version}, but {release.version} is released already"
            yield BankProblem(file, 0, "version", "version-kept", message)
        elif question.version == release.version and question.content_hash() != release.hash:
            message = f"{release.version} is released with another content; raise it"
            yield BankProblem(file, 0, "version", "version-bump", message)
