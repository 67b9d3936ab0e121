"""The text a grader judges: what a reader sees, without what only a machine would notice.

Letters of other alphabets that look Latin, full-width and mathematical letters, accents, invisible and
control characters must not change a score, whether they come from a copied document or from somebody
who tries. Places in the plain text lead back to the original, which is what evidence quotes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

QUOTES = {"‘": "'", "’": "'", "ʼ": "'", "′": "'", "“": '"', "”": '"', "…": "...", "\u00ad": ""}
KEPT_CONTROLS = "\n\r\t"


@dataclass(frozen=True)
class PlainText:
    """`origin` holds, for each character of `text`, the index of the original one it came from."""

    text: str
    origin: range | tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of the characters `start` up to `end`, which must not be empty."""
        return self.origin[start], self.origin[end - 1] + 1


def plain_text(text: str) -> PlainText:
    """The plain form of a text with the way back."""
    if text.isascii() and text.isprintable():
        return PlainText(text, range(len(text)))
    signs: list[str] = []
    origin: list[int] = []
    for index, sign in enumerate(text):
        for plain in _plain(sign):
            signs.append(plain)
            origin.append(index)
    return PlainText("".join(signs), tuple(origin))


@lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    if sign in QUOTES:
        return QUOTES[sign]
    if sign.isascii():
        return sign if sign.isprintable() or sign in KEPT_CONTROLS else ""
    if unicodedata.category(sign) in ("Cf", "Cc", "Mn", "Me"):
        return ""
    parts = unicodedata.normalize("NFKD", sign)
    return "".join(
        _latin(part) if part.isalpha() and not part.isascii() else part
        for part in parts
        if unicodedata.category(part) not in ("Mn", "Me", "Cf", "Cc")
    )


def _latin(letter: str) -> str:
    """The ASCII letter that this one can be mistaken for, by Unicode's list; else itself."""
    from confusable_homoglyphs import confusables

    library: Any = confusables
    found = library.is_confusable(letter, greedy=False, preferred_aliases=["latin"])
    for item in cast("list[dict[str, Any]]", found or []):
        for homoglyph in item["homoglyphs"]:
            if homoglyph["c"].isascii():
                return homoglyph["c"]
    return letter
