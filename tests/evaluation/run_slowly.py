"""A run in a process of its own, to be killed: python -m tests.evaluation.run_slowly FILE OUT WORKERS SECONDS."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from backend.evaluation.dataset import Choice, Dataset
from backend.evaluation.engines import LocalEngine
from backend.evaluation.run_folder import RunFolder
from backend.evaluation.runner import checked, run_into
from tests.evaluation.fakes import SlowJudge, small_bank

AGREED = {"grader": "word-grader", "data set": "fixed"}


def run_slowly(file: Path, out: Path, workers: int, seconds: float) -> None:
    dataset = Dataset(file, small_bank(), max_chars=20_000)
    choice = Choice()
    survey = checked(dataset, choice, "stop")
    engine = LocalEngine(functools.partial(SlowJudge, seconds), workers)
    with RunFolder(out, AGREED) as folder:
        run_into(folder, dataset, choice, survey, engine, on_error="stop")


if __name__ == "__main__":
    run_slowly(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
