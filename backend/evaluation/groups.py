"""Groups of candidates side by side: a screening for adverse impact, not a finding.

The selection rate of a group is the share of its candidates whose mean score reaches the pass mark (the
share of its answers, where candidates are not named). The reference is the group with the highest rate.
A ratio below four fifths is the threshold of the Uniform Guidelines on Employee Selection Procedures
(29 CFR 1607.4 D); Fisher's exact test says how easily chance alone makes such a difference. A group with
fewer than the minimum is counted and not compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.evaluation.columns import Columns
from backend.grading.figures import Array, Groups

FOUR_FIFTHS = 0.8
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class GroupRow:
    """One group. `ratio` and `p` compare it with the reference; None where it is not compared."""

    name: str
    n: int
    passed: int
    rate: float
    mean: float
    ratio: float | None
    p: float | None
    note: str


@dataclass(frozen=True)
class GroupComparison:
    """`unit` is what is counted: candidates or answers. `reference` is None if no two groups compare."""

    unit: str
    pass_mark: float
    fewest: int
    reference: str | None
    rows: tuple[GroupRow, ...]
    lowest_ratio: float | None
    left_out: int


def compare_groups(columns: Columns, pass_mark: float, fewest: int) -> GroupComparison | None:
    """The comparison; None where fewer than two groups were named."""
    graded = columns.outcome == 0
    group, candidate = columns.codes("group"), columns.codes("candidate")
    named = graded & (group >= 0)
    if len(np.unique(group[named])) < 2:
        return None
    by_person = bool((candidate[named] >= 0).all())
    score, code = columns.score[named], group[named]
    if by_person:
        score, code = _by_person(score, code, candidate[named])
    names = list(columns.names["group"])
    counts: dict[str, tuple[int, int, float]] = {
        names[number]: (
            int((code == number).sum()),
            int((score[code == number] >= pass_mark).sum()),
            float(score[code == number].mean()),
        )
        for number in (int(value) for value in np.unique(code))
    }
    large = {name: passed / n for name, (n, passed, _) in counts.items() if n >= fewest}
    reference = max(large, key=lambda name: large[name]) if len(large) > 1 else None
    rows = tuple(
        _row(name, n, passed, mean, counts, reference, fewest)
        for name, (n, passed, mean) in sorted(counts.items())
    )
    ratios = [row.ratio for row in rows if row.ratio is not None and row.name != reference]
    return GroupComparison(
        unit="candidates" if by_person else "answers",
        pass_mark=pass_mark,
        fewest=fewest,
        reference=reference,
        rows=rows,
        lowest_ratio=min(ratios) if ratios else None,
        left_out=int((graded & (group < 0)).sum()),
    )


def _by_person(score: Array, group: Groups, candidate: Groups) -> tuple[Array, Groups]:
    """The mean score of each candidate in each group that they appear in."""
    pairs, place = np.unique(np.column_stack([group, candidate]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    means = np.bincount(place, weights=score) / np.bincount(place)
    return means, pairs[:, 0]


def _row(
    name: str,
    n: int,
    passed: int,
    mean: float,
    counts: dict[str, tuple[int, int, float]],
    reference: str | None,
    fewest: int,
) -> GroupRow:
    rate = passed / n
    if n < fewest:
        return GroupRow(name, n, passed, rate, mean, None, None, f"fewer than {fewest}")
    if reference is None:
        return GroupRow(name, n, passed, rate, mean, None, None, "no other group is large enough")
    if name == reference:
        return GroupRow(name, n, passed, rate, mean, 1.0, None, "reference: the highest rate")
    most, passed_there, _ = counts[reference]
    if not passed_there:
        return GroupRow(name, n, passed, rate, mean, None, None, "nobody passed in any group")
    ratio = rate / (passed_there / most)
    p = _fisher([[passed, n - passed], [passed_there, most - passed_there]])
    note = "at least four fifths"
    if ratio < FOUR_FIFTHS:
        sure = "unlikely by chance" if p < SIGNIFICANT else "chance could make it"
        note = f"below four fifths, {sure}: look into it"
    return GroupRow(name, n, passed, rate, mean, ratio, p, note)


def _fisher(table: list[list[int]]) -> float:
    from scipy import stats

    library: Any = stats
    return float(library.fisher_exact(table).pvalue)
