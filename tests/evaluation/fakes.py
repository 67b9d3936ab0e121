"""Judges for tests: picklable, quick, deterministic, and slow or failing on purpose."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.bank.loader import Bank, load_bank
from backend.errors import ModelFilesError
from backend.evaluation.item import Item
from backend.evaluation.judge import Judge, Timed
from backend.grading.agreement_result import Judged
from backend.grading.dataset import Row
from tests.bank.conftest import SMALL_BANK
from tests.conftest import WordGrader

QUESTIONS = ("bakery/rye-runs-out", "bakery/two-forecasts", "bakery/new-branch")


@dataclass
class LengthScorer:
    """Gives the share of twenty words that an answer has; the same probability to each claim."""

    name: str = "length-scorer"

    def judge(self, rows: Sequence[Row]) -> list[Judged]:
        found: list[Judged] = []
        for row in rows:
            if "unscorable" in row.answer:
                raise ValueError("this one cannot be scored")
            share = min(1.0, len(row.answer.split()) / 20)
            count = len(row.rubric) or 1
            found.append(Judged(share, (share,) * count))
        return found


@dataclass
class MoodyGrader(WordGrader):
    """Fails on answers that say so; cannot work at all when told that its model is gone."""

    def assess(self, question: Any, answers: Sequence[str], asked: Sequence[str] = ()) -> Any:
        if any("explode" in text for text in answers):
            raise ValueError("exploded as told")
        if any("no model" in text for text in answers):
            raise ModelFilesError("the model's files are gone")
        return super().assess(question, answers, asked)


@dataclass
class ManyAtATime(MoodyGrader):
    """A grader with a batched path."""

    batches: list[int] = field(default_factory=list)

    def assess_many(self, requests: Sequence[Any]) -> list[Any]:
        self.batches.append(len(requests))
        return [self.assess(item.question, item.answers, item.asked) for item in requests]


def small_bank() -> Bank:
    return load_bank(SMALL_BANK)


def make_judge(grader: Callable[[], Any] = MoodyGrader) -> Judge:
    return Judge(small_bank(), grader(), LengthScorer)


@dataclass
class SlowJudge:
    """A judge that takes its time with each item, so that it can be killed in the middle."""

    seconds: float
    inner: Judge = field(default_factory=make_judge)

    def judge(self, items: Sequence[Item]) -> list[Timed]:
        found = self.inner.judge(items)
        time.sleep(self.seconds * len(items))
        return found


@dataclass
class DyingJudge:
    """Ends its process on an answer that says so, as the kernel does when memory runs out."""

    inner: Judge = field(default_factory=make_judge)

    def judge(self, items: Sequence[Item]) -> list[Timed]:
        if any("die" in text for item in items for text in item.answers):
            os._exit(9)
        return self.inner.judge(items)


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Answers to the small bank's questions, by a few candidates in two groups, with human scores."""
    bank = small_bank()
    for number in range(count):
        question = bank.question(QUESTIONS[number % len(QUESTIONS)])
        claims = [item.id for item in question.expectations]
        said = claims[: number % (len(claims) + 1)]
        yield {
            "id": f"a{number:05}",
            "question_id": question.id,
            "answer": f"I would say {' and '.join(said)}." if said else "",
            "candidate": f"c{number % 17}",
            "group": "AB"[number % 2],
            "human_score": round(((number * 7) % 11) / 10, 1),
            "labels": {name: name in said for name in claims},
        }


def write_rows(path: Path, made: Sequence[dict[str, Any]]) -> Path:
    import json

    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    return path
