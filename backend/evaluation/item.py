"""What a batch grades and what comes of it: an item in, a result out, a problem where there is no item.

Items travel to other processes and results are lines of a file, so both are plain frozen values.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from backend.grading.verdict import Evidence, Flag, Status

Outcome = Literal["graded", "unscored", "error"]
DIGITS = 6
"""Decimals that results keep: below them a sum depends on the order of its parts."""


@dataclass(frozen=True)
class OwnRubric:
    """A question that is not in the bank, with what was expected: claims, a reference answer or both."""

    question: str
    reference: str
    claims: tuple[str, ...]

    @property
    def key(self) -> str:
        """A name for the question: rows with the same rubric are rows of the same question."""
        text = "\x1f".join((self.question, self.reference, *self.claims))
        return f"own/{short_hash(text)}"


@dataclass(frozen=True)
class Item:
    """One question with the answers one candidate gave to it: what a grader sees at a time.

    `question_id` names a question of the bank, else there is an `own` rubric. `asked` is what the
    interviewer said before each answer. `human` is the human score as a share of `human_max`; `labels`
    says for claims, by id, whether a human found them.
    """

    line: int
    id: str
    question_id: str | None
    own: OwnRubric | None
    answers: tuple[str, ...]
    asked: tuple[str, ...] = ()
    candidate: str | None = None
    group: str | None = None
    human: float | None = None
    human_max: float = 1.0
    labels: tuple[tuple[str, bool], ...] = ()
    question_key: str | None = None


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be graded. `line` counts from 1 (rows, in a Parquet file)."""

    line: int
    id: str
    field: str
    message: str

    def __str__(self) -> str:
        field = f" {self.field}:" if self.field else ""
        return f"{self.line}:{field} {self.message}"


@dataclass(frozen=True)
class ClaimResult:
    """One verdict. `hash` is that of the claim's wording, so that a verdict is never read against another;
    `label` is whether a human found the claim, None where nobody said."""

    id: str
    kind: str
    hash: str
    status: Status
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    label: bool | None = None


@dataclass(frozen=True)
class Result:
    """What became of one item; one line of `results.jsonl`.

    `score` is the share of the points, 0 to 1; None where nothing could be assessed ("unscored") or the
    grader failed ("error", and `error` says how). `human` is the human score as a share.
    """

    id: str
    question: str
    title: str
    area: str
    level: str
    candidate: str | None
    group: str | None
    outcome: Outcome
    score: float | None
    rating: int | None
    earned: float | None
    possible: float | None
    human: float | None
    human_max: float
    flags: tuple[Flag, ...]
    claims: tuple[ClaimResult, ...]
    answers: tuple[str, ...]
    grader: str
    version: int | None = None
    content_hash: str | None = None
    error: str | None = None

    def to_line(self) -> bytes:
        """One line of JSON with its line break."""
        return _results.dump_json(self) + b"\n"


_results: TypeAdapter[Result] = TypeAdapter(Result)


def result_of(line: bytes) -> Result:
    """The result on this line. Raises `pydantic.ValidationError` if it is none."""
    return _results.validate_json(line)


def short_hash(text: str) -> str:
    """Twelve hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
