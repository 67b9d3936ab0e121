"""Slips of the keyboard: a word nobody knows that is one slip from a word of the bank.

Only what is compared is repaired, never what is quoted. Known words stay as they are, so a repair can
turn "presicion" into "precision" but not "recall" into something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from backend.bank.wording import words

SHORTEST = 4
TWO_SLIPS = 9
_WORD = re.compile(r"[A-Za-z]+")


class Spelling:
    """Repairs words by a vocabulary. `common` words are known but never put in place of another."""

    def __init__(self, texts: Iterable[str], common: Iterable[str] = ()) -> None:
        self._targets = sorted(
            {word for text in texts for word in words(text) if len(word) >= SHORTEST}
        )
        self._known = frozenset(self._targets).union(common)
        self._repaired = lru_cache(maxsize=20_000)(self._nearest)

    def repair(self, text: str) -> str:
        """The text with slips repaired; its length may change."""
        return _WORD.sub(lambda found: self._word(found[0]), text)

    def _word(self, word: str) -> str:
        lower = word.lower()
        if len(lower) < SHORTEST or lower in self._known:
            return word
        return self._repaired(lower) or word

    def _nearest(self, word: str) -> str | None:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        most = 2 if len(word) >= TWO_SLIPS else 1
        found = process.extract(
            word, self._targets, scorer=OSA.distance, score_cutoff=most, limit=5
        )
        if not found:
            return None
        # People seldom slip on the first letter.
        best = min(found, key=lambda item: (item[1], item[0][0] != word[0], item[0]))
        return best[0]
