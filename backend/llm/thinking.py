"""Leaving out what a reasoning model thinks aloud: `<think> ... </think>` before its reply.

Local servers pass it through as part of the text. It must not reach the candidate, because a model
may well think about what the answer lacks.
"""

from __future__ import annotations

import re

_OPENINGS = ("<think>", "<thinking>", "<reasoning>")
_BLOCK = re.compile(r"^\s*<(think|thinking|reasoning)>.*?(?:</\1>|\Z)\s*", re.S)
# Some chat templates write the opening tag into the prompt, so that only the closing one comes.
_HALF = re.compile(r"\A.*?</(?:think|thinking|reasoning)>\s*", re.S)


def without_thinking(text: str) -> str:
    """The reply alone. A thought that never ends leaves nothing."""
    while True:
        shorter = _HALF.sub("", _BLOCK.sub("", text, count=1), count=1)
        if shorter == text:
            return text
        text = shorter


class ThoughtFilter:
    """The same for a reply that comes in pieces: `feed` returns what may be shown of each."""

    def __init__(self) -> None:
        self._held = ""
        self._speaking = False

    def feed(self, piece: str) -> str:
        """What of this piece, and of those held back, belongs to the reply."""
        if self._speaking:
            return piece
        self._held += piece
        start = self._held.lstrip()
        opening = next((tag for tag in _OPENINGS if start.startswith(tag)), None)
        if opening:
            closing = opening.replace("<", "</")
            if closing not in start:
                return ""
            self._held = start.split(closing, 1)[1]
            return self.feed("")
        if not start or any(tag.startswith(start) for tag in _OPENINGS):
            return ""
        self._speaking = True
        return start

    def rest(self) -> str:
        """What is left at the end: a reply so short that it could have become a tag."""
        start = self._held.lstrip()
        thought = any(start.startswith(tag) for tag in _OPENINGS)
        return "" if self._speaking or thought else start
