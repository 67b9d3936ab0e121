"""Writes runs.csv and relevant.csv: two searches on the same 120 questions.

python data.py FOLDER
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

QUESTIONS, PAGES, DEPTH = 120, 400, 10
KINDS = ("how-to", "error message", "price")


def main(folder: Path) -> None:
    rng = random.Random(120)
    relevant: list[tuple[object, ...]] = []
    runs: list[tuple[object, ...]] = []
    for question in range(1, QUESTIONS + 1):
        kind = KINDS[question % 3]
        right = rng.sample(range(PAGES), rng.choice([1, 1, 2]))
        relevant += [(question, kind, page) for page in right]
        for system in ("old", "new"):
            ranking = rng.sample([page for page in range(PAGES) if page not in right], DEPTH)
            # The new one understands sentences, and loses the codes of error messages.
            strength = {"old": 0.55, "new": 0.42 if kind == "error message" else 0.80}[system]
            for page in right:
                if rng.random() < strength:
                    place = min(DEPTH - 1, int(rng.expovariate(0.6)))
                    ranking[place] = page
            runs += [(question, system, rank, page) for rank, page in enumerate(ranking, start=1)]
    _write(folder / "relevant.csv", ("question", "kind", "page"), relevant)
    _write(folder / "runs.csv", ("question", "system", "rank", "page"), runs)


def _write(path: Path, heading: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
