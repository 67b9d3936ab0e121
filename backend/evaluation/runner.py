"""One run from a file to its results: checked first, graded in order, continued where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from backend.errors import BadInput, BadRows, EvaluationCrashed, RunRefused
from backend.evaluation.dataset import Choice, Dataset, Survey
from backend.evaluation.engines import Chunk, Engine
from backend.evaluation.item import Item, Problem, Result
from backend.evaluation.judge import Timed
from backend.evaluation.run_folder import CHUNK, RunFolder

OnError = Literal["stop", "skip"]


@dataclass(frozen=True)
class Progress:
    """Results that count, and how many there will be."""

    done: int
    total: int


Report = Callable[[Progress], None]


def checked(dataset: Dataset, choice: Choice, on_error: OnError) -> Survey:
    """What the file holds. Raises `BadRows`, listing them, if rows are bad and that must stop the run."""
    survey = dataset.survey(choice)
    if survey.bad and on_error == "stop":
        raise BadRows(str(dataset.path), [str(item) for item in survey.problems], survey.bad)
    if not survey.to_grade:
        listed = "\n".join(f"  {dataset.path}:{item}" for item in survey.problems)
        raise BadInput(f"{dataset.path}: no row can be graded:\n{listed}")
    return survey


def run_into(
    folder: RunFolder,
    dataset: Dataset,
    choice: Choice,
    survey: Survey,
    engine: Engine,
    *,
    on_error: OnError,
    report: Report = lambda _: None,
) -> int:
    """Grades what is not graded yet into the folder; the number of results that were added.

    With `on_error` "stop" the first answer that cannot be graded ends the run with
    `EvaluationCrashed`; what was graded before it is kept.
    """
    total = survey.to_grade
    report(Progress(folder.done, total))
    if folder.finished is not None:
        return 0
    if survey.bad and not folder.done:
        folder.note_skipped(e for e in dataset.entries() if isinstance(e, Problem))
    before = folder.done
    items = dataset.items(choice, survey, start=folder.done)
    for batch in engine.judged(chunks_of(items)):
        if on_error == "stop":
            _check_graded(batch)
        folder.append(batch)
        report(Progress(folder.done, total))
    if folder.done != total:
        raise RunRefused(
            f"{dataset.path}: changed while it was read ({folder.done} of {total} rows were found);"
            " start again with another --out"
        )
    folder.finish()
    return folder.done - before


def run_through(
    dataset: Dataset,
    choice: Choice,
    survey: Survey,
    engine: Engine,
    *,
    on_error: OnError,
    report: Report = lambda _: None,
) -> Iterator[Timed]:
    """Grades everything and hands on each result in order; nothing is kept."""
    done, total = 0, survey.to_grade
    report(Progress(0, total))
    for batch in engine.judged(chunks_of(dataset.items(choice, survey))):
        if on_error == "stop":
            _check_graded(batch)
        yield from batch
        done += len(batch)
        report(Progress(done, total))


def chunks_of(items: Iterable[Item]) -> Iterator[Chunk]:
    """The items in chunks of equal size. A run continues at a chunk's boundary, so they never shift."""
    source = iter(items)
    while chunk := tuple(islice(source, CHUNK)):
        yield chunk


def _check_graded(batch: Iterable[Timed]) -> None:
    for one in batch:
        result: Result = one.result
        if result.outcome == "error":
            raise EvaluationCrashed(
                f"{result.id}: the grader failed: {result.error}; run the same command again to try"
                " once more, or give --on-error skip to go on without such answers"
            )
