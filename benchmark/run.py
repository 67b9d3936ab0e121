"""`make bench`: measures what a candidate and an operator feel, and writes a table.

    python -m benchmark.run --out docs/benchmark.md

Machines differ and are noisy: the figures are medians, to be compared with those of the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from backend.bank.loader import load_bank
from backend.bank.question import Question
from backend.grading.dataset import Row as GradedRow
from backend.retrieval.embedder import Embedder, Vectors, load_embedder
from backend.retrieval.index import Filter, Item, open_index
from backend.settings import read_settings
from backend.wiring import Product, build, index_contents
from benchmark.batches import batch_rows
from benchmark.quality import exemplar_rows, metamorphic_rows
from benchmark.row import Row
from benchmark.server import Server, running_server

ANSWERS = 42
QUERIES = (
    "how do I notice drift",
    "explain a model to someone who is not technical",
    "the offline metric went up and the business went down",
    "choosing a threshold when false alarms are expensive",
    "data leakage through time",
    "rolling back a bad model",
)


class Padding:
    """An embedder that knows the real one for queries and cheap vectors for filler items."""

    def __init__(self, real: Embedder) -> None:
        self.name = real.name
        self._real = real
        self._random = np.random.default_rng(7)

    def encode(self, texts: list[str]) -> Vectors:
        if len(texts) < 100:
            return self._real.encode(texts)
        vectors = self._random.normal(size=(len(texts), 384)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Seconds of each of `times` calls, after one that is not counted."""
    act()
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return found


def p(values: list[float], share: float) -> float:
    return float(np.quantile(values, share))


def milliseconds(values: list[float]) -> str:
    return f"p50 {p(values, 0.5) * 1000:.1f} ms, p95 {p(values, 0.95) * 1000:.1f} ms"


def measure_starts(data_dir: Path) -> list[Row]:
    with running_server(data_dir) as cold:
        first = cold.started_in
    warm: list[float] = []
    for _ in range(3):
        with running_server(data_dir) as server:
            warm.append(server.started_in)
    return [
        Row("first start: export the model, build the index, serve the page", f"{first:.1f} s"),
        Row("warm start until the page is served", f"{statistics.median(warm):.1f} s", "3 s"),
    ]


def measure_turns(data_dir: Path, turns: int) -> list[Row]:
    answer = " ".join(
        load_bank(read_settings().bank_dir)
        .question("monitoring/label-delay")
        .exemplar("strong")
        .answer.split()[:150]
    )
    with running_server(data_dir) as server:
        words = [first_word(server, answer) for _ in range(turns)]
        memory = psutil.Process(server.pid).memory_info().rss / 2**20
        page = timed(lambda: server.get("/"), 50)
    return [
        Row(
            "from send to the first streamed word (150-word answer)",
            milliseconds(words),
            "p50 250 ms",
        ),
        Row("the page", milliseconds(page)),
        Row("server memory after these turns", f"{memory:.0f} MB", "700 MB"),
    ]


def first_word(server: Server, answer: str) -> float:
    wish = {"level": "mid", "mode": "practice", "areas": ["monitoring"], "questions": 1, "seed": 1}
    with server.post("/api/interviews", wish) as reply:
        interview = json.load(reply)["id"]
    began = time.perf_counter()
    with server.post(
        f"/api/interviews/{interview}/turns", {"text": answer}, uuid.uuid4().hex
    ) as reply:
        for line in reply:
            if line.startswith(b"event: delta"):
                return time.perf_counter() - began
    raise RuntimeError("no word came")


def measure_retrieval(data_dir: Path, embedder: Embedder) -> list[Row]:
    bank = load_bank(read_settings().bank_dir)
    contents = index_contents(bank)
    began = time.perf_counter()
    index = open_index(data_dir / "bench-index", embedder, contents)
    built = time.perf_counter() - began
    count = len(contents["questions"])
    turn = iter(range(10**9))

    def search(limited: bool) -> None:
        query = QUERIES[next(turn) % len(QUERIES)]
        index.search("questions", query, Filter("monitoring", "mid") if limited else None)

    rows = [
        Row(
            f"index of {count} questions and {len(contents['passages'])} passages, from nothing",
            f"{built:.1f} s",
        ),
        Row(
            f"search among {count} questions, query embedded",
            milliseconds(timed(lambda: search(False), 200)),
            "p95 10 ms",
        ),
        Row("the same with area and level", milliseconds(timed(lambda: search(True), 200))),
    ]
    filler = [
        Item(f"filler/{n}", f"filler {n}", f"area-{n % 21}", "mid") for n in range(10_000 - count)
    ]
    index = open_index(
        data_dir / "bench-large",
        Padding(embedder),
        {"questions": [*contents["questions"], *filler]},
    )
    return [
        *rows,
        Row("search among 10,000 questions", milliseconds(timed(lambda: search(False), 200))),
        Row("the same with area and level", milliseconds(timed(lambda: search(True), 200))),
    ]


