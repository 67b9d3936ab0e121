"""One line of the benchmark's table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure, and its aim if there is one."""

    what: str
    figure: str
    aim: str = ""
