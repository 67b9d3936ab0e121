"""What the language model was asked for: every act recorded, every interview held to its budget.

The record is one line of JSON an act in `model-calls.jsonl`: numbers and codes, never a word of what
was said. It is read back on first use, so that a restart does not hand out the budget again.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend.errors import ModelBudgetSpent
from backend.llm.chat_model import Usage

FILE = "model-calls.jsonl"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Budget:
    """What one interview may spend."""

    calls: int = 200
    calls_per_minute: int = 30
    tokens: int = 500_000


@dataclass(frozen=True)
class Spent:
    """What one interview has spent. `cost_usd` leaves out calls of an unknown price."""

    calls: int = 0
    tokens: int = 0
    cost_usd: float = 0.0

    def plus(self, calls: int, tokens: int, cost_usd: float | None) -> Spent:
        return Spent(
            self.calls + calls, self.tokens + tokens, round(self.cost_usd + (cost_usd or 0.0), 8)
        )


@dataclass
class _Account:
    spent: Spent = field(default_factory=Spent)
    pending: int = 0
    """Calls let through whose act has not been recorded yet."""
    recent: deque[datetime] = field(default_factory=deque[datetime])


class Ledger:
    """Lets calls through and records acts; safe to use from several threads. No folder, no file."""

    def __init__(
        self,
        budget: Budget,
        folder: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._budget = budget
        self._path = folder / FILE if folder else None
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: defaultdict[str, _Account] | None = None

    def admit(self, session: str | None) -> None:
        """Counts one call about to be made. Raises `ModelBudgetSpent`; nothing is counted then."""
        if session is None:
            return
        with self._lock:
            account = self._read()[session]
            now = self._clock()
            while account.recent and (now - account.recent[0]).total_seconds() >= 60:
                account.recent.popleft()
            self._check(account)
            account.pending += 1
            account.recent.append(now)

    def record(self, session: str | None, act: str, usage: Usage, outcome: str) -> None:
        """Writes one act down. `outcome` is `ok`, `abandoned` or the code of the error it ended in."""
        row: dict[str, Any] = {
            "at": self._clock().isoformat(timespec="milliseconds"),
            "session": session,
            "act": act,
            "model": usage.model,
            "calls": usage.calls,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cost_usd": usage.cost_usd,
            "seconds": round(usage.seconds, 3),
            "outcome": outcome,
        }
        with self._lock:
            if session is not None:
                account = self._read()[session]
                account.pending = max(0, account.pending - usage.calls)
                account.spent = account.spent.plus(usage.calls, usage.tokens, usage.cost_usd)
            self._append(json.dumps(row))

    def spent(self, session: str) -> Spent:
        """What this interview has spent so far."""
        with self._lock:
            return self._read()[session].spent

    def _check(self, account: _Account) -> None:
        budget, spent = self._budget, account.spent
        if spent.calls + account.pending >= budget.calls:
            raise ModelBudgetSpent(
                f"this interview has used its {budget.calls} calls (VIVA_SESSION_CALLS)"
            )
        if spent.tokens >= budget.tokens:
            raise ModelBudgetSpent(
                f"this interview has used its {budget.tokens} tokens (VIVA_SESSION_TOKENS)"
            )
        if len(account.recent) >= budget.calls_per_minute:
            raise ModelBudgetSpent(
                f"this interview has made {budget.calls_per_minute} calls in the last minute"
                " (VIVA_SESSION_CALLS_PER_MINUTE)"
            )

    def _read(self) -> defaultdict[str, _Account]:
        if self._accounts is None:
            self._accounts = defaultdict(_Account)
            for line in self._lines():
                try:
                    row: dict[str, Any] = json.loads(line)
                    session, tokens = (
                        row["session"],
                        row["prompt_tokens"] + row["completion_tokens"],
                    )
                    if session is not None:
                        account = self._accounts[session]
                        account.spent = account.spent.plus(row["calls"], tokens, row["cost_usd"])
                except (ValueError, KeyError, TypeError):
                    continue  # half a line, left by a process that was killed while writing it
        return self._accounts

    def _lines(self) -> list[str]:
        if self._path is None or not self._path.is_file():
            return []
        return self._path.read_text(encoding="utf-8", errors="replace").splitlines()

    def _append(self, line: str) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            # A full disk must not cost the candidate a reply; the transcript reports it in its own way.
            log.warning("the record of model calls could not be written: %s", error.strerror)
