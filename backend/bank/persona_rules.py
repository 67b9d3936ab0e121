"""Lint of the personas: they can do what they are said to do, and their manner earns no credit.

A persona's own phrases are how it talks, never what it knows. A phrase that states a claim would make
every simulated interview look better than it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from backend.bank.loader import Bank
from backend.bank.persona import Persona
from backend.bank.wording import shared_run
from backend.errors import BankProblem

STATED_RUN = 5


def check_personas(bank: Bank) -> Iterator[BankProblem]:
    """The problems of every persona in the bank."""
    said = [
        (f"{question.id}.{item.id}", text)
        for question in bank.questions.values()
        for item in question.expectations
        for text in (item.claim, *_said(bank, question.id, item.id))
    ]
    for persona in bank.personas.values():
        yield from _manner(persona)
        yield from _knowledge(persona)
        for field, phrases in persona.phrases.items():
            for index, phrase in enumerate(phrases):
                if len(phrase.split()) < STATED_RUN:
                    continue
                for place, text in said:
                    if run := shared_run(phrase, text, STATED_RUN):
                        message = f"says {run!r}, which states {place}"
                        where = f"{field}.{index}"
                        yield BankProblem(_file(persona), 0, where, "persona-states-claim", message)
                        break


def _manner(persona: Persona) -> Iterator[BankProblem]:
    if persona.asides_a_point and not persona.asides:
        message = f"{persona.asides_a_point} asides a point, but there are no asides to choose from"
        yield BankProblem(_file(persona), 0, "asides", "persona-has-phrases", message)


def _knowledge(persona: Persona) -> Iterator[BankProblem]:
    if persona.behaviour == "speaks":
        return
    claimed = [name for name in ("knows", "recalls", "bluffs") if getattr(persona, name)] + (
        ["first"] if persona.first else []
    )
    if claimed:
        message = f"a persona that {persona.behaviour.replace('-', ' ')} makes no points to know"
        yield BankProblem(_file(persona), 0, claimed[0], "persona-knows-by-speaking", message)


def _said(bank: Bank, question_id: str, claim: str) -> tuple[str, ...]:
    phrasing = bank.phrasings.get(question_id, {}).get(claim)
    return phrasing.said if phrasing else ()


def _file(persona: Persona) -> str:
    return f"personas/{persona.id}.yaml"
