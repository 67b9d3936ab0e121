"""Lint of the phrasings: they belong to a claim that exists, and they do not quote the exemplars.

The exemplars are the test of the grader, and the phrasings are what it learns from. A phrasing that
repeats an exemplar would make the test worthless without anyone noticing.
"""

from __future__ import annotations

from collections.abc import Iterator

from backend.bank.loader import Bank
from backend.bank.wording import shared_run
from backend.errors import BankProblem

REPEATED_RUN = 7


def check_phrasings(bank: Bank) -> Iterator[BankProblem]:
    """The problems of every phrasing in the bank."""
    for question_id, claims in bank.phrasings.items():
        file = f"phrasings/{question_id.split('/')[0]}.yaml"
        question = bank.questions.get(question_id)
        if question is None:
            message = "there is no such question"
            yield BankProblem(file, 0, question_id, "known-phrasing", message)
            continue
        known = {item.id for item in question.expectations}
        for claim, phrasing in claims.items():
            field = f"{question_id}.{claim}"
            if claim not in known:
                message = "the question has no such claim"
                yield BankProblem(file, 0, field, "known-phrasing", message)
            for snippet in (*phrasing.said, *phrasing.near):
                for exemplar in question.exemplars:
                    if run := shared_run(snippet, exemplar.answer, REPEATED_RUN):
                        message = f"repeats {run!r} of the {exemplar.quality} exemplar"
                        yield BankProblem(file, 0, field, "phrasing-repeats-exemplar", message)
