"""A reference answer taken apart into claims, so that an answer can be judged claim by claim.

Sentences, list items ("1.", "(ii)", "- "), parts after semicolons, and clauses joined by "and", "but"
or "because" where both halves can stand alone. What is too short to mean anything by itself stays
with its neighbour, so every content word of the reference is in some claim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.bank.wording import content_stems
from backend.grading.sentences import split_sentences

MOST = 10
FEWEST_STEMS = 2
FEWEST_WORDS = 3
_TAGS = re.compile(r"</?[a-zA-Z]\w{0,9}>")
_ITEM = re.compile(
    r"(?:(?<=\s)|^)\(?(?:[0-9]{1,2}|[ivx]{1,4}|[a-h])[.)](?=\s|[A-Z(])\s*"
    r"|(?:^|\n|(?<=\s\s)|(?<=[.:;?]\s))[-*•–](?=\s|[A-Z])\s*"
)
_POINTS = re.compile(
    r"[(\[]\s*\+?([0-9]+(?:\.[0-9]+)?)\s*(?:points?|pts?\.?|marks?|%)\s*[)\]]\.?", re.IGNORECASE
)
_NUMBER = re.compile(r"^\s*\(?[0-9a-z]{1,2}[.)]\s*")
_JOINT = re.compile(
    r"(?:,\s*|\s+)(?:and(?: then| also)?|but|because|since|whereas|while|so that|therefore)\s+",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|can|cannot|can't|could|will|would|should|must|may|might|does|do|did"
    r"|isn't|aren't|don't|doesn't|won't|[a-z]{3,}(?:es|ed))\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:(?:the|a|an|this|that|these|those|its|their|each|every|all|both|no|some|any|it|they|there|we|you|he|she|one)\b"
    r"|[A-Z][\w-]*|\w+s\b)"
)


@dataclass(frozen=True)
class Claim:
    """One statement that an answer may make, and what it is worth beside the others."""

    text: str
    weight: float = 1.0


def decompose(reference: str, question: str = "") -> list[Claim]:
    """The claims of a reference answer, in order; one for a text that cannot be taken apart.

    A claim weighs as much as it has content words that the question has not, within bounds: a longer
    statement holds more that can be right or wrong, and one that says the question back holds nothing.
    """
    asked = frozenset(content_stems(question))
    text = _TAGS.sub(" ", reference).strip()
    pieces: list[str] = []
    for item in _items(text):
        for sentence in split_sentences(item):
            pieces += _halves(sentence.text)
    merged = _merged(pieces)
    if len(merged) < 2:
        merged = [text or reference]
    return [Claim(piece, _weight(piece, asked)) for piece in _at_most(merged, MOST)]


def rubric_claims(rubric: Sequence[str]) -> list[Claim]:
    """The claims of a rubric as they stand, without numbering; "(3 points)" becomes the weight."""
    claims: list[Claim] = []
    for line in rubric:
        worth = _POINTS.search(line)
        text = _NUMBER.sub("", _POINTS.sub(" ", line)).strip()
        weight = float(worth[1]) if worth else 1.0
        claims.append(Claim(" ".join(text.split()) or line, weight or 1.0))
    return claims


def is_marking_scheme(rubric: Sequence[str]) -> bool:
    """Lines that award points say what is rewarded ("for the correct average"), not what is true."""
    return any(_POINTS.search(line) for line in rubric)


def _items(text: str) -> list[str]:
    cuts = [found.span() for found in _ITEM.finditer(text)]
    if len(cuts) < 2 and not (cuts and cuts[0][0] == 0):
        return [text]
    pieces = [text[: cuts[0][0]]]
    ends = [start for start, _ in cuts[1:]] + [len(text)]
    pieces += [text[start:end] for (_, start), end in zip(cuts, ends, strict=True)]
    return [piece for piece in pieces if re.search(r"\w", piece)]


def _halves(sentence: str) -> list[str]:
    for found in _JOINT.finditer(sentence):
        left, right = sentence[: found.start()], sentence[found.end() :]
        if _stands_alone(left) and _stands_alone(right) and _SUBJECT.match(right.strip()):
            return [left, *_halves(right)]
    return [sentence]


def _stands_alone(clause: str) -> bool:
    return (
        len(clause.split()) >= FEWEST_WORDS
        and len(set(content_stems(clause))) >= FEWEST_STEMS
        and bool(_VERB.search(clause))
    )


def _merged(pieces: Sequence[str]) -> list[str]:
    """Pieces too short to mean anything are joined to the one after them, or the one before."""
    kept: list[str] = []
    waiting = ""
    for piece in pieces:
        text = f"{waiting} {piece.strip()}".strip()
        if len(set(content_stems(text))) < FEWEST_STEMS:
            waiting = text
        else:
            kept.append(text)
            waiting = ""
    if waiting and kept:
        kept[-1] = f"{kept[-1]} {waiting}"
    elif waiting:
        kept.append(waiting)
    return kept


def _at_most(pieces: list[str], most: int) -> list[str]:
    """The shortest neighbours are joined until there are no more than `most`."""
    pieces = list(pieces)
    while len(pieces) > most:
        lengths = [len(pieces[i]) + len(pieces[i + 1]) for i in range(len(pieces) - 1)]
        i = lengths.index(min(lengths))
        pieces[i : i + 2] = [f"{pieces[i]} {pieces[i + 1]}"]
    return pieces


def _weight(piece: str, asked: frozenset[str]) -> float:
    return min(6, max(1, len(set(content_stems(piece)) - asked))) / 3
