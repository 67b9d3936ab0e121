"""Writes energy.csv: a year of hourly use with a daily and weekly shape, temperature and faults.

python data.py FOLDER
"""

from __future__ import annotations

import math
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

START, DAYS = datetime(2025, 7, 1), 365


def main(folder: Path) -> None:
    rng = random.Random(365)
    lines = ["time,use,temperature"]
    weather = 0.0
    for hour in range(DAYS * 24):
        time = START + timedelta(hours=hour)
        season = 10 - 9 * math.cos((hour / 24 - 20) / 365 * 2 * math.pi + math.pi)
        weather = 0.98 * weather + rng.gauss(0, 0.5)
        temperature = season + 4 * math.sin((time.hour - 9) / 24 * 2 * math.pi) + weather
        shift = 60 if 5 <= time.hour < 21 else 15
        if time.weekday() == 6:
            shift *= 0.4
        cooling = 2.2 * max(0.0, temperature - 8)
        use = f"{100 + shift + cooling + rng.gauss(0, 5):.1f}"
        if hour % 211 == 0:
            use = ""
        if hour % 503 == 0:
            use = "0.0"  # the meter restarted
        lines.append(f"{time:%Y-%m-%d %H:%M},{use},{temperature:.1f}")
    (folder / "energy.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
