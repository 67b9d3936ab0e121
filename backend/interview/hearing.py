"""Who listens to a turn hears each word as soon as it is safe on the disk, and no word twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from backend.interview.transcript import (
    AnswerAssessed,
    AnswerGiven,
    Entry,
    InterviewClosed,
    ModelAsked,
    Promised,
    RequestMade,
    Skipped,
    Spoken,
    State,
)

SILENT = (AnswerAssessed, Skipped, Spoken, ModelAsked)
"""Events that nobody says: bookkeeping."""


@dataclass(frozen=True)
class Piece:
    """Some words of a line. `begins` says that a new line starts with them."""

    kind: str
    question_id: str | None
    text: str
    begins: bool


class Hearing:
    """Takes what is written during one turn and hands it on as pieces."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._numbers: set[int] = set()
        self._begun: Promised | None = None
        self._said = ""

    def say(self, line: Promised, sentence: str) -> None:
        """A sentence of a line that is still being phrased."""
        begins = self._begun is None
        text = sentence if begins else f" {sentence}"
        self._begun = line
        self._said += text
        self._queue.put_nowait(Piece(_kind(line), line.question_id, text, begins))

    def written(self, entries: Sequence[Entry]) -> None:
        """Lines that stand in the transcript now."""
        for entry in entries:
            if isinstance(entry.event, SILENT) or entry.number in self._numbers:
                continue
            self._numbers.add(entry.number)
            piece = self._piece(entry)
            if piece.text:
                self._queue.put_nowait(piece)

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def pieces(self) -> AsyncIterator[Piece]:
        """Every piece until the turn has ended."""
        while (piece := await self._queue.get()) is not None:
            yield piece

    def missed(self, entries: Sequence[Entry]) -> list[Piece]:
        """What of these lines has not been heard: somebody else wrote them."""
        left = [entry for entry in entries if entry.number not in self._numbers]
        return [piece for entry in left if (piece := self._piece(entry)).text]

    def _piece(self, entry: Entry) -> Piece:
        event = entry.event
        assert not isinstance(event, SILENT)
        text = event.text
        question_id = getattr(event, "question_id", None)
        kind = _kind(event)
        begun = self._begun
        if begun and _kind(begun) == kind and text.startswith(self._said):
            self._begun = None
            return Piece(kind, question_id, text[len(self._said) :], begins=False)
        return Piece(kind, question_id, text, begins=True)


def reply_to(state: State, number: int) -> list[Entry]:
    """What the interviewer said after event `number`, up to the candidate's next words."""
    reply: list[Entry] = []
    for entry in state.entries:
        if entry.number <= number:
            continue
        if isinstance(entry.event, AnswerGiven | RequestMade):
            break
        if not isinstance(entry.event, SILENT):
            reply.append(entry)
    return reply


def _kind(event: object) -> str:
    """The kind of line, as the page knows it: a reply says which one it is."""
    if isinstance(event, InterviewClosed):
        return "closing"
    return str(getattr(event, "reply", None) or getattr(event, "kind", ""))
