"""Reference solution: every feature sees only the days before the first of the month; split by time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

MONTHS = [date(2026, month, 1) for month in range(3, 7)]
"""From March on: two whole windows of 30 days lie within the records."""

TEST_FROM = date(2026, 6, 1)


@dataclass(frozen=True)
class Row:
    member: int
    month: date
    days_since_visit: int
    visits: int
    change: int
    tenure_months: int
    cancels: bool


def features(joined: date, days: Sequence[date], on: date) -> tuple[int, int, int, int]:
    """The features on day `on`. Everything from that day on is cut off first, so nothing can leak."""
    past = [day for day in days if day < on]
    recent = sum(day >= on - timedelta(days=30) for day in past)
    before = sum(on - timedelta(days=60) <= day < on - timedelta(days=30) for day in past)
    since = (on - (past[-1] if past else joined)).days
    return since, recent, recent - before, (on - joined).days // 30


def solve(folder: Path) -> dict[str, Any]:
    visits: dict[int, list[date]] = {}
    for row in _read(folder / "visits.csv"):
        visits.setdefault(int(row["member"]), []).append(date.fromisoformat(row["day"]))
    table: list[Row] = []
    for row in _read(folder / "members.csv"):
        member, joined = int(row["member"]), date.fromisoformat(row["joined_on"])
        left = date.fromisoformat(row["cancelled_on"]) if row["cancelled_on"] else None
        days = sorted(visits.get(member, []))
        for month in MONTHS:
            if joined >= month or (left is not None and left < month):
                continue
            ends = (month + timedelta(days=32)).replace(day=1)
            cancels = left is not None and left < ends
            table.append(Row(member, month, *features(joined, days, month), cancels))
    train = [row for row in table if row.month < TEST_FROM]
    test = [row for row in table if row.month >= TEST_FROM]
    return {"train": train, "test": test, "forbidden": "status"}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
