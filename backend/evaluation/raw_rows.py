"""The rows of a JSONL, CSV or Parquet file, one at a time, each with the line it stands on.

What is wrong with one row is a `Problem` of that row; what is wrong with the file as a whole (it is not
there, it is no text, its archive is damaged) is `BadInput`, because no row after it can be trusted.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal, cast

from backend.errors import BadInput
from backend.evaluation.item import Problem

Format = Literal["jsonl", "csv", "parquet"]
Raw = tuple[int, dict[str, Any]]
GZIP = b"\x1f\x8b"
LONGEST_CELL = 16 * 1024 * 1024
AT_A_TIME = 256
_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def format_of(path: Path) -> Format:
    """The format that the file's name tells. Raises `BadInput` if it tells none."""
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix not in _FORMATS:
        raise BadInput(
            f"{path}: cannot tell the format by its name; use .jsonl, .csv (both also with .gz) or .parquet"
        )
    return _FORMATS[suffix]


def raw_rows(path: Path) -> Iterator[Raw | Problem]:
    """The rows of the file in order, read as they are asked for. Raises `BadInput`."""
    readers = {"jsonl": _json_rows, "csv": _csv_rows, "parquet": _parquet_rows}
    try:
        yield from readers[format_of(path)](path)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (byte {error.start})") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"{path}: the gzip file is damaged: {error}") from error
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error


def _open_text(path: Path) -> IO[str]:
    with path.open("rb") as file:
        zipped = file.read(2) == GZIP
    opener: Any = gzip.open if zipped else open
    return cast("IO[str]", opener(path, "rt", encoding="utf-8-sig", newline=""))


def _json_rows(path: Path) -> Iterator[Raw | Problem]:
    with _open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                found: Any = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield Problem(number, "", "", f"not JSON: {error}")
                continue
            if "\\ud" in line.lower() and _has_half_pair(json.dumps(found, ensure_ascii=False)):
                yield Problem(number, "", "", "holds half a character pair (a lone surrogate)")
                continue
            if isinstance(found, dict):
                yield number, cast("dict[str, Any]", found)
            else:
                message = f"a row is an object, this is a {type(found).__name__}"
                yield Problem(number, "", "", message)


def _csv_rows(path: Path) -> Iterator[Raw | Problem]:
    csv.field_size_limit(LONGEST_CELL)
    with _open_text(path) as lines:
        reader = csv.reader(lines, strict=True)
        start = 1
        try:
            first = next(reader, None) or []
            header = [name.strip() for name in first]
            _check_header(path, header)
            while True:
                start = reader.line_num + 1
                cells = next(reader, None)
                if cells is None:
                    return
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(header):
                    message = f"{len(cells)} cells, the header has {len(header)}"
                    yield Problem(start, "", "", message)
                    continue
                yield start, _named(header, cells)
        except csv.Error as error:
            raise BadInput(f"{path}:{start}: not CSV: {error}") from error


def _named(header: list[str], cells: list[str]) -> dict[str, Any]:
    """The cells by column. An empty cell is nothing, except for an answer: people do say nothing."""
    pairs = zip(header, cells, strict=True)
    return {name: cell for name, cell in pairs if cell != "" or name == "answer"}


def _check_header(path: Path, header: list[str]) -> None:
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise BadInput(f"{path}:1: the column {doubled[0]!r} stands twice")
    if header and "id" not in header:
        raise BadInput(f"{path}:1: no column 'id'; the first line names the columns")


def _parquet_rows(path: Path) -> Iterator[Raw | Problem]:
    import pyarrow
    from pyarrow import parquet

    library: Any = pyarrow
    reader: Any = parquet
    try:
        with path.open("rb") as source:
            file: Any = reader.ParquetFile(source)
            number = 0
            for batch in file.iter_batches(batch_size=AT_A_TIME):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except library.ArrowException as error:
        raise BadInput(f"{path}: not a Parquet file that can be read: {error}") from error


def _has_half_pair(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
