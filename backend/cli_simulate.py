"""`viva simulate`: interviews with simulated candidates, and what they say about the interviewer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backend.cli_gate import crash_is_one, end
from backend.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from backend.evaluation.simulation import PersonaMarks


def simulate_command(
    persona: Annotated[
        list[str] | None,
        typer.Option(help="Who is interviewed; may be given several times. All, if not given."),
    ] = None,
    interviews: Annotated[int, typer.Option(min=1, max=10_000, help="How many with each.")] = 5,
    questions: Annotated[int, typer.Option(min=1, max=20, help="Questions in each.")] = 3,
    minutes: Annotated[
        int | None, typer.Option(min=5, max=120, help="How long, instead of how many questions.")
    ] = None,
    level: Annotated[Literal["junior", "mid", "senior"], typer.Option(help="Role level.")] = "mid",
    area: Annotated[
        list[str] | None, typer.Option(help="A skill area; several may be given.")
    ] = None,
    mode: Annotated[
        Literal["practice", "mock"], typer.Option(help="Practice gives hints.")
    ] = "mock",
    seed: Annotated[int, typer.Option(help="The same seed holds the same interviews.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
    fail_under: Annotated[
        str | None,
        typer.Option(
            help="Exit with 100 unless these hold, such as 'asked_missing>=0.9,leaks<=0'."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Interviews simulated candidates and grades the interviewer."""
    with crash_is_one():
        from rich.console import Console

        from backend.evaluation.gate import apply_rules, read_rules
        from backend.evaluation.report_files import plain_test
        from backend.evaluation.runner import Progress
        from backend.evaluation.simulation import (
            SIMULATED,
            Simulation,
            interviewer_figures,
            plain_marks,
        )
        from backend.evaluation_tables import console, print_gate, progress_bar
        from backend.interview.interviewer import Wish
        from backend.settings import read_settings
        from backend.wiring import build

        rules = read_rules(fail_under, SIMULATED) if fail_under else []
        if out and not out.parent.is_dir():
            raise BadInput(f"--out {out}: there is no folder {out.parent}")
        product = build(read_settings())
        bank = product.bank
        chosen = [bank.persona(name) for name in persona or bank.personas]
        if not chosen:
            raise BadInput("the bank has no personas: add one to personas/ (VIVA_BANK_DIR)")
        simulation = Simulation(
            bank, product.grader, product.phrases, product.settings.max_answer_chars
        )

        def wish(number: int) -> Wish:
            return Wish(
                level=level,
                mode=mode,
                areas=tuple(area or ()),
                count=None if minutes else questions,
                minutes=minutes,
                seed=seed * 10_000 + number,
            )

        found: list[PersonaMarks] = []
        with progress_bar("interviewing") as report:
            for place, one in enumerate(chosen):
                before, total = place * interviews, len(chosen) * interviews
                made = simulation.run(
                    one,
                    interviews,
                    wish,
                    seed,
                    lambda done, before=before, total=total: report(Progress(before + done, total)),
                )
                found.append(asyncio.run(made))
        gate = apply_rules(rules, interviewer_figures(found))
        facts = plain_marks(found) | {"gate": [plain_test(item) for item in gate]}
        text = json.dumps(facts, indent=2, ensure_ascii=False)
        if out:
            _write(out, text)
        if as_json:
            typer.echo(text)
            print_gate(gate, Console(stderr=True, highlight=False))
        else:
            shown = console()
            _print(found, shown)
            print_gate(gate, shown)
        end(gate)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInput(f"--out {path}: {error.strerror}") from error


def _print(found: Sequence[PersonaMarks], out: Console) -> None:
    from rich.table import Table

    table = Table()
    for name in ("persona", "interviews", "answers", "follow-ups", "asked for missing"):
        table.add_column(name, justify="left" if name == "persona" else "right")
    for name in (
        "deepened in time",
        "leaks",
        "repeats",
        "ended well",
        "minutes",
        "stated",
        "graded",
    ):
        table.add_column(name, justify="right")
    table.add_column("turn p95", justify="right")
    for item in found:
        table.add_row(
            item.persona,
            f"{item.interviews:,}",
            f"{item.answers:,}",
            f"{item.follow_ups:,}",
            _share(item.asked_missing),
            _share(item.deepened_in_time),
            f"{item.leaks:,}",
            f"{item.repeats:,}",
            _share(item.stopped_well),
            f"{item.minutes:.1f}",
            _share(item.stated),
            _share(item.coverage),
            f"{item.turn_seconds_p95 * 1000:,.0f} ms",
        )
    out.print(table)
    for item in found:
        for fault in item.examples[:2]:
            out.print(
                f"{item.persona}: {fault.what}: {fault.question}: {fault.text} ({fault.note})",
                markup=False,
                soft_wrap=True,
            )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
