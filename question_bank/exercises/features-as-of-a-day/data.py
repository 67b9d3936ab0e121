"""Writes members.csv and visits.csv of a gym, January to June 2026.

python data.py FOLDER
"""

from __future__ import annotations

import csv
import random
import sys
from datetime import date, timedelta
from pathlib import Path

START, END = date(2026, 1, 1), date(2026, 6, 30)
MEMBERS = 240


def main(folder: Path) -> None:
    rng = random.Random(2406)
    members: list[tuple[object, ...]] = []
    visits: list[tuple[object, ...]] = []
    for member in range(1, MEMBERS + 1):
        joined = (
            START - timedelta(days=rng.randrange(900))
            if member % 6
            else START + timedelta(days=rng.randrange(120))
        )
        leaves = rng.random() < 0.35
        last = max(joined, START) + timedelta(days=rng.randrange(30, 170))
        cancelled = last if leaves and last <= END else None
        rate = rng.choice([0.12, 0.25, 0.4])
        day = max(joined, START)
        while day <= (cancelled or END):
            fading = cancelled is not None and (cancelled - day).days < 45
            if rng.random() < (rate * 0.35 if fading else rate):
                visits.append((member, day))
            day += timedelta(days=1)
        status = "inactive" if cancelled else "active"
        members.append((member, joined, cancelled or "", status, rng.choice(["basic", "full"])))
    _write(
        folder / "members.csv", ("member", "joined_on", "cancelled_on", "status", "plan"), members
    )
    _write(folder / "visits.csv", ("member", "day"), visits)


def _write(path: Path, heading: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
