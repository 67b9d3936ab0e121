"""What is measured between an answer and a claim before a probability is formed.

Four independent views, because none is enough alone: what the claim model makes of the nearest
sentences together and of the best single span, how near the best span is in embedding space, and how
much of the claim's vocabulary the answer holds (weighted by rarity).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.bank.wording import content_stems
from backend.grading.claim_model import ClaimModel
from backend.grading.sentences import Window, split_clauses
from backend.retrieval.embedder import Embedder, Vectors

FEATURES = ("together", "single", "cosine", "recall")
NEAREST = 3
SINGLES = 2


@dataclass(frozen=True)
class Match:
    """The measurements for one claim, in the order of `FEATURES`, and the windows they came from."""

    values: NDArray[np.float64]
    best: tuple[Window, ...]


class Features:
    """Measures answers against claims; remembers the vectors of claims it has seen."""

    def __init__(self, embedder: Embedder, model: ClaimModel) -> None:
        self._embedder = embedder
        self._model = model
        self._claims: dict[str, NDArray[np.float32]] = {}

    def measure(self, sentences: Sequence[Window], claims: Sequence[str]) -> list[Match]:
        """One match for each claim. `sentences` must not be empty."""
        windows = list(sentences)
        for sentence in sentences:
            windows += [Window(sentence.answer, piece) for piece in split_clauses(sentence.span)]
        vectors = self._embedder.encode([window.span.text for window in windows])
        nearness = vectors @ self._vectors(claims).T
        stems = [set(content_stems(window.span.text)) for window in windows]
        everything = {stem for held in stems for stem in held}
        pairs: list[tuple[str, str]] = []
        picks: list[list[Window]] = []
        recalls: list[float] = []
        for column, claim in enumerate(claims):
            wanted = set(content_stems(claim))
            recalls.append(len(wanted & everything) / max(1, len(wanted)))
            overlap = np.array([len(wanted & held) / max(1, len(wanted)) for held in stems])
            blend = nearness[:, column] + 0.5 * overlap
            near = sorted(_best(blend[: len(sentences)], NEAREST))
            singles = _best(blend, SINGLES)
            pairs.append((" ".join(windows[i].span.text for i in near), claim))
            pairs += [(windows[i].span.text, claim) for i in singles]
            picks.append([windows[i] for i in singles])
        logits = self._model.logits(pairs)
        matches: list[Match] = []
        step = 0
        for column in range(len(claims)):
            count = len(picks[column])
            together, singles = logits[step], logits[step + 1 : step + 1 + count]
            step += 1 + count
            order = _best(singles, count)
            values = np.array(
                [together, singles.max(), nearness[:, column].max(), recalls[column]],
                dtype=np.float64,
            )
            matches.append(Match(values, tuple(picks[column][i] for i in order)))
        return matches

    def nearness(self, sentences: Sequence[Window], texts: Sequence[str]) -> float:
        """The highest cosine between any sentence and any of `texts`."""
        vectors = self._embedder.encode([window.span.text for window in sentences])
        return float((vectors @ self._vectors(texts).T).max())

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._claims]
        if fresh:
            self._claims.update(zip(fresh, self._embedder.encode(fresh), strict=True))
        return np.stack([self._claims[text] for text in texts])


def _best(values: NDArray[Any], count: int) -> list[int]:
    """The places of the highest values, the highest first; the earlier wins a tie."""
    return [int(place) for place in np.argsort(-values, kind="stable")[:count]]
