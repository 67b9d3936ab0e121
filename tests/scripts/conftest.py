"""Kits of the bank that ships, composed once."""

from __future__ import annotations

import pytest

from backend.bank.loader import Bank
from backend.scripts.kit import Kit, KitRequest
from backend.scripts.script import compose

REQUEST = KitRequest(
    level="senior",
    areas=("mlops", "monitoring", "collaboration"),
    minutes=60,
    seed=7,
    panel=3,
    stages=("portfolio", "hands-on", "technical-discussion", "certificates"),
)


@pytest.fixture(scope="session")
def kit(bank: Bank) -> Kit:
    return compose(bank, REQUEST)


@pytest.fixture(scope="session")
def kit_b(bank: Bank) -> Kit:
    return compose(bank, REQUEST.model_copy(update={"form": "B"}))
