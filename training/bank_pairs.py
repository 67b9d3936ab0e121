"""Pairs of (text, claim) made from the bank's own claims and phrasings.

A phrasing that states a claim is a yes, in whatever company it stands; a tempting one, a phrasing of a
sister claim, a denial, the question said back, and the claim's own words strung together are a no. The
exemplars are left out: they stay a test of answers that nothing was trained on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from backend.bank.loader import Bank
from backend.bank.phrasings import Phrasing
from backend.bank.question import Question
from backend.bank.wording import STOPWORDS, words
from training.data import Pair

YES, NO = 0.98, 0.02
HEDGES = (
    "I think ",
    "I guess ",
    "Maybe I'm wrong, but ",
    "Probably ",
    "I'm not totally sure, but ",
)
SALADS = (
    "I would use the {0} and the {1} here.",
    "There is the {0}, and then of course the {1} and the {2}.",
    "I'd definitely think about {0} and {1}, and also {2}.",
    "It depends on the {0} and on the {1}.",
    "We have to consider {0}, {1} and {2}.",
)
DENIALS = (
    "I don't think that {0}",
    "It's not true that {0}",
    "I wouldn't say that {0}",
    "It would be wrong to say that {0}",
    "I disagree that {0}",
)
_FLIPS = (
    (re.compile(r"\b(I|we|you|they)'d\b(?! (?:not|never))", re.I), r"\1 wouldn't"),
    (re.compile(r"\b(would|should|could|must)\b(?! (?:not|never))", re.I), r"\1 not"),
    (re.compile(r"\b(wouldn't|shouldn't|couldn't|won't|don't|doesn't|didn't)\b", re.I), "would"),
    (re.compile(r"\bit's\b", re.I), "it isn't"),
    (re.compile(r"\bthat's\b", re.I), "that isn't"),
    (re.compile(r"\b(is|are|was|were|can|will|has|have)\b(?! (?:not|never))", re.I), r"\1 not"),
    (re.compile(r"\b(isn't|aren't|wasn't|weren't|can't|cannot)\b", re.I), "is"),
    (re.compile(r"\b(not|never)\b ", re.I), ""),
    (re.compile(r"^(I|we) (?=[a-z]+ed\b)", re.I), r"\1 never "),
)


def denied(text: str, rng: random.Random) -> str:
    """The snippet saying the opposite: its first verb turned round, or a denial put before it."""
    if rng.random() < 0.65:
        ways = [(pattern, new) for pattern, new in _FLIPS if pattern.search(text)]
        if ways:
            pattern, new = ways[0] if rng.random() < 0.7 else rng.choice(ways)
            return pattern.sub(new, text, count=1)
    lower = text if re.match(r"I\b|I'|[A-Z]{2}", text) else text[:1].lower() + text[1:]
    return rng.choice(DENIALS).format(lower)


def salad(text: str, rng: random.Random) -> str:
    """The content words of a text in a sentence that says nothing about them."""
    kept = [word for word in dict.fromkeys(words(text)) if word not in STOPWORDS and len(word) > 2]
    rng.shuffle(kept)
    if rng.random() < 0.35 or len(kept) < 3:
        return ", ".join(kept[:8]) + "."
    return " ".join(
        rng.choice(SALADS).format(*(rng.choice(kept) for _ in range(3)))
        for _ in range(rng.choice((1, 1, 2)))
    )


def bank_pairs(bank: Bank, seed: int) -> list[Pair]:
    """All pairs of one pass; another seed puts the phrasings into other company."""
    rng = random.Random(seed)
    return [
        pair
        for question in bank.questions.values()
        for pair in _pairs(question, bank.phrasings.get(question.id, {}), rng)
    ]


def _pairs(
    question: Question, phrasings: dict[str, Phrasing], rng: random.Random
) -> Iterator[Pair]:
    group = f"bank/{question.id}"

    def pair(text: str, claim: str, target: float) -> Pair:
        return Pair("bank", group, text, claim, target)

    for item in question.expectations:
        own = phrasings.get(item.id, Phrasing())
        others = [
            text
            for other in question.expectations
            if other.id != item.id
            for text in phrasings.get(other.id, Phrasing()).said
        ]

        def company(text: str, others: list[str] = others) -> str:
            beside = rng.sample(others, min(len(others), rng.choice((0, 0, 1, 1, 2))))
            return " ".join(rng.sample([text, *beside], len(beside) + 1))

        for text in own.said:
            yield pair(text, item.claim, YES)
            yield pair(company(text), item.claim, YES)
            yield pair(company(denied(text, rng)), item.claim, NO)
            if rng.random() < 0.4:
                hedge = rng.choice(HEDGES)
                yield pair(hedge + text[:1].lower() + text[1:], item.claim, YES)
        for text in own.near:
            yield pair(company(text), item.claim, NO)
        for text in rng.sample(others, min(len(others), 3)):
            yield pair(company(text), item.claim, NO)
        yield pair(item.claim, item.claim, YES)
        yield pair(denied(item.claim, rng), item.claim, NO)
        yield pair(salad(item.claim, rng), item.claim, NO)
        yield pair(company(salad(" ".join((item.claim, *own.said)), rng)), item.claim, NO)
        if rng.random() < 0.3:
            yield pair(question.ask, item.claim, NO)
