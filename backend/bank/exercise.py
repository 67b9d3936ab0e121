"""A hands-on exercise or a take-home task: `question_bank/exercises/<id>/`.

The folder holds `exercise.yaml` (these models), `data.py`, which writes the candidate's files the same
way every time, and a reference solution that the tests run. What the candidate gets is the brief and
the files that `data.py` writes; the rubric and the solution stay with the interviewers.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.bank.question import Content, Level, Prose, SkillId, Slug, Text

ExerciseKind = Literal["hands-on", "take-home"]
Topic = Literal["sql", "preprocessing", "debugging", "evaluation", "training", "pipeline"]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.(csv|db|py|json|md)$")]

EXERCISE = "exercise.yaml"
DATA = "data.py"
SOLUTIONS = ("solution.py", "solution.sql")


class ExerciseFile(Content):
    """One file that the candidate gets, and what it holds."""

    name: FileName
    about: Text


class RubricRow(Content):
    """One dimension that is rated 1 to 5 by itself; the texts are what a 1, a 3 and a 5 look like."""

    id: Slug
    dimension: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4)]
    weak: Text
    solid: Text
    excellent: Text


class Exercise(Content):
    """The task. `minutes` is the time limit a candidate is told; `levels` are those it suits."""

    id: Slug
    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=70)]
    kind: ExerciseKind
    topic: Topic
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=10, le=480)]
    assesses: Annotated[tuple[SkillId, ...], Field(min_length=1)]
    purpose: Prose
    brief: Prose
    deliver: Annotated[tuple[Text, ...], Field(min_length=1)]
    files: Annotated[tuple[ExerciseFile, ...], Field(min_length=1)]
    rubric: Annotated[tuple[RubricRow, ...], Field(min_length=1)]
    discuss: Annotated[tuple[Text, ...], Field(min_length=1)]

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas it assesses, each once, in order."""
        return tuple(dict.fromkeys(skill.split("/")[0] for skill in self.assesses))
