"""Two runs on the same answers, paired answer by answer.

Pairs are answers that both runs graded. Differences are those of the second run from the first; their
intervals draw whole questions and candidates, both runs at a time, so that what the runs have in common
cancels out.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from backend.errors import BadInput
from backend.evaluation.columns import Names
from backend.evaluation.intervals import Clusters, clustered, clustered_tables
from backend.evaluation.item import Result
from backend.evaluation.metrics import FEWEST
from backend.evaluation.run_folder import read_results
from backend.evaluation.summary import rounded
from backend.grading.agreement import levels_of
from backend.grading.figures import (
    DRAWS,
    Array,
    Figure,
    correlation,
    kappa_of,
    moments,
    ratio,
)

LARGEST = 20
Compute = Callable[[Array], Array]


@dataclass(frozen=True)
class Compared:
    """One figure of both runs and their difference."""

    name: str
    a: Figure
    b: Figure
    difference: Figure


@dataclass(frozen=True)
class Changed:
    """An answer whose score changed, from `a` to `b`."""

    id: str
    question: str
    a: float
    b: float


@dataclass(frozen=True)
class Comparison:
    """What two runs have in common. `sign_p` is the exact sign test over answers that changed."""

    pairs: int
    only_a: int
    only_b: int
    not_graded: int
    rows: tuple[Compared, ...]
    higher: int
    lower: int
    equal: int
    sign_p: float | None
    verdicts: int
    verdicts_changed: int
    largest: tuple[Changed, ...]

    @property
    def changed_share(self) -> float:
        return self.verdicts_changed / max(1, self.verdicts)


@dataclass
class _Kept:
    """What is remembered of an answer of the first run: no texts, only numbers."""

    score: float | None
    verdicts: dict[str, tuple[str, str]]


@dataclass
class _Pairs:
    a: array[float] = field(default_factory=lambda: array("d"))
    b: array[float] = field(default_factory=lambda: array("d"))
    human: array[float] = field(default_factory=lambda: array("d"))
    question: array[int] = field(default_factory=lambda: array("q"))
    candidate: array[int] = field(default_factory=lambda: array("q"))


def compare_runs(first: Path, second: Path) -> Comparison:
    """The comparison. Raises `RunRefused` for a folder without a run, `BadInput` if no answer is in both."""
    known = {result.id: _kept(result) for result in read_results(first)}
    pairs, questions, candidates = _Pairs(), Names(), Names()
    only_b = not_graded = verdicts = changed = 0
    largest: list[tuple[float, int, Changed]] = []
    seen = 0
    for place, result in enumerate(read_results(second)):
        before = known.get(result.id)
        if before is None:
            only_b += 1
            continue
        seen += 1
        for name, verdict in _verdicts(result).items():
            if before.verdicts.get(name, ("", ""))[0] == verdict[0]:
                verdicts += 1
                changed += before.verdicts[name][1] != verdict[1]
        if before.score is None or result.score is None:
            not_graded += 1
            continue
        pairs.a.append(before.score)
        pairs.b.append(result.score)
        pairs.human.append(float("nan") if result.human is None else result.human)
        pairs.question.append(questions.number(result.question))
        pairs.candidate.append(candidates.number(result.candidate))
        gap = abs(result.score - before.score)
        if gap:
            item = Changed(result.id, result.question, before.score, result.score)
            heapq.heappush(largest, (gap, -place, item))
            if len(largest) > LARGEST:
                heapq.heappop(largest)
    if not seen:
        raise BadInput(f"{first} and {second} have no answer in common: nothing to pair")
    a, b, human = (
        np.frombuffer(column, dtype=np.float64) for column in (pairs.a, pairs.b, pairs.human)
    )
    clusters = Clusters(
        np.frombuffer(pairs.question, dtype=np.int64),
        np.frombuffer(pairs.candidate, dtype=np.int64),
    )
    higher, lower = int((b > a).sum()), int((b < a).sum())
    return Comparison(
        pairs=len(a),
        only_a=len(known) - seen,
        only_b=only_b,
        not_graded=not_graded,
        rows=_rows(a, b, human, clusters),
        higher=higher,
        lower=lower,
        equal=len(a) - higher - lower,
        sign_p=_sign_test(higher, lower),
        verdicts=verdicts,
        verdicts_changed=changed,
        largest=tuple(item for _, _, item in sorted(largest, key=lambda x: x[:2], reverse=True)),
    )


def compared_figures(found: Comparison) -> dict[str, float | None]:
    """What a gate can be put on: the figures of the second run and, as `<name>_change`, the differences."""
    figures: dict[str, float | None] = {
        "pairs": float(found.pairs),
        "verdicts_changed": found.changed_share,
    }
    for row in found.rows:
        figures |= _with_ends(row.name, row.b) | _with_ends(f"{row.name}_change", row.difference)
    return figures


def plain(found: Comparison) -> dict[str, Any]:
    """The comparison as JSON can hold it."""
    facts = asdict(found) | {"figures": compared_figures(found)}
    return cast("dict[str, Any]", rounded(facts))


COMPARED = frozenset(
    [
        "pairs",
        "verdicts_changed",
        *(
            f"{name}{change}{end}"
            for name in ("mean", "pearson", "qwk", "kappa", "rmse")
            for change in ("", "_change")
            for end in ("", ".low", ".high")
        ),
    ]
)
"""The figures of a comparison that `compared_figures` gives."""


def _rows(a: Array, b: Array, human: Array, clusters: Clusters) -> tuple[Compared, ...]:
    ones = np.ones_like(a)
    rows = [
        _compared("mean", np.column_stack([a, ones]), np.column_stack([b, ones]), ratio, clusters)
    ]
    both = ~np.isnan(human)
    if int(both.sum()) < FEWEST:
        return tuple(rows)
    a, b, human, clusters = a[both], b[both], human[both], clusters.at(both)
    steps = levels_of(human)
    squares = [np.column_stack([(score - human) ** 2, np.ones_like(human)]) for score in (a, b)]
    rows.append(_compared("pearson", moments(a, human), moments(b, human), correlation, clusters))
    for name in ("qwk", "kappa"):
        rows.append(_kappas(name, a, b, human, steps, clusters))
    rows.append(
        _compared("rmse", squares[0], squares[1], lambda sums: np.sqrt(ratio(sums)), clusters)
    )
    return tuple(rows)


def _kappas(
    name: str, a: Array, b: Array, human: Array, steps: int, clusters: Clusters
) -> Compared:
    size = steps + 1
    truth = np.rint(human * steps)
    left, right = ((np.rint(score * steps) * size + truth).astype(np.int64) for score in (a, b))
    compute = kappa_of(size, quadratic=name == "qwk")
    width = size**2

    def difference(sums: Array) -> Array:
        return compute(sums[:, width:]) - compute(sums[:, :width])

    return Compared(
        name,
        clustered_tables([left], width, compute, clusters, DRAWS),
        clustered_tables([right], width, compute, clusters, DRAWS),
        clustered_tables([left, right], width, difference, clusters, DRAWS),
    )


def _compared(
    name: str, left: Array, right: Array, compute: Compute, clusters: Clusters
) -> Compared:
    width = left.shape[1]

    def difference(sums: Array) -> Array:
        return compute(sums[:, width:]) - compute(sums[:, :width])

    return Compared(
        name,
        clustered(left, compute, clusters, DRAWS),
        clustered(right, compute, clusters, DRAWS),
        clustered(np.column_stack([left, right]), difference, clusters, DRAWS),
    )


def _kept(result: Result) -> _Kept:
    return _Kept(result.score, _verdicts(result))


def _verdicts(result: Result) -> dict[str, tuple[str, str]]:
    """Claim id to its wording's hash and the verdict: only verdicts on the same wording compare."""
    return {claim.id: (claim.hash, claim.status) for claim in result.claims}


def _sign_test(higher: int, lower: int) -> float | None:
    if not higher + lower:
        return None
    from scipy import stats

    library: Any = stats
    return float(library.binomtest(higher, higher + lower, 0.5).pvalue)


def _with_ends(name: str, figure: Figure) -> dict[str, float | None]:
    return {name: figure.value, f"{name}.low": figure.low, f"{name}.high": figure.high}
