"""The small bank and a way to run a batch in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from backend.bank.loader import Bank
from backend.evaluation.dataset import Choice, Dataset
from backend.evaluation.engines import Engine, LocalEngine
from backend.evaluation.item import Result
from backend.evaluation.run_folder import RunFolder, read_results
from backend.evaluation.runner import checked, run_into
from tests.evaluation.fakes import make_judge, rows, small_bank, write_rows

AGREED = {"grader": "word-grader", "data set": "fixed"}


@pytest.fixture(scope="session")
def bakery() -> Bank:
    return small_bank()


@dataclass
class Batch:
    """Runs batches over the small bank below one folder."""

    bank: Bank
    folder: Path

    def file(self, made: int | Sequence[dict[str, Any]], name: str = "answers.jsonl") -> Path:
        return write_rows(self.folder / name, list(rows(made)) if isinstance(made, int) else made)

    def dataset(self, made: int | Sequence[dict[str, Any]], **given: Any) -> Dataset:
        return Dataset(self.file(made), self.bank, max_chars=20_000, **given)

    def run(
        self,
        made: int | Sequence[dict[str, Any]],
        out: str = "run",
        *,
        on_error: Literal["stop", "skip"] = "stop",
        choice: Choice | None = None,
        engine: Engine | None = None,
        make: Callable[[], Any] = make_judge,
        agreed: dict[str, Any] = AGREED,
    ) -> list[Result]:
        """Runs to the end and gives the results."""
        dataset, chosen = self.dataset(made), choice or Choice()
        survey = checked(dataset, chosen, on_error)
        with RunFolder(self.folder / out, agreed) as folder:
            run_into(
                folder, dataset, chosen, survey, engine or LocalEngine(make, 1), on_error=on_error
            )
        return list(read_results(self.folder / out))

    def bytes_of(self, out: str = "run") -> bytes:
        return (self.folder / out / "results.jsonl").read_bytes()


@pytest.fixture
def batch(bakery: Bank, tmp_path: Path) -> Batch:
    return Batch(bakery, tmp_path)
