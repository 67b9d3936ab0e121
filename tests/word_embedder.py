"""A quick embedder for tests that are not about meaning: texts with common words are near."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from backend.retrieval.embedder import Vectors


@dataclass
class WordEmbedder:
    """Adds up one random direction for each word, and remembers every text that it was given."""

    name: str = "word-embedder"
    dimension: int = 64
    encoded: list[str] = field(default_factory=list)

    def encode(self, texts: list[str]) -> Vectors:
        self.encoded += texts
        vectors = np.array([self._vector(text) for text in texts], dtype=np.float32)
        vectors = vectors.reshape(len(texts), self.dimension)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _vector(self, text: str) -> Vectors:
        words = text.lower().split() or [""]
        return sum(
            np.random.default_rng(
                int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
            ).standard_normal(self.dimension, dtype=np.float32)
            for word in words
        )
