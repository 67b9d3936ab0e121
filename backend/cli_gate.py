"""How a command of a pipeline ends: reports, the gate's rules with what they were tested on, the exit code."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.errors import EvaluationCrashed, GateFailed, VivaError

if TYPE_CHECKING:
    from backend.evaluation.gate import Rule, Tested
    from backend.evaluation.summary import Summary


PassMark = Annotated[
    float, typer.Option(min=0, max=1, help="The share of the points from which an answer passes.")
]
MinGroup = Annotated[
    int, typer.Option(min=2, help="Groups smaller than this are counted but not compared.")
]
FailUnder = Annotated[
    str | None,
    typer.Option(help="Exit with 100 unless these hold, such as 'qwk>=0.6,error_rate<=0.01'."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@contextmanager
def crash_is_one() -> Generator[None]:
    """The exit codes of a pipeline: 2 for what the caller can correct, 100 for the gate, else 1."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except VivaError as error:
        if error.exit_code in (1, 2, 100):
            raise
        raise EvaluationCrashed(str(error)) from error
    except BrokenPipeError:
        raise
    except Exception as error:
        raise EvaluationCrashed(
            f"the evaluation crashed: {type(error).__name__}: {error}; what was graded is kept,"
            " run the same command again to go on"
        ) from error


def ends_well(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def wrapped(*arguments: Any, **named: Any) -> None:
        with crash_is_one():
            command(*arguments, **named)

    return wrapped


def finish(out: Path, summary: Summary, rules: list[Rule], as_json: bool) -> list[Tested]:
    """Writes the reports and says what came out; the rules with what they were tested on."""
    from rich.console import Console

    from backend.evaluation.report_files import plain_test, write_reports
    from backend.evaluation.summary import plain_summary
    from backend.evaluation_tables import console, print_gate, print_summary

    gate = tested_on(rules, summary)
    write_reports(out, summary, gate)
    if as_json:
        facts = plain_summary(summary) | {"gate": [plain_test(item) for item in gate]}
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        print_gate(gate, Console(stderr=True, highlight=False))
    else:
        shown = console()
        print_summary(summary, shown)
        shown.print(f"report: {out / 'report.html'}", markup=False)
        print_gate(gate, shown)
    return gate


def tested_on(rules: list[Rule], summary: Summary) -> list[Tested]:
    from backend.evaluation.gate import apply_rules
    from backend.evaluation.summary import figures_of

    return apply_rules(rules, figures_of(summary))


def end(gate: list[Tested]) -> None:
    broken = [str(item.rule) for item in gate if not item.holds]
    if broken:
        raise GateFailed(f"the gate failed: {', '.join(broken)}")
