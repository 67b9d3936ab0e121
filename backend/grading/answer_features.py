"""What is measured between an answer and what was expected of it, claim by claim and as a whole.

The strongest evidence is an alignment of word pieces by their vectors in context: how well each piece of
what was expected is matched by some piece of the answer. Function words and what the question already
said count little; a likeness above `ENOUGH` counts in full, so that a paraphrase is not marked down.
Besides `matched`, where pieces of the answer may serve several times, `paired` lets each serve once,
which a short vague answer cannot exploit. Many answers are measured together, for speed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.bank.wording import STOPWORDS, stem, words
from backend.grading.claim_model import ClaimModel
from backend.grading.decompose import Claim
from backend.grading.sentences import Span, split_clauses, split_sentences
from backend.retrieval.token_vectors import TokenEmbedder, Tokens

Values = NDArray[np.float64]
CLAIM_FEATURES = ("entailed", "matched", "paired", "together", "recall", "numbers")
ANSWER_FEATURES = (
    "matched",
    "paired",
    "claims_matched",
    "claims_together",
    "claims_entailed",
    "recall",
    "ratio",
)
ENOUGH = 0.6
FUNCTION_WORD = 0.1
ASKED = 0.3
NEAREST = 3
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Task:
    """An answer and what was expected of it. There is at least one claim."""

    question: str
    reference: str
    claims: tuple[Claim, ...]
    answer: str


@dataclass(frozen=True)
class Measured:
    """`answer` in the order of `ANSWER_FEATURES`, a row of `claims` in that of `CLAIM_FEATURES`."""

    answer: Values
    claims: Values


@dataclass(frozen=True)
class _Expected:
    """A text that an answer should state: its pieces with their weights, and its terms."""

    text: str
    tokens: Tokens
    weights: Values
    terms: tuple[str, ...]
    fresh: frozenset[str]


@dataclass(frozen=True)
class _Answer:
    tokens: Tokens
    weights: Values
    terms: tuple[str, ...]
    windows: tuple[Span, ...]
    sentences: int


@dataclass(frozen=True)
class _Match:
    """A claim against an answer: `premise` is the sentences nearest to it, in their own order; `values`
    are `CLAIM_FEATURES` after the first."""

    premise: str
    values: tuple[float, ...]


class AnswerFeatures:
    """Measures answers; remembers the vectors of references, claims and questions it has seen."""

    def __init__(self, embedder: TokenEmbedder, model: ClaimModel) -> None:
        self._embedder = embedder
        self._model = model
        self._known: dict[str, Tokens] = {}

    def measure(self, tasks: Sequence[Task]) -> list[Measured]:
        """One for each task, in order."""
        if not tasks:
            return []
        self._learn(tasks)
        answers = list(dict.fromkeys(task.answer for task in tasks))
        read = dict(zip(answers, self._embedder.tokens(answers), strict=True))
        pairs: list[tuple[str, str]] = []
        found: list[tuple[_Answer, _Expected, list[_Match]]] = []
        for task in tasks:
            answer = self._answer(task, read[task.answer])
            whole, *claims = self._expected(task)
            matches = [_match(answer, claim) for claim in claims]
            pairs += [
                (match.premise, claim.text) for match, claim in zip(matches, claims, strict=True)
            ]
            found.append((answer, whole, matches))
        logits = self._logits(pairs)
        measured: list[Measured] = []
        step = 0
        for task, (answer, whole, matches) in zip(tasks, found, strict=True):
            own = logits[step : step + len(matches)]
            step += len(matches)
            rows = np.array(
                [[logit, *match.values] for logit, match in zip(own, matches, strict=True)]
            )
            measured.append(Measured(_whole(task, answer, whole, rows), rows))
        return measured

    def _logits(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        unique = list(dict.fromkeys(pairs))
        values = [float(value) for value in self._model.logits(unique)]
        known = dict(zip(unique, values, strict=True))
        return [known[pair] for pair in pairs]

    def _learn(self, tasks: Sequence[Task]) -> None:
        texts = [text for task in tasks for text in (task.question, *_texts(task))]
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(fresh, self._embedder.tokens(fresh), strict=True))

    def _answer(self, task: Task, tokens: Tokens) -> _Answer:
        sentences = split_sentences(task.answer) or [Span(0, len(task.answer), task.answer)]
        windows = list(sentences)
        for sentence in sentences:
            windows += split_clauses(sentence)
        weights = _weights(task.answer, tokens, self._known[task.question])
        return _Answer(tokens, weights, tuple(terms(task.answer)), tuple(windows), len(sentences))

    def _expected(self, task: Task) -> list[_Expected]:
        asked = self._known[task.question]
        known = frozenset(terms(task.question))
        items: list[_Expected] = []
        for text in _texts(task):
            tokens, own = self._known[text], tuple(terms(text))
            fresh = frozenset(own) - known or frozenset(own)
            items.append(_Expected(text, tokens, _weights(text, tokens, asked), own, fresh))
        return items


def terms(text: str) -> list[str]:
    """Stems of the words that carry content, numbers among them; all words if none does."""
    found = words(text)
    kept = [word for word in found if word not in STOPWORDS and (len(word) > 1 or word.isdigit())]
    return [stem(word) for word in kept or found]


def _texts(task: Task) -> list[str]:
    return [task.reference, *(claim.text for claim in task.claims)]


def _weights(text: str, tokens: Tokens, asked: Tokens) -> Values:
    """What each piece counts: little for function words, less the nearer it is to the question."""
    if not len(tokens.ids):
        return np.zeros(0)
    places = zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
    small = [text[start:end].lower() in STOPWORDS for start, end in places]
    weights = np.where(small, FUNCTION_WORD, 1.0)
    if len(asked.ids):
        weights = weights * np.where(np.isin(tokens.ids, asked.ids), ASKED, 1.0)
        near = (tokens.vectors @ asked.vectors.T).max(axis=1)
        weights = weights * np.clip(1 + ASKED - near, FUNCTION_WORD, 1)
    return weights


def _match(answer: _Answer, claim: _Expected) -> _Match:
    near = _nearness(claim.tokens, answer.tokens)
    each = [
        _matched(near[:, answer.tokens.within(window.start, window.end)], claim.weights)
        for window in answer.windows
    ]
    numbers = set(_NUMBER.findall(claim.text))
    held = {text for window in answer.windows for text in _NUMBER.findall(window.text)}
    values = (
        _matched(near, claim.weights),
        _paired(near, claim.weights),
        max(each),
        _share(frozenset(claim.terms), answer.terms),
        len(numbers & held) / len(numbers) if numbers else 1.0,
    )
    best = sorted(range(answer.sentences), key=lambda index: -each[index])[:NEAREST]
    return _Match(" ".join(answer.windows[index].text for index in sorted(best)), values)


def _whole(task: Task, answer: _Answer, whole: _Expected, rows: Values) -> Values:
    shares = np.array([claim.weight for claim in task.claims])
    column = dict(zip(CLAIM_FEATURES, (shares / shares.sum()) @ rows, strict=True))
    near = _nearness(whole.tokens, answer.tokens)
    wanted, given = float(whole.weights.sum()), float(answer.weights.sum())
    values = {
        "matched": _matched(near, whole.weights),
        "paired": _paired(near, whole.weights),
        "claims_matched": column["matched"],
        "claims_together": column["together"],
        "claims_entailed": column["entailed"],
        "recall": _share(whole.fresh, answer.terms),
        "ratio": min(1.0, given / wanted) if wanted else 0.0,
    }
    return np.array([values[name] for name in ANSWER_FEATURES])


def _nearness(expected: Tokens, answer: Tokens) -> Values:
    """How like each piece of `expected` (rows) is to each of `answer`, 0 to 1."""
    return np.clip((expected.vectors @ answer.vectors.T) / ENOUGH, 0, 1).astype(np.float64)


def _matched(near: Values, weights: Values) -> float:
    total = float(weights.sum())
    return float(near.max(axis=1) @ weights) / total if near.size and total else 0.0


def _paired(near: Values, weights: Values) -> float:
    """Like `_matched`, but each piece of the answer serves one piece of what was expected."""
    total = float(weights.sum())
    if not near.size or not total:
        return 0.0
    import scipy.optimize

    library: Any = scipy.optimize
    worth = near * weights[:, None]
    rows, columns = library.linear_sum_assignment(worth, maximize=True)
    return float(worth[rows, columns].sum()) / total


def _share(wanted: frozenset[Any], held: Sequence[Any]) -> float:
    return len(wanted & set(held)) / len(wanted) if wanted else 0.0
