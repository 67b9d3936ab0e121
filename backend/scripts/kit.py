"""The interview kit as a value: everything that is printed, and nothing that has to be looked up.

These models are the published JSON format (`question_bank/schema/kit.json`). A kit holds no time of
making and no machine's name, so that the same request to the same bank gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.bank.blueprint import StageName
from backend.bank.exercise import ExerciseFile, RubricRow
from backend.bank.kit_texts import Advice
from backend.bank.question import ExpectationKind, FollowUpMove, Kind, Level

FORMAT = 1
"""Raised when the composition changes, because then the same request gives another kit."""

Form = Literal["A", "B"]
Tier = Literal["weak", "middling", "good", "excellent"]


class Part(BaseModel):
    """Base of everything in a kit."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class JobLink(Part):
    """One sentence of a job description, the expectation it speaks of and a question on it."""

    sentence: str
    area: str
    area_title: str
    expectation: str
    question_id: str | None = None


class KitRequest(Part):
    """What a kit is made from. Equal requests to the same bank give the same kit.

    `minutes` is the length of the interview itself; stages have minutes of their own. `questions`
    fixes the questions and their order; without it they are chosen by `seed`.
    """

    level: Level
    areas: Annotated[tuple[str, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=20, le=240)] = 60
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    form: Form = "A"
    panel: Annotated[int, Field(ge=1, le=6)] = 1
    stages: tuple[StageName, ...] = ()
    blueprint: str | None = None
    questions: tuple[str, ...] = ()
    job: tuple[JobLink, ...] = ()

    def kit_id(self, bank_version: str) -> str:
        """Twelve hex digits over the bank's version and the whole request."""
        content = {"format": FORMAT, "bank": bank_version} | self.model_dump(mode="json")
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]


class Probe(Part):
    """What to say next, in this order. `tick` is the expectation it asks for, if it asks for one."""

    order: int
    ask: str
    tick: int | None = None
    move: FollowUpMove | None = None


class Tick(Part):
    """One expectation as a box to tick; `reference` is the section of the note that supports it."""

    number: int
    kind: ExpectationKind
    points: int
    claim: str
    reference: str
    reference_title: str


class Example(Part):
    """What an answer of this tier sounds like, which boxes it ticks and what they come to.

    `snippets` instead of `answer` where no whole answer was written: one saying for each box.
    """

    tier: Tier
    rating: int
    answer: str = ""
    snippets: tuple[str, ...] = ()
    ticks: tuple[int, ...] = ()


class Anchor(Part):
    """What an interviewer hears from a person of the kit's level who deserves this rating."""

    rating: int
    text: str


class KitQuestion(Part):
    """One question with everything needed to ask it, to follow it up and to rate the answer."""

    number: int
    question_id: str
    version: int
    content_hash: str
    area: str
    area_title: str
    level: Level
    kind: Kind
    title: str
    minutes: int
    start: int
    lead: int
    why: str
    ask: str
    clarify: str
    probes: tuple[Probe, ...]
    ticks: tuple[Tick, ...]
    red_flags: tuple[Tick, ...]
    examples: tuple[Example, ...]
    anchors: tuple[Anchor, ...]


class Competency(Part):
    """What is rated: an area, why it matters here and which questions look at it."""

    area: str
    title: str
    kind: Literal["technical", "behavioural"]
    summary: str
    expects: tuple[str, ...]
    questions: tuple[int, ...]
    minutes: int


class AgendaRow(Part):
    """A stretch of the interview: minutes from its start, how long, and who leads (0: everyone)."""

    start: int
    minutes: int
    what: str
    lead: int


class Stage(Part):
    """A part of the process beside the interview: exercise, portfolio, discussion, certificates.

    `brief` and `files` go to the candidate; steps, asks, rubric and solution stay with the panel.
    """

    name: StageName
    letter: str
    title: str
    minutes: int
    purpose: str
    brief: str = ""
    deliver: tuple[str, ...] = ()
    files: tuple[ExerciseFile, ...] = ()
    exercise: str | None = None
    steps: tuple[str, ...]
    asks: tuple[str, ...] = ()
    rubric: tuple[RubricRow, ...] = ()
    solution_name: str = ""
    solution: str = ""


class Item(Part):
    """One thing that gets a rating of its own; the rows of the score sheet."""

    key: str
    competency: str
    title: str
    question_id: str | None = None


class Handout(Part):
    """What the candidate gets beforehand: the dimensions by name, and no question."""

    welcome: str
    dimensions: tuple[str, ...]
    stages: tuple[str, ...]
    expect: tuple[str, ...]
    prepare: tuple[str, ...]
    rights: tuple[str, ...]


class Reference(Part):
    """A section of a reference note and the sources it was drawn from."""

    reference: str
    title: str
    sources: tuple[str, ...]


class Kit(Part):
    """The whole kit, in the order in which it is printed."""

    format: int = FORMAT
    id: str
    bank_version: str
    request: KitRequest
    title: str
    role: str
    level_meaning: str
    purpose: str
    job_link: str
    competencies: tuple[Competency, ...]
    agenda: tuple[AgendaRow, ...]
    before: tuple[str, ...]
    behavioural: tuple[str, ...]
    rating_scale: tuple[str, ...]
    rating_errors: tuple[Advice, ...]
    not_asked: tuple[Advice, ...]
    opening: str
    questions: tuple[KitQuestion, ...]
    closing: str
    stages: tuple[Stage, ...]
    items: tuple[Item, ...]
    consensus: tuple[str, ...]
    legal: tuple[str, ...]
    handout: Handout
    references: tuple[Reference, ...]

    @property
    def planned_minutes(self) -> int:
        """How long the interview is planned to take, opening and closing included."""
        return sum(row.minutes for row in self.agenda)

    @property
    def candidate_minutes(self) -> int:
        """How much of the candidate's time the whole process asks for."""
        return self.request.minutes + sum(stage.minutes for stage in self.stages)
