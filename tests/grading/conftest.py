"""A table of the rates that the metamorphic tests found."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

RATES: list[tuple[str, int, int, str]] = []


@pytest.fixture(scope="session")
def rates() -> list[tuple[str, int, int, str]]:
    """What a metamorphic test found: what it is, violations, cases, the limit in words."""
    return RATES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not RATES:
        return
    if path := os.environ.get("VIVA_RATES"):
        Path(path).write_text(json.dumps(RATES), encoding="utf-8")
    terminalreporter.section("metamorphic tests: violations over every question of the bank")
    for what, wrong, cases, limit in RATES:
        terminalreporter.write_line(
            f"{what:<58} {wrong:>4} of {cases:<4} {wrong / cases:7.1%}   {limit}"
        )
