"""The ledger: budgets that hold, and a record without a word of what was said."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.errors import ModelBudgetSpent, ModelError, ModelServerFault
from backend.llm.chat_model import Usage
from backend.llm.ledger import FILE, Budget, Ledger, Spent
from tests.conftest import FakeClock
from tests.llm.conftest import ASKED, GOOD, Connect, Findings
from tests.llm.protocol_server import ProtocolServer, fails, fills, says


def used(calls: int = 1, tokens: int = 10, cost: float | None = None) -> Usage:
    return Usage("m", calls, tokens - 1, 1, cost, 0.5)


def test_calls_are_let_through_up_to_the_budget() -> None:
    ledger = Ledger(Budget(calls=2))
    for _ in range(2):
        ledger.admit("s")
        ledger.record("s", "stream", used(), "ok")
    with pytest.raises(ModelBudgetSpent, match="VIVA_SESSION_CALLS"):
        ledger.admit("s")
    ledger.admit("another")
    ledger.admit(None)


def test_calls_under_way_count_too() -> None:
    ledger = Ledger(Budget(calls=3))
    for _ in range(3):
        ledger.admit("s")
    with pytest.raises(ModelBudgetSpent):
        ledger.admit("s")


def test_tokens_are_held_to_their_budget() -> None:
    ledger = Ledger(Budget(tokens=100))
    ledger.admit("s")
    ledger.record("s", "stream", used(tokens=100), "ok")
    with pytest.raises(ModelBudgetSpent, match="VIVA_SESSION_TOKENS"):
        ledger.admit("s")


def test_a_minute_later_calls_are_let_through_again(clock: FakeClock) -> None:
    ledger = Ledger(Budget(calls_per_minute=2), clock=clock)
    ledger.admit("s")
    clock.forward(0.5)
    ledger.admit("s")
    with pytest.raises(ModelBudgetSpent, match="VIVA_SESSION_CALLS_PER_MINUTE"):
        ledger.admit("s")
    clock.forward(0.5)
    ledger.admit("s")


def test_a_restart_does_not_hand_out_the_budget_again(tmp_path: Path) -> None:
    before = Ledger(Budget(calls=2), tmp_path)
    before.admit("s")
    before.record("s", "stream", used(cost=0.25), "ok")
    before.record("other", "stream", used(calls=9), "ok")
    with (tmp_path / FILE).open("a") as file:
        file.write('{"session": "s", "calls"')  # killed while writing
    after = Ledger(Budget(calls=2), tmp_path)
    assert after.spent("s") == Spent(1, 10, 0.25)
    after.admit("s")
    with pytest.raises(ModelBudgetSpent):
        after.admit("s")


def test_a_budget_holds_against_many_threads_at_once() -> None:
    ledger = Ledger(Budget(calls=25, calls_per_minute=1000))

    def one(_: int) -> bool:
        try:
            ledger.admit("s")
        except ModelBudgetSpent:
            return False
        ledger.record("s", "stream", used(), "ok")
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(200))) == 25
    assert ledger.spent("s").calls == 25


def test_a_folder_that_cannot_be_written_costs_nobody_a_reply(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ledger = Ledger(Budget(), tmp_path / "file")
    ledger.record("s", "stream", used(), "ok")
    assert ledger.spent("s").calls == 1


async def test_every_act_is_one_line_with_its_outcome_and_without_its_words(
    server: ProtocolServer, connect: Connect, tmp_path: Path, clock: FakeClock
) -> None:
    ledger = Ledger(Budget(), tmp_path, clock)
    chat = connect(ledger=ledger, retries=0, price=(1.0, 1.0))
    server.then(fills(GOOD), says("What then?"), fails(500), fails(500))
    chat.structured(ASKED, Findings, session="s")
    async for _ in chat.stream(ASKED, session="s"):
        pass
    with pytest.raises(ModelServerFault):
        chat.structured(ASKED, Findings, session="s")
    text = (tmp_path / FILE).read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert [(row["act"], row["outcome"]) for row in rows] == [
        ("structured", "ok"),
        ("stream", "ok"),
        ("structured", "model-server"),
    ]
    assert [row["calls"] for row in rows] == [1, 1, 1]
    assert rows[0]["cost_usd"] == pytest.approx((7 + 8) / 1_000_000)
    assert all(row["session"] == "s" and row["at"].startswith("2026-03-02") for row in rows)
    assert "baseline" not in text
    assert "then" not in text
    assert ledger.spent("s").calls == 3


async def test_a_spent_budget_sends_nothing(server: ProtocolServer, connect: Connect) -> None:
    chat = connect(ledger=Ledger(Budget(calls=1)))
    server.then(fills(GOOD))
    chat.structured(ASKED, Findings, session="s")
    with pytest.raises(ModelBudgetSpent):
        chat.structured(ASKED, Findings, session="s")
    with pytest.raises(ModelError):
        await anext(chat.stream(ASKED, session="s"))
    assert len(server.requests) == 1
    server.then(fills(GOOD))
    chat.structured(ASKED, Findings, session="another")
