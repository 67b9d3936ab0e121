"""Figures of agreement with intervals, each a function of sums over questions.

Answers to one question resemble each other, so an interval comes from drawing whole questions with
replacement. Every figure here is computed from sums that questions contribute to; a draw is then a
weighting of questions, and a thousand draws cost a few matrix products. With fewer than two questions
there is nothing to draw from and the interval is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Groups = NDArray[np.int64]
DRAWS = 1000
SEED = 20260302
BINS = 10
MOST_VALUES = 2000


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval; None where it cannot be computed."""

    value: float | None
    low: float | None = None
    high: float | None = None


def figure(sums: Array, compute: Callable[[Array], Array], draws: int = DRAWS) -> Figure:
    """The figure `compute` makes of summed rows of `sums` (one row a question).

    `compute` takes a (draws, k) array and gives one number a row, NaN where there is none.
    """
    if not len(sums):
        return Figure(None)
    value = float(compute(sums.sum(axis=0, keepdims=True))[0])
    if not np.isfinite(value):
        return Figure(None)
    if len(sums) < 2:
        return Figure(value)
    rng = np.random.default_rng(SEED)
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
    step = max(1, 4_000_000 // max(1, sums.shape[1]))
    drawn = np.concatenate(
        [compute(counts[i : i + step].astype(np.float64) @ sums) for i in range(0, draws, step)]
    )
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < draws / 2:
        return Figure(value)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Figure(value, float(low), float(high))


def by_group(values: Array, groups: Groups) -> Array:
    """The sum of the rows of `values` for each group 0, 1, 2, ..."""
    found = np.zeros((int(groups.max()) + 1, values.shape[1]))
    np.add.at(found, groups, values)
    return found


def pearson_figure(x: Array, y: Array, groups: Groups) -> Figure:
    return figure(_moments(x, y, groups), correlation)


def spearman_figure(x: Array, y: Array, groups: Groups) -> Figure:
    """Ranks are those of the whole set, also in the draws."""
    return figure(_moments(ranks(x), ranks(y), groups), correlation)


def within_figure(x: Array, y: Array, groups: Groups) -> Figure:
    """The mean over questions of the correlation inside a question; those whose human scores do not
    vary are left out, and where only ours do not vary, nothing was told apart: 0."""
    moments = _moments(x, y, groups)
    values = correlation(moments)
    n, _, sy, _, syy, _ = moments.T
    usable = (n > 2) & (syy * n - sy**2 > 1e-9 * n**2)
    sums = np.column_stack([np.where(usable, np.nan_to_num(values), 0.0), usable])
    return figure(sums, ratio)


def share_figure(hits: Array, of: Array, groups: Groups) -> Figure:
    """The sum of `hits` over the sum of `of`; none where nothing counts."""
    return figure(by_group(np.column_stack([hits, of]), groups), ratio) if len(of) else Figure(None)


def rmse_figure(x: Array, y: Array, groups: Groups) -> Figure:
    sums = by_group(np.column_stack([(x - y) ** 2, np.ones_like(x)]), groups)
    return figure(sums, lambda s: np.sqrt(ratio(s)))


def qwk_figure(x: Array, y: Array, groups: Groups, levels: int) -> Figure:
    """Quadratic weighted kappa of whole numbers 0 ... `levels` - 1."""
    return figure(by_group(kappa_cells(x, y, levels), groups), kappa_of(levels, quadratic=True))


def kappa_cells(x: Array, y: Array, levels: int) -> Array:
    """For each pair of whole numbers a row with a 1 in the cell of the table that it falls into."""
    cells = np.zeros((len(x), levels * levels))
    cells[np.arange(len(x)), x.astype(int) * levels + y.astype(int)] = 1
    return cells


def kappa_of(levels: int, *, quadratic: bool) -> Callable[[Array], Array]:
    """Cohen's kappa of summed rows of `kappa_cells`; `quadratic` makes far misses cost more."""
    steps = np.arange(levels)
    away = np.abs(steps[:, None] - steps[None, :])
    cost = away**2 if quadratic else (away > 0).astype(int)

    def kappa(sums: Array) -> Array:
        table = sums.reshape(-1, levels, levels)
        total = table.sum(axis=(1, 2))
        chance = table.sum(axis=2)[:, :, None] * table.sum(axis=1)[:, None, :]
        seen, expected = (table * cost).sum(axis=(1, 2)), (chance * cost).sum(axis=(1, 2))
        return 1 - divide(seen * total, expected)

    return kappa


def auc_figure(p: Array, truth: Array, groups: Groups) -> Figure:
    """Area under the ROC curve; ties count one half."""
    if len(p) == 0 or len(np.unique(truth)) < 2:
        return Figure(None)
    place = np.unique(p, return_inverse=True)[1]
    exact = _auc(_histogram(place, truth, np.zeros(len(p), dtype=np.int64)))[0]
    if place.max() >= MOST_VALUES:
        place = (ranks(p) * MOST_VALUES / (len(p) + 1)).astype(int)
    found = figure(_histogram(place, truth, groups), _auc)
    return Figure(float(exact), found.low, found.high)


def verdict_figures(said: NDArray[np.bool_], truth: Array, groups: Groups) -> dict[str, Figure]:
    """F1 of "met", macro-F1, Cohen's kappa and accuracy of yes/no verdicts."""
    if not len(said):
        return {name: Figure(None) for name in ("f1", "macro_f1", "kappa", "accuracy")}
    yes, real = said.astype(float), truth
    cells = np.column_stack(
        [yes * real, yes * (1 - real), (1 - yes) * real, (1 - yes) * (1 - real)]
    )
    sums = by_group(cells, groups)

    def f1(s: Array) -> Array:
        return divide(2 * s[:, 0], 2 * s[:, 0] + s[:, 1] + s[:, 2])

    def macro(s: Array) -> Array:
        return (f1(s) + f1(s[:, [3, 2, 1, 0]])) / 2

    def accuracy(s: Array) -> Array:
        return divide(s[:, 0] + s[:, 3], s.sum(axis=1))

    def kappa(s: Array) -> Array:
        n = s.sum(axis=1)
        chance = (s[:, 0] + s[:, 1]) * (s[:, 0] + s[:, 2])
        chance = divide(chance + (s[:, 2] + s[:, 3]) * (s[:, 1] + s[:, 3]), n**2)
        return divide(accuracy(s) - chance, 1 - chance)

    made = {"f1": f1, "macro_f1": macro, "kappa": kappa, "accuracy": accuracy}
    return {name: figure(sums, compute) for name, compute in made.items()}


def calibration_figure(p: Array, truth: Array, groups: Groups) -> Figure:
    """Expected calibration error over ten equal bins of p."""
    if not len(p):
        return Figure(None)
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    cells = np.zeros((len(p), BINS))
    cells[np.arange(len(p)), place] = truth - p
    sums = by_group(np.column_stack([cells, np.ones(len(p))]), groups)
    return figure(sums, lambda s: divide(np.abs(s[:, :-1]).sum(axis=1), s[:, -1]))


def calibration_bins(p: Array, truth: Array) -> list[tuple[float, float, int]]:
    """Mean of p, mean of truth and count of each bin that holds anything."""
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    return [
        (float(p[place == b].mean()), float(truth[place == b].mean()), int((place == b).sum()))
        for b in range(BINS)
        if (place == b).any()
    ]


def ranks(values: Array) -> Array:
    """Ranks from 1; equal values share their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place].astype(np.float64)


def isotonic(x: Array, y: Array, at: Array) -> Array:
    """The non-decreasing function of x that is nearest to y, read at `at`, straight between its points."""
    points, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=y) / counts
    blocks: list[tuple[float, int, int]] = []
    for mean, count in zip(means, counts, strict=True):
        value, weight, width = float(mean), int(count), 1
        while blocks and blocks[-1][0] >= value:
            last, mass, size = blocks.pop()
            value = (last * mass + value * weight) / (mass + weight)
            weight, width = weight + mass, width + size
        blocks.append((value, weight, width))
    fitted = np.repeat([b[0] for b in blocks], [b[2] for b in blocks])
    return np.interp(at, points, fitted)


def left_out(x: Array, y: Array, groups: Groups) -> Array | None:
    """`x` brought to the scale of `y` by an isotonic fit on all other questions; None for one question."""
    names: Sequence[int] = [int(name) for name in np.unique(groups)]
    if len(names) < 2:
        return None
    found = np.zeros_like(x)
    for name in names:
        own = groups == name
        found[own] = isotonic(x[~own], y[~own], x[own])
    return found


def _moments(x: Array, y: Array, groups: Groups) -> Array:
    return by_group(moments(x, y), groups)


def moments(x: Array, y: Array) -> Array:
    """What `correlation` needs of each pair."""
    x, y = x - x.mean(), y - y.mean()
    return np.column_stack([np.ones_like(x), x, y, x * x, y * y, x * y])


def correlation(s: Array) -> Array:
    """Pearson's correlation of summed rows of `moments`; NaN where one side does not vary."""
    n, sx, sy, sxx, syy, sxy = s.T
    left, right = n * sxx - sx**2, n * syy - sy**2
    flat = (left <= 1e-9 * n**2) | (right <= 1e-9 * n**2)
    spread = np.sqrt(np.where(flat, 1.0, left * right))
    return np.where(flat, np.nan, (n * sxy - sx * sy) / spread)


def _histogram(place: NDArray[np.int64], truth: Array, groups: Groups) -> Array:
    width = int(place.max()) + 1
    found = np.zeros((int(groups.max()) + 1, 2 * width))
    np.add.at(found, (groups, place + width * (truth >= 0.5)), 1)
    return found


def _auc(s: Array) -> Array:
    width = s.shape[1] // 2
    no, yes = s[:, :width], s[:, width:]
    below = np.cumsum(no, axis=1) - no / 2
    return divide((yes * below).sum(axis=1), yes.sum(axis=1) * no.sum(axis=1))


def ratio(s: Array) -> Array:
    """The first column over the second."""
    return divide(s[:, 0], s[:, 1])


def divide(above: Array, below: Array) -> Array:
    """NaN where there is nothing to divide by."""
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
