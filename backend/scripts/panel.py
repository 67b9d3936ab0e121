"""Dividing a kit between interviewers: who leads which questions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from backend.bank.question import Question
from backend.errors import BadInput

TORN = 4


def leads(questions: Sequence[Question], panel: int) -> list[int]:
    """For each question the number, from 1, of the interviewer who leads it.

    Each interviewer leads one stretch of neighbouring questions. Of all ways to cut, the one whose
    longest stretch is shortest wins; an area torn apart counts as `TORN` minutes more.
    Raises `BadInput` naming --panel if there are fewer questions than interviewers.
    """
    count = len(questions)
    if panel > count:
        raise BadInput(f"--panel: {panel} interviewers, but only {count} questions fit the minutes")

    def cost(cuts: Sequence[int]) -> tuple[int, int]:
        edges = [0, *cuts, count]
        lengths = [
            sum(question.minutes for question in questions[start:end])
            for start, end in pairwise(edges)
        ]
        torn = sum(questions[cut - 1].area == questions[cut].area for cut in cuts)
        return max(lengths) + TORN * torn, torn

    best = min(combinations(range(1, count), panel - 1), key=cost)
    return [1 + sum(cut <= index for cut in best) for index in range(count)]
