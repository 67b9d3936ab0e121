"""One interview turn: keep what was said, judge it, decide the move, say it.

The order inside a turn is what makes answers safe. The candidate's words are on the disk before the
grader starts, and every word of the interviewer is on the disk before it is streamed. A turn that a
crash cut short is finished from the transcript the next time anyone looks at it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.bank.loader import Bank
from backend.bank.question import Level
from backend.errors import (
    BadInput,
    InterviewClosedError,
    InterviewNotFound,
    KeyReused,
    TurnInFlight,
)
from backend.grading.verdict import Grader
from backend.interview.answer_text import check_answer
from backend.interview.hearing import Hearing, Piece, reply_to
from backend.interview.intent import intent_of
from backend.interview.moves import next_move
from backend.interview.phrases import Phrases
from backend.interview.reply import Replier, WithModel
from backend.interview.selection import choose_questions
from backend.interview.speech import reply_events
from backend.interview.transcript import (
    AnswerGiven,
    Engine,
    Entry,
    Event,
    Intent,
    InterviewOpened,
    Mode,
    Plan,
    RequestMade,
    State,
    fold,
    to_draft,
    to_entry,
)
from backend.storage.store import NumberTakenError, Store


@dataclass(frozen=True)
class Wish:
    """What an interview should be like. No areas means all; exactly one of `count` and `minutes`.

    `engine` None means with the language model if one is connected.
    """

    level: Level
    mode: Mode
    areas: tuple[str, ...] = ()
    count: int | None = None
    minutes: int | None = None
    seed: int | None = None
    question_ids: tuple[str, ...] = ()
    engine: Engine | None = None


@dataclass(frozen=True)
class Turn:
    """A turn under way: what the candidate said is on the disk as event `number`.

    The reply is worked out in a task of its own, so that it is finished even if nobody waits for it.
    """

    number: int
    replayed: bool
    _outcome: asyncio.Task[State]
    _hearing: Hearing

    async def outcome(self) -> State:
        """Where the interview stands once the reply has been decided and written."""
        return await asyncio.shield(self._outcome)

    async def reply(self) -> list[Entry]:
        """What the interviewer says to it: each line is on the disk already."""
        return reply_to(await self.outcome(), self.number)

    async def spoken(self) -> AsyncIterator[Piece]:
        """The reply as it is said; each word is on the disk already. One listener hears it."""
        if self.replayed:
            await self.outcome()
        else:
            async for piece in self._hearing.pieces():
                yield piece
        for piece in self._hearing.missed(await self.reply()):
            yield piece


class Interviewer:
    """Holds interviews. The web page, the terminal and batches drive this same class."""

    def __init__(
        self,
        bank: Bank,
        store: Store,
        grader: Grader,
        phrases: Phrases,
        clock: Callable[[], datetime],
        max_answer_chars: int,
        with_model: WithModel | None = None,
    ) -> None:
        self.bank = bank
        self.grader = grader
        self.engine: Engine = "model" if with_model else "embedded"
        self._store = store
        self._phrases = phrases
        self._clock = clock
        self._max_chars = max_answer_chars
        self._replier = Replier(bank, grader, phrases, clock, self._append, with_model)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self, wish: Wish) -> State:
        """A new interview with its first question asked.

        Raises `UnknownArea`, `UnknownQuestion` or `BadInput` for a wish that cannot be met.
        """
        seed = secrets.randbelow(1_000_000) if wish.seed is None else wish.seed
        if wish.question_ids:
            questions = [self.bank.question(item) for item in dict.fromkeys(wish.question_ids)]
        else:
            questions = choose_questions(
                self.bank,
                level=wish.level,
                areas=wish.areas,
                seed=seed,
                count=wish.count,
                minutes=wish.minutes,
            )
        plan = Plan(
            mode=wish.mode,
            level=wish.level,
            areas=wish.areas,
            seed=seed,
            question_ids=tuple(question.id for question in questions),
            minutes=wish.minutes,
            bank_version=self.bank.version,
            engine=self._engine_of(wish),
        )
        noun = "question" if len(questions) == 1 else "questions"
        limit = self._phrases.limit.format(minutes=wish.minutes) if wish.minutes else ""
        text = self._phrases.opening[wish.mode].format(
            questions=f"{len(questions)} {noun}", level=wish.level, limit=limit
        )
        interview_id = secrets.token_urlsafe(18)
        now = self._clock()
        opened = [Entry(1, now, InterviewOpened(plan=plan, text=text))]
        state = fold(interview_id, opened)
        move = next_move(state, self.bank.questions, now)
        asked = reply_events(move, state, self.bank, self._phrases)
        events: list[Event] = [opened[0].event, *asked]
        state = fold(interview_id, await self._append(interview_id, 0, events))
        self._prepare(state)
        return state

    async def look(self, interview_id: str) -> State:
        """Where an interview stands, after finishing a turn that was cut short.

        Raises `InterviewNotFound`.
        """
        state = await self._read(interview_id)
        if state.waiting and not (lock := self._locks[interview_id]).locked():
            async with lock:
                return await self._finish(await self._read(interview_id), Hearing())
        return state

    async def answer(
        self, interview_id: str, text: str, key: str, intent: Intent | None = None
    ) -> Turn:
        """Takes what the candidate said. `key` names it: sent again, it gives the first result again.

        Returns once the words are on the disk. Raises `InterviewNotFound`, `InterviewClosedError`,
        `AnswerRefused`, `KeyReused` or `TurnInFlight`; then nothing was taken.
        """
        lock = self._locks[interview_id]
        if lock.locked():
            raise TurnInFlight("this interview is still working on the message before; wait for it")
        await lock.acquire()
        try:
            state = await self._read(interview_id)
            first = state.with_key(key)
            if first:
                _check_same(first, text)
            kept = first or await self._keep(state, text, key, intent)
        except BaseException:
            self._let_go(lock, interview_id)
            raise
        hearing = Hearing()
        task = asyncio.create_task(self._finish_in(lock, interview_id, hearing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Turn(kept.number, first is not None, task, hearing)

    async def settle(self) -> None:
        """Waits for every turn under way: nothing is half done afterwards."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _finish_in(self, lock: asyncio.Lock, interview_id: str, hearing: Hearing) -> State:
        try:
            return await self._finish(await self._read(interview_id), hearing)
        finally:
            hearing.end()
            self._let_go(lock, interview_id)

    def _let_go(self, lock: asyncio.Lock, interview_id: str) -> None:
        lock.release()
        self._locks.pop(interview_id, None)

    async def _keep(self, state: State, text: str, key: str, intent: Intent | None) -> Entry:
        """Puts the candidate's words on the disk."""
        if state.closed:
            raise InterviewClosedError(
                "this interview has ended; open a new one to go on practising"
            )
        thread = state.thread
        if thread is None:
            raise InterviewNotFound(f"interview {state.interview_id!r} has no question yet")
        wanted = intent or intent_of(text)
        check_answer(text, self._max_chars)
        event: Event = (
            RequestMade(intent=wanted, text=text)
            if wanted
            else AnswerGiven(question_id=thread.question_id, text=text)
        )
        try:
            entries = await self._append(state.interview_id, state.last_number, [event], key)
        except NumberTakenError as error:
            raise TurnInFlight("the interview has moved on in another window; reload it") from error
        return entries[-1]

    async def _finish(self, state: State, hearing: Hearing) -> State:
        """Judges and replies to what the candidate said last, as far as that has not happened yet."""
        while state.waiting:
            try:
                state = await self._replier.judge(state, hearing)
                state = await self._replier.reply(state, hearing)
                self._prepare(state)
                break
            except NumberTakenError:
                # Another process is at the same turn: what it has written stands, and is gone on from.
                state = await self._read(state.interview_id)
        return state

    def _engine_of(self, wish: Wish) -> Engine:
        if wish.engine == "model" and self.engine == "embedded":
            raise BadInput(
                "no language model is connected (OPENAI_API_KEY or OPENAI_BASE_URL); choose the"
                " embedded engine, or connect one"
            )
        return wish.engine or self.engine

    def _prepare(self, state: State) -> None:
        """Lets the grader get ready for the open question while the candidate thinks."""
        thread = state.thread
        question = self.bank.questions.get(thread.question_id) if thread else None
        if question and state.closed is None:
            task = asyncio.create_task(asyncio.to_thread(self.grader.prepare, question))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _read(self, interview_id: str) -> State:
        entries = [to_entry(record) for record in await self._store.read(interview_id)]
        if not entries:
            raise InterviewNotFound(
                f"no interview {interview_id!r}: check the link, or start a new one"
            )
        return fold(interview_id, entries)

    async def _append(
        self, interview_id: str, after: int, events: Sequence[Event], key: str | None = None
    ) -> list[Entry]:
        now = self._clock()
        drafts = [
            to_draft(event, now, key if index == 0 else None) for index, event in enumerate(events)
        ]
        return [
            to_entry(record) for record in await self._store.append(interview_id, after, drafts)
        ]


def _check_same(first: Entry, text: str) -> None:
    said = first.event.text if isinstance(first.event, AnswerGiven | RequestMade) else ""
    if said != text:
        raise KeyReused(
            "this Idempotency-Key was used for another text; send a new key with a new text"
        )
