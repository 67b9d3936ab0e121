"""Which questions an interview asks: balanced over areas, at the wanted level, fixed by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from backend.bank.loader import Bank
from backend.bank.question import LEVELS, Level, Question
from backend.errors import BadInput

MOST_QUESTIONS = 20


def choose_questions(
    bank: Bank,
    *,
    level: Level,
    areas: Sequence[str],
    seed: int,
    count: int | None = None,
    minutes: int | None = None,
) -> list[Question]:
    """`count` questions, or as many as fit `minutes`; no area comes twice before each came once.

    Within an area the questions of `level` come first, then those of the nearest levels.
    Raises `UnknownArea` for an area the bank lacks, `BadInput` unless exactly one length is given.
    """
    if (count is None) == (minutes is None):
        raise BadInput("give either a number of questions or a number of minutes, not both")
    chosen_areas = [bank.check_area(area) for area in dict.fromkeys(areas)] or list(bank.areas)
    rng = random.Random(f"{seed}:{level}:{','.join(sorted(chosen_areas))}")
    rng.shuffle(chosen_areas)
    piles = {area: _pile(bank, area, level, rng) for area in chosen_areas}
    chosen: list[Question] = []
    planned = 0
    while any(piles.values()):
        for area in chosen_areas:
            if not piles[area]:
                continue
            if count is not None and len(chosen) >= min(count, MOST_QUESTIONS):
                return chosen
            question = piles[area].pop(0)
            if minutes is not None:
                if chosen and planned + question.minutes > minutes:
                    return chosen
                planned += question.minutes
            chosen.append(question)
    if not chosen:
        raise BadInput(f"the bank has no questions for {', '.join(chosen_areas)}")
    return chosen


def _pile(bank: Bank, area: str, level: Level, rng: random.Random) -> list[Question]:
    wanted = LEVELS.index(level)
    questions = bank.in_area(area)
    rng.shuffle(questions)
    return sorted(questions, key=lambda item: abs(LEVELS.index(item.level) - wanted))
