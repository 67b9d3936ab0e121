"""Writes tickets.csv: a router that is overconfident for the rarest team.

python data.py FOLDER
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

TICKETS, WEEKS = 2000, 8
TEAMS = {"billing": 0.45, "delivery": 0.30, "account": 0.19, "legal": 0.06}


def main(folder: Path) -> None:
    rng = random.Random(8)
    names = list(TEAMS)
    lines = ["ticket,week,team,predicted,confidence"]
    for ticket in range(1, TICKETS + 1):
        team = rng.choices(names, list(TEAMS.values()))[0]
        confidence = min(0.99, max(0.3, rng.betavariate(6, 1.6)))
        true_chance = confidence**1.5 - (0.35 if team == "legal" else 0.0)
        predicted = team
        if rng.random() > true_chance:
            predicted = rng.choice([name for name in names if name != team])
        week = 1 + ticket * WEEKS // (TICKETS + 1)
        lines.append(f"{ticket},{week},{team},{predicted},{confidence:.3f}")
    (folder / "tickets.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
