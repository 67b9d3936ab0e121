"""Human-graded answers from files: one JSON object a line, gzipped or not, from any path.

The format is that of published short-answer sets brought to one shape. Fields that are not named here
are ignored, because the files are other people's; what is named must be right, and a wrong row is
reported with its file, line and field.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from backend.errors import BadInput

GZIP = b"\x1f\x8b"
HELD_OUT_SHARE = 0.15


def _name(value: Any) -> Any:
    """Ids are numbers in some files; a number and its text name the same thing."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(value: Any) -> Any:
    return "" if value is None else value


Name = Annotated[str, BeforeValidator(_name), Field(min_length=1)]
Text = Annotated[str, BeforeValidator(_text)]


class Row(BaseModel):
    """One graded answer. There is a `reference`, a `rubric` (claims), or both.

    `score` is 0 to `max_score`. `labels` is whatever the set has: a list of 0/1, one for each claim of
    the rubric, an object with each rater's score, or nothing.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: Name
    qid: Name
    question: Text = ""
    reference: Text = ""
    rubric: tuple[str, ...] = Field(default=(), strict=False)
    answer: Text
    score: float = Field(ge=0, allow_inf_nan=False)
    max_score: float = Field(gt=0, allow_inf_nan=False)
    labels: Any = None

    @field_validator("rubric", mode="before")
    @classmethod
    def _no_rubric(cls, value: Any) -> Any:
        return () if value is None else value

    @model_validator(mode="after")
    def _fits_together(self) -> Row:
        if self.score > self.max_score:
            raise ValueError(f"score: {self.score:g} is above max_score {self.max_score:g}")
        if not self.reference.strip() and not any(text.strip() for text in self.rubric):
            raise ValueError("reference: needed where there is no rubric")
        if self.rubric and isinstance(self.labels, list) and len(self._marks()) != len(self.rubric):
            count, wanted = len(self._marks()), len(self.rubric)
            raise ValueError(f"labels: {count} for a rubric of {wanted} claims")
        return self

    def _marks(self) -> list[Any]:
        labels: object = self.labels
        return cast("list[Any]", labels) if isinstance(labels, list) else []

    @property
    def share(self) -> float:
        """The human score as a share of what was possible, 0 to 1."""
        return self.score / self.max_score

    @property
    def claim_labels(self) -> tuple[bool | None, ...]:
        """For each claim of the rubric whether a human found it; None where nobody said."""
        if not self.rubric:
            return ()
        return tuple(
            bool(mark >= 0.5) if isinstance(mark, bool | int | float) else None
            for mark in self._marks()
        )

    @property
    def rater_scores(self) -> tuple[float, ...]:
        """Each rater's own score where `labels` holds them; () or at least two."""
        given: object = self.labels
        if not isinstance(given, dict):
            return ()
        labels = cast("dict[str, Any]", given)
        listed = labels.get("graders")
        named = [labels[name] for name in sorted(labels) if name.startswith("grader")]
        found = cast("list[Any]", listed) if isinstance(listed, list) else named
        marks = [float(mark) for mark in found if isinstance(mark, int | float)]
        return tuple(marks) if len(marks) > 1 else ()


def read_dataset(path: Path, limit: int | None = None) -> list[Row]:
    """The rows of a file in order, at most `limit`. Raises `BadInput` that says what to correct."""
    rows: list[Row] = []
    for number, line in enumerate(_lines(path), start=1):
        if limit is not None and len(rows) >= limit:
            break
        if line.strip():
            rows.append(_row(path, number, line))
    if not rows:
        raise BadInput(f"{path}: no rows")
    return rows


def held_out(group: str) -> bool:
    """Whether training keeps aside the question with this name, `<set>/<qid>`: by a hash, so that it is
    the same everywhere and nobody chose it."""
    return hashlib.sha256(group.encode()).digest()[0] / 256 < HELD_OUT_SHARE


def set_name(path: Path) -> str:
    """What to call a set: the name of its file without the endings."""
    return path.name.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".json")


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == GZIP
        opener: Any = gzip.open if zipped else open
        with opener(path, "rt", encoding="utf-8-sig") as lines:
            yield from lines
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (byte {error.start})") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"{path}: the gzip file is damaged: {error}") from error
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error


def _row(path: Path, number: int, line: str) -> Row:
    place = f"{path}:{number}"
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{place}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadInput(f"{place}: a row is an object, this is a {type(found).__name__}")
    try:
        return Row.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise BadInput(
            f"{place}: {field}: {message}" if field else f"{place}: {message}"
        ) from error
