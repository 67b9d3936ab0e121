"""The transcript: append-only, numbered events, which are the only state of an interview.

`fold` turns events into a `State` that decisions read; nothing else is remembered anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from backend.bank.question import Level
from backend.grading.verdict import Assessment
from backend.llm.chat_model import Usage
from backend.storage.store import Draft, Record

Mode = Literal["practice", "mock"]
Engine = Literal["embedded", "model"]
Intent = Literal["repeat", "clarify", "hint", "skip", "dont-know", "stop"]
CloseReason = Literal["completed", "stopped", "time"]
MODEL_BACK = "model-back"


class Plan(BaseModel):
    """What was agreed at the start. The same plan asks the same questions in the same order.

    `engine` is what the candidate agreed to: with `embedded` nothing is ever sent to a language model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode
    level: Level
    areas: tuple[str, ...]
    seed: int
    question_ids: tuple[str, ...]
    minutes: int | None = None
    bank_version: str
    engine: Engine = "embedded"


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InterviewOpened(_Event):
    kind: Literal["opened"] = "opened"
    plan: Plan
    text: str


class QuestionAsked(_Event):
    kind: Literal["question"] = "question"
    question_id: str
    version: int
    content_hash: str
    text: str


class AnswerGiven(_Event):
    kind: Literal["answer"] = "answer"
    question_id: str
    text: str


class AnswerAssessed(_Event):
    """The verdicts on all answers to the question so far; `answer` is the number of the latest."""

    kind: Literal["assessed"] = "assessed"
    question_id: str
    answer: int
    assessment: Assessment


class FollowUpAsked(_Event):
    """A probe for an expectation, or a deepening follow-up of the question: one of the two ids is set."""

    kind: Literal["follow-up"] = "follow-up"
    question_id: str
    expectation_id: str | None = None
    follow_up_id: str | None = None
    text: str


class RequestMade(_Event):
    """Something the candidate said that is not an answer."""

    kind: Literal["request"] = "request"
    intent: Intent
    text: str


class Replied(_Event):
    """The interviewer's reply to a request that leaves the question open; a `remark` leads over from
    an answer to the next question."""

    kind: Literal["replied"] = "replied"
    question_id: str
    reply: Literal["repeat", "clarify", "note", "remark"]
    text: str


class HintGiven(_Event):
    kind: Literal["hint"] = "hint"
    question_id: str
    expectation_id: str
    text: str


class Skipped(_Event):
    kind: Literal["skipped"] = "skipped"
    question_id: str
    reason: Literal["skip", "dont-know"]


class InterviewClosed(_Event):
    kind: Literal["closed"] = "closed"
    reason: CloseReason
    text: str


class Noticed(_Event):
    """Something the candidate should know about how the interview is held: the model does not answer,
    or answers again. `code` is that of the error, or `model-back`."""

    kind: Literal["notice"] = "notice"
    code: str
    text: str


Promised = Annotated[FollowUpAsked | HintGiven | Replied, Field(discriminator="kind")]


class Spoken(_Event):
    """A sentence of a line that is still being phrased, kept before anybody hears it.

    `line` is the whole line as it would be without a model: it says what the line is for, and completes
    it if the rest never comes.
    """

    kind: Literal["spoken"] = "spoken"
    line: Promised
    text: str


class ModelAsked(_Event):
    """What a language model was asked to phrase and what became of it. `reply` is all that came."""

    kind: Literal["model-asked"] = "model-asked"
    prompt: str
    prompt_hash: str
    model: str
    outcome: Literal["spoken", "withheld", "failed"]
    reason: str = ""
    reply: str = ""
    usage: Usage | None = None


Event = (
    InterviewOpened
    | QuestionAsked
    | AnswerGiven
    | AnswerAssessed
    | FollowUpAsked
    | RequestMade
    | Replied
    | HintGiven
    | Skipped
    | Noticed
    | Spoken
    | ModelAsked
    | InterviewClosed
)
_adapter: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


