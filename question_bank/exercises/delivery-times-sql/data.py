"""Writes parcels.db: orders, scans and depots with a few faults that real records have.

python data.py FOLDER
"""

from __future__ import annotations

import random
import sqlite3
import sys
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2026, 4, 1, 6, 0)
ORDERS = 900
DEPOTS = {1: "North", 2: "Harbour", 3: "Hill"}
TYPICAL_HOURS = {1: 20.0, 2: 31.0, 3: 44.0, 9: 25.0}


def main(folder: Path) -> None:
    rng = random.Random(20260401)
    orders: list[tuple[int, int, str]] = []
    scans: list[tuple[int, str, str]] = []
    for number in range(1, ORDERS + 1):
        depot = 9 if number % 97 == 0 else rng.choice([1, 2, 3])  # depot 9 has no record
        placed = START + timedelta(minutes=rng.randrange(90 * 24 * 60))
        orders.append((number, depot, str(placed)))
        hours = max(3.0, rng.gauss(TYPICAL_HOURS[depot], 6.0))
        arrived = placed + timedelta(hours=hours)
        if number % 50 == 0:
            arrived = placed - timedelta(hours=5)  # a scanner with a wrong clock
        scans.append((number, "accepted", str(placed + timedelta(hours=1))))
        if number % 12 == 0:
            continue  # still on its way
        scans.append((number, "delivered", str(arrived.replace(microsecond=0))))
        if number % 7 == 0:
            again = arrived + timedelta(minutes=rng.randrange(5, 300))
            scans.append((number, "delivered", str(again.replace(microsecond=0))))
    target = folder / "parcels.db"
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    with connection:
        connection.execute("CREATE TABLE depots (depot INTEGER PRIMARY KEY, name TEXT)")
        connection.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, depot INTEGER, ordered_at TEXT)"
        )
        connection.execute("CREATE TABLE scans (order_id INTEGER, status TEXT, scanned_at TEXT)")
        connection.executemany("INSERT INTO depots VALUES (?, ?)", DEPOTS.items())
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", orders)
        connection.executemany("INSERT INTO scans VALUES (?, ?, ?)", scans)
    connection.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
