"""What is measured between a piece of an answer and a claim before a probability is formed.

A claim is known by its own words and by its phrasings: snippets of speech that state it (`said`) and
tempting ones that do not (`near`). No single view is enough. Embeddings see that two wordings mean the
same and overlook a "not"; vocabulary sees what is named and overlooks what is said of it; the claim model
sees denials and is weaker on talk. All measurements but one belong to one window of the answer, and a
claim is judged by its best window, so that a further sentence can only add.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backend.bank.phrasings import Phrasing
from backend.bank.wording import content_stems
from backend.grading.polarity import leaning, signed_stems
from backend.grading.sentences import Window, split_clauses
from backend.retrieval.embedder import Embedder, Vectors

Values = NDArray[np.float64]
FEATURES = (
    "claim",
    "said",
    "said_anywhere",
    "against_near",
    "against_rivals",
    "words",
    "claim_words",
    "denied",
    "entailed",
)
CLOSEST = 2
"""How many windows of a claim the claim model reads."""
WITHIN = 3.0
"""How far, in log odds, a place may lie behind the nearest one for the claim model to read it too."""
CHANCE = 0.35
PAIRED = 3
"""How many sentences nearest to a claim are also looked at two by two."""


class ClaimReader(Protocol):
    """Says of (text, claim) pairs whether the text states the claim."""

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """One logit for each pair: above 0, more likely stated than not."""
        ...


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
    """A place where a claim may be stated: one window, or two sentences together, with its measurements
    in the order of `FEATURES`."""

    values: Values
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Heard:
    """What was said, cut into windows: first the sentences, then their clauses. `owner` is the sentence
    that each window is, or is part of."""

    windows: tuple[Window, ...]
    owner: tuple[int, ...]
    texts: tuple[str, ...]
    vectors: Vectors
    sentences: int

    def only(self, kept: NDArray[np.bool_]) -> Heard:
        """Without the sentences that are not `kept`, and their clauses; the whole if none is kept."""
        if kept.all() or not kept.any():
            return self
        places = [index for index, owner in enumerate(self.owner) if kept[owner]]
        renamed = {old: new for new, old in enumerate(np.flatnonzero(kept).tolist())}
        return Heard(
            tuple(self.windows[index] for index in places),
            tuple(renamed[self.owner[index]] for index in places),
            tuple(self.texts[index] for index in places),
            self.vectors[places],
            int(kept.sum()),
        )


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

    def __init__(
        self,
        embedder: Embedder,
        rarity: Rarity,
        reader: ClaimReader,
        repair: Callable[[str], str] = str,
    ) -> None:
        self._embedder = embedder
        self._rarity = rarity
        self._reader = reader
        self._repair = repair
        self._known: dict[str, NDArray[np.float32]] = {}

    def hear(self, sentences: Sequence[Window]) -> Heard:
        """Embeds the sentences to look at, at least one, and their clauses."""
        windows = list(sentences)
        owner = list(range(len(sentences)))
        for index, sentence in enumerate(sentences):
            clauses = split_clauses(sentence.span)
            windows += [Window(sentence.answer, piece) for piece in clauses]
            owner += [index] * len(clauses)
        texts = tuple(self._repair(window.span.text) for window in windows)
        vectors = self._embedder.encode(list(texts))
        return Heard(tuple(windows), tuple(owner), texts, vectors, len(sentences))

    def measure(
        self,
        heard: Heard,
        claims: Sequence[Claim],
        weights: Sequence[float],
        only: Sequence[int] | None = None,
    ) -> list[list[Match]]:
        """For each claim up to `CLOSEST` places by these weights of `FEATURES`, the best first by all but
        the claim model's word. With `only`, for the claims in these places; the others are rivals."""
        self.remember(claims)
        anywhere = self._anywhere(heard, claims)
        signs = [signed_stems(text) for text in heard.texts]
        own = self._values(heard.vectors, signs, claims, anywhere)
        plain = np.array(weights[:-1])
        columns = range(len(claims)) if only is None else only
        found: list[list[tuple[Values, tuple[int, ...]]]] = []
        for column in columns:
            rows = own[:, column]
            places: list[tuple[Values, tuple[int, ...]]] = [
                (row, (index,)) for index, row in enumerate(rows)
            ]
            near = np.argsort(-(rows[: heard.sentences] @ plain), kind="stable")[:PAIRED].tolist()
            pairs = [(i, j) for place, i in enumerate(near) for j in near[place + 1 :]]
            if pairs:
                joined = self._pairs(heard, pairs, claims, column, anywhere)
                places += list(zip(joined, pairs, strict=True))
            places.sort(key=lambda place: -float(place[0] @ plain))
            least = float(places[0][0] @ plain) - WITHIN
            closest = _different(places, heard)[:CLOSEST]
            found.append([place for place in closest if float(place[0] @ plain) >= least])
        return self._read(heard, [claims[column] for column in columns], found)

    def nearness(self, heard: Heard, texts: Sequence[str]) -> float:
        """The highest cosine between anything that was said and any of `texts`."""
        self._learn(texts)
        return float((heard.vectors @ self._vectors(texts).T).max())

    def remember(self, claims: Sequence[Claim]) -> None:
        """Embeds the claims and their phrasings, unless that was done before."""
        self._learn([text for c in claims for text in (c.text, *c.said, *c.phrasing.near)])

    def _anywhere(self, heard: Heard, claims: Sequence[Claim]) -> Values:
        """How like each claim's phrasings are to what comes nearest to them in the whole answer, beyond
        the likeness (`CHANCE`) that any two pieces of talk have: padding must not count."""
        nearest = [(heard.vectors @ self._vectors(c.said).T).max(axis=0) for c in claims]
        return np.array([np.maximum(0.0, found - CHANCE).mean() for found in nearest], dtype=float)

    def _pairs(
        self,
        heard: Heard,
        pairs: Sequence[tuple[int, int]],
        claims: Sequence[Claim],
        column: int,
        anywhere: Values,
    ) -> Values:
        """Two sentences together lie between the two: near enough, and nothing to embed."""
        vectors = np.stack([heard.vectors[i] + heard.vectors[j] for i, j in pairs])
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        signs = [{**signed_stems(heard.texts[j]), **signed_stems(heard.texts[i])} for i, j in pairs]
        return self._values(vectors, signs, claims, anywhere)[:, column]

    def _values(
        self,
        vectors: Vectors,
        signs: Sequence[dict[str, int]],
        claims: Sequence[Claim],
        anywhere: Values,
    ) -> Values:
        """Windows by claims by all of `FEATURES` but the last."""
        likeness = [vectors @ self._vectors(claim.said).T for claim in claims]
        said = np.stack([found.max(axis=1) for found in likeness], axis=1)
        values = np.zeros((len(vectors), len(claims), len(FEATURES) - 1))
        values[:, :, 0] = vectors @ self._vectors([claim.text for claim in claims]).T
        values[:, :, 1] = said
        values[:, :, 2] = anywhere
        for column, claim in enumerate(claims):
            if claim.phrasing.near:
                near = (vectors @ self._vectors(claim.phrasing.near).T).max(axis=1)
                values[:, column, 3] = said[:, column] - near
            rivals = np.delete(said, column, axis=1)
            if rivals.shape[1]:
                values[:, column, 4] = said[:, column] - rivals.max(axis=1)
            facts = known_words(claim)
            typical = max(1e-9, float(np.mean([self._rarity.of(s) for s in facts.each])))
            stated = max(1e-9, self._rarity.of(facts.claim))
            for row, held in enumerate(signs):
                shared = facts.vocabulary & held.keys()
                weight = self._rarity.of(shared)
                against = [s for s in shared if held[s] * facts.signs.get(s, 0) < 0]
                values[row, column, 5] = min(1.0, weight / typical)
                values[row, column, 6] = self._rarity.of(facts.claim & held.keys()) / stated
                values[row, column, 7] = min(1.0, self._rarity.of(against) / typical)
        return values

    def _read(
        self,
        heard: Heard,
        claims: Sequence[Claim],
        found: Sequence[Sequence[tuple[Values, tuple[int, ...]]]],
    ) -> list[list[Match]]:
        pairs = [
            (" ".join(heard.texts[heard.owner[i]] for i in place), claim.text)
            for claim, places in zip(claims, found, strict=True)
            for _, place in places
        ]
        unique = list(dict.fromkeys(pairs))
        known = dict(zip(unique, self._reader.logits(unique).tolist(), strict=True))
        logits = iter([known[pair] for pair in pairs])
        return [
            [
                Match(np.append(values, next(logits)), tuple(heard.windows[i] for i in place))
                for values, place in places
            ]
            for places in found
        ]

    def _learn(self, texts: Sequence[str]) -> None:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embedder.encode(fresh), strict=True))

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._known[text] for text in texts])


def _different(
    places: Sequence[tuple[Values, tuple[int, ...]]], heard: Heard
) -> list[tuple[Values, tuple[int, ...]]]:
    """The places without those whose sentences a better one has: the claim model reads sentences."""
    kept: dict[frozenset[int], tuple[Values, tuple[int, ...]]] = {}
    for values, place in places:
        kept.setdefault(frozenset(heard.owner[i] for i in place), (values, place))
    return list(kept.values())


@dataclass(frozen=True)
class KnownWords:
    """The stems of a claim, of each way to state it and of all of these, and the sign of those that are
    usually asserted (1) or denied (-1)."""

    claim: frozenset[str]
    each: tuple[frozenset[str], ...]
    vocabulary: frozenset[str]
    signs: dict[str, int]


@lru_cache(maxsize=5_000)
def known_words(claim: Claim) -> KnownWords:
    own = frozenset(content_stems(claim.text))
    each = tuple(frozenset(content_stems(text)) for text in claim.said)
    return KnownWords(own, each, own.union(*each), leaning((claim.text, *claim.said)))
