"""Reading what kits are made of besides questions: blueprints, exercises and the standing texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.bank.blueprint import Blueprint
from backend.bank.exercise import EXERCISE, Exercise
from backend.bank.kit_texts import KitTexts
from backend.bank.yaml_file import read_text, read_yaml
from backend.errors import BankError, BankProblem

KIT_TEXTS = "kit_texts.yaml"
CODE = (".py", ".sql")


@dataclass(frozen=True)
class KitFiles:
    """Blueprints and exercises by id; `code[id]` holds the scripts beside an exercise by file name.

    `texts` is None in a bank that has questions but no kits.
    """

    blueprints: Mapping[str, Blueprint] = field(default_factory=dict[str, Blueprint])
    exercises: Mapping[str, Exercise] = field(default_factory=dict[str, Exercise])
    code: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    texts: KitTexts | None = None

    def fingerprints(self) -> list[str]:
        """One line for each file, for the version of the bank; none for a bank without kits."""
        lines = [item.model_dump_json() for item in self.blueprints.values()]
        for name, exercise in self.exercises.items():
            lines.append(exercise.model_dump_json())
            lines += [f"{file}\n{text}" for file, text in self.code[name].items()]
        return lines + ([self.texts.model_dump_json()] if self.texts else [])


def read_kit_files(folder: Path) -> tuple[KitFiles, list[BankProblem]]:
    """Everything that can be read, and a problem for each fault of what cannot."""
    problems: list[BankProblem] = []
    blueprints: dict[str, Blueprint] = {}
    for path in sorted((folder / "blueprints").glob("*.yaml")):
        found = _read(folder, path, Blueprint, path.stem, problems)
        if found:
            blueprints[found.id] = found
    exercises: dict[str, Exercise] = {}
    code: dict[str, Mapping[str, str]] = {}
    for path in sorted((folder / "exercises").glob(f"*/{EXERCISE}")):
        found = _read(folder, path, Exercise, path.parent.name, problems)
        if found:
            exercises[found.id] = found
            code[found.id] = _code(folder, path.parent, problems)
    texts: KitTexts | None = None
    if (folder / KIT_TEXTS).is_file():
        try:
            texts = read_yaml(folder / KIT_TEXTS, KIT_TEXTS, KitTexts)
        except BankError as error:
            problems += error.problems
    return KitFiles(blueprints, exercises, code, texts), problems


def _read(
    folder: Path, path: Path, model: Any, expected: str, problems: list[BankProblem]
) -> Any | None:
    name = path.relative_to(folder).as_posix()
    try:
        found = read_yaml(path, name, model)
    except BankError as error:
        problems += error.problems
        return None
    if found.id == expected:
        return found
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next((n for n, text in enumerate(lines, 1) if text.startswith("id:")), 0)
    message = f"is {found.id!r} but the file's place says {expected!r}"
    problems.append(BankProblem(name, line, "id", "id-is-path", message))
    return None


def _code(folder: Path, place: Path, problems: list[BankProblem]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted(place.iterdir()):
        if path.suffix in CODE:
            try:
                texts[path.name] = read_text(path, path.relative_to(folder).as_posix())
            except BankError as error:
                problems += error.problems
    return texts
