"""The seam to durable storage: append-only, numbered records for each interview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.errors import StorageError


@dataclass(frozen=True)
class Draft:
    """A record that has no number yet. `key` is the idempotency key of what a candidate sent."""

    kind: str
    at: datetime
    body: str
    key: str | None = None


@dataclass(frozen=True)
class Record:
    """One stored event: `number` counts from 1 within its interview; `body` is JSON."""

    number: int
    kind: str
    at: datetime
    body: str
    key: str | None


@dataclass(frozen=True)
class Opened:
    """An interview in a list: when it was opened and how many records it has."""

    interview_id: str
    at: datetime
    records: int


class NumberTakenError(StorageError):
    """Somebody else appended first: read again and decide again."""

    code = "number-taken"
    http_status = 409


class Store(Protocol):
    """Keeps the records of interviews. What `append` has returned from survives the process."""

    async def append(self, interview_id: str, after: int, drafts: Sequence[Draft]) -> list[Record]:
        """Adds `drafts` behind record `after`, all or none.

        Raises `NumberTakenError` if the interview has moved on, `StorageError` if nothing can be written.
        """
        ...

    async def read(self, interview_id: str) -> list[Record]:
        """Every record in order; empty for an unknown interview."""
        ...

    async def interviews(self) -> list[Opened]:
        """All interviews, the newest first."""
        ...

    async def close(self) -> None:
        """Lets go of the connection."""
        ...
