"""From a job description to areas, sentence by sentence, showing which sentence led to which.

Every sentence is compared by embedding with every expectation of the skill map and, within the area
found, with the questions. What is near no expectation (the lunch, the history of the company) counts
for nothing, and neither does a sentence about the person instead of the work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.bank.loader import Bank
from backend.bank.question import Level
from backend.bank.topics import FORBIDDEN
from backend.errors import BadInput
from backend.retrieval.embedder import Embedder
from backend.scripts.kit import JobLink
from backend.scripts.script import opening_and_closing

NEAR = 0.42
"""Cosine from which a sentence counts as speaking of an expectation."""

LEAST_SHARE = 0.05
"""An area with less of the whole weight than this is left out."""

LONGEST = 40_000
SHORTEST_SENTENCE = 3
MINUTES_A_QUESTION = {"junior": 6, "mid": 8, "senior": 10}
_SPLIT = re.compile(r"(?<=[.!?;])\s+(?=[A-Z(])|[\r\n]+\s*(?:[-*•–·]|\d+[.)])?\s*")


@dataclass(frozen=True)
class Derivation:
    """The areas in order of weight, the weight of every area found, and the sentences behind them."""

    areas: tuple[str, ...]
    shares: dict[str, float]
    links: tuple[JobLink, ...]


def read_job_description(path: Path) -> str:
    """The text of the file. Raises `BadInput` naming --job-description."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"--job-description {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"--job-description {path}: not UTF-8 text (byte {error.start}); save it as plain text"
        ) from error
    if not text.strip():
        raise BadInput(f"--job-description {path}: the file is empty")
    if len(text) > LONGEST:
        raise BadInput(f"--job-description {path}: {len(text)} characters; at most {LONGEST}")
    return text


def sentences_of(text: str) -> list[str]:
    """The sentences and list items of a job description, without headings and bullets."""
    pieces = (" ".join(piece.split()).strip(" -*•–·") for piece in _SPLIT.split(text) if piece)
    return [piece for piece in pieces if len(piece.split()) >= SHORTEST_SENTENCE]


def derive(text: str, bank: Bank, embedder: Embedder, *, level: Level, minutes: int) -> Derivation:
    """The areas that the text asks for, as many as `minutes` can hold at `level`.

    Raises `BadInput` if no sentence speaks of an expectation of the skill map.
    """
    sentences = [item for item in sentences_of(text) if not FORBIDDEN.search(item)]
    expectations = [
        (area, item.text) for area in bank.areas for item in bank.areas[area].expectations.values()
    ]
    if not sentences:
        raise BadInput("--job-description: the text has no sentence of three words or more")
    asked = embedder.encode(sentences)
    known = embedder.encode([expectation for _, expectation in expectations])
    near = np.asarray(asked) @ np.asarray(known).T
    weights: dict[str, float] = {}
    found: list[tuple[str, str, str]] = []
    for sentence, row in zip(sentences, near, strict=True):
        best = int(row.argmax())
        if row[best] < NEAR:
            continue
        area, expectation = expectations[best]
        weights[area] = weights.get(area, 0.0) + float(row[best])
        found.append((sentence, area, expectation))
    if not found:
        raise BadInput(
            "--job-description: no sentence speaks of a skill that the bank knows; give --areas"
        )
    total = sum(weights.values())
    ordered = sorted(weights, key=lambda area: (-round(weights[area], 6), area))
    shares = {area: round(weights[area] / total, 4) for area in ordered}
    room = max(1, (minutes - sum(opening_and_closing(minutes))) // MINUTES_A_QUESTION[level])
    areas = tuple(area for area in ordered if shares[area] >= LEAST_SHARE)[:room]
    areas = areas or tuple(ordered[:1])
    kept = [item for item in found if item[1] in areas]
    questions = _questions(bank, embedder, kept)
    links = tuple(
        JobLink(
            sentence=sentence,
            area=area,
            area_title=bank.areas[area].title,
            expectation=expectation,
            question_id=question,
        )
        for (sentence, area, expectation), question in zip(kept, questions, strict=True)
    )
    return Derivation(areas, shares, links)


def _questions(bank: Bank, embedder: Embedder, found: list[tuple[str, str, str]]) -> list[str]:
    """For each sentence the nearest question of its area."""
    areas = {area for _, area, _ in found}
    pool = [question for question in bank.questions.values() if question.area in areas]
    vectors = np.asarray(embedder.encode([f"{item.title}. {item.ask}" for item in pool]))
    asked = np.asarray(embedder.encode([sentence for sentence, _, _ in found]))
    near = asked @ vectors.T
    nearest: list[str] = []
    for (_, area, _), row in zip(found, near, strict=True):
        own = [index for index, item in enumerate(pool) if item.area == area]
        nearest.append(pool[max(own, key=lambda index: float(row[index]))].id)
    return nearest
