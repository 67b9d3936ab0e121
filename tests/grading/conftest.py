"""One grader for all tests of grading, which remembers what it has embedded and read, and a table of
the rates that the metamorphic tests found."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from backend.bank.loader import Bank
from backend.grading.claim_model import ClaimModel
from backend.grading.entailment import EmbeddedGrader, read_calibration
from backend.retrieval.embedder import Embedder
from backend.settings import Settings
from backend.wiring import build
from training.remember import RememberingEmbedder, RememberingReader

RATES: list[tuple[str, int, int, str]] = []


@pytest.fixture(scope="session")
def embedded(embedder: Embedder, bank: Bank, model_dir: Path) -> EmbeddedGrader:
    """The grader as the product has it."""
    product = build(
        Settings(data_dir=model_dir, _env_file=None),
        embedder=RememberingEmbedder(embedder),
        claim_reader=RememberingReader(ClaimModel()),
    )
    return product.embedded_grader_with(read_calibration())


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
