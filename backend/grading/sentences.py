"""Splitting an answer into sentences and clauses, each a span of the text it came from.

Spoken answers have long sentences held together by commas, so a sentence is also cut into clauses.
Offsets count Unicode code points from the start of the answer, `end` excluded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "etc",
        "vs",
        "approx",
        "dr",
        "mr",
        "ms",
        "fig",
        "eq",
        "cf",
        "al",
        "no",
        "resp",
        "incl",
        "sec",
        "min",
        "max",
    ]
)
_BREAK = re.compile(r"[.!?]+[\"')\]]*(?=\s|$)|[\n\r]+|;(?=\s)")
_CLAUSE = re.compile(
    r",\s+(?:and|but|so|because|since|while|whereas|which|then|or|if|when|otherwise|though|although|plus)\b"
    r"|[,:]\s+|\s+[-–—]+\s+|\s+(?=because\b|whereas\b|but\b|so that\b)"
)
LONG_SENTENCE = 14
SHORT_CLAUSE = 4
GAP = 3


@dataclass(frozen=True)
class Span:
    """A piece of a text: `text` is what stands from `start` up to `end`."""

    start: int
    end: int
    text: str

    @property
    def word_count(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True)
class Window:
    """A span of the answer with this index that may be evidence."""

    answer: int
    span: Span


def windows_of(answers: Sequence[str]) -> list[Window]:
    """The sentences of all answers in order."""
    return [
        Window(index, span) for index, text in enumerate(answers) for span in split_sentences(text)
    ]


def with_neighbours(
    sentences: Sequence[Window], answers: Sequence[str]
) -> list[tuple[int, Window]]:
    """Each two sentences that follow one another in the same answer, as one span,
    with the place of the first among `sentences`.

    Speech often spreads a point over two sentences: "That alone proves nothing. It may be a sale."
    """
    pairs: list[tuple[int, Window]] = []
    for place, (first, second) in enumerate(pairwise(sentences)):
        if first.answer == second.answer and second.span.start - first.span.end <= GAP:
            start, end = first.span.start, second.span.end
            span = Span(start, end, answers[first.answer][start:end])
            pairs.append((place, Window(first.answer, span)))
    return pairs


def split_sentences(text: str) -> list[Span]:
    """The sentences of a text in order, without surrounding white space."""
    spans: list[Span] = []
    start = 0
    for found in _BREAK.finditer(text):
        if found[0].startswith(".") and _is_abbreviation(text, found.start()):
            continue
        spans += _trimmed(text, start, found.end())
        start = found.end()
    spans += _trimmed(text, start, len(text))
    return spans


def split_clauses(sentence: Span) -> list[Span]:
    """The clauses of a long sentence; none for a short one, which is its own clause."""
    if sentence.word_count < LONG_SENTENCE:
        return []
    cuts = [0, *(found.start() for found in _CLAUSE.finditer(sentence.text)), len(sentence.text)]
    pieces: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        count = len(sentence.text[start:end].split())
        if pieces and (count < SHORT_CLAUSE or _count(sentence, pieces[-1]) < SHORT_CLAUSE):
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    if len(pieces) < 2:
        return []
    clauses: list[Span] = []
    for start, end in pieces:
        clauses += _trimmed(sentence.text, start, end, offset=sentence.start)
    return clauses


def _count(sentence: Span, piece: tuple[int, int]) -> int:
    return len(sentence.text[piece[0] : piece[1]].split())


def _is_abbreviation(text: str, dot: int) -> bool:
    head = text[:dot]
    found = re.search(r"[A-Za-z.]+$", head)
    word = found[0].lower().strip(".") if found else ""
    if word == "no":  # a number, unless it is the word
        return bool(re.match(r"\.\s*\d", text[dot:]))
    return word in _ABBREVIATIONS


def _trimmed(text: str, start: int, end: int, offset: int = 0) -> list[Span]:
    piece = text[start:end]
    stripped = piece.strip(" \t\r\n,;:–—-")
    if not re.search(r"\w", stripped):
        return []
    begin = start + piece.index(stripped)
    return [Span(offset + begin, offset + begin + len(stripped), stripped)]
