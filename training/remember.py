"""The real embedder and the real claim model, asked for each text or pair once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.grading.features import ClaimReader
from backend.retrieval.embedder import Embedder, Vectors


class RememberingEmbedder:
    """An `Embedder` that keeps what it has embedded."""

    def __init__(self, real: Embedder) -> None:
        self.name = real.name
        self._real = real
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: list[str]) -> Vectors:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._real.encode(fresh), strict=True))
        return np.stack([self._known[text] for text in texts])


class RememberingReader:
    """A `ClaimReader` that keeps what it has read."""

    def __init__(self, real: ClaimReader) -> None:
        self._real = real
        self._known: dict[tuple[str, str], float] = {}

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._real.logits(fresh).tolist(), strict=True))
        return np.array([self._known[pair] for pair in pairs], dtype=np.float32)
