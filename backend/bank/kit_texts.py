"""The standing texts of every kit: `question_bank/kit_texts.yaml`.

What is read out, printed or signed whatever the questions are: opening and closing, how to rate,
what may not be asked, the legal note, the sheets for portfolio and technical discussion.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.bank.exercise import RubricRow
from backend.bank.question import Content, Prose, Text

Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


class Advice(Content):
    """Something to watch for and what to do about it."""

    name: Annotated[str, Field(min_length=3)]
    text: Text


class Sheet(Content):
    """A stage without a task file: how it is held, what is asked and what is rated."""

    title: Text
    purpose: Prose
    minutes: Annotated[int, Field(ge=5, le=120)]
    steps: Texts
    asks: Texts
    rubric: Annotated[tuple[RubricRow, ...], Field(min_length=3)]


class Certificates(Content):
    """Certificates support what was shown; they are noted and never rated."""

    title: Text
    purpose: Prose
    rules: Texts


class Handout(Content):
    """What the candidate gets before the interview."""

    welcome: Prose
    expect: Texts
    prepare: Texts
    rights: Texts


class KitTexts(Content):
    """`opening` and `closing` are read out; `$minutes` and `$count` in them are filled in."""

    before: Texts
    opening: Prose
    closing: Prose
    behavioural: Texts
    rating_scale: Texts
    rating_errors: Annotated[tuple[Advice, ...], Field(min_length=5)]
    not_asked: Annotated[tuple[Advice, ...], Field(min_length=5)]
    legal: Texts
    consensus: Texts
    hands_on: Texts
    take_home: Texts
    handout: Handout
    portfolio: Sheet
    technical_discussion: Sheet
    certificates: Certificates
