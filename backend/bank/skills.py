"""The skill map: areas, what each expects of an engineer, and anchored ratings for each level."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backend.bank.question import Content, Level, Slug, Text

AreaKind = Literal["technical", "behavioural"]
SourceKind = Literal["article", "paper", "book", "documentation", "standard"]
RATINGS = (1, 2, 3, 4, 5)


class SkillExpectation(Content):
    """What an engineer is expected to know or do; `sources` are keys of `sources.yaml`."""

    text: Text
    sources: Annotated[tuple[str, ...], Field(min_length=1)]


class Area(Content):
    """One of the skill areas, from `skills/<area>.yaml`.

    `anchors[level][rating]` is a behaviourally anchored rating (BARS, Smith and Kendall 1963): what
    an interviewer hears from a person of that level who deserves that rating, 1 to 5.
    """

    area: Slug
    title: Text
    kind: AreaKind
    summary: Text
    expectations: dict[Slug, SkillExpectation]
    anchors: dict[Level, dict[Annotated[int, Field(ge=1, le=5)], Text]]

    @property
    def skill_ids(self) -> tuple[str, ...]:
        return tuple(f"{self.area}/{expectation}" for expectation in self.expectations)


class Source(Content):
    """Something a reference note was drawn from, named exactly enough to be found."""

    title: Text
    authors: Annotated[str, Field(min_length=2)]
    year: Annotated[int, Field(ge=1900, le=2030)]
    publisher: Annotated[str, Field(min_length=2)]
    kind: SourceKind
    url: str | None = None
