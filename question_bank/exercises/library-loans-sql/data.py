"""Writes library.db: members, loans and returns, some recorded twice and some still to come.

python data.py FOLDER
"""

from __future__ import annotations

import random
import sqlite3
import sys
from datetime import date, timedelta
from pathlib import Path

START, END = date(2026, 1, 2), date(2026, 6, 30)
LOANS, MEMBERS = 1200, 150
BRANCHES = ("centre", "east", "river")


def main(folder: Path) -> None:
    rng = random.Random(20260630)
    habit = {member: rng.choice([14, 20, 24, 33]) for member in range(1, MEMBERS + 1)}
    loans: list[tuple[int, int, str, str]] = []
    returns: list[tuple[int, str]] = []
    for number in range(1, LOANS + 1):
        member = rng.randint(1, MEMBERS)
        lent = START + timedelta(days=rng.randrange((END - START).days + 1))
        loans.append((number, member, rng.choice(BRANCHES), str(lent)))
        back = lent + timedelta(days=max(1, round(rng.gauss(habit[member], 5))))
        if back > END:
            continue  # still out when the records end
        returns.append((number, str(back)))
        if number % 9 == 0:
            returns.append((number, str(min(END, back + timedelta(days=rng.randint(0, 9))))))
    target = folder / "library.db"
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    with connection:
        connection.execute("CREATE TABLE members (member INTEGER PRIMARY KEY)")
        connection.execute(
            "CREATE TABLE loans (id INTEGER PRIMARY KEY, member INTEGER, branch TEXT, lent_on TEXT)"
        )
        connection.execute("CREATE TABLE returns (loan_id INTEGER, returned_on TEXT)")
        connection.executemany("INSERT INTO members VALUES (?)", [(name,) for name in habit])
        connection.executemany("INSERT INTO loans VALUES (?, ?, ?, ?)", loans)
        connection.executemany("INSERT INTO returns VALUES (?, ?)", returns)
    connection.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
