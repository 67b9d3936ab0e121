"""Decoys: claims of other questions, mixed in among the real ones under names that tell nothing.

An honest model calls them missed. A model that has been talked into finding everything finds them too,
and then its judgement of that answer is worth nothing. Whoever wrote the answer can see neither which
claims are decoys nor that there are any.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from backend.bank.question import Question
from backend.bank.wording import content_stems

TRIED = 40
MOST_SHARED = 0.2
"""A claim of which a larger share of content words stands in question or answers is no decoy."""


@dataclass(frozen=True)
class Decoys:
    """The claims that may serve: technical musts."""

    questions: tuple[Question, ...]

    @cached_property
    def _claims(self) -> list[tuple[str, str]]:
        return [
            (question.area, item.claim)
            for question in self.questions
            if question.kind != "behavioural"
            for item in question.musts
        ]

    def choose(
        self, question: Question, answers: Sequence[str], count: int, rng: random.Random
    ) -> list[str]:
        """Up to `count` claims of other areas that have next to no word in common with these texts."""
        texts = [question.ask, *(item.claim for item in question.expectations), *answers]
        known = frozenset(stem for text in texts for stem in content_stems(text))
        foreign = [claim for area, claim in self._claims if area != question.area]
        tried = rng.sample(foreign, min(TRIED, len(foreign)))
        rated = sorted((_shared(claim, known), claim) for claim in tried)
        return [claim for shared, claim in rated[:count] if shared <= MOST_SHARED]


def decoys_of(questions: Iterable[Question]) -> Decoys:
    return Decoys(tuple(questions))


def _shared(claim: str, known: frozenset[str]) -> float:
    stems = set(content_stems(claim))
    return len(stems & known) / max(1, len(stems))