@dataclass(frozen=True)
class Entry:
    """An event in its place. `key` is the idempotency key of what the candidate sent."""

    number: int
    at: datetime
    event: Event
    key: str | None = None


def to_draft(event: Event, at: datetime, key: str | None = None) -> Draft:
    return Draft(kind=event.kind, at=at, body=event.model_dump_json(), key=key)


def to_entry(record: Record) -> Entry:
    return Entry(record.number, record.at, _adapter.validate_json(record.body), record.key)


@dataclass(frozen=True)
class Answer:
    """One answer: its number in the transcript, its text and what had been asked."""

    number: int
    text: str
    asked: str


@dataclass
class Thread:
    """All that happened around one question."""

    question_id: str
    number: int
    answers: list[Answer] = field(default_factory=list[Answer])
    assessment: Assessment | None = None
    probed: list[str] = field(default_factory=list[str])
    deepened: list[str] = field(default_factory=list[str])
    hinted: list[str] = field(default_factory=list[str])
    skipped: Literal["skip", "dont-know"] | None = None

    @property
    def follow_ups(self) -> int:
        return len(self.probed) + len(self.deepened)


@dataclass
class State:
    """An interview as its events tell it. Made by `fold`; a reader never changes it.

    `spoken` are the sentences of a line that is not complete. `trouble` is the code of what the
    candidate was last told about the model, empty while it answers.
    """

    interview_id: str
    entries: list[Entry]
    plan: Plan
    opened_at: datetime
    threads: list[Thread] = field(default_factory=list[Thread])
    asked: str = ""
    waiting: Entry | None = None
    closed: Entry | None = None
    spoken: list[Spoken] = field(default_factory=list[Spoken])
    trouble: str = ""

    @property
    def thread(self) -> Thread | None:
        """The question that is open, if one has been asked."""
        return self.threads[-1] if self.threads else None

    @property
    def last_number(self) -> int:
        return self.entries[-1].number

    def with_key(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key == key), None)


def fold(interview_id: str, entries: Iterable[Entry]) -> State:
    """The state after `entries`. `waiting` is what the candidate said last, if it has had no reply.

    Raises `ValueError` if the first event does not open the interview.
    """
    listed = list(entries)
    if not listed or not isinstance(listed[0].event, InterviewOpened):
        raise ValueError(f"the transcript of {interview_id} does not begin with its opening")
    state = State(interview_id, listed, listed[0].event.plan, listed[0].at)
    for entry in listed[1:]:
        _apply(state, entry)
    return state


def _apply(state: State, entry: Entry) -> None:
    event = entry.event
    thread = state.thread
    if isinstance(event, FollowUpAsked | HintGiven | Replied):
        state.spoken = []
    match event:
        case QuestionAsked():
            state.threads.append(Thread(event.question_id, entry.number))
            state.asked, state.waiting = event.text, None
        case AnswerGiven() if thread:
            thread.answers.append(Answer(entry.number, event.text, state.asked))
            state.waiting = entry
        case AnswerAssessed() if thread:
            thread.assessment = event.assessment
        case Spoken():
            state.spoken.append(event)
        case Noticed() if is_outage(event.code):
            state.trouble = "" if event.code == MODEL_BACK else event.code
        case FollowUpAsked() if thread:
            if event.expectation_id:
                thread.probed.append(event.expectation_id)
            if event.follow_up_id:
                thread.deepened.append(event.follow_up_id)
            state.asked, state.waiting = event.text, None
        case HintGiven() if thread:
            thread.hinted.append(event.expectation_id)
            state.waiting = None
        case Skipped() if thread:
            thread.skipped = event.reason
        case RequestMade():
            state.waiting = entry
        case Replied():
            state.waiting = None
        case InterviewClosed():
            state.closed, state.waiting = entry, None
        case _:
            pass


def is_outage(code: str) -> bool:
    """Whether a notice with this code is about the model being away, and not about one judgement."""
    return code.startswith("model-")
