"""A saved plan for a kit: `question_bank/blueprints/<id>.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backend.bank.question import Content, Level, Prose, Slug, Text

StageName = Literal["hands-on", "take-home", "portfolio", "technical-discussion", "certificates"]
STAGES: tuple[StageName, ...] = (
    "take-home",
    "portfolio",
    "hands-on",
    "technical-discussion",
    "certificates",
)
"""In the order in which a candidate meets them; the interview comes after the portfolio review."""


class PinnedExercises(Content):
    """Which exercise form A uses and which form B; two different ones of the same kind."""

    a: Slug
    b: Slug


class Blueprint(Content):
    """Level, areas in order of importance, length of the interview and what surrounds it."""

    id: Slug
    title: Text
    role: Text
    purpose: Prose
    job_link: Prose
    level: Level
    areas: Annotated[tuple[Slug, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=20, le=240)]
    panel: Annotated[int, Field(ge=1, le=6)] = 1
    stages: tuple[StageName, ...] = ()
    exercises: dict[Literal["hands-on", "take-home"], PinnedExercises] = Field(
        default_factory=dict[Literal["hands-on", "take-home"], PinnedExercises]
    )
