"""The summary of a run: everything that its report, its gate and its page are made from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from backend.evaluation.columns import Columns, Listed
from backend.evaluation.groups import GroupComparison, compare_groups
from backend.evaluation.item import Result
from backend.evaluation.metrics import (
    PART_DRAWS,
    ClaimFigures,
    Confidence,
    Part,
    claim_figures,
    confidences,
    part_of,
    score_calibration,
)
from backend.evaluation.run_folder import read_results, read_timings
from backend.grading.figures import DRAWS, Figure


@dataclass(frozen=True)
class Rules:
    """What counts as passed (a share of the points) and how large a group must be to be compared."""

    pass_mark: float = 0.5
    fewest: int = 30


@dataclass(frozen=True)
class Summary:
    """A run in numbers. `skipped` counts rows that were left out before grading; `seconds` is the time
    spent grading, added up over workers."""

    title: str
    graders: tuple[str, ...]
    skipped: int
    whole: Part
    areas: tuple[Part, ...]
    questions: tuple[Part, ...]
    levels: tuple[Part, ...]
    groups: tuple[Part, ...]
    claims: ClaimFigures | None
    verdicts: int
    abstained: int
    confidences: tuple[Confidence, ...]
    calibration: tuple[tuple[float, float, int], ...]
    comparison: GroupComparison | None
    flags: tuple[tuple[str, int], ...]
    errors: tuple[Listed, ...]
    slowest: tuple[Listed, ...]
    most_doubtful: tuple[Listed, ...]
    seconds: float | None
    rules: Rules

    @property
    def error_rate(self) -> float:
        return self.whole.errors / max(1, self.whole.n)

    @property
    def abstain_rate(self) -> float:
        """Of all verdicts, the share that could not be given."""
        return self.abstained / max(1, self.verdicts)


def summary_of(columns: Columns, title: str, rules: Rules, skipped: int = 0) -> Summary:
    """The summary of these columns."""
    everything = np.ones(len(columns), dtype=bool)
    known = columns.seconds[~np.isnan(columns.seconds)]

    def parts(name: str) -> tuple[Part, ...]:
        codes = columns.codes(name)
        return tuple(
            part_of(
                columns,
                value,
                columns.titles.get(value, ""),
                codes == number,
                rules.pass_mark,
                PART_DRAWS,
            )
            for number, value in sorted(enumerate(columns.names[name]), key=lambda pair: pair[1])
        )

    return Summary(
        title=title,
        graders=tuple(columns.graders),
        skipped=skipped,
        whole=part_of(columns, "all", "All answers", everything, rules.pass_mark, DRAWS),
        areas=parts("area"),
        questions=parts("question"),
        levels=parts("level"),
        groups=parts("group"),
        claims=claim_figures(columns, DRAWS),
        verdicts=len(columns.claim_status),
        abstained=int((columns.claim_status == 3).sum()),
        confidences=confidences(columns),
        calibration=score_calibration(columns),
        comparison=compare_groups(columns, rules.pass_mark, rules.fewest),
        flags=tuple(sorted(columns.flags.items())),
        errors=tuple(columns.errors),
        slowest=tuple(columns.slowest),
        most_doubtful=tuple(columns.most_doubtful),
        seconds=float(known.sum()) if len(known) else None,
        rules=rules,
    )


def columns_in(path: Path) -> Columns:
    """The columns of a run's results. Raises `RunRefused`."""
    found = Columns()
    for result, seconds in timed_results(path):
        found.add(result, seconds)
    return found


def timed_results(path: Path) -> Iterator[tuple[Result, float]]:
    """The results of a run with their seconds, NaN where they were not kept."""
    seconds = read_timings(path)
    for result in read_results(path):
        yield result, next(seconds, math.nan)


def figures_of(summary: Summary) -> dict[str, float | None]:
    """Every number that a gate can be put on, by name; also `<name>.low` and `.high` of intervals."""
    whole, found = summary.whole, summary.whole.agreement
    passed = whole.graded - whole.failed
    plain: dict[str, float | None] = {
        "n": float(whole.n),
        "graded": float(whole.graded),
        "errors": float(whole.errors),
        "error_rate": summary.error_rate,
        "skipped": float(summary.skipped),
        "abstain_rate": summary.abstain_rate,
        "pass_rate": passed / whole.graded if whole.graded else None,
        "confidence": whole.confidence,
        "selection_ratio": summary.comparison.lowest_ratio if summary.comparison else None,
    }
    figures: dict[str, Figure] = {
        "mean": whole.spread.mean,
        "pearson": found.pearson,
        "qwk": found.qwk,
        "kappa": found.kappa,
        "rmse": found.rmse,
    }
    nothing = Figure(None)
    claims = summary.claims
    figures |= {
        "claim_accuracy": claims.accuracy if claims else nothing,
        "claim_kappa": claims.kappa if claims else nothing,
        "claim_f1": claims.f1 if claims else nothing,
        "calibration_error": claims.calibration_error if claims else nothing,
    }
    for name, value in figures.items():
        plain |= {name: value.value, f"{name}.low": value.low, f"{name}.high": value.high}
    return plain


def plain_summary(summary: Summary) -> dict[str, Any]:
    """The summary as JSON can hold it, numbers with six decimals."""
    facts = asdict(summary)
    facts["figures"] = figures_of(summary)
    return cast("dict[str, Any]", rounded(facts))


def rounded(value: Any) -> Any:
    """The same value with floats of six decimals; NaN becomes None, which JSON knows."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        return {name: rounded(part) for name, part in known.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in cast("list[Any]", value)]
    return value
