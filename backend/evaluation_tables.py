"""What `viva evaluate` prints for people: progress on stderr, tables of the summary and of a comparison."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from backend.evaluation.runner import Progress
from backend.grading.figures import Figure

if TYPE_CHECKING:
    from backend.evaluation.comparison import Comparison
    from backend.evaluation.dataset import Survey
    from backend.evaluation.gate import Tested
    from backend.evaluation.metrics import Part
    from backend.evaluation.summary import Summary

WORDS_A_SECOND = 1500
"""A rough rate of the embedded grader on one core, for the estimate of `--dry-run`."""
UNUSED_NAMED = 8
WIDE = 160


def console() -> Console:
    """Standard output for tables: as wide as the terminal, and wide enough where there is none."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


@contextmanager
def progress_bar(what: str) -> Generator[Callable[[Progress], None]]:
    """A bar on standard error: done, rate, remaining. Nothing where it is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "-/s", style="dim")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(
        *columns, Rate(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task(what, total=None)
        started: list[int] = []

        def report(progress: Progress) -> None:
            if not started:
                # What an earlier run has done must not count into this one's rate.
                started.append(progress.done)
            bar.update(
                task,
                total=progress.total - started[0],
                completed=progress.done - started[0],
            )

        yield report


def print_survey(survey: Survey, workers: int, out: Console) -> None:
    """What a run would do."""
    seconds = survey.words / WORDS_A_SECOND / max(1, workers)
    out.print(
        f"{survey.items:,} answers ({survey.bank_items:,} to questions of the bank,"
        f" {survey.own_items:,} with a rubric of their own), {survey.words:,} words"
    )
    out.print(f"{survey.to_grade:,} would be graded; {survey.bad:,} rows cannot be")
    for item in survey.problems:
        out.print(f"  line {item}")
    out.print(f"{survey.with_human:,} have a human score, {survey.with_labels:,} labelled claims")
    out.print(f"about {max(1.0, seconds):,.0f} seconds with {workers} workers; no cost, no calls")


def print_unused(survey: Survey, out: Console) -> None:
    """Columns that nothing is done with: a misspelt one would otherwise go unnoticed."""
    if survey.unused:
        names = [name for name, _ in survey.unused.most_common(UNUSED_NAMED)]
        more = ", ..." if len(survey.unused) > UNUSED_NAMED else ""
        out.print(f"columns not used: {', '.join(names)}{more}", style="dim")


def print_summary(summary: Summary, out: Console) -> None:
    """The whole, then areas, levels and groups."""
    whole = summary.whole
    out.print(
        f"{whole.n:,} answers: {whole.graded:,} graded, {whole.unscored:,} with nothing to assess,"
        f" {whole.errors:,} errors; {whole.failed:,} below {summary.rules.pass_mark:.0%}"
        + (f"; {summary.skipped:,} rows left out" if summary.skipped else "")
    )
    out.print(
        f"graded by {', '.join(summary.graders)}; 95% intervals draw questions and candidates"
    )
    out.print(_parts("", [whole, *summary.areas, *summary.levels, *summary.groups]))
    if summary.claims:
        claims = summary.claims
        out.print(
            f"{claims.labelled:,} labelled claims: accuracy {_plain(claims.accuracy)},"
            f" kappa {_plain(claims.kappa)}, calibration error {_plain(claims.calibration_error)}"
        )
    if summary.comparison:
        table = Table("group", summary.comparison.unit, "passed", "rate", "ratio", "p", "")
        for row in summary.comparison.rows:
            ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
            p = "" if row.p is None else f"{row.p:.3g}"
            passed = f"{row.passed:,}"
            table.add_row(row.name, f"{row.n:,}", passed, f"{row.rate:.1%}", ratio, p, row.note)
        out.print(table)
    for item in summary.errors[:5]:
        out.print(f"error: {item.id}: {item.note}", markup=False)


def print_gate(gate: Sequence[Tested], out: Console) -> None:
    """Every rule that was tested and what it was tested on."""
    for item in gate:
        out.print(str(item), markup=False)


def print_comparison(found: Comparison, out: Console) -> None:
    """Two runs side by side."""
    out.print(
        f"{found.pairs:,} answers in both runs; {found.only_a:,} only in the first,"
        f" {found.only_b:,} only in the second, {found.not_graded:,} not graded in both",
    )
    table = Table("", "first", "second", "second - first")
    for row in found.rows:
        table.add_row(row.name, _cell(row.a), _cell(row.b), _cell(row.difference))
    out.print(table)
    out.print(
        f"second higher {found.higher:,}, lower {found.lower:,}, equal {found.equal:,}"
        + ("" if found.sign_p is None else f"; sign test p = {found.sign_p:.3g}")
    )
    out.print(
        f"verdicts: {found.verdicts:,} on the same claims,"
        f" {found.verdicts_changed:,} changed ({found.changed_share:.1%})"
    )
    for item in found.largest:
        out.print(f"  {item.id}  {item.a:.3f} -> {item.b:.3f}  {item.question}", markup=False)


def _parts(title: str, parts: Sequence[Part]) -> Table:
    with_humans = any(part.agreement.n for part in parts)
    table = Table(title=title or None, title_justify="left")
    for name in ("", "n", "errors", "mean", "confidence"):
        table.add_column(name, justify="left" if not name else "right")
    if with_humans:
        for name in ("human mean", "Pearson", "QWK", "kappa", "RMSE"):
            table.add_column(name, justify="right")
    for part in parts:
        sure = "" if part.confidence is None else f"{part.confidence:.2f}"
        cells = [part.name, f"{part.n:,}", f"{part.errors:,}", _cell(part.spread.mean), sure]
        if with_humans:
            found = part.agreement
            mean = "" if found.human_mean is None else f"{found.human_mean:.3f}"
            figures = (found.pearson, found.qwk, found.kappa, found.rmse)
            cells += [mean, *(_cell(value) for value in figures)]
        table.add_row(*cells)
    return table


def _cell(figure: Figure) -> str:
    if figure.value is None:
        return ""
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f}\n[dim]{figure.low:.2f} to {figure.high:.2f}[/]"


def _plain(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.2f} to {figure.high:.2f})"
