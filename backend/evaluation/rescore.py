"""A run scored anew from its stored verdicts: no grader, no model, no new call.

The bank as it is now gives the weights: a claim that became a must counts as one. A claim whose wording
changed has no verdict any more, and the run must be graded again. Rows with a rubric of their own keep
their scores, which are no sum of verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.errors import BadInput, BadRows, RunRefused
from backend.evaluation.item import DIGITS, ClaimResult, Item, Problem, Result, short_hash
from backend.evaluation.judge import Timed
from backend.evaluation.raw_rows import raw_rows
from backend.evaluation.row import items_of
from backend.evaluation.run_folder import CHUNK, RunFolder, read_configuration
from backend.evaluation.summary import timed_results
from backend.grading.verdict import Assessment, Verdict, score_of


@dataclass(frozen=True)
class Mark:
    """What people say about one answer."""

    human: float | None
    human_max: float
    labels: dict[str, bool]


class Marks:
    """New human scores and labels by the id of the answer."""

    def __init__(self, found: dict[str, Mark]) -> None:
        self._found = found

    @staticmethod
    def read(path: Path, max_score: float) -> Marks:
        """The marks in a file with `id` and `human_score` or `labels`. Raises `BadInput`."""
        found: dict[str, Mark] = {}
        problems: list[str] = []
        for raw in raw_rows(path):
            if isinstance(raw, Problem):
                problems.append(str(raw))
                continue
            line, cells = raw
            # Only the marks are wanted: whatever was graded is in the run already.
            wanted: dict[str, Any] = {"answer": "", "question_id": "run/run"}
            named = ("id", "human_score", "score", "max_score", "labels")
            wanted |= {name: cells[name] for name in named if name in cells}
            for entry in items_of(line, wanted, max_score):
                if isinstance(entry, Problem):
                    problems.append(str(entry))
                else:
                    found[entry.id] = _mark(entry)
        if problems:
            raise BadRows(str(path), problems[:50], len(problems))
        return Marks(found)

    def onto(self, result: Result) -> Result:
        """The result with what people say about it."""
        mark = self._found.get(result.id)
        if mark is None:
            return result
        claims = tuple(
            replace(
                claim, label=mark.labels.get(claim.id, mark.labels.get(str(place), claim.label))
            )
            for place, claim in enumerate(result.claims, start=1)
        )
        human = result.human if mark.human is None else round(mark.human, DIGITS)
        return replace(result, claims=claims, human=human, human_max=mark.human_max)


def rescore(
    run: Path, out: Path, bank: Bank, *, min_confidence: float, marks: Marks | None
) -> None:
    """Writes the rescored run into `out`. Raises `RunRefused` if it cannot be scored without grading."""
    before = read_configuration(run)
    if run.resolve() == out.resolve():
        raise BadInput(f"--out {out}: is the run itself; choose a new folder")
    changed = [problem for result, _ in timed_results(run) if (problem := _problem(result, bank))]
    if changed:
        listed = "\n".join(f"  {line}" for line in dict.fromkeys(changed[:20]))
        raise RunRefused(
            f"{run}: cannot be rescored, its verdicts are about other claims; grade it again:\n{listed}"
        )
    agreed = {
        "rescored from": before.get("data set"),
        "of grader": before.get("grader"),
        "bank": bank.version,
        "least confidence": min_confidence,
        "new human scores": marks is not None,
    }
    with RunFolder(out, agreed) as folder:
        if folder.done:
            raise RunRefused(f"--out {out}: holds results already; choose a new folder")
        source = (
            Timed(_rescored(marks.onto(result) if marks else result, bank, min_confidence), seconds)
            for result, seconds in timed_results(run)
        )
        for batch in _batches(source):
            folder.append(batch)
        folder.finish()


def _rescored(result: Result, bank: Bank, least: float) -> Result:
    claims = tuple(
        replace(claim, status="cannot_assess", evidence=()) if claim.confidence < least else claim
        for claim in result.claims
    )
    question = bank.questions.get(result.question)
    if question is None or result.outcome == "error":
        return replace(result, claims=claims)
    ordered = {claim.id: claim for claim in claims}
    claims = tuple(replace(ordered[item.id], kind=item.kind) for item in question.expectations)
    score = score_of(question, _assessment(question, result, claims))
    return replace(
        result,
        claims=claims,
        level=question.level,
        title=question.title,
        version=question.version,
        content_hash=question.content_hash(),
        outcome="unscored" if score.coverage is None else "graded",
        score=None if score.coverage is None else round(score.coverage, DIGITS),
        rating=score.rating,
        earned=round(score.earned, DIGITS),
        possible=round(score.possible, DIGITS),
    )


def _assessment(question: Question, result: Result, claims: tuple[ClaimResult, ...]) -> Assessment:
    verdicts = tuple(
        Verdict(claim.id, claim.status, claim.confidence, claim.evidence) for claim in claims
    )
    return Assessment(
        question.id,
        question.version,
        question.content_hash(),
        result.grader,
        verdicts,
        result.flags,
    )


def _problem(result: Result, bank: Bank) -> str | None:
    if result.area == "own rubric" or result.outcome == "error":
        return None
    question = bank.questions.get(result.question)
    if question is None:
        return f"{result.question} is no longer in the bank"
    now = {item.id: short_hash(item.claim) for item in question.expectations}
    then = {claim.id: claim.hash for claim in result.claims}
    if now != then:
        other = sorted(name for name in now | then if now.get(name) != then.get(name))
        return f"{result.question}: other claims: {', '.join(other)}"
    return None


def _mark(item: Item) -> Mark:
    return Mark(item.human, item.human_max, dict(item.labels))


def _batches(source: Iterator[Timed]) -> Iterator[list[Timed]]:
    while batch := list(islice(source, CHUNK)):
        yield batch
