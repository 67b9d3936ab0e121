"""People correct themselves: "the mean, no wait, the median". What counts is what they said last.

The sentence before a correction is taken back, and so are up to two before it that are about the same
thing as what follows. A correction in mid-sentence takes back the words before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.grading.sentences import Span, Window
from backend.retrieval.embedder import Vectors

REACH = 3
SAME_TOPIC = 0.35
_CORRECTION = re.compile(
    r"\b(?:no,? wait|wait,? no|scratch that|strike that|let me (?:correct|fix|rephrase|take) (?:that|this|myself)\w*|"
    r"let me start (?:over|again)|correct(?:ing)? myself|i (?:have to |must |should |'d |need to )?take (?:that|it|this) back|"
    r"i'd take (?:that|it) back|sorry,? (?:no|i (?:mean|meant|misspoke)|wrong|that'?s|that was|the other)|i misspoke|"
    r"forget (?:that|what i(?: just)? said)|ignore (?:that|what i(?: just)? said)|on second thoughts?|"
    r"(?:well,? |hmm,? )?actually,? no\b|no,? actually|i (?:was|am) wrong (?:there|about that)|"
    r"(?:no,? )?that(?:'s| is| was) (?:not right|wrong|backwards|nonsense|the wrong way (?:round|around))(?!-)|"
    r"that came out wrong|(?:hang|hold) on\b|(?:now that i|if i) think (?:about|of) it(?: again| more)?|"
    r"the other way (?:round|around)|i(?:'ve)? changed? my mind|i got that (?:wrong|backwards)|no,? no\b|"
    r"i put that badly|that's not what i meant|let me put it differently,? no)",
    re.IGNORECASE,
)


def split_at_corrections(windows: Sequence[Window]) -> list[Window]:
    """The sentences, each cut before a correction in its middle."""
    found: list[Window] = []
    for window in windows:
        span = window.span
        cut = _CORRECTION.search(span.text)
        if cut and len(span.text[: cut.start()].split()) > 2:
            head = span.text[: cut.start()].rstrip(" ,;-–—")
            found.append(Window(window.answer, Span(span.start, span.start + len(head), head)))
            tail = span.text[cut.start() :]
            start = span.start + cut.start()
            found.append(Window(window.answer, Span(start, span.end, tail)))
        else:
            found.append(window)
    return found


def standing(sentences: Sequence[Window], vectors: Vectors) -> NDArray[np.bool_]:
    """Which sentences still stand at the end; `vectors` are theirs."""
    kept = np.ones(len(sentences), dtype=bool)
    for place, sentence in enumerate(sentences):
        if not _CORRECTION.search(sentence.span.text):
            continue
        after = [
            index
            for index in range(place, min(place + REACH, len(sentences)))
            if sentences[index].answer == sentence.answer
        ]
        for back in range(1, REACH + 1):
            index = place - back
            if index < 0 or sentences[index].answer != sentence.answer:
                break
            near = float((vectors[after] @ vectors[index]).max())
            if back == 1 or near >= SAME_TOPIC:
                kept[index] = False
    return kept
