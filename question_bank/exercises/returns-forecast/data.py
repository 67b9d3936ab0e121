"""Writes orders.csv: a year of orders with two columns that are filled after the order.

python data.py FOLDER
"""

from __future__ import annotations

import math
import random
import sys
from datetime import date, timedelta
from pathlib import Path

START, ORDERS = date(2025, 7, 1), 6000
CATEGORIES = {"trainers": 0.0, "boots": 0.5, "sandals": -0.4}


def main(folder: Path) -> None:
    rng = random.Random(42)
    lines = [
        "order,day,customer_orders,customer_returns,price,size_ordered,usual_size,category,"
        "support_contact,refund_pending,returned"
    ]
    for order in range(1, ORDERS + 1):
        day = START + timedelta(days=order * 365 // (ORDERS + 1))
        count = rng.choice([0, 0, 1, 2, 3, 5, 8, 13])
        habit = rng.betavariate(2, 4)
        before = sum(rng.random() < habit for _ in range(count))
        usual = rng.randint(36, 46)
        ordered = usual + rng.choice([0, 0, 0, 0, 1, -1, 2])
        category = rng.choice(list(CATEGORIES))
        price = rng.uniform(30, 180)
        score = (
            -2.2 + 3.0 * habit + 1.1 * abs(ordered - usual) + CATEGORIES[category] + 0.004 * price
        )
        returned = rng.random() < 1 / (1 + math.exp(-score))
        contact = rng.random() < (0.6 if returned else 0.05)
        pending = rng.random() < (0.9 if returned else 0.0)
        lines.append(
            f"{order},{day},{count},{before},{price:.2f},{ordered},{usual if count else ''},"
            f"{category},{int(contact)},{int(pending)},{int(returned)}"
        )
    (folder / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
