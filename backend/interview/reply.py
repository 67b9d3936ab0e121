"""Finishing a turn: judge what was said, decide the move, say it.

Every step is on the disk before the next begins, and before anybody hears of it: the verdicts, each
sentence of a phrased line, then the whole line. Whoever finds a turn half done goes on from there, so
an answer is judged once and a line that was begun is the line that stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.errors import ModelBadReply
from backend.grading.verdict import Grader, SessionGrader
from backend.interview.hearing import Hearing
from backend.interview.moves import next_move
from backend.interview.phrases import Phrases
from backend.interview.speaker import Speaker, Utterance
from backend.interview.speech import reply_events
from backend.interview.transcript import (
    MODEL_BACK,
    AnswerAssessed,
    AnswerGiven,
    Entry,
    Event,
    Noticed,
    Promised,
    Replied,
    Spoken,
    State,
    fold,
    is_outage,
)

NO_MODEL = "model-missing"

Append = Callable[[str, int, Sequence[Event]], Awaitable[list[Entry]]]


@dataclass(frozen=True)
class WithModel:
    """What an interview with a language model uses besides: its grader and its voice."""

    grader: Grader
    speaker: Speaker


@dataclass(frozen=True)
class Replier:
    """Works a turn out. Raises `NumberTakenError` as soon as somebody else has moved the interview on."""

    bank: Bank
    grader: Grader
    phrases: Phrases
    clock: Callable[[], datetime]
    append: Append
    with_model: WithModel | None = None

    async def judge(self, state: State, hearing: Hearing) -> State:
        """The state in which what the candidate said last has been judged, if it is an answer."""
        waiting, thread = state.waiting, state.thread
        if waiting is None or thread is None or not isinstance(waiting.event, AnswerGiven):
            return state
        question = self.bank.questions.get(thread.question_id)
        judged = any(
            isinstance(entry.event, AnswerAssessed) and entry.event.answer == waiting.number
            for entry in state.entries
        )
        if question is None or judged:
            return state
        grader = self._grader_of(state)
        assessment = await asyncio.to_thread(
            grader.assess,
            question,
            [answer.text for answer in thread.answers],
            [answer.asked for answer in thread.answers],
        )
        event = AnswerAssessed(
            question_id=question.id, answer=waiting.number, assessment=assessment
        )
        events: list[Event] = [event]
        if grader is not self.grader:
            asked = bool(assessment.degraded or assessment.model)
            events += self._notices(state, assessment.degraded) if asked else []
        return await self._write(state, events, hearing)

    async def reply(self, state: State, hearing: Hearing) -> State:
        """The state in which the interviewer has replied to what the candidate said last."""
        if state.waiting is None or state.thread is None:
            return state
        if state.spoken:
            return await self._complete(state, hearing)
        now = self.clock()
        move = next_move(state, self.bank.questions, now)
        curated = reply_events(move, state, self.bank, self.phrases)
        notices: list[Event] = []
        if state.plan.engine == "model":
            if self.with_model is None:
                notices = self._notices(state, NO_MODEL)
            elif _failed_at_grading(state) in ("", ModelBadReply.code):
                # A model that cannot fill in a form may still hold a conversation.
                said = await self.with_model.speaker.phrase(move, curated, state)
                if said:
                    return await self._speak(state, said, curated, hearing)
        return await self._write(state, [*notices, *curated], hearing)

    def prepare(self, question: Question) -> None:
        self.grader.prepare(question)

    async def _speak(
        self, state: State, said: Utterance, curated: Sequence[Event], hearing: Hearing
    ) -> State:
        """Says a line sentence by sentence, then puts the whole of it into the transcript."""
        promised = said.assignment.line
        async with aclosing(said.sentences) as sentences:
            async for sentence in sentences:
                piece = Spoken(line=promised, text=sentence)
                state = await self._write(state, [piece], hearing)
                hearing.say(promised, sentence)
        line = _whole(promised, said.said, complete=said.complete)
        trouble = said.error.code if said.error else _failed_at_grading(state)
        events: list[Event] = [said.record]
        events += [line] if line else []
        # What interrupted a line is told right behind it; the next question always comes last.
        events += self._notices(state, trouble)
        events += [event for event in curated if event != promised]
        return await self._write(state, events, hearing)

    async def _complete(self, state: State, hearing: Hearing) -> State:
        """Finishes a line that was begun before the process or the model went away."""
        promised = state.spoken[0].line
        line = _whole(promised, [piece.text for piece in state.spoken], complete=False)
        events: list[Event] = [line] if line else []
        if isinstance(promised, Replied) and promised.reply == "remark":
            move = next_move(state, self.bank.questions, self.clock())
            events += reply_events(move, state, self.bank, self.phrases)
        return await self._write(state, events, hearing)

    async def _write(self, state: State, events: Sequence[Event], hearing: Hearing) -> State:
        if not events:
            return state
        added = await self.append(state.interview_id, state.last_number, events)
        hearing.written(added)
        return fold(state.interview_id, [*state.entries, *added])

    def _grader_of(self, state: State) -> Grader:
        if state.plan.engine == "embedded" or self.with_model is None:
            return self.grader
        grader = self.with_model.grader
        return grader.within(state.interview_id) if isinstance(grader, SessionGrader) else grader

    def _notices(self, state: State, trouble: str) -> list[Event]:
        """What the candidate is told: once that the model fails, and once that it answers again."""
        if is_outage(trouble or MODEL_BACK) and bool(trouble) == bool(state.trouble):
            return []
        code = trouble or MODEL_BACK
        text = self.phrases.notice.get(code, self.phrases.notice["model-error"])
        return [Noticed(code=code, text=text)]


def _failed_at_grading(state: State) -> str:
    """The code of the model's failure at grading in this turn: the rest of it then does without it."""
    waiting, thread = state.waiting, state.thread
    if waiting is None or not isinstance(waiting.event, AnswerGiven):
        return ""
    return thread.assessment.degraded if thread and thread.assessment else ""


def _whole(promised: Promised, sentences: Sequence[str], *, complete: bool) -> Promised | None:
    """The line as it goes into the transcript; None for a remark that was never made."""
    pieces = [*sentences] if complete else [*sentences, promised.text]
    text = " ".join(piece for piece in pieces if piece)
    return promised.model_copy(update={"text": text}) if text else None
