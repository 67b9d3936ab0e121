"""`viva evaluate rescore` and `viva evaluate compare`: what can be done with runs without grading again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from backend.cli_gate import AsJson, FailUnder, MinGroup, PassMark, end, ends_well, finish


@ends_well
def rescore_command(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    out: Annotated[Path, typer.Option(help="A new folder for the rescored run.")],
    human: Annotated[
        Path | None, typer.Option(help="A file with ids and new human scores or labels.")
    ] = None,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Verdicts less sure than this are set aside.")
    ] = 0.0,
    max_score: Annotated[
        float, typer.Option(min=0.001, help="The highest human score in --human.")
    ] = 1.0,
    pass_mark: PassMark = 0.5,
    min_group: MinGroup = 30,
    fail_under: FailUnder = None,
    as_json: AsJson = False,
) -> None:
    """Scores a run's verdicts anew, by the bank as it is now, without grading anything again."""
    from backend.evaluation.gate import FIGURES, read_rules
    from backend.evaluation.rescore import Marks, rescore
    from backend.evaluation.summary import Rules, columns_in, summary_of
    from backend.settings import read_settings
    from backend.wiring import build

    rules = read_rules(fail_under, FIGURES) if fail_under else []
    bank = build(read_settings()).bank
    marks = Marks.read(human, max_score) if human else None
    rescore(run, out, bank, min_confidence=min_confidence, marks=marks)
    summary = summary_of(columns_in(out), f"{run.name}, rescored", Rules(pass_mark, min_group))
    end(finish(out, summary, rules, as_json))


@ends_well
def compare_command(
    first: Annotated[Path, typer.Argument(help="The folder of a run.")],
    second: Annotated[Path, typer.Argument(help="The folder of another run on the same answers.")],
    fail_under: Annotated[
        str | None,
        typer.Option(help="Exit with 100 unless these hold, such as 'qwk_change>=-0.02'."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pairs two runs answer by answer: what changed, and whether it agrees better with people."""
    from rich.console import Console

    from backend.evaluation.comparison import COMPARED, compare_runs, compared_figures, plain
    from backend.evaluation.gate import apply_rules, read_rules
    from backend.evaluation.report_files import plain_test
    from backend.evaluation_tables import console, print_comparison, print_gate

    rules = read_rules(fail_under, COMPARED) if fail_under else []
    found = compare_runs(first, second)
    gate = apply_rules(rules, compared_figures(found))
    out = console()
    if as_json:
        facts = plain(found) | {"gate": [plain_test(item) for item in gate]}
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        print_gate(gate, Console(stderr=True, highlight=False))
    else:
        print_comparison(found, out)
        print_gate(gate, out)
    end(gate)
