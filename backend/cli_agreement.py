"""`viva agreement`: how far the grader agrees with people, on any file of graded answers."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from backend.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from rich.table import Table

    from backend.grading.agreement_result import Agreement, Judged
    from backend.grading.answer_score import AnswerScorer
    from backend.grading.dataset import Row
    from backend.grading.figures import Figure

QUESTIONS = 40


def agreement_command(
    dataset: Annotated[
        list[Path], typer.Argument(help="Files of graded answers, .jsonl or .jsonl.gz.")
    ],
    grader: Annotated[
        Literal["embedded"], typer.Option(help="The grader to compare with people.")
    ] = "embedded",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many rows of each file.")
    ] = None,
    kept_aside: Annotated[
        Literal["saf", "scientsbank", "beetle", "realsumm"] | None,
        typer.Option(
            "--kept-aside",
            help="Only questions of this public set that the shipped models never saw.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page with plots to this file.")
    ] = None,
) -> None:
    """Compares the grader with people: agreement, its uncertainty, and what simple counting reaches."""
    from backend.grading.agreement import agreement
    from backend.grading.agreement_report import agreement_page
    from backend.grading.dataset import set_name
    from backend.settings import read_settings
    from backend.wiring import build

    if html and not html.parent.is_dir():
        raise BadInput(f"--html {html}: there is no folder {html.parent}")
    sets = [(set_name(path), _rows(path, limit, kept_aside)) for path in dataset]
    scorer = build(read_settings()).scorer
    found: list[Agreement] = []
    for name, rows in sets:
        began = time.perf_counter()
        judged = _judged(scorer, rows, name)
        seconds = time.perf_counter() - began
        found.append(agreement(name, f"{grader} ({scorer.name})", rows, judged, seconds))
    if html:
        _write(html, agreement_page(found))
    if as_json:
        plain = [_plain(item) for item in found]
        typer.echo(json.dumps(plain[0] if len(plain) == 1 else {"datasets": plain}, indent=2))
    else:
        _print(found)


def _rows(path: Path, limit: int | None, kept_aside: str | None) -> list[Row]:
    from backend.grading.dataset import held_out, read_dataset

    if kept_aside is None:
        return read_dataset(path, limit)
    rows = [row for row in read_dataset(path) if held_out(f"{kept_aside}/{row.qid}")][:limit]
    if not rows:
        raise BadInput(
            f"--kept-aside {kept_aside}: {path} has no question kept aside from training"
        )
    return rows


def _judged(scorer: AnswerScorer, rows: Sequence[Row], name: str) -> list[Judged]:
    with _progress(name, len(rows)) as advance:
        return scorer.judge(rows, advance)


@contextmanager
def _progress(name: str, total: int) -> Generator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=total)

        def advance(count: int) -> None:
            bar.advance(task, count)

        yield advance


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--html {path}: {error.strerror}") from error


def _plain(item: Agreement) -> dict[str, Any]:
    """What `--json` prints: everything but the points of the plots."""

    facts = asdict(item)
    del facts["points"]
    facts["calibration"] = [
        {"predicted": p, "observed": seen, "n": n} for p, seen, n in item.calibration
    ]
    return cast("dict[str, Any]", _rounded(facts))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return {name: _rounded(part) for name, part in found.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in cast("list[Any]", value)]
    return value


def _print(found: list[Agreement]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for item in found:
        console.print(_summary(item))
        console.print(_coverage(item))
        console.print(_by_question(item))


def _summary(item: Agreement) -> Table:
    from rich.table import Table

    table = Table(
        title=f"{item.dataset}: {item.n} answers, {item.questions} questions,"
        f" {item.claims} labelled claims, {item.answers_per_second:g} answers/s",
        title_justify="left",
        caption=f"{item.grader}; 95% intervals by drawing questions; RMSE in points",
        caption_justify="left",
    )
    for column in ("", "ours", "length only", "token recall", "human-human"):
        table.add_column(column)
    long, recall, people = (
        item.baselines["length"],
        item.baselines["token_recall"],
        item.human_human,
    )

    def row(name: str, ours: Figure, *others: Figure | None) -> None:
        if ours.value is not None:
            cells = [_cell(other) for other in (*others, None, None, None)[:3]]
            table.add_row(name, _cell(ours), *cells)

    row("Pearson r", item.pearson, long.pearson, recall.pearson, people and people.pearson)
    row("Spearman", item.spearman, long.spearman, recall.spearman)
    row(
        "Pearson within a question",
        item.within_question_pearson,
        long.within_question_pearson,
        recall.within_question_pearson,
        people and people.within_question_pearson,
    )
    row(f"QWK, {item.qwk_levels} levels", item.qwk, None, None, people and people.qwk)
    row("RMSE as scored", item.rmse, None, None, people and people.rmse)
    row(
        "RMSE, isotonic on other questions",
        item.rmse_calibrated,
        long.rmse_calibrated,
        recall.rmse_calibrated,
    )
    row("right or wrong: AUC", item.answer_auc)
    row("right or wrong: macro-F1", item.answer_macro_f1)
    row("right or wrong: Cohen's kappa", item.answer_kappa)
    row("claims: AUC", item.claim_auc, long.claim_auc, recall.claim_auc)
    row("claims: F1", item.claim_f1)
    row("claims: Cohen's kappa", item.claim_kappa)
    row("expected calibration error", item.expected_calibration_error)
    row("score against length", item.length.ours)
    row("human score against length", item.length.human)
    return table


def _coverage(item: Agreement) -> Table:
    from rich.table import Table

    table = Table("confidence at least", "verdicts kept", "of those right")
    for step in item.coverage:
        table.add_row(f"{step.confidence:.1f}", _cell(step.kept), _cell(step.right))
    return table


def _by_question(item: Agreement) -> Table:
    from rich.table import Table

    heads = ["question", "n", "Pearson", "Spearman", "QWK", "RMSE", "human mean", "our mean"]
    table = Table(*heads, "claim AUC", "human-human r")
    for line in item.per_question[:QUESTIONS]:
        table.add_row(
            line.qid,
            str(line.n),
            _number(line.pearson),
            _number(line.spearman),
            _number(line.qwk),
            _number(line.rmse),
            _number(line.human_mean),
            _number(line.mean),
            _number(line.claim_auc),
            _number(line.human_human),
        )
    left = len(item.per_question) - QUESTIONS
    if left > 0:
        table.caption = f"and {left} more questions: see --json"
    return table


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return ""
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f}\n[dim]{figure.low:.2f} to {figure.high:.2f}[/]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
