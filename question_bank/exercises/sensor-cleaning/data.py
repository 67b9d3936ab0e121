"""Writes sensors.csv: hourly temperatures of three greenhouses with the faults of real loggers.

python data.py FOLDER
"""

from __future__ import annotations

import csv
import math
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

START, HOURS = datetime(2026, 6, 1), 30 * 24
HOUSES = {"A": 21.0, "B": 23.5, "C": 19.0}


def main(folder: Path) -> None:
    rng = random.Random(61)
    rows: list[tuple[str, str, str]] = []
    for house, base in HOUSES.items():
        for hour in range(HOURS):
            time = START + timedelta(hours=hour)
            value = base + 5 * math.sin((hour % 24 - 9) / 24 * 2 * math.pi) + rng.gauss(0, 0.6)
            text, name = f"{value:.2f}", house
            if house == "B" and 200 <= hour < 320:
                text = f"{value * 9 / 5 + 32:.2f}"  # a new logger that reports Fahrenheit
            if house == "C" and 400 <= hour < 448:
                text = "18.40"  # the sensor froze
            if hour % 41 == 0:
                text = "-999"  # the logger's way of saying that it has no value
            if hour % 67 == 0:
                text = ""
            if house == "A" and hour % 5 == 0:
                name = " a"  # typed by hand at one terminal
            rows.append((name, time.strftime("%Y-%m-%d %H:%M"), text))
            if hour % 29 == 0:
                rows.append(rows[-1])
    rng.shuffle(rows)
    with (folder / "sensors.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("greenhouse", "time", "temperature"))
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
