"""What a set of results says in numbers: how scores are spread and how far they agree with people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.evaluation.columns import Columns
from backend.evaluation.intervals import Clusters, clustered, clustered_tables
from backend.grading.agreement import levels_of
from backend.grading.figures import (
    Array,
    Figure,
    calibration_bins,
    correlation,
    divide,
    kappa_of,
    moments,
    ratio,
)

Mask = NDArray[np.bool_]
BARS = 10
PART_DRAWS = 300
"""Draws for the interval of one area, question, level or group; the whole gets 1,000."""
FEWEST = 3
"""Answers with a human score below which no agreement is computed."""


@dataclass(frozen=True)
class Spread:
    """How scores are spread. `bars` counts scores in tenths, `ratings` those from 0 to 5."""

    n: int
    mean: Figure
    deviation: float | None
    low: float | None
    median: float | None
    high: float | None
    bars: tuple[int, ...]
    ratings: tuple[int, ...]


@dataclass(frozen=True)
class HumanAgreement:
    """Agreement with human scores, both as shares of the points; `levels` is how many steps kappas see."""

    n: int
    levels: int
    human_mean: float | None
    pearson: Figure
    qwk: Figure
    kappa: Figure
    rmse: Figure


@dataclass(frozen=True)
class Part:
    """One area, question, level or group, or the whole.

    `errors` could not be graded; `failed` were graded and stay below the pass mark: different things.
    """

    name: str
    title: str
    n: int
    graded: int
    unscored: int
    errors: int
    failed: int
    spread: Spread
    agreement: HumanAgreement
    confidence: float | None


@dataclass(frozen=True)
class Confusion:
    """What was said of a claim against what people found, in verdicts; `partial` is not met."""

    name: str
    met_found: int
    met_absent: int
    partial_found: int
    partial_absent: int
    missed_found: int
    missed_absent: int
    abstained: int

    @property
    def n(self) -> int:
        return (
            self.met_found
            + self.met_absent
            + self.partial_found
            + self.partial_absent
            + self.missed_found
            + self.missed_absent
        )


@dataclass(frozen=True)
class ClaimFigures:
    """Verdicts against labels over all claims. `calibration` holds (confidence, share right, count)."""

    labelled: int
    accuracy: Figure
    kappa: Figure
    f1: Figure
    calibration_error: Figure
    calibration: tuple[tuple[float, float, int], ...]
    total: Confusion
    by_claim: tuple[Confusion, ...]


@dataclass(frozen=True)
class Confidence:
    """How sure the verdicts were: `kept` is the share of verdicts at least so confident, `right` of those
    with a label the share that was right."""

    least: float
    kept: float
    right: float | None


def part_of(
    columns: Columns, name: str, title: str, own: Mask, pass_mark: float, draws: int
) -> Part:
    """The numbers of the results that `own` marks."""
    clusters = Clusters(columns.codes("question"), columns.codes("candidate"))
    graded = own & (columns.outcome == 0)
    score = columns.score
    both = graded & ~np.isnan(columns.human)
    confidence = columns.confidence[graded]
    confidence = confidence[~np.isnan(confidence)]
    return Part(
        name=name,
        title=title,
        n=int(own.sum()),
        graded=int(graded.sum()),
        unscored=int((own & (columns.outcome == 1)).sum()),
        errors=int((own & (columns.outcome == 2)).sum()),
        failed=int((score[graded] < pass_mark).sum()),
        spread=_spread(score[graded], columns.rating[graded], clusters.at(graded), draws),
        agreement=human_agreement(score[both], columns.human[both], clusters.at(both), draws),
        confidence=float(confidence.mean()) if len(confidence) else None,
    )


def human_agreement(ours: Array, human: Array, clusters: Clusters, draws: int) -> HumanAgreement:
    """Agreement of shares with shares; without figures where there are fewer than three pairs."""
    nothing = Figure(None)
    if len(ours) < FEWEST:
        mean = float(human.mean()) if len(human) else None
        return HumanAgreement(len(ours), 0, mean, nothing, nothing, nothing, nothing)
    steps = levels_of(human)
    size = steps + 1
    pairs = (np.rint(ours * steps) * size + np.rint(human * steps)).astype(np.int64)

    def found(values: Array, compute: Callable[[Array], Array]) -> Figure:
        return clustered(values, compute, clusters, draws)

    squares = np.column_stack([(ours - human) ** 2, np.ones_like(ours)])
    return HumanAgreement(
        n=len(ours),
        levels=size,
        human_mean=float(human.mean()),
        pearson=found(moments(ours, human), correlation),
        qwk=clustered_tables([pairs], size**2, kappa_of(size, quadratic=True), clusters, draws),
        kappa=clustered_tables([pairs], size**2, kappa_of(size, quadratic=False), clusters, draws),
        rmse=found(squares, lambda sums: np.sqrt(ratio(sums))),
    )


def score_calibration(columns: Columns) -> tuple[tuple[float, float, int], ...]:
    """Mean score, mean human score and count of each tenth of our scores."""
    both = (columns.outcome == 0) & ~np.isnan(columns.human)
    if not both.any():
        return ()
    return tuple(calibration_bins(columns.score[both], columns.human[both]))


def claim_figures(columns: Columns, draws: int) -> ClaimFigures | None:
    """Verdicts against labels; None if nobody labelled any claim."""
    labelled = columns.claim_label >= 0
    if not labelled.any():
        return None
    status, label = columns.claim_status, columns.claim_label
    judged = labelled & (status < 3)
    rows = columns.claim_row[judged]
    clusters = Clusters(columns.codes("question")[rows], columns.codes("candidate")[rows])
    met, truth = status[judged] == 0, label[judged] == 1
    cells = np.column_stack([met & truth, met & ~truth, ~met & truth, ~met & ~truth]).astype(float)
    clear = judged & (status != 1)
    sure, right = columns.claim_confidence[clear], (status[clear] == 0) == (label[clear] == 1)
    gaps = _gaps(sure, right.astype(float))
    places = clusters_of(columns, clear)
    names = list(columns.names["claim"])
    by_claim: list[Confusion] = []
    for number in (int(value) for value in np.unique(columns.claim_name[labelled])):
        own = labelled & (columns.claim_name == number)
        by_claim.append(_confusion(names[number], status[own], label[own]))
    return ClaimFigures(
        labelled=int(labelled.sum()),
        accuracy=clustered(cells, _accuracy, clusters, draws),
        kappa=clustered(cells[:, [3, 2, 1, 0]], kappa_of(2, quadratic=False), clusters, draws),
        f1=clustered(cells, _f1, clusters, draws),
        calibration_error=clustered(gaps, _calibration_error, places, draws),
        calibration=tuple(calibration_bins(sure, right.astype(float))),
        total=_confusion("all claims", status[labelled], label[labelled]),
        by_claim=tuple(by_claim),
    )


def clusters_of(columns: Columns, claims: Mask) -> Clusters:
    """Question and candidate of each of these claims."""
    rows = columns.claim_row[claims]
    return Clusters(columns.codes("question")[rows], columns.codes("candidate")[rows])


def confidences(columns: Columns) -> tuple[Confidence, ...]:
    """What is left, and how right it is, if verdicts below a confidence are set aside."""
    status, label, sure = columns.claim_status, columns.claim_label, columns.claim_confidence
    if not len(sure):
        return ()
    found: list[Confidence] = []
    for least in (0.5, 0.6, 0.7, 0.8, 0.9):
        kept = (sure >= least) & (status < 3)
        known = kept & (label >= 0) & (status != 1)
        right = None
        if known.any():
            right = float(((status[known] == 0) == (label[known] == 1)).mean())
        found.append(Confidence(least, float(kept.mean()), right))
    return tuple(found)


def _spread(score: Array, rating: NDArray[np.int8], clusters: Clusters, draws: int) -> Spread:
    if not len(score):
        empty = tuple([0] * BARS), tuple([0] * 6)
        return Spread(0, Figure(None), None, None, None, None, *empty)
    place = np.minimum((score * BARS).astype(int), BARS - 1)
    low, median, high = (float(value) for value in np.quantile(score, [0.1, 0.5, 0.9]))
    rated = rating[rating >= 0].astype(int)
    return Spread(
        n=len(score),
        mean=clustered(np.column_stack([score, np.ones_like(score)]), ratio, clusters, draws),
        deviation=float(score.std(ddof=1)) if len(score) > 1 else None,
        low=low,
        median=median,
        high=high,
        bars=tuple(int(count) for count in np.bincount(place, minlength=BARS)),
        ratings=tuple(int(count) for count in np.bincount(rated, minlength=6)),
    )


def _confusion(name: str, status: NDArray[np.int8], label: NDArray[np.int8]) -> Confusion:
    def count(said: int, found: int) -> int:
        return int(((status == said) & (label == found)).sum())

    return Confusion(
        name,
        count(0, 1),
        count(0, 0),
        count(1, 1),
        count(1, 0),
        count(2, 1),
        count(2, 0),
        int((status == 3).sum()),
    )


def _accuracy(sums: Array) -> Array:
    return divide(sums[:, 0] + sums[:, 3], sums.sum(axis=1))


def _f1(sums: Array) -> Array:
    return divide(2 * sums[:, 0], 2 * sums[:, 0] + sums[:, 1] + sums[:, 2])


def _gaps(sure: Array, right: Array) -> Array:
    place = np.minimum((sure * BARS).astype(int), BARS - 1)
    cells = np.zeros((len(sure), BARS + 1))
    cells[np.arange(len(sure)), place] = right - sure
    cells[:, BARS] = 1
    return cells


def _calibration_error(sums: Array) -> Array:
    return divide(np.abs(sums[:, :BARS]).sum(axis=1), sums[:, BARS])
