"""Intervals that know that answers to one question, and answers of one candidate, resemble each other.

Questions and candidates are drawn with replacement, each by itself, and an answer counts as often as its
question times its candidate was drawn: the pigeonhole bootstrap (Owen, Annals of Applied Statistics 2007).
It errs on the wide side. Where one of the two is unknown, or there is only one, the other is drawn alone; where both are,
single answers are. Draws are made in blocks, so memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.grading.figures import DRAWS, SEED, Array, Figure, Groups, by_group

BLOCK = 2_000_000
"""Weights that are held at a time."""
Compute = Callable[[Array], Array]


@dataclass(frozen=True)
class Clusters:
    """For each answer the number of its question and of its candidate; -1 where unknown."""

    questions: Groups
    candidates: Groups

    def __len__(self) -> int:
        return len(self.questions)

    def at(self, kept: Groups | NDArray[np.bool_]) -> Clusters:
        """Those of some of the answers, chosen by a mask or by places."""
        return Clusters(self.questions[kept], self.candidates[kept])

    @property
    def drawn(self) -> list[Groups]:
        """What is drawn: for each answer the number of its question, of its candidate, or both."""
        codes = [
            np.unique(numbers, return_inverse=True)[1].astype(np.int64)
            for numbers in (self.questions, self.candidates)
            if numbers.min() >= 0 and len(np.unique(numbers)) > 1
        ]
        return codes or [np.arange(len(self), dtype=np.int64)]


def clustered(values: Array, compute: Compute, clusters: Clusters, draws: int = DRAWS) -> Figure:
    """The figure that `compute` makes of summed rows of `values`, one row an answer, with its interval."""
    if not len(values):
        return Figure(None)
    dimensions = clusters.drawn
    if len(values) > 1 and (len(dimensions) > 1 or len(values) > int(dimensions[0].max()) + 1):
        # Answers of the same question and candidate are always drawn together.
        cells, place = np.unique(np.column_stack(dimensions), axis=0, return_inverse=True)
        values = by_group(values, place.reshape(-1).astype(np.int64))
        dimensions = [cells[:, number] for number in range(cells.shape[1])]
    total = values.sum(axis=0, keepdims=True)
    drawn = (weights @ values for weights in _weights(dimensions, draws))
    return _figure(total, compute, drawn, draws if len(clusters) > 1 else 0)


def clustered_tables(
    codes: Sequence[Groups], width: int, compute: Compute, clusters: Clusters, draws: int = DRAWS
) -> Figure:
    """Like `clustered` for tables of counts: each answer counts in one cell, 0 to `width` - 1, of each
    table. `compute` gets the tables side by side. No row of zeros is ever made for an answer."""
    if not len(codes[0]):
        return Figure(None)
    total = np.concatenate([np.bincount(code, minlength=width) for code in codes]).astype(float)

    def sums() -> Iterator[Array]:
        for weights in _weights(clusters.drawn, draws):
            size = len(weights)
            offsets = np.arange(size)[:, None] * width
            tables: list[Array] = []
            for code in codes:
                cells = (offsets + code).ravel()
                counted = np.bincount(cells, weights.ravel(), minlength=size * width)
                tables.append(counted.astype(np.float64).reshape(size, width))
            yield np.column_stack(tables)

    return _figure(total[None, :], compute, sums(), draws if len(codes[0]) > 1 else 0)


def _weights(dimensions: Sequence[Groups], draws: int) -> Iterator[Array]:
    """Blocks of draws: how often each answer counts in each of them."""
    count = len(dimensions[0])
    rng = np.random.default_rng(SEED)
    block = max(1, min(draws, BLOCK // count))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        weights = np.ones((size, count))
        for codes in dimensions:
            number = int(codes.max()) + 1
            weights *= rng.multinomial(number, np.full(number, 1 / number), size=size)[:, codes]
        yield weights


def _figure(total: Array, compute: Compute, drawn: Iterator[Array], draws: int) -> Figure:
    value = float(compute(total)[0])
    if not np.isfinite(value):
        return Figure(None)
    found = np.concatenate([compute(sums) for sums in drawn]) if draws else np.zeros(0)
    found = found[np.isfinite(found)]
    if not draws or len(found) < draws / 2:
        return Figure(value)
    low, high = np.percentile(found, [2.5, 97.5])
    return Figure(value, float(low), float(high))
