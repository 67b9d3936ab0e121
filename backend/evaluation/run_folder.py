"""A run on the disk: what was agreed, and the results, each on the disk before it counts.

    run.json        the configuration; a run with another one is refused
    results.jsonl   one result a line, in the order of the data set, only ever appended
    timings.csv     seconds of each result; apart, because they differ from run to run
    skipped.jsonl   the rows that could not be graded (--on-error skip)
    lock            held while a process writes here

A process may be killed at any byte. On the next opening whatever lies behind the last whole chunk is cut
off, and grading goes on there: the same chunks, so the same bytes as without the interruption.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any, cast

from pydantic import ValidationError

from backend.errors import RunRefused, StorageError
from backend.evaluation.item import Problem, Result, result_of
from backend.evaluation.judge import Timed

CHUNK = 32
"""Items that are graded and written together."""
_TIMINGS = b"id,seconds\n"
Configuration = Mapping[str, Any]


class RunFolder:
    """A folder that this process may write a run into; a context manager that holds its lock."""

    def __init__(self, path: Path, configuration: Configuration) -> None:
        self.path = path
        self.done = 0
        self._configuration = dict(configuration) | {"chunk": CHUNK}
        self._open = ExitStack()

    def __enter__(self) -> RunFolder:
        """Raises `RunRefused` if the folder holds something else, `StorageError` if it cannot be used."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._check_free()
            self._open.enter_context(lock := (self.path / "lock").open("w"))
            self._take(lock)
            self._agree()
            self._results = self._open.enter_context(
                closing(_Lines(self.path / "results.jsonl", b""))
            )
            self._timings = self._open.enter_context(
                closing(_Lines(self.path / "timings.csv", _TIMINGS))
            )
            self.done = self._counting()
            self._results.cut(self.done)
            self._timings.cut(self.done)
        except OSError as error:
            self._open.close()
            raise StorageError(
                f"--out {self.path}: cannot be written: {error.strerror or error}"
            ) from error
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def finished(self) -> int | None:
        """How many results the finished run has; None while it is not finished."""
        path = self.path / "finished.json"
        return int(json.loads(path.read_bytes())["results"]) if path.is_file() else None

    def append(self, batch: Sequence[Timed]) -> None:
        """Puts results on the disk. Once this returns they count. Raises `StorageError`."""
        try:
            # Timings first: a result without its time would not be noticed, a time without result is cut.
            rows = [f"{_cell(one.result.id)},{one.seconds:.6f}\n".encode() for one in batch]
            self._timings.add(b"".join(rows))
            self._results.add(b"".join(one.result.to_line() for one in batch))
        except OSError as error:
            raise StorageError(
                f"--out {self.path}: cannot be written: {error.strerror or error};"
                f" {self.done} results are safe, run the same command again to go on"
            ) from error
        self.done += len(batch)

    def finish(self) -> None:
        """Marks the run as whole: its last chunk may be short."""
        write_whole(self.path / "finished.json", json.dumps({"results": self.done}).encode())

    def note_skipped(self, problems: Iterator[Problem]) -> None:
        """Writes down the rows that are left out."""
        with (self.path / "skipped.jsonl").open("w", encoding="utf-8") as file:
            for item in problems:
                facts = {"line": item.line, "id": item.id, "field": item.field}
                file.write(json.dumps(facts | {"message": item.message}, ensure_ascii=True) + "\n")

    def _counting(self) -> int:
        """The results that count: whole chunks, or all of them once the run was finished."""
        found, finished = self._results.whole_lines(), self.finished
        if finished is None:
            return found // CHUNK * CHUNK
        if found != finished:
            raise RunRefused(
                f"--out {self.path}: the run was finished with {finished} results and has {found} now:"
                " it was changed by hand; start again with another --out"
            )
        return found

    def _check_free(self) -> None:
        """Leaves a folder alone that holds other things than a run."""
        own = ("lock", "run.json", ".run.json.draft")
        others = sorted(item.name for item in self.path.iterdir() if item.name not in own)
        if others and not (self.path / "run.json").is_file():
            raise RunRefused(
                f"--out {self.path}: holds {others[0]!r} but no run; choose a new or empty folder"
            )

    def _take(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunRefused(f"--out {self.path}: another process is writing there") from None

    def _agree(self) -> None:
        path = self.path / "run.json"
        if not path.is_file():
            text = json.dumps(self._configuration, indent=2, ensure_ascii=False) + "\n"
            write_whole(path, text.encode())
            return
        before = read_configuration(self.path)
        changed = [
            f"{name} ({_shown(before.get(name))} then, {_shown(value)} now)"
            for name, value in self._configuration.items()
            if before.get(name) != value
        ]
        if changed:
            raise RunRefused(
                f"--out {self.path}: holds a run with another {', another '.join(changed)};"
                " results must not be mixed: choose another --out"
            )


class _Lines:
    """A file of lines that is appended to and never loses what was flushed."""

    def __init__(self, path: Path, header: bytes) -> None:
        self._header = header
        self._file: IO[bytes] = path.open("a+b")

    def whole_lines(self) -> int:
        """Lines behind the header that end in a line break."""
        count = 0
        self._file.seek(len(self._header))
        while block := self._file.read(1 << 20):
            count += block.count(b"\n")
        return count

    def cut(self, lines: int) -> None:
        """Leaves the header and the first `lines` lines."""
        self._file.seek(0)
        if self._file.read(len(self._header)) != self._header:
            self._file.truncate(0)
            self.add(self._header)
        self._file.seek(len(self._header))
        end = len(self._header)
        for _ in range(lines):
            line = self._file.readline()
            if not line.endswith(b"\n"):
                break
            end += len(line)
        if self._file.seek(0, os.SEEK_END) != end:
            self._file.truncate(end)
        self._file.seek(0, os.SEEK_END)

    def add(self, data: bytes) -> None:
        """Returns once the data is on the disk."""
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read_configuration(path: Path) -> dict[str, Any]:
    """What a run was made with. Raises `RunRefused` if there is no run in the folder."""
    try:
        found: Any = json.loads((path / "run.json").read_bytes())
    except FileNotFoundError:
        raise RunRefused(f"{path}: no run there (it has no run.json)") from None
    except (OSError, ValueError) as error:
        raise RunRefused(f"{path / 'run.json'}: cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise RunRefused(f"{path / 'run.json'}: not the configuration of a run")
    return cast("dict[str, Any]", found)


def read_results(path: Path) -> Iterator[Result]:
    """The results of a run, one at a time. A last line that was cut off by a kill does not count.

    Raises `RunRefused` if there are none or a line is damaged.
    """
    file = path / "results.jsonl"
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield result_of(line)
                except ValidationError as error:
                    fault = error.errors(include_url=False)[0]
                    field = ".".join(str(part) for part in fault["loc"])
                    raise RunRefused(
                        f"{file}:{number}: {field}: {fault['msg']}: the file was changed or is of"
                        " another version"
                    ) from error
    except OSError as error:
        raise RunRefused(f"{file}: {error.strerror or error}") from error


def read_timings(path: Path) -> Iterator[float]:
    """Seconds of each result, in the order of the results; ends early where none were kept."""
    file = path / "timings.csv"
    if not file.is_file():
        return
    with file.open(encoding="utf-8") as lines:
        next(lines, None)
        for line in lines:
            yield float(line.rsplit(",", 1)[1])


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file in one step: a reader sees the old or the new one, never half of it."""
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _cell(name: str) -> str:
    return json.dumps(name, ensure_ascii=True)


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)[:40]
