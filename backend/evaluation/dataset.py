"""A file of recorded answers, read as a stream, with everything wrong in it found before grading.

Nothing here holds the file: rows come one at a time, and the ids that have been seen are kept in a
temporary database on disk, so that a file of any size takes the same memory.
"""

from __future__ import annotations

import hashlib
import heapq
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from backend.bank.loader import Bank
from backend.errors import AnswerRefused, BadInput, UnknownQuestion
from backend.evaluation.item import Item, Problem
from backend.evaluation.raw_rows import format_of, raw_rows
from backend.evaluation.row import COLUMNS, items_of
from backend.interview.answer_text import check_answer

LISTED = 50
"""How many problems are kept for showing; all of them are counted."""


@dataclass(frozen=True)
class Choice:
    """Which items are graded: the first `limit`, or `sample` of them drawn by `seed`; else all."""

    limit: int | None = None
    sample: int | None = None
    seed: int = 0


@dataclass
class Survey:
    """What a file holds, found in one pass before anything is graded."""

    sha256: str = ""
    items: int = 0
    bank_items: int = 0
    own_items: int = 0
    words: int = 0
    with_human: int = 0
    with_labels: int = 0
    claims: int = 0
    bad: int = 0
    problems: list[Problem] = field(default_factory=list[Problem])
    unused: Counter[str] = field(default_factory=Counter[str])
    chosen: frozenset[str] | None = None

    @property
    def to_grade(self) -> int:
        return self.items if self.chosen is None else len(self.chosen)


class Dataset:
    """The items of one file, checked against the bank.

    `default_max` is the highest human score where a row has no `max_score` of its own.
    """

    def __init__(self, path: Path, bank: Bank, *, max_chars: int, default_max: float = 1.0) -> None:
        format_of(path)
        self.path = path
        self._bank = bank
        self._max_chars = max_chars
        self._default_max = default_max

    def entries(self, unused: Counter[str] | None = None) -> Iterator[Item | Problem]:
        """Every item and every problem in the order of the file. Raises `BadInput`.

        `unused` counts the columns that nothing is done with.
        """
        with _Seen() as seen:
            for raw in raw_rows(self.path):
                if isinstance(raw, Problem):
                    yield raw
                    continue
                line, cells = raw
                if unused is not None:
                    unused.update(name for name in cells if name not in COLUMNS)
                for entry in items_of(line, cells, self._default_max):
                    if isinstance(entry, Problem):
                        yield entry
                        continue
                    first = seen.line_of(entry.id, line)
                    if first is not None:
                        message = f"{entry.id!r} stands in line {first} already"
                        yield Problem(line, entry.id, "id", message)
                    else:
                        yield self._problem(entry) or entry

    def items(self, choice: Choice, survey: Survey, start: int = 0) -> Iterator[Item]:
        """The items that are graded, from number `start` (0 is the first) on."""
        found = (entry for entry in self.entries() if isinstance(entry, Item))
        if survey.chosen is not None:
            chosen = survey.chosen
            found = (item for item in found if item.id in chosen)
        return islice(found, start, choice.limit)

    def survey(self, choice: Choice) -> Survey:
        """Reads the whole file once. Raises `BadInput` if it cannot be read or holds no row."""
        found = Survey(sha256=_sha256(self.path))
        drawn: list[tuple[int, str]] = []  # the smallest hashes so far, the largest of them first
        for entry in self.entries(found.unused):
            if isinstance(entry, Problem):
                found.bad += 1
                if len(found.problems) < LISTED:
                    found.problems.append(entry)
                continue
            if choice.limit is not None and found.items >= choice.limit:
                continue  # the rest is still checked, but not graded
            found.items += 1
            found.bank_items += entry.own is None
            found.own_items += entry.own is not None
            found.with_human += entry.human is not None
            found.with_labels += bool(entry.labels)
            found.words += sum(len(text.split()) for text in entry.answers)
            found.claims += self._claims(entry)
            if choice.sample is not None:
                heapq.heappush(drawn, (-_rank(choice.seed, entry.id), entry.id))
                if len(drawn) > choice.sample:
                    heapq.heappop(drawn)
        if not found.items and not found.bad:
            raise BadInput(f"{self.path}: no rows")
        if choice.sample is not None:
            found.chosen = frozenset(name for _, name in drawn)
        return found

    def _claims(self, item: Item) -> int:
        if item.question_id:
            return len(self._bank.questions[item.question_id].expectations)
        return len(item.own.claims) if item.own else 0

    def _problem(self, item: Item) -> Problem | None:
        try:
            for text in item.answers:
                if text.strip():
                    check_answer(text, self._max_chars)
        except AnswerRefused as error:
            return Problem(item.line, item.id, "answer", str(error))
        if item.question_id is None:
            return None
        try:
            question = self._bank.question(item.question_id)
        except UnknownQuestion as error:
            return Problem(item.line, item.id, "question_id", str(error))
        known = [claim.id for claim in question.expectations]
        numbered = [str(place) for place in range(1, len(known) + 1)]
        given = [name for name, _ in item.labels]
        wrong = next((name for name in given if name not in known and name not in numbered), None)
        if wrong is not None:
            message = f"{question.id} has no claim {wrong!r}; it has {', '.join(known)}"
            return Problem(item.line, item.id, "labels", message)
        return None


class _Seen:
    """Which ids have stood where, in a database that is gone when it is closed."""

    def __enter__(self) -> _Seen:
        self._folder = tempfile.TemporaryDirectory(prefix="viva-ids-")
        self._base = sqlite3.connect(Path(self._folder.name) / "ids.db", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=OFF")
        self._base.execute("PRAGMA synchronous=OFF")
        self._base.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._base.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()
        self._folder.cleanup()

    def line_of(self, name: str, line: int) -> int | None:
        """The line on which the id stood before; None the first time, which is then remembered."""
        added = self._base.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (name, line))
        if added.rowcount:
            return None
        with closing(self._base.execute("SELECT line FROM seen WHERE id = ?", (name,))) as found:
            return int(found.fetchone()[0])


def _rank(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error
