"""The interviewer's voice when a language model is connected: one chosen move, phrased, checked, spoken.

The model's words come in a stream and are cut into sentences. A sentence is given out once it has passed
the guard; the first that does not ends the line, and the curated one takes over from there. So does a
model that fails, stops in the middle or talks past the move.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

from backend.bank.loader import Bank
from backend.errors import ModelError
from backend.grading.sentences import split_sentences
from backend.interview.assignments import Assignment, assignment_of
from backend.interview.line_guard import LineGuard
from backend.interview.moves import Move
from backend.interview.passages import Passages
from backend.interview.transcript import Event, ModelAsked, State
from backend.llm.chat_model import ChatModel, Message, Usage
from backend.llm.prompt_library import PromptLibrary

MOST_SENTENCES = 6
DRAIN = 1.5
"""Seconds for what comes behind the last sentence that counts, so that the usage becomes known."""


@dataclass
class Utterance:
    """A line under way. Iterate `sentences` to its end; then the other fields hold what became of it."""

    assignment: Assignment
    record: ModelAsked
    sentences: AsyncGenerator[str, None]
    said: list[str] = field(default_factory=list[str])
    error: ModelError | None = None
    complete: bool = False
    """Whether what was said does what the line is for; otherwise the curated line must follow."""


@dataclass(frozen=True)
class Speaker:
    """Phrases moves with a chat model, in one of the tones warm, neutral and tough."""

    chat: ChatModel
    prompts: PromptLibrary
    guard: LineGuard
    passages: Passages
    bank: Bank
    tone: str = "neutral"

    async def phrase(self, move: Move, curated: Sequence[Event], state: State) -> Utterance | None:
        """The line of this move on its way; None if it is fixed words."""
        found = await asyncio.to_thread(
            assignment_of, move, curated, state, self.bank, self.passages, self.tone
        )
        if found is None:
            return None
        messages = self.prompts.render(found.prompt, **found.inputs)
        secret = "\n".join(message.text for message in messages)
        assignment = replace(found, bounds=replace(found.bounds, prompt=secret))
        record = ModelAsked(
            prompt=assignment.prompt,
            prompt_hash=self.prompts.prompt(assignment.prompt).hash,
            model=self.chat.name,
            outcome="spoken",
        )
        utterance = Utterance(assignment, record, _nothing())
        utterance.sentences = self._speak(utterance, messages, state.interview_id)
        return utterance

    async def _speak(
        self, utterance: Utterance, messages: Sequence[Message], session: str
    ) -> AsyncGenerator[str, None]:
        heard: list[str] = []
        used: list[Usage] = []
        outcome, reason = "spoken", ""
        try:
            pieces = self.chat.stream(messages, session=session, on_usage=used.append)
            async with aclosing(_sentences(pieces, heard)) as sentences:
                async for sentence in sentences:
                    reason = await self._objection(utterance, sentence)
                    if reason:
                        outcome = "withheld"
                        break
                    utterance.said.append(sentence)
                    yield sentence
                    if "?" in sentence or len(utterance.said) == MOST_SENTENCES:
                        await _drain(sentences)
                        break
            if not reason:
                reason = await self._shortfall(utterance)
        except ModelError as error:
            utterance.error = error
            outcome, reason = "failed", error.code
        utterance.complete = not reason
        utterance.record = utterance.record.model_copy(
            update={
                "outcome": outcome,
                "reason": reason,
                "reply": "".join(heard),
                "usage": used[0] if used else None,
            }
        )

    async def _objection(self, utterance: Utterance, sentence: str) -> str:
        bounds = utterance.assignment.bounds
        said = tuple(utterance.said)
        return await asyncio.to_thread(self.guard.objection, said, sentence, bounds)

    async def _shortfall(self, utterance: Utterance) -> str:
        """What is wrong with a whole line of good sentences; empty if it does what it is for."""
        said, bounds = utterance.said, utterance.assignment.bounds
        if utterance.assignment.must_ask:
            return "" if said and "?" in said[-1] else "no-question"
        if not bounds.asks:
            return ""
        near = await asyncio.to_thread(self.guard.says, " ".join(said), bounds.asks)
        return "" if near else "off-the-line"


async def _sentences(pieces: AsyncIterator[str], heard: list[str]) -> AsyncGenerator[str, None]:
    """Whole sentences, as soon as the next one has begun; the last when the stream ends well."""
    text, given = "", 0
    # Whoever stops listening must also let go of the connection.
    async with aclosing(cast(AsyncGenerator[str, None], pieces)):
        async for piece in pieces:
            heard.append(piece)
            text += piece
            *whole, _last = _cut(text) or [""]
            for sentence in whole[given:]:
                yield sentence
            given = len(whole)
    for sentence in _cut(text)[given:]:
        yield sentence


def _cut(text: str) -> list[str]:
    """The sentences of `text` with their final marks."""
    starts = [span.start for span in split_sentences(text)]
    ends = [*starts[1:], len(text)] if starts else []
    return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


async def _drain(sentences: AsyncGenerator[str, None]) -> None:
    try:
        async with asyncio.timeout(DRAIN):
            async for _ in sentences:
                pass
    except (TimeoutError, ModelError):
        return


async def _nothing() -> AsyncGenerator[str, None]:
    for word in ():
        yield word
