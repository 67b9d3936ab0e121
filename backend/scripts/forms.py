"""Which questions form A and form B of a kit ask.

Both are chosen together, pair by pair: two questions of the same area and the nearest level that are
alike in kind and length, one for each form. So form A does not depend on whether anybody asks for
form B, the two share no question, and neither is the harder one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from backend.bank.loader import Bank
from backend.bank.question import LEVELS, Level, Question
from backend.bank.wording import content_stems
from backend.errors import BadInput

TOO_ALIKE = 0.3
"""Share of the content words of two wordings that may be common before they count as one question."""

CLOSE_MINUTES = 2
FARTHEST_LEVEL = 1
"""A senior is not asked a junior's questions, nor the other way round, to fill the time."""


@dataclass(frozen=True)
class Forms:
    """The questions of both forms; `a[i]` and `b[i]` stand for each other."""

    a: tuple[Question, ...]
    b: tuple[Question, ...]


def plan_forms(bank: Bank, *, level: Level, areas: Sequence[str], minutes: int, seed: int) -> Forms:
    """As many pairs as fit `minutes` of asking: one for each area, then more in the order of `areas`.

    Raises `BadInput` naming --minutes if not even one question for each area fits, or if an area
    has too few questions for two forms.
    """
    rng = random.Random(f"{seed}:{level}:{','.join(areas)}:{minutes}")
    planner = _Planner(bank, level, rng)
    pairs: list[tuple[Question, Question]] = []
    for area in areas:
        pair = planner.next_pair(area, pairs)
        if pair is None:
            raise BadInput(f"the bank has too few {area} questions for two parallel forms")
        pairs.append(pair)
    if (need := _minutes(pairs)) > minutes:
        raise BadInput(
            f"--minutes: {len(areas)} areas need {need} minutes of questions at level {level}, and"
            f" {minutes} are left after opening and closing; give more minutes or fewer areas"
        )
    waiting = list(areas)
    while waiting:
        for area in tuple(waiting):
            pair = planner.next_pair(area, pairs)
            if pair is None or _minutes([*pairs, pair]) > minutes:
                waiting.remove(area)
            else:
                pairs.append(pair)
    pairs.sort(key=lambda pair: (areas.index(pair[0].area), LEVELS.index(pair[0].level)))
    return _oriented(pairs, rng)


def too_alike(left: Question, right: Question) -> bool:
    """Whether two questions would feel like the same one asked twice."""
    a, b = (_stems(f"{question.title} {question.ask}") for question in (left, right))
    return len(a & b) / max(1, len(a | b)) > TOO_ALIKE


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(content_stems(text))


@dataclass
class _Planner:
    bank: Bank
    level: Level
    rng: random.Random

    def next_pair(
        self, area: str, taken: Sequence[tuple[Question, Question]]
    ) -> tuple[Question, Question] | None:
        used = [question for pair in taken for question in pair]
        ids = {question.id for question in used}
        free = [
            question
            for question in self.bank.in_area(area)
            if question.id not in ids and abs(self._offset(question)) <= FARTHEST_LEVEL
        ]
        lean = sum(self._offset(pair[0]) for pair in taken)
        found = [
            pair
            for pair in combinations(free, 2)
            if pair[0].level == pair[1].level
            and not any(too_alike(new, old) for new in pair for old in used)
        ]
        if not found:
            return None

        # Nearest level first; between a harder and an easier one, the side that restores the balance.
        def badness(pair: tuple[Question, Question]) -> tuple[int, int, int]:
            offset = self._offset(pair[0])
            unlike = int(pair[0].kind != pair[1].kind)
            apart = max(0, abs(pair[0].minutes - pair[1].minutes) - CLOSE_MINUTES)
            return abs(offset), abs(lean + offset), apart + unlike

        best = min(badness(pair) for pair in found)
        return self.rng.choice([pair for pair in found if badness(pair) == best])

    def _offset(self, question: Question) -> int:
        return LEVELS.index(question.level) - LEVELS.index(self.level)


def _minutes(pairs: Sequence[tuple[Question, Question]]) -> int:
    """The most that either form takes: half of both, and half of the largest difference in a pair,
    because `_oriented` leaves the two forms no farther apart than that."""
    both = sum(left.minutes + right.minutes for left, right in pairs)
    widest = max(abs(left.minutes - right.minutes) for left, right in pairs)
    return -(-(both + widest) // 2)


def _oriented(pairs: Sequence[tuple[Question, Question]], rng: random.Random) -> Forms:
    """Tosses a coin for each pair, then turns pairs round while that brings the two lengths closer."""
    turned = [pair if rng.random() < 0.5 else (pair[1], pair[0]) for pair in pairs]
    while True:
        excess = sum(left.minutes - right.minutes for left, right in turned)
        gains = [
            (abs(excess - 2 * (left.minutes - right.minutes)), index)
            for index, (left, right) in enumerate(turned)
        ]
        best, index = min(gains)
        if best >= abs(excess):
            return Forms(tuple(a for a, _ in turned), tuple(b for _, b in turned))
        turned[index] = (turned[index][1], turned[index][0])
