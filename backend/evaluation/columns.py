"""The numbers of a run, column by column, gathered while results stream past.

Texts stay in the file. What is kept of a result is a few numbers for it and three for each claim, so a
summary of a large run needs little memory; rows worth reading are remembered by name only.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from backend.evaluation.item import Result
from backend.grading.figures import Array, Groups

MOST_LISTED = 20
STATUSES = ("met", "partial", "missed", "cannot_assess")
OUTCOMES = ("graded", "unscored", "error")
NONE = float("nan")


class Names:
    """Numbers for names, 0, 1, 2, ... in the order in which they first came."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def number(self, name: str | None) -> int:
        """-1 for no name."""
        return -1 if name is None else self._numbers.setdefault(name, len(self._numbers))


@dataclass(frozen=True)
class Listed:
    """A row worth reading: `value` is seconds for a slow one, the least confidence for a doubtful one."""

    id: str
    question: str
    value: float
    score: float | None
    note: str = ""


@dataclass
class Columns:
    """One entry a result in each column, in order; NaN and -1 stand for what is not there."""

    _score: array[float] = field(default_factory=lambda: array("d"))
    _human: array[float] = field(default_factory=lambda: array("d"))
    _confidence: array[float] = field(default_factory=lambda: array("d"))
    _seconds: array[float] = field(default_factory=lambda: array("d"))
    _rating: array[int] = field(default_factory=lambda: array("b"))
    _outcome: array[int] = field(default_factory=lambda: array("b"))
    _codes: dict[str, array[int]] = field(
        default_factory=lambda: {
            name: array("i") for name in ("area", "question", "level", "group", "candidate")
        }
    )
    _claim_row: array[int] = field(default_factory=lambda: array("i"))
    _claim_name: array[int] = field(default_factory=lambda: array("i"))
    _claim_status: array[int] = field(default_factory=lambda: array("b"))
    _claim_label: array[int] = field(default_factory=lambda: array("b"))
    _claim_confidence: array[float] = field(default_factory=lambda: array("f"))
    names: dict[str, Names] = field(
        default_factory=lambda: {
            name: Names() for name in ("area", "question", "level", "group", "candidate", "claim")
        }
    )
    titles: dict[str, str] = field(default_factory=dict[str, str])
    graders: Counter[str] = field(default_factory=Counter[str])
    flags: Counter[str] = field(default_factory=Counter[str])
    errors: list[Listed] = field(default_factory=list[Listed])
    _slow: list[tuple[float, int, Listed]] = field(default_factory=list[tuple[float, int, Listed]])
    _doubtful: list[tuple[float, int, Listed]] = field(
        default_factory=list[tuple[float, int, Listed]]
    )

    def __len__(self) -> int:
        return len(self._score)

    def add(self, result: Result, seconds: float = NONE) -> None:
        """Takes in the next result."""
        row = len(self)
        self._score.append(NONE if result.score is None else result.score)
        self._human.append(NONE if result.human is None else result.human)
        self._seconds.append(seconds)
        self._rating.append(-1 if result.rating is None else result.rating)
        self._outcome.append(OUTCOMES.index(result.outcome))
        named = {
            "area": result.area,
            "question": result.question,
            "level": result.level or None,
            "group": result.group,
            "candidate": result.candidate,
        }
        for name, value in named.items():
            self._codes[name].append(self.names[name].number(value))
        self.titles.setdefault(result.question, result.title)
        self.graders[result.grader] += 1
        self.flags.update(result.flags)
        sure = [claim.confidence for claim in result.claims]
        self._confidence.append(sum(sure) / len(sure) if sure else NONE)
        for claim in result.claims:
            self._claim_row.append(row)
            self._claim_name.append(self.names["claim"].number(f"{result.question}: {claim.id}"))
            self._claim_status.append(STATUSES.index(claim.status))
            self._claim_label.append(-1 if claim.label is None else int(claim.label))
            self._claim_confidence.append(claim.confidence)
        self._list(result, seconds, row)

    def _list(self, result: Result, seconds: float, row: int) -> None:
        if result.outcome == "error":
            if len(self.errors) < MOST_LISTED:
                note = result.error or ""
                self.errors.append(Listed(result.id, result.question, 0.0, None, note))
            return
        if seconds == seconds:
            slow = Listed(result.id, result.question, seconds, result.score)
            _keep(self._slow, seconds, row, slow)
        if result.claims:
            least = min(result.claims, key=lambda claim: claim.confidence)
            note = f"{least.id}: {least.status}"
            place = Listed(result.id, result.question, least.confidence, result.score, note)
            _keep(self._doubtful, -least.confidence, row, place)

    @property
    def slowest(self) -> list[Listed]:
        return _listed(self._slow)

    @property
    def most_doubtful(self) -> list[Listed]:
        return _listed(self._doubtful)

    @cached_property
    def score(self) -> Array:
        return np.frombuffer(self._score, dtype=np.float64)

    @cached_property
    def human(self) -> Array:
        return np.frombuffer(self._human, dtype=np.float64)

    @cached_property
    def confidence(self) -> Array:
        return np.frombuffer(self._confidence, dtype=np.float64)

    @cached_property
    def seconds(self) -> Array:
        return np.frombuffer(self._seconds, dtype=np.float64)

    @cached_property
    def rating(self) -> NDArray[np.int8]:
        return np.frombuffer(self._rating, dtype=np.int8)

    @cached_property
    def outcome(self) -> NDArray[np.int8]:
        return np.frombuffer(self._outcome, dtype=np.int8)

    def codes(self, name: str) -> Groups:
        """The number of the area, question, level, group or candidate of each result."""
        return np.frombuffer(self._codes[name], dtype=np.int32).astype(np.int64)

    @cached_property
    def claim_row(self) -> Groups:
        return np.frombuffer(self._claim_row, dtype=np.int32).astype(np.int64)

    @cached_property
    def claim_name(self) -> Groups:
        return np.frombuffer(self._claim_name, dtype=np.int32).astype(np.int64)

    @cached_property
    def claim_status(self) -> NDArray[np.int8]:
        return np.frombuffer(self._claim_status, dtype=np.int8)

    @cached_property
    def claim_label(self) -> NDArray[np.int8]:
        return np.frombuffer(self._claim_label, dtype=np.int8)

    @cached_property
    def claim_confidence(self) -> Array:
        return np.frombuffer(self._claim_confidence, dtype=np.float32).astype(np.float64)


def columns_of(results: Iterable[tuple[Result, float]]) -> Columns:
    """The columns of results with their seconds (NaN where nobody measured)."""
    found = Columns()
    for result, seconds in results:
        found.add(result, seconds)
    return found


def _keep(heap: list[tuple[float, int, Listed]], value: float, row: int, item: Listed) -> None:
    """Keeps the largest values; of equal ones those that came first."""
    heapq.heappush(heap, (value, -row, item))
    if len(heap) > MOST_LISTED:
        heapq.heappop(heap)


def _listed(heap: list[tuple[float, int, Listed]]) -> list[Listed]:
    return [item for _, _, item in sorted(heap, key=lambda entry: entry[:2], reverse=True)]
