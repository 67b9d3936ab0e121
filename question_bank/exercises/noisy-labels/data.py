"""Writes train.csv and test.csv: two overlapping classes, labels of one class swapped more often.

python data.py FOLDER
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

TRAIN, TEST, COLUMNS = 1600, 1200, 8
SWAPPED = {0: 0.05, 1: 0.35}
CLEAN_SHARE = 0.1


def main(folder: Path) -> None:
    rng = random.Random(77)
    direction = [rng.gauss(0, 1) for _ in range(COLUMNS)]
    heading = ",".join([*(f"x{i}" for i in range(COLUMNS)), "label"])

    def row() -> tuple[list[float], int]:
        values = [rng.gauss(0, 1) for _ in range(COLUMNS)]
        score = sum(w * x for w, x in zip(direction, values, strict=True))
        return values, int(score + rng.gauss(0, 0.8) > 0)

    train = [f"{heading},clean"]
    for _ in range(TRAIN):
        values, label = row()
        clean = rng.random() < CLEAN_SHARE
        if not clean and rng.random() < SWAPPED[label]:
            label = 1 - label
        train.append(",".join(f"{x:.4f}" for x in values) + f",{label},{int(clean)}")
    test = [heading]
    for _ in range(TEST):
        values, label = row()
        test.append(",".join(f"{x:.4f}" for x in values) + f",{label}")
    (folder / "train.csv").write_text("\n".join(train) + "\n", encoding="utf-8")
    (folder / "test.csv").write_text("\n".join(test) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
