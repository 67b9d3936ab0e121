"""What is measured between an answer and a claim before a probability is formed.

A claim is known by its own words and by its phrasings: snippets of speech that state it (`said`) and
tempting ones that do not (`near`). No single view is enough. Embeddings see that two wordings mean the
same and overlook a "not"; vocabulary sees what is named and overlooks what is said of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from backend.bank.phrasings import Phrasing
from backend.bank.wording import content_stems
from backend.grading.sentences import Window, split_clauses, with_neighbours
from backend.retrieval.embedder import Embedder, Vectors

FEATURES = ("claim", "said", "against_near", "against_rivals", "words")


@dataclass(frozen=True)
class Claim:
    """A claim as the grader knows it."""

    text: str
    phrasing: Phrasing

    @property
    def said(self) -> tuple[str, ...]:
        """Ways to state it; the claim itself where nobody has written any."""
        return self.phrasing.said or (self.text,)


@dataclass(frozen=True)
class Match:
    """The measurements for one claim, in the order of `FEATURES`, and where it is most likely stated."""

    values: NDArray[np.float64]
    best: Window


@dataclass(frozen=True)
class Heard:
    """What was said, cut into windows: sentences, clauses, neighbouring sentences."""

    windows: tuple[Window, ...]
    vectors: Vectors
    stems: tuple[frozenset[str], ...]


class Rarity:
    """How much a stem tells: inverse document frequency over the phrasings of the bank."""

    def __init__(self, texts: Iterable[str]) -> None:
        documents = [set(content_stems(text)) for text in texts]
        self._counts = Counter(stem for document in documents for stem in document)
        self._total = max(1, len(documents))

    def of(self, stems: Iterable[str]) -> float:
        """The summed rarity of `stems`."""
        return sum(log(1 + self._total / (1 + self._counts[stem])) for stem in stems)


class Features:
    """Measures answers against claims; remembers the vectors of every phrase it has seen."""

    def __init__(self, embedder: Embedder, rarity: Rarity) -> None:
        self._embedder = embedder
        self._rarity = rarity
        self._known: dict[str, NDArray[np.float32]] = {}

    def hear(self, sentences: Sequence[Window], answers: Sequence[str]) -> Heard:
        """Embeds the sentences of `answers` to look at, at least one, and their clauses."""
        windows = list(sentences)
        for sentence in sentences:
            windows += [Window(sentence.answer, piece) for piece in split_clauses(sentence.span)]
        vectors = self._embedder.encode([window.span.text for window in windows])
        neighbours = with_neighbours(sentences, answers)
        if neighbours:
            # Two sentences together lie between the two: near enough, and nothing to compute.
            joined = np.stack([vectors[first] + vectors[first + 1] for first, _pair in neighbours])
            joined /= np.linalg.norm(joined, axis=1, keepdims=True)
            vectors = np.concatenate([vectors, joined])
        windows += [pair for _first, pair in neighbours]
        stems = tuple(stems_of(window.span.text) for window in windows)
        return Heard(tuple(windows), vectors, stems)

    def measure(self, heard: Heard, claims: Sequence[Claim]) -> list[Match]:
        """One match for each claim."""
        self.remember(claims)
        claim_like = heard.vectors @ self._vectors([claim.text for claim in claims]).T
        said = [heard.vectors @ self._vectors(claim.said).T for claim in claims]
        best_said = np.stack([likeness.max(axis=1) for likeness in said], axis=1)
        words = np.stack([self._words(claim, heard.stems) for claim in claims], axis=1)
        matches: list[Match] = []
        for column, claim in enumerate(claims):
            place = int(np.argmax(best_said[:, column] + 0.5 * words[:, column]))
            rivals = np.delete(best_said[place], column)
            mistaken = 0.0
            if claim.phrasing.near:
                mistaken = (self._vectors(claim.phrasing.near) @ heard.vectors[place]).max()
            values = [
                claim_like[:, column].max(),
                said[column].max(axis=0).mean(),
                best_said[place, column] - mistaken,
                best_said[place, column] - (rivals.max() if len(rivals) else 0.0),
                words[:, column].max(),
            ]
            matches.append(Match(np.array(values, dtype=np.float64), heard.windows[place]))
        return matches

    def nearness(self, heard: Heard, texts: Sequence[str]) -> float:
        """The highest cosine between anything that was said and any of `texts`."""
        self._learn(texts)
        return float((heard.vectors @ self._vectors(texts).T).max())

    def _words(self, claim: Claim, stems: Sequence[frozenset[str]]) -> NDArray[np.float64]:
        """For each window the rarity it shares with the claim, 1 being as much as a phrasing has."""
        vocabulary = vocabulary_of(claim)
        typical = np.mean([self._rarity.of(stems_of(text)) for text in claim.said])
        return np.array(
            [min(1.0, self._rarity.of(held & vocabulary) / max(typical, 1e-9)) for held in stems]
        )

    def remember(self, claims: Sequence[Claim]) -> None:
        """Embeds the claims and their phrasings, unless that was done before."""
        self._learn([text for c in claims for text in (c.text, *c.said, *c.phrasing.near)])

    def _learn(self, texts: Sequence[str]) -> None:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embedder.encode(fresh), strict=True))

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._known[text] for text in texts])


@lru_cache(maxsize=50_000)
def stems_of(text: str) -> frozenset[str]:
    return frozenset(content_stems(text))


@lru_cache(maxsize=5_000)
def vocabulary_of(claim: Claim) -> frozenset[str]:
    """The stems of the claim and of every way to state it."""
    return stems_of(claim.text).union(*(stems_of(text) for text in claim.said))
