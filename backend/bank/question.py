"""One interview question with its rubric, as it stands in `question_bank/questions/<area>/<slug>.yaml`.

These models are the file format: unknown fields are refused, everything is immutable once loaded,
and the JSON Schema that editors use is generated from them.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Level = Literal["junior", "mid", "senior"]
Kind = Literal["technical", "behavioural", "design", "hands-on"]
ExpectationKind = Literal["must", "should", "bonus", "red-flag"]
StarPart = Literal["situation", "task", "action", "result", "reflection"]
FollowUpMove = Literal["deepen", "edge-case", "trade-off", "measure"]
Quality = Literal["strong", "partial", "weak"]

LEVELS: tuple[Level, ...] = ("junior", "mid", "senior")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Prose = Annotated[Text, AfterValidator(lambda text: unwrapped(text))]
QuestionId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$")
]
SkillId = QuestionId
Reference = Annotated[
    str, StringConstraints(pattern=r"^documents/[a-z0-9-]+\.md#[a-z0-9]+(-[a-z0-9]+)*$")
]


def unwrapped(text: str) -> str:
    """`text` with the line breaks inside its paragraphs removed; code, lists and tables are kept."""
    paragraphs: list[str] = []
    fenced = False
    for paragraph in re.split(r"\n[ \t]*\n", text):
        kept = (
            fenced
            or "```" in paragraph
            or re.search(r"^(?: {4}|\t|\||[-*] |\d+\. )", paragraph, re.M)
        )
        paragraphs.append(paragraph if kept else " ".join(paragraph.split()))
        fenced ^= paragraph.count("```") % 2 == 1
    return "\n\n".join(paragraphs)


class Content(BaseModel):
    """Base of everything read from a content file: frozen, and no field it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Expectation(Content):
    """One checkable statement about an answer, and what to ask when the answer lacks it.

    `claim` can be judged by someone who reads only the claim and the answer. `probe` asks for what
    is missing without giving it away; `hint` gives a little more and is offered in practice only.
    A `red-flag` has neither, because its absence is good.
    """

    id: Slug
    kind: ExpectationKind
    claim: Text
    assesses: tuple[SkillId, ...] = ()
    reference: Reference
    probe: Text | None = None
    hint: Text | None = None
    star: StarPart | None = None

    @property
    def is_red_flag(self) -> bool:
        return self.kind == "red-flag"


class FollowUp(Content):
    """A deepening question, asked once the musts are covered."""

    id: Slug
    move: FollowUpMove
    ask: Prose


class Exemplar(Content):
    """An example answer in spoken style; `meets` lists the expectations it earns (red flags too)."""

    quality: Quality
    answer: Prose
    meets: tuple[Slug, ...]


class Question(Content):
    """A question, its rubric and its example answers. `minutes` is the time planned for it."""

    id: QuestionId
    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=70)]
    level: Level
    kind: Kind
    minutes: Annotated[int, Field(ge=2, le=30)]
    why: Text
    ask: Prose
    clarify: Prose
    expectations: Annotated[tuple[Expectation, ...], Field(min_length=1)]
    follow_ups: Annotated[tuple[FollowUp, ...], Field(min_length=1)]
    exemplars: Annotated[tuple[Exemplar, ...], Field(min_length=1)]
    reviewed: date | None = None

    @property
    def area(self) -> str:
        return self.id.split("/")[0]

    @property
    def musts(self) -> tuple[Expectation, ...]:
        return tuple(item for item in self.expectations if item.kind == "must")

    def exemplar(self, quality: Quality) -> Exemplar:
        """The example answer of this quality. Raises `LookupError` if the question has none."""
        for exemplar in self.exemplars:
            if exemplar.quality == quality:
                return exemplar
        raise LookupError(f"{self.id} has no {quality} exemplar")

    def content_hash(self) -> str:
        """Twelve hex digits over everything but the review date: what an assessment refers to."""
        content = self.model_dump(mode="json", exclude={"reviewed"})
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]
