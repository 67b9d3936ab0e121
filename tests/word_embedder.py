"""A quick embedder for tests that are not about meaning: texts with common words are near."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache

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
        return np.sum([_direction(word, self.dimension) for word in words], axis=0)


@cache
def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).standard_normal(dimension, dtype=np.float32)
