"""Loading the whole question bank from a folder into one immutable value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter

from backend.bank.kit_files import KitFiles, read_kit_files
from backend.bank.notes import Section, sections_of
from backend.bank.persona import Persona
from backend.bank.phrasings import Phrasing, Phrasings
from backend.bank.question import LEVELS, Level, Question
from backend.bank.skills import Area, Source
from backend.bank.yaml_file import read_text, read_yaml, read_yaml_as
from backend.errors import BadInput, BankError, BankProblem, UnknownArea, UnknownQuestion


@dataclass(frozen=True)
class Bank:
    """Areas, questions, reference sections and sources, keyed by id; all in a fixed order."""

    areas: Mapping[str, Area]
    questions: Mapping[str, Question]
    sections: Mapping[str, Section]
    sources: Mapping[str, Source]
    phrasings: Mapping[str, Mapping[str, Phrasing]]
    folder: Path
    personas: Mapping[str, Persona] = field(default_factory=dict[str, Persona])
    kits: KitFiles = field(default_factory=KitFiles)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change with any question, rubric, anchor, note, exercise or plan."""
        digest = hashlib.sha256()
        for area in self.areas.values():
            digest.update(f"{area.model_dump_json()}\n".encode())
        for question in self.questions.values():
            digest.update(f"{question.id}@{question.content_hash()}\n".encode())
        for question_id, claims in sorted(self.phrasings.items()):
            for claim, phrasing in sorted(claims.items()):
                digest.update(f"{question_id}.{claim}\n{phrasing.model_dump_json()}\n".encode())
        for section in self.sections.values():
            digest.update(f"{section.reference}\n{section.text}\n".encode())
        for line in self.kits.fingerprints():
            digest.update(f"{line}\n".encode())
        return digest.hexdigest()[:12]

    def question(self, question_id: str) -> Question:
        """Raises `UnknownQuestion`, naming the nearest ids, if there is no such question."""
        found = self.questions.get(question_id)
        if found is None:
            area = question_id.split("/")[0]
            near = get_close_matches(question_id, self.questions, n=3)
            near = near or [known for known in self.questions if known.split("/")[0] == area][:5]
            known = ", ".join(near) if near else "see `viva bank stats` for the areas"
            raise UnknownQuestion(f"no question {question_id!r} in the bank; known: {known}")
        return found

    def persona(self, name: str) -> Persona:
        """Raises `BadInput`, naming those that exist, if there is no such persona."""
        if name not in self.personas:
            known = ", ".join(self.personas) or "none"
            raise BadInput(f"no persona {name!r}; there are: {known}")
        return self.personas[name]

    def check_area(self, area: str) -> str:
        """The area itself. Raises `UnknownArea`, naming those that exist."""
        if area not in self.areas:
            raise UnknownArea(f"no area {area!r}; the areas are: {', '.join(self.areas)}")
        return area

    def in_area(self, area: str, level: Level | None = None) -> list[Question]:
        return [
            question
            for question in self.questions.values()
            if question.area == area and level in (None, question.level)
        ]


def load_bank(folder: Path) -> Bank:
    """The bank in `folder`. Raises `BankError` with every problem found in any file."""
    bank, problems = read_bank(folder)
    if problems:
        raise BankError(problems)
    return bank


def read_bank(folder: Path) -> tuple[Bank, list[BankProblem]]:
    """What can be read of the bank, and a problem for each fault of each file that cannot.

    Raises `BankError` if the folder holds no bank at all.
    """
    problems: list[BankProblem] = []
    areas: dict[str, Area] = {}
    questions: dict[str, Question] = {}
    sections: dict[str, Section] = {}
    if not (folder / "skills").is_dir():
        message = f"no question bank in {folder} (VIVA_BANK_DIR): it has no folder skills/"
        raise BankError([BankProblem("skills", 0, "", "missing", message)])
    sources: Mapping[str, Source] = {}
    try:
        adapter = TypeAdapter(dict[str, Source])
        sources = read_yaml_as(folder / "sources.yaml", "sources.yaml", adapter)
    except BankError as error:
        problems += error.problems
    for path in sorted((folder / "skills").glob("*.yaml")):
        try:
            area = read_yaml(path, _name(folder, path), Area)
        except BankError as error:
            problems += error.problems
            continue
        if area.area != path.stem:
            problems.append(_misplaced(folder, path, "area", area.area, path.stem))
            continue
        areas[area.area] = area
    for path in sorted((folder / "questions").glob("*/*.yaml")):
        try:
            question = read_yaml(path, _name(folder, path), Question)
        except BankError as error:
            problems += error.problems
            continue
        expected = f"{path.parent.name}/{path.stem}"
        if question.id != expected:
            problems.append(_misplaced(folder, path, "id", question.id, expected))
            continue
        questions[question.id] = question
    for path in sorted((folder / "documents").glob("*.md")):
        name = _name(folder, path)
        try:
            text = read_text(path, name)
        except BankError as error:
            problems += error.problems
            continue
        for section in sections_of(path.stem, text):
            if section.reference in sections:
                message = f"the heading {section.title!r} stands twice"
                place = (name, section.line, section.anchor)
                problems.append(BankProblem(*place, "unique-headings", message))
            sections.setdefault(section.reference, section)
    phrasings: dict[str, Mapping[str, Phrasing]] = {}
    for path in sorted((folder / "phrasings").glob("*.yaml")):
        try:
            phrasings |= read_yaml_as(path, _name(folder, path), TypeAdapter(Phrasings))
        except BankError as error:
            problems += error.problems
    personas: dict[str, Persona] = {}
    for path in sorted((folder / "personas").glob("*.yaml")):
        try:
            persona = read_yaml(path, _name(folder, path), Persona)
        except BankError as error:
            problems += error.problems
            continue
        if persona.id != path.stem:
            problems.append(_misplaced(folder, path, "id", persona.id, path.stem))
            continue
        personas[persona.id] = persona
    kits, faults = read_kit_files(folder)
    problems += faults
    ordered = dict(sorted(questions.items(), key=lambda pair: _place(pair[1])))
    bank = Bank(
        areas=MappingProxyType(areas),
        questions=MappingProxyType(ordered),
        sections=MappingProxyType(sections),
        sources=MappingProxyType(dict(sources)),
        phrasings=MappingProxyType(phrasings),
        folder=folder,
        personas=MappingProxyType(personas),
        kits=kits,
    )
    return bank, problems


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _misplaced(folder: Path, path: Path, field: str, given: str, expected: str) -> BankProblem:
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next((n for n, text in enumerate(lines, 1) if text.startswith(f"{field}:")), 0)
    message = f"is {given!r} but the file's place says {expected!r}"
    return BankProblem(_name(folder, path), line, field, "id-is-path", message)


def _place(question: Question) -> tuple[str, int, str]:
    return question.area, LEVELS.index(question.level), question.id
