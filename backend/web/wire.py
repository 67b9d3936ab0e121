"""What goes over the wire: requests, views of an interview, and how a transcript becomes lines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.bank.loader import Bank
from backend.bank.question import Kind, Level
from backend.interview.interviewer import Wish
from backend.interview.question_report import QuestionReport
from backend.interview.report import finished_questions
from backend.interview.selection import MOST_QUESTIONS
from backend.interview.transcript import (
    AnswerAssessed,
    AnswerGiven,
    Engine,
    Entry,
    FollowUpAsked,
    HintGiven,
    Intent,
    InterviewClosed,
    InterviewOpened,
    Mode,
    ModelAsked,
    Noticed,
    QuestionAsked,
    Replied,
    RequestMade,
    Skipped,
    Spoken,
    State,
)

LineKind = Literal[
    "opening",
    "question",
    "follow-up",
    "hint",
    "repeat",
    "clarify",
    "note",
    "remark",
    "notice",
    "answer",
    "request",
    "closing",
]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LevelCard(_Wire):
    level: Level
    text: str


class AreaCard(_Wire):
    area: str
    title: str
    kind: Literal["technical", "behavioural"]
    summary: str
    questions: dict[Level, int]


class Defaults(_Wire):
    level: Level
    mode: Mode
    questions: int


class ModelService(_Wire):
    """The language model that is connected, and where text goes: `local` is this very machine."""

    host: str
    local: bool
    interviewer: str
    grader: str


class Catalogue(_Wire):
    """What can be asked for. `model` is there exactly when `engine` is `model`."""

    version: str
    bank_version: str
    engine: Engine
    model: ModelService | None
    max_answer_chars: int
    levels: list[LevelCard]
    areas: list[AreaCard]
    defaults: Defaults


class NewInterview(_Wire):
    """An interview to open. Give exactly one of `questions` and `minutes`; no areas means a mix.

    With the engine `embedded` nothing is sent to a language model; none given means the server's own.
    """

    level: Level
    mode: Mode = "practice"
    areas: Annotated[list[str], Field(max_length=40)] = []
    questions: Annotated[int, Field(ge=1, le=MOST_QUESTIONS)] | None = None
    minutes: Annotated[int, Field(ge=5, le=120)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None
    engine: Engine | None = None

    @model_validator(mode="after")
    def _one_length(self) -> NewInterview:
        if (self.questions is None) == (self.minutes is None):
            raise ValueError("give exactly one of 'questions' and 'minutes'")
        return self

    def wish(self) -> Wish:
        return Wish(
            level=self.level,
            mode=self.mode,
            areas=tuple(self.areas),
            count=self.questions,
            minutes=self.minutes,
            seed=self.seed,
            engine=self.engine,
        )


class Said(_Wire):
    """Something the candidate says. `intent` is set by buttons; typed requests are recognised."""

    text: str
    intent: Intent | None = None


class Line(_Wire):
    """One line of the transcript."""

    seq: int
    at: datetime
    who: Literal["interviewer", "candidate"]
    kind: LineKind
    text: str
    question_id: str | None


class Progress(_Wire):
    asked: int
    planned: int
    seconds_elapsed: float
    seconds_planned: int | None


class InterviewView(_Wire):
    """Where an interview stands. `feedback` is empty in a mock interview until it has ended."""

    id: str
    level: Level
    mode: Mode
    areas: list[str]
    seed: int
    engine: Engine
    status: Literal["open", "closed"]
    opened_at: datetime
    closed_at: datetime | None
    lines: list[Line]
    progress: Progress
    feedback: list[QuestionReport]


class QuestionCard(_Wire):
    """A question as a candidate may see it before answering: no claims, no examples."""

    id: str
    title: str
    area: str
    level: Level
    kind: Kind
    minutes: int
    ask: str
    score: float | None = None


class ErrorBody(_Wire):
    code: str
    message: str


class ErrorReply(_Wire):
    """Every refusal looks like this."""

    error: ErrorBody


def view_of(state: State, bank: Bank, now: datetime) -> InterviewView:
    closed_at = state.closed.at if state.closed else None
    minutes = state.plan.minutes
    return InterviewView(
        id=state.interview_id,
        level=state.plan.level,
        mode=state.plan.mode,
        areas=list(state.plan.areas),
        seed=state.plan.seed,
        engine=state.plan.engine,
        status="closed" if state.closed else "open",
        opened_at=state.opened_at,
        closed_at=closed_at,
        lines=[line for entry in state.entries if (line := line_of(entry))],
        progress=Progress(
            asked=len(state.threads),
            planned=len(state.plan.question_ids),
            seconds_elapsed=round(((closed_at or now) - state.opened_at).total_seconds(), 1),
            seconds_planned=minutes * 60 if minutes else None,
        ),
        feedback=finished_questions(state, bank)
        if state.closed or state.plan.mode == "practice"
        else [],
    )


def line_of(entry: Entry) -> Line | None:
    """The entry as a line; None for what is bookkeeping."""
    event = entry.event
    kind: LineKind
    match event:
        case InterviewOpened():
            kind, question_id = "opening", None
        case QuestionAsked():
            kind, question_id = "question", event.question_id
        case FollowUpAsked():
            kind, question_id = "follow-up", event.question_id
        case HintGiven():
            kind, question_id = "hint", event.question_id
        case Replied():
            kind, question_id = event.reply, event.question_id
        case Noticed():
            kind, question_id = "notice", None
        case AnswerGiven():
            kind, question_id = "answer", event.question_id
        case RequestMade():
            kind, question_id = "request", None
        case InterviewClosed():
            kind, question_id = "closing", None
        case AnswerAssessed() | Skipped() | Spoken() | ModelAsked():
            return None
    who = "candidate" if kind in ("answer", "request") else "interviewer"
    return Line(
        seq=entry.number, at=entry.at, who=who, kind=kind, text=event.text, question_id=question_id
    )
