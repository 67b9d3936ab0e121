"""What a row may hold, and the items it stands for.

A row is one answer, or a whole transcript that is taken apart into one item for each question. Columns
that are not named here belong to whoever made the file and are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from backend.evaluation.item import Item, OwnRubric, Problem


def _name(value: Any) -> Any:
    """Ids are numbers in some files; a number and its text name the same thing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else value


def _text(value: Any) -> Any:
    return "" if value is None else value


def _number(value: Any) -> Any:
    """A cell of a CSV file is text."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _parsed(value: Any) -> Any:
    """A list or object in a CSV cell is JSON; plain text there is one entry a line."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return [line for line in value.splitlines() if line.strip()]


Name = Annotated[str, BeforeValidator(_name), Field(min_length=1, max_length=300)]
OptionalName = Annotated[str | None, BeforeValidator(_name), Field(max_length=300)]
Text = Annotated[str, BeforeValidator(_text)]
Points = Annotated[float | None, BeforeValidator(_number), Field(ge=0, allow_inf_nan=False)]
Mark = Annotated[bool | int | float | None, BeforeValidator(_number)]
Labels = Annotated[
    dict[str, Mark] | list[Mark] | None,
    BeforeValidator(_parsed),
]
Claims = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: () if value is None else _parsed(value)),
    Field(strict=False),
]
_STRICT = ConfigDict(frozen=True, extra="ignore", strict=True, populate_by_name=True)


class _Graded(BaseModel):
    """What can stand beside a question wherever one is asked."""

    model_config = _STRICT

    question_id: OptionalName = None
    question: Text = ""
    qid: OptionalName = None
    expectations: Claims = Field(
        default=(), validation_alias=AliasChoices("expectations", "rubric")
    )
    reference: Text = ""
    human_score: Points = Field(default=None, validation_alias=AliasChoices("human_score", "score"))
    max_score: Annotated[float | None, BeforeValidator(_number)] = Field(
        default=None, gt=0, allow_inf_nan=False
    )
    labels: Labels = None

    @property
    def own(self) -> OwnRubric | None:
        claims = tuple(text.strip() for text in self.expectations if text.strip())
        if not claims and not self.reference.strip():
            return None
        return OwnRubric(self.question.strip(), self.reference.strip(), claims)


class Turn(_Graded):
    """One thing said. A turn of the interviewer with a question opens it; the others follow up."""

    role: Literal["interviewer", "candidate"]
    text: Text = ""

    @property
    def opens(self) -> bool:
        return self.role == "interviewer" and bool(self.question_id or self.own)


class Row(_Graded):
    """One row: an `answer`, or a `transcript`."""

    id: Name
    answer: str | None = None
    transcript: Annotated[
        Annotated[tuple[Turn, ...], Field(strict=False)] | None, BeforeValidator(_parsed)
    ] = None
    candidate: OptionalName = None
    group: OptionalName = None

    @model_validator(mode="after")
    def _one_of(self) -> Row:
        if (self.answer is None) == (self.transcript is None):
            raise ValueError("answer: give an answer (it may be empty) or a transcript")
        if self.transcript is not None and not any(turn.opens for turn in self.transcript):
            raise ValueError(
                "transcript: no turn of the interviewer has a question_id, or expectations or a reference"
            )
        return self


COLUMNS = frozenset(
    [*Row.model_fields, "rubric", "score"],
)


def items_of(line: int, raw: dict[str, Any], default_max: float) -> Iterator[Item | Problem]:
    """The items of a row, or the problems that keep it from being graded."""
    given = raw.get("id")
    name = str(given) if isinstance(given, str | int) else ""
    if not raw.get("answer") and "answer" in raw:
        # Tables have both columns: an empty answer beside a transcript is no answer at all.
        raw = raw | {"answer": None if raw.get("transcript") else ""}
    try:
        row = Row.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            field = ".".join(str(part) for part in fault["loc"])
            message = fault["msg"].removeprefix("Value error, ")
            if fault["type"] == "missing" or (fault["input"] is None and fault["loc"]):
                message = "needed"
            yield Problem(line, name, field, message)
        return
    if row.transcript is None:
        yield _item(line, row, row, row.id, [row.answer or ""], [], default_max)
        return
    for number, (turn, answers, asked) in enumerate(_questions(row.transcript), start=1):
        yield _item(line, row, turn, f"{row.id}#{number}", answers, asked, default_max)


def _questions(turns: tuple[Turn, ...]) -> Iterator[tuple[Turn, list[str], list[str]]]:
    """Each question with the answers to it and what was said before each of them."""
    opened: Turn | None = None
    answers: list[str] = []
    asked: list[str] = []
    said = ""
    for turn in turns:
        if turn.opens:
            if opened:
                yield opened, answers, asked
            opened, answers, asked, said = turn, [], [], turn.text or turn.question
        elif turn.role == "interviewer":
            said = turn.text
        elif opened:
            answers.append(turn.text)
            asked.append(said)
    if opened:
        yield opened, answers, asked


def _item(
    line: int,
    row: Row,
    graded: _Graded,
    name: str,
    answers: list[str],
    asked: list[str],
    default_max: float,
) -> Item | Problem:
    own = graded.own
    if graded.question_id and own:
        message = "stands beside a rubric of its own; give one of the two"
        return Problem(line, name, "question_id", message)
    if not graded.question_id and own is None:
        message = "needed, or a question with expectations or a reference"
        return Problem(line, name, "question_id", message)
    most = graded.max_score or default_max
    if graded.human_score is not None and graded.human_score > most:
        message = (
            f"{graded.human_score:g} is above {most:g}; set the column max_score or --max-score"
        )
        return Problem(line, name, "human_score", message)
    labels = _labels(graded.labels, own)
    if isinstance(labels, str):
        return Problem(line, name, "labels", labels)
    return Item(
        line=line,
        id=name,
        question_id=graded.question_id,
        own=own,
        answers=tuple(answers),
        asked=tuple(asked),
        candidate=row.candidate or (row.id if row.transcript is not None else None),
        group=row.group,
        human=None if graded.human_score is None else graded.human_score / most,
        human_max=most,
        labels=labels,
        question_key=graded.qid,
    )


def _labels(
    given: dict[str, Mark] | list[Mark] | None, own: OwnRubric | None
) -> tuple[tuple[str, bool], ...] | str:
    """Labels by claim id; a list counts the claims from 1. A text says what is wrong."""
    if given is None:
        return ()
    if isinstance(given, list):
        if own and own.claims and len(given) != len(own.claims):
            return f"{len(given)} for {len(own.claims)} expectations"
        pairs = [(str(place), mark) for place, mark in enumerate(given, start=1)]
    else:
        pairs = list(given.items())
    for name, mark in pairs:
        if mark is not None and not 0 <= mark <= 1:
            return f"{name}: {mark:g} is not between 0 and 1"
    return tuple((name, mark >= 0.5) for name, mark in pairs if mark is not None)
