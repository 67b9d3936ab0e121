"""Text as a reader sees it: without hidden characters, and folded so that two spellings can be compared.

What is folded keeps the place of every character in the original, so that a match in the folded text
is a span of the original. Offsets count Unicode code points.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

HIDDEN_CATEGORIES = frozenset(["Cc", "Cf", "Cs", "Co", "Cn"])
BREAKS = frozenset("\t\n\r")
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("…", "."),
    }
)


def is_hidden(char: str) -> bool:
    """Control, format, bidirectional, tag, private and unassigned characters, and variation selectors.

    Line breaks and tabs are not hidden.
    """
    if char in BREAKS:
        return False
    return (
        unicodedata.category(char) in HIDDEN_CATEGORIES
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def without_hidden(text: str) -> str:
    """`text` with only what a reader can see."""
    return "".join(char for char in text if not is_hidden(char))


@dataclass(frozen=True)
class Folded:
    """A folded text. `places[i]` is where character `i` of it comes from in the original."""

    text: str
    places: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that became the non-empty span `start` up to `end`."""
        return self.places[start], self.places[end - 1] + 1


def bare(text: str) -> str:
    """`text` in compatible form, without case, accents, and kinds of quotes and dashes."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_ALIKE)
    return "".join(char for char in plain if not unicodedata.combining(char))


def fold(text: str) -> Folded:
    """`text` without hidden characters and runs of space, and `bare`."""
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if is_hidden(char):
            continue
        for piece in char if char.isascii() and not char.isupper() else bare(char):
            if piece.isspace():
                if not chars or chars[-1] == " ":
                    continue
                piece = " "
            chars.append(piece)
            places.append(place)
    while chars and chars[-1] == " ":
        chars.pop()
        places.pop()
    return Folded("".join(chars), tuple(places))
