"""Where the work is done: in this process, or in one worker for each core.

Items come in chunks with fixed boundaries, and a chunk is graded as a whole wherever it lands, so that
every engine and every number of workers gives the same results, in order.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any, Protocol

from backend.errors import EvaluationCrashed
from backend.evaluation.item import Item
from backend.evaluation.judge import Timed

Chunk = tuple[Item, ...]
AHEAD = 2
"""Chunks that wait for each worker: enough to keep it busy, few enough to keep memory flat."""


class Judging(Protocol):
    """What an engine needs of a judge."""

    def judge(self, items: Sequence[Item]) -> list[Timed]:
        """One result for each item, in order."""
        ...


MakeJudge = Callable[[], Judging]
"""Makes a judge where it is called. It travels to workers, so it must be picklable."""


class Engine(Protocol):
    """Has chunks judged."""

    name: str

    def judged(self, chunks: Iterable[Chunk]) -> Iterator[list[Timed]]:
        """The results of each chunk, in the order of the chunks. Raises `VivaError`."""
        ...


class LocalEngine:
    """This machine: `workers` processes, or none but this one if `workers` is 1."""

    name = "local"

    def __init__(self, make_judge: MakeJudge, workers: int) -> None:
        self._make_judge = make_judge
        self._workers = workers

    def judged(self, chunks: Iterable[Chunk]) -> Iterator[list[Timed]]:
        if self._workers == 1:
            judge = self._make_judge()
            for chunk in chunks:
                yield judge.judge(chunk)
            return
        pool = ProcessPoolExecutor(
            self._workers,
            # A fresh interpreter for each: forking one with model threads running may deadlock.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(self._make_judge,),
        )
        waiting: deque[Future[list[Timed]]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_judge_in_worker, chunk))
                if len(waiting) >= AHEAD * self._workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise EvaluationCrashed(
                "a worker process died (out of memory?): run the same command again to go on,"
                " with fewer --workers if it happens again"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass
class _Worker:
    """What a worker process keeps: its judge, made on its first chunk so that a failure reaches the caller."""

    make: MakeJudge | None = None
    judge: Judging | None = None


_worker = _Worker()


def _start_worker(make_judge: MakeJudge) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl+C means
    parent: Any = multiprocessing.parent_process()
    # A killed parent cannot say goodbye; its workers must not outlive it.
    threading.Thread(
        target=lambda: (wait([parent.sentinel]), os._exit(1)), name="parent-watch", daemon=True
    ).start()
    _share_cores()
    _worker.make = make_judge


def _share_cores() -> None:
    """One core for each worker: model threads of several workers on all cores only get in each other's way."""
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    place: Any = multiprocessing.current_process()
    number = int(place._identity[0]) - 1 if place._identity else 0
    os.sched_setaffinity(0, {cores[number % len(cores)]})


def _judge_in_worker(chunk: Chunk) -> list[Timed]:
    judge = _worker.judge
    if judge is None:
        if _worker.make is None:
            raise EvaluationCrashed("a worker was started without a judge")
        judge = _worker.judge = _worker.make()
    return judge.judge(chunk)
