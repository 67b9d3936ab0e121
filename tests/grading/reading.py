"""What readers found in the exemplars (`readings/*.yaml`), with the edits carried out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from backend.bank.loader import Bank
from backend.bank.question import Question

FOLDER = Path(__file__).resolve().parent / "readings"


@dataclass(frozen=True)
class Edited:
    """The strong exemplar after edits that take `claim` out of it."""

    claim: str
    text: str


@dataclass(frozen=True)
class Spoken:
    """A short answer about one claim."""

    claim: str
    text: str


@dataclass(frozen=True)
class Reading:
    """One question as a reader sees it. `spans` is by quality and claim."""

    question: Question
    spans: dict[str, dict[str, tuple[str, ...]]]
    paraphrase: Spoken
    terse: str
    hedged: str
    negated: Edited
    contradicted: Edited
    corrected: Spoken
    withdrawn: Spoken

    @property
    def strong(self) -> str:
        return one_line(self.question.exemplar("strong").answer)


def one_line(text: str) -> str:
    return " ".join(text.split())


def read_readings(bank: Bank) -> list[Reading]:
    """A reading for each question of the bank, in its order. Raises `KeyError` if one is missing."""
    found: dict[str, Any] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        found |= yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [_reading(question, found[question.id]) for question in bank.questions.values()]


def _reading(question: Question, facts: dict[str, Any]) -> Reading:
    strong = one_line(question.exemplar("strong").answer)
    return Reading(
        question=question,
        spans={
            quality: {claim: tuple(one_line(text) for text in texts) for claim, texts in by.items()}
            for quality, by in facts["spans"].items()
        },
        paraphrase=_spoken(facts["paraphrase"]),
        terse=one_line(facts["terse"]),
        hedged=one_line(facts["hedged"]),
        negated=_edited(strong, facts["negated"]),
        contradicted=_edited(strong, facts["contradicted"]),
        corrected=_spoken(facts["corrected"]),
        withdrawn=_spoken(facts["withdrawn"]),
    )


def _spoken(facts: dict[str, Any]) -> Spoken:
    return Spoken(facts["claim"], one_line(facts["said"]))


def _edited(text: str, facts: dict[str, Any]) -> Edited:
    for edit in facts["edits"]:
        old = one_line(edit["from"])
        if text.count(old) != 1:
            raise ValueError(f"{facts['claim']}: {old!r} occurs {text.count(old)} times")
        text = text.replace(old, one_line(edit["to"]))
    return Edited(facts["claim"], text)
