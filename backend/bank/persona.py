"""A simulated candidate: how somebody answers, as data in `personas/<name>.yaml`.

What a persona knows comes from the bank: exemplars for a first answer, phrasings for single claims. What
it is like to listen to comes from its own phrases.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.bank.question import Content, Quality, Slug, Text

Share = Annotated[float, Field(ge=0, le=1)]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Behaviour = Literal["speaks", "is-silent", "makes-noise", "repeats", "drops-keywords"]


class RequestHabit(Content):
    """Something said instead of an answer, and how often: the chance at each turn."""

    say: Phrase
    chance: Share


class Persona(Content):
    """One kind of candidate.

    `speaks` makes points and can be understood; `is-silent` sends nothing and then a filler; `makes-noise`
    types letters; `repeats` says back what was asked; `drops-keywords` strings terms together.
    Of the claims of a question it knows the share `knows`; of those it says the share `volunteers`
    unasked, and the others when a follow-up asks for them, with the chance `recalls`. `first` takes the first
    answer from an exemplar instead. What it does not know it fills, with the chance `bluffs`, with
    something near it.
    """

    id: Slug
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=60)]
    summary: Text
    behaviour: Behaviour = "speaks"
    first: Quality | None = None
    knows: Share = 0.0
    volunteers: Share = 1.0
    recalls: Share = 0.0
    bluffs: Share = 0.0
    openings: tuple[Phrase, ...] = ()
    hedges: tuple[Phrase, ...] = ()
    asides: tuple[Phrase, ...] = ()
    asides_a_point: Annotated[int, Field(ge=0, le=10)] = 0
    closings: tuple[Phrase, ...] = ()
    blanks: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    most_words: Annotated[int | None, Field(ge=3, le=2000)] = None
    words_a_minute: Annotated[int, Field(ge=20, le=300)] = 130
    requests: tuple[RequestHabit, ...] = ()
    stops_after: Annotated[int | None, Field(ge=1, le=100)] = None

    @property
    def phrases(self) -> dict[str, tuple[str, ...]]:
        """Its own phrases, by field."""
        return {
            "openings": self.openings,
            "hedges": self.hedges,
            "asides": self.asides,
            "closings": self.closings,
            "blanks": self.blanks,
        }
