"""Rate, scaling and memory of evaluation batches.

    python -m benchmark.batches --answers 300 --synthetic 50000

The same recorded answers go through a plain loop that grades one after the other, through the local engine
with one worker and with all, and through Ray Data where it is installed. Memory is measured on synthetic
files of growing length with a grader that does next to nothing, so that what grows would be ours.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.bank.loader import Bank, load_bank
from backend.bank.question import Question
from backend.evaluation.dataset import Choice, Dataset
from backend.evaluation.engines import Engine, LocalEngine
from backend.evaluation.judge import Judge
from backend.evaluation.run_folder import RunFolder, read_results
from backend.evaluation.runner import checked, run_into
from backend.evaluation.summary import Rules, columns_in, summary_of
from backend.grading.verdict import Assessment, Verdict, assessment_of
from backend.retrieval.onnx_graph import usable_cores
from backend.settings import Settings, read_settings
from backend.wiring import build, evaluation_judge
from benchmark.row import Row

MEBIBYTE = 2**20


class QuickGrader:
    """Misses everything: what is left is the cost of the batch itself."""

    name = "quick"

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        verdicts = [Verdict(item.id, "missed", 0.9) for item in question.expectations]
        return assessment_of(question, answers, verdicts, grader=self.name)

    def prepare(self, question: Question) -> None:
        """Nothing to get ready."""


@dataclass(frozen=True)
class NoScorer:
    """The synthetic files have no rubrics of their own."""

    name: str = "none"

    def judge(self, rows: Sequence[Any]) -> list[Any]:
        raise RuntimeError(f"{len(rows)} rows with rubrics of their own")


def quick_judge(bank_dir: Path) -> Judge:
    return Judge(load_bank(bank_dir), QuickGrader(), NoScorer)


def write_answers(path: Path, bank: Bank, count: int) -> Path:
    """Exemplars of the whole bank, over and over, each with a candidate and a group."""
    exemplars = [
        (question.id, exemplar.answer)
        for question in bank.questions.values()
        for exemplar in question.exemplars
    ]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            # A stride that is prime to their number, so that few answers come from all questions.
            question, answer = exemplars[number * 97 % len(exemplars)]
            row: dict[str, Any] = {"id": f"r{number}", "question_id": question, "answer": answer}
            row |= {"candidate": f"c{number % 4000}", "group": "AB"[number % 2]}
            row["human_score"] = number * 7 % 11 / 10
            file.write(json.dumps(row) + "\n")
    return path


def batch_rows(data_dir: Path, answers: int, synthetic: int) -> list[Row]:
    """All rows about batches. The models in `data_dir` are used if they are there."""
    settings = Settings(data_dir=data_dir, bank_dir=read_settings().bank_dir)
    with tempfile.TemporaryDirectory(prefix="viva-batches-") as name:
        folder = Path(name)
        return [
            *_rates(folder, settings, answers),
            *_memory(folder, settings.bank_dir, synthetic),
        ]


def _rates(folder: Path, settings: Settings, answers: int) -> list[Row]:
    product = build(settings)
    path = write_answers(folder / "answers.jsonl", product.bank, answers)
    dataset = Dataset(path, product.bank, max_chars=settings.max_answer_chars)
    grader = product.grader
    bank = product.bank
    items = list(dataset.items(Choice(), checked(dataset, Choice(), "stop")))
    grader.assess(bank.question(items[0].question_id or ""), items[0].answers)  # loads the model
    began = time.perf_counter()
    for item in items:
        grader.assess(bank.question(item.question_id or ""), item.answers)
    plain = answers / (time.perf_counter() - began)
    rows = [Row(f"plain loop, {answers} answers one at a time", f"{plain:.1f} answers/s")]
    make = functools.partial(evaluation_judge, settings, "embedded")
    engines: list[tuple[str, Callable[[Path], Engine]]] = [
        ("local engine, 1 worker", lambda _: LocalEngine(make, 1)),
        (
            f"local engine, {usable_cores()} workers",
            lambda _: LocalEngine(make, usable_cores()),
        ),
    ]
    if importlib.util.find_spec("ray"):
        from backend.evaluation.ray_engine import RayEngine

        engines.append(("Ray Data", lambda out: RayEngine(make, usable_cores(), out / "ray")))
    reference: bytes | None = None
    for title, made in engines:
        out = folder / title.replace(" ", "-")
        seconds = _run(dataset, made(out), out)
        found = (out / "results.jsonl").read_bytes()
        reference = reference or found
        same = "same bytes" if found == reference else "OTHER BYTES"
        rate = answers / seconds
        figure = f"{rate:.1f} answers/s with start-up ({rate / plain:.2f} of the loop), {same}"
        rows.append(Row(title, figure))
    return rows


def _run(dataset: Dataset, engine: Engine, out: Path) -> float:
    survey = checked(dataset, Choice(), "stop")
    began = time.perf_counter()
    with RunFolder(out, {"bench": True}) as folder:
        run_into(folder, dataset, Choice(), survey, engine, on_error="stop")
    return time.perf_counter() - began


def _memory(folder: Path, bank_dir: Path, most: int) -> list[Row]:
    rows: list[Row] = []
    bank = load_bank(bank_dir)
    for count in (most // 10, most):
        path = write_answers(folder / f"synthetic-{count}.jsonl", bank, count)
        size = path.stat().st_size / MEBIBYTE
        run, whole, seconds, graded = _apart(path, folder / f"quick-{count}", bank_dir)
        if graded != count:
            raise RuntimeError(f"{graded} of {count} answers came out")
        rows.append(
            Row(
                f"{count:,} synthetic answers ({size:.0f} MB), quick grader",
                f"{count / seconds:,.0f} answers/s; peak memory {run:.0f} MB run,"
                f" {whole:.0f} MB with the summary",
            )
        )
        path.unlink()
    return rows


def _apart(path: Path, out: Path, bank_dir: Path) -> tuple[float, float, float, int]:
    """Runs in a process of its own, whose peak memory is nobody else's."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_quick_run, args=(sender, path, out, bank_dir))
    process.start()
    found: tuple[float, float, float, int] = receiver.recv()
    process.join()
    return found


def _quick_run(sender: Any, path: Path, out: Path, bank_dir: Path) -> None:
    dataset = Dataset(path, load_bank(bank_dir), max_chars=20_000)
    seconds = _run(dataset, LocalEngine(functools.partial(quick_judge, bank_dir), 1), out)
    run = _peak()
    summary_of(columns_in(out), "bench", Rules())
    sender.send((run, _peak(), seconds, sum(1 for _ in read_results(out))))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--synthetic", type=int, default=50_000)
    parser.add_argument("--memory-only", action="store_true")
    arguments = parser.parse_args()
    settings = read_settings()
    if arguments.memory_only:
        with tempfile.TemporaryDirectory(prefix="viva-batches-") as name:
            rows = _memory(Path(name), settings.bank_dir, arguments.synthetic)
    else:
        rows = batch_rows(settings.data_dir, arguments.answers, arguments.synthetic)
    for row in rows:
        print(f"{row.what}: {row.figure}")


if __name__ == "__main__":
    main()
