"""The reports of a run as files: a page, the summary as JSON, rows as CSV, the verdict for a pipeline as JUnit."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from backend.errors import StorageError
from backend.evaluation.gate import Tested
from backend.evaluation.item import Result
from backend.evaluation.report_page import report_page
from backend.evaluation.run_folder import write_whole
from backend.evaluation.summary import Summary, plain_summary, timed_results

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    *("id", "candidate", "group", "area", "question", "level", "outcome", "score", "rating"),
    *("human_score", "earned", "possible", "confidence", "flags", "met", "missed", "evidence"),
    *("seconds", "grader", "error"),
)


def write_reports(folder: Path, summary: Summary, gate: Sequence[Tested]) -> None:
    """Writes report.html, summary.json, results.csv and junit.xml. Raises `StorageError`."""
    try:
        write_whole(folder / "report.html", report_page(summary).encode())
        facts = plain_summary(summary) | {"gate": [plain_test(item) for item in gate]}
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        write_whole(folder / "summary.json", text.encode("utf-8", "replace"))
        write_whole(folder / "junit.xml", junit(summary, gate).encode("utf-8", "replace"))
        draft = folder / ".results.csv.draft"
        with draft.open("w", encoding="utf-8", errors="replace", newline="") as file:
            write_table(file, timed_results(folder))
        draft.replace(folder / "results.csv")
    except OSError as error:
        raise StorageError(
            f"--out {folder}: cannot be written: {error.strerror or error}"
        ) from error


def plain_test(item: Tested) -> dict[str, Any]:
    """A tested rule for JSON."""
    return {"rule": str(item.rule), "value": item.value, "holds": item.holds}


def write_table(file: io.TextIOBase, results: Iterable[tuple[Result, float]]) -> None:
    """One line of CSV for each result, with a header."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result, seconds in results:
        writer.writerow([cell(value) for value in _values(result, seconds)])


def cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula: a text that could be one gets an apostrophe."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _values(result: Result, seconds: float) -> list[object]:
    met = [claim.id for claim in result.claims if claim.status == "met"]
    missed = [claim.id for claim in result.claims if claim.status == "missed"]
    sure = [claim.confidence for claim in result.claims]
    words = " … ".join(" ".join(e.text.split()) for claim in result.claims for e in claim.evidence)
    found: list[object] = [
        result.id,
        result.candidate,
        result.group,
        result.area,
        result.question,
        result.level,
        result.outcome,
        result.score,
        result.rating,
        result.human,
        result.earned,
        result.possible,
        round(sum(sure) / len(sure), 4) if sure else None,
        " ".join(result.flags),
        " ".join(met),
        " ".join(missed),
        words,
        f"{seconds:.4f}" if seconds == seconds else None,
        result.grader,
        result.error,
    ]
    return ["" if value is None else value for value in found]


def junit(summary: Summary, gate: Sequence[Tested]) -> str:
    """JUnit XML: one case for each rule of the gate, one for answers that could not be graded.

    A rule that does not hold is a failure; answers that could not be graded are an error.
    """
    whole = summary.whole
    cases: list[str] = []
    for item in gate:
        inside = "" if item.holds else f"<failure message={quoteattr(str(item))}/>"
        cases.append(
            f'    <testcase classname="gate" name={quoteattr(str(item.rule))}>{inside}</testcase>'
        )
    errors = ""
    if whole.errors:
        listed = "\n".join(f"{item.id}: {item.note}" for item in summary.errors)
        message = f"{whole.errors} of {whole.n} answers could not be graded"
        errors = f"<error message={quoteattr(message)}>{escape(_printable(listed))}</error>"
    cases.append(f'    <testcase classname="run" name="every answer graded">{errors}</testcase>')
    failures = sum(not item.holds for item in gate)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="viva evaluate">\n  <testsuite name={quoteattr(_printable(summary.title))}'
        f' tests="{len(cases)}" failures="{failures}" errors="{int(bool(whole.errors))}"'
        f' time="{summary.seconds or 0:.3f}">\n'
        + "\n".join(cases)
        + "\n  </testsuite>\n</testsuites>\n"
    )


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _UNPRINTABLE.sub(" ", text)
