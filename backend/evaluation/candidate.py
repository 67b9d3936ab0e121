"""Simulated candidates: what a persona says, and what it has thereby truly said.

The words come from the bank's exemplars and phrasings, so that what an answer states is known without
asking the grader that is being tested. Everything follows from a seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Protocol

from backend.bank.loader import Bank
from backend.bank.persona import Persona
from backend.bank.phrasings import Phrasing
from backend.bank.question import Expectation, Question
from backend.bank.wording import STOPWORDS, words

KEYWORDS = 14
NOISE_WORDS = range(4, 30)
CONSONANTS = "bcdfghjklmnpqrstvwxz"


@dataclass(frozen=True)
class Said:
    """One message: its words, and the claims of the question that they state."""

    text: str
    states: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """What a candidate hears: the words, and the claim a follow-up asks for, where it asks for one."""

    question: Question
    text: str
    first: bool
    claim: str | None = None


class Candidate(Protocol):
    """Somebody who is interviewed. A language model may play one as well."""

    name: str

    def answer(self, asked: Asked) -> Said:
        """What is said to it."""
        ...


@dataclass
class SimulatedCandidate:
    """A persona in one interview."""

    persona: Persona
    bank: Bank
    rng: random.Random
    turns: int = 0
    _known: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    _stated: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    @property
    def name(self) -> str:
        return self.persona.id

    def answer(self, asked: Asked) -> Said:
        self.turns += 1
        persona = self.persona
        if persona.stops_after and self.turns > persona.stops_after:
            return Said("stop")
        for habit in persona.requests:
            if self.rng.random() < habit.chance:
                return Said(habit.say)
        said = self._say(asked)
        self._stated.setdefault(asked.question.id, set()).update(said.states)
        return said

    def refused(self) -> Said:
        """What is said after a message was not taken, such as an empty one."""
        return Said(self.rng.choice(self.persona.blanks))

    def _say(self, asked: Asked) -> Said:
        match self.persona.behaviour:
            case "is-silent":
                return Said("")
            case "makes-noise":
                return Said(self._noise())
            case "repeats":
                return Said(self._framed(asked.text))
            case "drops-keywords":
                return Said(self._framed(self._keywords(asked.question)))
            case "speaks":
                return self._speak(asked)

    def _speak(self, asked: Asked) -> Said:
        persona, question = self.persona, asked.question
        points: list[tuple[str, str | None]] = []
        if asked.first and persona.first:
            exemplar = question.exemplar(persona.first)
            text = self._framed(exemplar.answer)
            return Said(text, frozenset(exemplar.meets))
        if asked.first:
            for item in self._volunteered(question):
                points.append((self._point(question, item), item.id))
        else:
            points += self._to_follow_up(asked)
        if not points:
            points.append((self.rng.choice(persona.blanks), None))
        return self._worded(points)

    def _volunteered(self, question: Question) -> list[Expectation]:
        known = [item for item in question.expectations if item.id in self._knows(question)]
        said = [item for item in known if self.rng.random() < self.persona.volunteers]
        self.rng.shuffle(said)
        return said

    def _to_follow_up(self, asked: Asked) -> list[tuple[str, str | None]]:
        question, stated = asked.question, self._stated.get(asked.question.id, set())
        wanted = [item for item in question.expectations if item.id == asked.claim]
        for item in wanted:
            # A strong persona knows its exemplar's points as well as those that it drew.
            if item.id in self._knows(question) | stated and self._chance(self.persona.recalls):
                return [(self._point(question, item), item.id)]
            near = self._phrasing(question, item).near
            if near and self._chance(self.persona.bluffs):
                return [(self.rng.choice(near), None)]
        if asked.claim is None:
            left = [
                item for item in question.expectations if item.id in self._knows(question) - stated
            ]
            if left and self._chance(self.persona.recalls):
                item = self.rng.choice(left)
                return [(self._point(question, item), item.id)]
        return []

    def _knows(self, question: Question) -> frozenset[str]:
        """What the persona knows of a question: drawn once, so that it does not forget on the way."""
        if question.id not in self._known:
            self._known[question.id] = frozenset(
                item.id
                for item in question.expectations
                if not item.is_red_flag and self._chance(self.persona.knows)
            )
        return self._known[question.id]

    def _point(self, question: Question, item: Expectation) -> str:
        said = self._phrasing(question, item).said
        return self.rng.choice(said) if said else item.claim

    def _phrasing(self, question: Question, item: Expectation) -> Phrasing:
        return self.bank.phrasings.get(question.id, {}).get(item.id, Phrasing())

    def _worded(self, points: list[tuple[str, str | None]]) -> Said:
        """The points in the persona's manner. A persona of few words leaves points out whole."""
        persona = self.persona
        most = persona.most_words
        pieces: list[str] = []
        states: list[str] = []
        count = 0
        for text, claim in points:
            if most is not None and pieces and count + len(text.split()) > most:
                break
            count += len(text.split())
            pieces.append(self._hedged(text))
            asides = min(persona.asides_a_point, len(persona.asides))
            pieces += self.rng.sample(persona.asides, asides)
            if claim:
                states.append(claim)
        return Said(self._framed(" ".join(pieces)), frozenset(states))

    def _hedged(self, text: str) -> str:
        if not self.persona.hedges:
            return text
        return f"{self.rng.choice(self.persona.hedges)} {text[:1].lower()}{text[1:]}"

    def _framed(self, text: str) -> str:
        opening = self.rng.choice(self.persona.openings) if self.persona.openings else ""
        closing = self.rng.choice(self.persona.closings) if self.persona.closings else ""
        return " ".join(part for part in (opening, text, closing) if part)

    def _keywords(self, question: Question) -> str:
        terms = [
            word
            for item in question.expectations
            if not item.is_red_flag
            for word in words(item.claim)
            if word not in STOPWORDS and len(word) > 3
        ]
        chosen = list(dict.fromkeys(terms))
        self.rng.shuffle(chosen)
        return ", ".join(chosen[:KEYWORDS]) + "."

    def _noise(self) -> str:
        count = self.rng.choice(NOISE_WORDS)
        made = [
            "".join(self.rng.choices(CONSONANTS, k=self.rng.randint(2, 9))) for _ in range(count)
        ]
        return " ".join(made) + "."

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share
