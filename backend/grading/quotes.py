"""Finding a model's quotation in the answers, and what around it may count.

A quotation is evidence only if its words stand in an answer, in that order, as whole words. The
comparison overlooks case, accents, width, white space and hidden characters; the evidence that comes
out is the exact span of the original.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from backend.bank.wording import content_stems, words
from backend.grading.screening import is_echo, is_keyword_list
from backend.grading.sentences import Window, windows_of
from backend.grading.verdict import Evidence
from backend.llm.plain_text import fold
from backend.llm.suspicion import without_commands

LEAST_WORDS = 3
AROUND = 1
"""How many sentences before and after the quoted ones may help to understand them."""
_EDGES = " \"'.,;:()[]-"


def occurrences(quote: str, answers: Sequence[str]) -> list[Evidence]:
    """Every place of `answers` where `quote` stands, in order."""
    wanted = fold(quote).text.strip(_EDGES)
    if len(words(wanted)) < LEAST_WORDS:
        return []
    found: list[Evidence] = []
    for index, answer in enumerate(answers):
        folded = fold(answer)
        start = folded.text.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            if _is_whole(folded.text, start, end):
                first, last = folded.original(start, end)
                found.append(Evidence(index, first, last, answer[first:last]))
            start = folded.text.find(wanted, start + 1)
    return found


def sentences_around(
    piece: Evidence, answers: Sequence[str], asked: Sequence[str], reach: int = 0
) -> str:
    """The sentences that `piece` touches, and `reach` more on both sides, without what cannot count:
    what the interviewer had said, bare lists of terms, and words that command a machine.

    Empty if nothing is left that says anything.
    """
    windows = windows_of([answers[piece.answer]])
    touched = [
        place
        for place, window in enumerate(windows)
        if window.span.start < piece.end and piece.start < window.span.end
    ]
    if not touched:
        return ""
    if not any(_counts(windows[place], asked) for place in touched):
        return ""
    near = windows[max(0, touched[0] - reach) : touched[-1] + reach + 1]
    kept = [_without_commands(window) for window in near if _counts(window, asked)]
    return " ".join(text for text in kept if text)


def _counts(window: Window, asked: Sequence[str]) -> bool:
    return bool(
        _without_commands(window)
        and not is_echo(window.span, asked)
        and not is_keyword_list(window.span)
    )


def _without_commands(window: Window) -> str:
    """What the sentence says besides commands; nothing if that is hardly more than the rest of one."""
    left = " ".join(without_commands(window.span.text).split())
    if left == " ".join(window.span.text.split()):
        return left
    return left if len(content_stems(left)) >= LEAST_WORDS else ""


def distinct(pieces: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """`pieces` in order, each once."""
    ordered = sorted(pieces, key=lambda piece: (piece.answer, piece.start, piece.end))
    return tuple(piece for piece, _ in groupby(ordered))


def _is_whole(text: str, start: int, end: int) -> bool:
    before = text[start - 1 : start]
    after = text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (
        after.isalnum() and text[end - 1].isalnum()
    )
