"""Reference solution: one row for each greenhouse and hour, degrees Celsius or empty, with the reason."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

PLACEHOLDER = -999.0
POSSIBLE = (5.0, 45.0)
"""Degrees Celsius inside a heated greenhouse in June; 50 degrees Fahrenheit and more lie above it."""

FROZEN_HOURS = 12


def solve(folder: Path) -> dict[str, Any]:
    faults: Counter[str] = Counter()
    table: dict[tuple[str, str], tuple[float | None, str]] = {}
    with (folder / "sensors.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["greenhouse"].strip().upper()
            faults["name"] += name != row["greenhouse"]
            key = (name, row["time"])
            if key in table:
                faults["doubled"] += 1
                continue
            table[key] = _value(row["temperature"], faults)
    for name in sorted({name for name, _ in table}):
        _mark_frozen(table, name, faults)
    with (folder / "clean.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("greenhouse", "time", "temperature", "reason"))
        for (name, time), (value, reason) in sorted(table.items()):
            writer.writerow((name, time, "" if value is None else f"{value:.2f}", reason))
    return {"table": table, "faults": dict(faults)}


def _value(text: str, faults: Counter[str]) -> tuple[float | None, str]:
    if not text:
        faults["empty"] += 1
        return None, "empty"
    value = float(text)
    if value == PLACEHOLDER:
        faults["placeholder"] += 1
        return None, "placeholder"
    if value > POSSIBLE[1]:
        faults["fahrenheit"] += 1
        return (value - 32) * 5 / 9, "converted"
    return value, ""


def _mark_frozen(
    table: dict[tuple[str, str], tuple[float | None, str]], name: str, faults: Counter[str]
) -> None:
    """A value repeated for half a day is a sensor that stands still; gaps do not end the run."""
    times = sorted(time for house, time in table if house == name)
    run: list[str] = []
    before: float | None = None
    for time in [*times, ""]:
        value = table[name, time][0] if time else float("nan")
        if value is None:
            continue
        if value == before:
            run.append(time)
            continue
        if len(run) >= FROZEN_HOURS:
            for frozen in run:
                table[name, frozen] = (None, "frozen")
            faults["frozen"] += len(run)
        run, before = [time], value
