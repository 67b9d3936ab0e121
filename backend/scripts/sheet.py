"""Score sheets: blank ones made from a kit, filled ones read back from CSV or JSON.

A sheet names its kit and carries the competency of every row, so that it can be added up by itself.
Spreadsheets change what they save (a byte-order mark, semicolons, quoted numbers); reading allows for it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import Field, ValidationError

from backend.errors import BadInput
from backend.scripts.kit import Kit, Part

COLUMNS = (
    "kit",
    "candidate",
    "rater",
    "item",
    "competency",
    "title",
    "question",
    "rating",
    "ticks",
    "red_flags",
    "notes",
)
NEEDED = ("kit", "candidate", "rater", "item", "competency", "rating")
DELIMITERS = ",;\t"
SURPLUS = "more cells than the heading has"


class Rating(Part):
    """One row: what one rater gave for one item. `rating` is None if it was not asked or not rated."""

    item: Annotated[str, Field(min_length=1)]
    competency: Annotated[str, Field(min_length=1)]
    title: str = ""
    question: str = ""
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    ticks: str = ""
    red_flags: str = ""
    notes: str = ""


class RaterSheet(Part):
    """All rows of one rater about one candidate."""

    rater: Annotated[str, Field(min_length=1)]
    candidate: str = ""
    ratings: tuple[Rating, ...]


class ScoreSheet(Part):
    """A file of score sheets; the published JSON format is `question_bank/schema/score_sheet.json`."""

    kit: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    sheets: Annotated[tuple[RaterSheet, ...], Field(min_length=1)]


def blank_sheet(kit: Kit) -> ScoreSheet:
    """A sheet with nothing filled in: every item, once for each interviewer of the panel."""
    rows = tuple(
        Rating(
            item=item.key,
            competency=item.competency,
            title=item.title,
            question=item.question_id or "",
        )
        for item in kit.items
    )
    raters = range(1, kit.request.panel + 1)
    sheets = tuple(RaterSheet(rater=f"interviewer {number}", ratings=rows) for number in raters)
    return ScoreSheet(kit=kit.id, sheets=sheets)


def csv_text(sheet: ScoreSheet) -> str:
    """The sheet as CSV with a heading, one row for each rater and item."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in sheet.sheets:
        for row in one.ratings:
            rating = "" if row.rating is None else str(row.rating)
            about = (row.item, row.competency, row.title, row.question)
            filled = (rating, row.ticks, row.red_flags, row.notes)
            writer.writerow((sheet.kit, one.candidate, one.rater, *about, *filled))
    return out.getvalue()


def read_sheet(path: Path) -> ScoreSheet:
    """A filled sheet, CSV or JSON by its name.

    Raises `BadInput` naming the file, and the line and column of every fault.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if path.suffix.lower() == ".json":
        return _from_json(path, text)
    if path.suffix.lower() == ".csv":
        return _from_csv(path, text)
    raise BadInput(f"{path}: a score sheet is a .csv or a .json file")


def _from_json(path: Path, text: str) -> ScoreSheet:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    if isinstance(data, dict) and "questions" in cast("dict[str, Any]", data):
        raise BadInput(f"{path}: this is the kit, not a score sheet; make one with --part sheet")
    try:
        return ScoreSheet.model_validate_json(text)
    except ValidationError as error:
        faults = [
            f"{path}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise BadInput("\n".join(faults)) from error


def _from_csv(path: Path, text: str) -> ScoreSheet:
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey=SURPLUS)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise BadInput(f"{path}:{reader.line_num}: not CSV: {error}") from error
    heading = [str(name).strip() for name in reader.fieldnames or ()]
    if missing := [name for name in NEEDED if name not in heading]:
        raise BadInput(f"{path}:1: no column {', '.join(missing)}; keep the heading of the sheet")
    faults = [fault for line, row in rows for fault in _faults(path, line, row)]
    kits = {_cell(row, "kit") for _, row in rows if any(_values(row))}
    if len(kits) > 1:
        faults.append(f"{path}: kit: rows of different kits: {', '.join(sorted(kits))}")
    if not kits:
        faults.append(f"{path}: there are no rows below the heading")
    if faults:
        raise BadInput("\n".join(faults))
    grouped: dict[tuple[str, str], list[Rating]] = {}
    for _, row in rows:
        if not any(_values(row)):
            continue
        who = (_cell(row, "candidate"), _cell(row, "rater"))
        grouped.setdefault(who, []).append(_rating(row))
    sheets = tuple(
        RaterSheet(candidate=candidate, rater=rater, ratings=tuple(ratings))
        for (candidate, rater), ratings in grouped.items()
    )
    try:
        return ScoreSheet(kit=kits.pop(), sheets=sheets)
    except ValidationError as error:
        raise BadInput(f"{path}: kit: {error.errors()[0]['msg']}") from error


def _faults(path: Path, line: int, row: dict[str, Any]) -> Iterator[str]:
    if not any(_values(row)):
        return
    if SURPLUS in row:
        yield f"{path}:{line}: {SURPLUS}; quote notes that hold separators"
    for name in ("kit", "rater", "item", "competency"):
        if not _cell(row, name):
            yield f"{path}:{line}: {name}: is empty"
    given = _cell(row, "rating")
    if given and given not in {"1", "2", "3", "4", "5"}:
        yield f"{path}:{line}: rating: {given!r} is not a whole number from 1 to 5, nor empty"


def _rating(row: dict[str, Any]) -> Rating:
    given = _cell(row, "rating")
    rest = {name: _cell(row, name) for name in ("title", "question", "ticks", "red_flags", "notes")}
    return Rating(
        item=_cell(row, "item"),
        competency=_cell(row, "competency"),
        rating=int(given) if given else None,
        **rest,
    )


def _cell(row: dict[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def _values(row: dict[str, Any]) -> list[str]:
    return [str(value).strip() for value in row.values() if value]
