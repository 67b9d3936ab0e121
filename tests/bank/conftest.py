"""The small bank: one area, five questions, three sections; small, and free of problems.

Tests get a copy that they may break. `documents/bakery.md` is there for nobody to refer to.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backend.bank.loader import Bank, load_bank
from backend.bank.question import Question

SMALL_BANK = Path(__file__).resolve().parent / "small_bank"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SMALL_BANK, tmp_path / "bank")


@pytest.fixture
def small(folder: Path) -> Bank:
    return load_bank(folder)


@pytest.fixture
def rye(small: Bank) -> Question:
    return small.question("bakery/rye-runs-out")
