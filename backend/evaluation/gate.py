"""The gate of a pipeline: `qwk>=0.6,error_rate<=0.01` holds, or the run has failed.

A figure that could not be computed does not hold: a gate that is silent about it would let everything by.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.errors import BadInput

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
_RULE = re.compile(r"^\s*([a-z_0-9]+(?:\.(?:low|high))?)\s*(>=|<=|==|>|<)\s*([-+]?[0-9.]+)\s*$")


@dataclass(frozen=True)
class Rule:
    """A figure, how it is compared, and with what."""

    figure: str
    sign: str
    limit: float

    def __str__(self) -> str:
        return f"{self.figure}{self.sign}{self.limit:g}"


@dataclass(frozen=True)
class Tested:
    """A rule and the value it was tested on; `value` is None where the figure could not be computed."""

    rule: Rule
    value: float | None

    @property
    def holds(self) -> bool:
        if self.value is None:
            return False
        return _COMPARE[self.rule.sign](self.value, self.rule.limit)

    def __str__(self) -> str:
        found = "could not be computed" if self.value is None else f"is {self.value:.4g}"
        return f"{'passed' if self.holds else 'FAILED'}  {self.rule}  ({self.rule.figure} {found})"


def read_rules(text: str, known: frozenset[str]) -> list[Rule]:
    """The rules of `--fail-under`. Raises `BadInput` naming the part that is wrong."""
    rules: list[Rule] = []
    for part in text.split(","):
        found = _RULE.match(part)
        if not found:
            raise BadInput(
                f"--fail-under: cannot read {part.strip()!r}; write a figure, >=, <=, > or <, and a"
                " number, such as qwk>=0.6,error_rate<=0.01"
            )
        name, sign, limit = found.groups()
        if name not in known:
            raise BadInput(
                f"--fail-under: no figure {name!r}; there are {', '.join(sorted(known))}"
            )
        try:
            rules.append(Rule(name, sign, float(limit)))
        except ValueError:
            raise BadInput(f"--fail-under: {limit!r} is not a number") from None
    return rules


def apply_rules(rules: list[Rule], figures: Mapping[str, float | None]) -> list[Tested]:
    """Each rule with the value it is tested on."""
    return [Tested(rule, figures.get(rule.figure)) for rule in rules]


FIGURES = frozenset(
    [
        *("n", "graded", "errors", "error_rate", "skipped", "abstain_rate", "pass_rate"),
        *("confidence", "selection_ratio"),
        *(
            f"{name}{end}"
            for name in (
                *("mean", "pearson", "qwk", "kappa", "rmse"),
                *("claim_accuracy", "claim_kappa", "claim_f1", "calibration_error"),
            )
            for end in ("", ".low", ".high")
        ),
    ]
)
"""The figures of a run that `figures_of` gives."""
