"""One interview turn: keep what was said, judge it, decide the move, say it.

The order inside a turn is what makes answers safe. The candidate's words are on the disk before the
grader starts, and every line of the interviewer is on the disk before its first word is streamed. A
turn that a crash cut short is finished from the transcript the next time anyone looks at it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.bank.loader import Bank
from backend.bank.question import Level
from backend.errors import (
    InterviewClosedError,
    InterviewNotFound,
    KeyReused,
    TurnInFlight,
)
from backend.grading.verdict import Grader
from backend.interview.answer_text import check_answer
from backend.interview.intent import intent_of
from backend.interview.phrases import Phrases
from backend.interview.selection import choose_questions
from backend.interview.speech import reply_events
from backend.interview.transcript import (
    AnswerAssessed,
    AnswerGiven,
    Entry,
    Event,
    Intent,
    InterviewOpened,
    Mode,
    Plan,
    RequestMade,
    Skipped,
    State,
    fold,
    to_draft,
    to_entry,
)
from backend.storage.store import NumberTakenError, Store


@dataclass(frozen=True)
class Wish:
    """What an interview should be like. No areas means all; exactly one of `count` and `minutes`."""

    level: Level
    mode: Mode
    areas: tuple[str, ...] = ()
    count: int | None = None
    minutes: int | None = None
    seed: int | None = None
    question_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """A turn under way: what the candidate said is on the disk as event `number`.

    The reply is worked out in a task of its own, so that it is finished even if nobody waits for it.
    """

    number: int
    replayed: bool
    _outcome: asyncio.Task[State]

    async def outcome(self) -> State:
        """Where the interview stands once the reply has been decided and written."""
        return await asyncio.shield(self._outcome)

    async def reply(self) -> list[Entry]:
        """What the interviewer says to it: each line is on the disk already."""
        return _reply_to(await self.outcome(), self.number)


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
    ) -> None:
        self.bank = bank
        self.grader = grader
        self._store = store
        self._phrases = phrases
        self._clock = clock
        self._max_chars = max_answer_chars
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
        events: list[Event] = [opened[0].event, *reply_events(state, self.bank, self._phrases, now)]
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
                return await self._finish(await self._read(interview_id))
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
        task = asyncio.create_task(self._finish_in(lock, interview_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Turn(kept.number, first is not None, task)

    async def settle(self) -> None:
        """Waits for every turn under way: nothing is half done afterwards."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _finish_in(self, lock: asyncio.Lock, interview_id: str) -> State:
        try:
            return await self._finish(await self._read(interview_id))
        finally:
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

    async def _finish(self, state: State) -> State:
        """Judges and replies to what the candidate said last, if that has not happened yet."""
        waiting, thread = state.waiting, state.thread
        if waiting is None or thread is None:
            return state
        events: list[Event] = []
        question = self.bank.questions.get(thread.question_id)
        if isinstance(waiting.event, AnswerGiven) and question:
            assessed = any(
                isinstance(entry.event, AnswerAssessed) and entry.event.answer == waiting.number
                for entry in state.entries
            )
            if not assessed:
                assessment = await asyncio.to_thread(
                    self.grader.assess,
                    question,
                    [answer.text for answer in thread.answers],
                    [answer.asked for answer in thread.answers],
                )
                event = AnswerAssessed(
                    question_id=question.id, answer=waiting.number, assessment=assessment
                )
                events.append(event)
        now = self._clock()
        preview = [
            Entry(state.last_number + i, now, item) for i, item in enumerate(events, start=1)
        ]
        ahead = fold(state.interview_id, [*state.entries, *preview])
        events += reply_events(ahead, self.bank, self._phrases, now)
        try:
            added = await self._append(state.interview_id, state.last_number, events)
        except NumberTakenError:
            # Another process finished the same turn; its reply stands.
            return await self._read(state.interview_id)
        after = fold(state.interview_id, [*state.entries, *added])
        self._prepare(after)
        return after

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


def _reply_to(state: State, number: int) -> list[Entry]:
    """What the interviewer said after event `number`, up to the candidate's next words."""
    reply: list[Entry] = []
    for entry in state.entries:
        if entry.number <= number:
            continue
        if isinstance(entry.event, AnswerGiven | RequestMade):
            break
        if not isinstance(entry.event, AnswerAssessed | Skipped):
            reply.append(entry)
    return reply