def measure_grading(product: Product) -> list[Row]:
    """One answer by its length and by the number of claims, then many answers."""
    grader, questions = product.grader, list(product.bank.questions.values())

    def took(question: Question, length: int) -> list[float]:
        text = " ".join((question.exemplar("strong").answer + " ").split() * 6)
        answer = " ".join(text.split()[:length])
        return timed(lambda: grader.assess(question, [answer]), 15)

    def with_claims(count: int) -> Question:
        return next(q for q in questions if len(q.expectations) == count)

    rows = [
        Row(
            f"grading {length} words against 6 claims",
            milliseconds(took(with_claims(6), length)),
            "150 ms" if length == 150 else "",
        )
        for length in (50, 150, 300, 600)
    ]
    rows += [
        Row(
            f"grading 150 words against {count} claims", milliseconds(took(with_claims(count), 150))
        )
        for count in (5, 7)
    ]
    return [*rows, *measure_throughput(product, questions[:: len(questions) // ANSWERS][:ANSWERS])]


def measure_throughput(product: Product, questions: list[Question]) -> list[Row]:
    """Answers a second and core: interview answers one by one, other people's rows in batches."""
    cores = os.cpu_count() or 1
    for question in questions:
        product.grader.prepare(question)
    answers = [" ".join(q.exemplar("strong").answer.split()) for q in questions]
    began = time.perf_counter()
    for question, answer in zip(questions, answers, strict=True):
        product.grader.assess(question, [answer])
    one_by_one = time.perf_counter() - began
    graded = [
        GradedRow(
            id=q.id,
            qid=q.id,
            question=q.ask,
            rubric=tuple(item.claim for item in q.expectations),
            answer=answer,
            score=0,
            max_score=1,
        )
        for q, answer in zip(questions, answers, strict=True)
    ]
    product.scorer.judge(graded[:4])
    began = time.perf_counter()
    product.scorer.judge(graded)
    batch = time.perf_counter() - began
    words = sum(len(answer.split()) for answer in answers) / len(answers)
    claims = sum(len(q.expectations) for q in questions) / len(questions)
    size = f"{words:.0f} words and {claims:.1f} claims on average"
    return [
        Row(
            f"`viva grade`, one by one, {size}",
            f"{len(answers) / one_by_one / cores:.1f} answers a second and core",
        ),
        Row(
            f"`viva agreement`, rows with a rubric, {size}",
            f"{len(answers) / batch / cores:.1f} answers a second and core",
        ),
    ]


def write(tables: dict[str, list[Row]], out: Path | None) -> None:
    lines = [
        "# Benchmark",
        "",
        f"Written by `make bench` on {os.cpu_count()} cores of {platform.machine()},"
        f" Python {platform.python_version()}. Shared machines are noisy: run it on your own.",
    ]
    for title, rows in tables.items():
        width = max(len(row.what) for row in rows)
        print(title)
        for row in rows:
            aim = f"   (aim: {row.aim})" if row.aim else ""
            print(f"  {row.what:<{width}}  {row.figure}{aim}")
        lines += ["", f"## {title}", "", "| what | measured | aim |", "|---|---|---|"]
        lines += [f"| {row.what} | {row.figure} | {row.aim} |" for row in rows]
    if out:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--synthetic", type=int, default=50_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viva-bench-") as folder:
        data_dir = Path(folder)
        rows = measure_starts(data_dir)
        embedder = load_embedder(read_settings().embedding_model, data_dir)
        rows += measure_retrieval(data_dir, embedder)
        settings = read_settings(data_dir=data_dir)
        rows += measure_grading(build(settings, embedder=embedder))
        rows += measure_turns(data_dir, arguments.turns)
        product = build(read_settings(data_dir=data_dir), embedder=embedder)
        quality = [Row(*row) for row in exemplar_rows(product)]
        rows += batch_rows(data_dir, arguments.answers, arguments.synthetic)
    tables = {"Speed": rows, "The bank's exemplars": quality}
    tables["Metamorphic tests: violations"] = [Row(*row) for row in metamorphic_rows()]
    write(tables, arguments.out)


if __name__ == "__main__":
    main()
