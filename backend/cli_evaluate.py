"""`viva evaluate`: grading files of recorded answers, comparing runs, and the gate of a pipeline."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from backend.cli_gate import (
    AsJson,
    FailUnder,
    MinGroup,
    PassMark,
    end,
    ends_well,
    finish,
    tested_on,
)
from backend.cli_runs import compare_command, rescore_command
from backend.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from backend.evaluation.columns import Columns
    from backend.evaluation.dataset import Choice, Dataset, Survey
    from backend.evaluation.engines import Engine
    from backend.evaluation.summary import Rules, Summary
    from backend.settings import Settings

SMALL = 64
"""Answers up to which starting worker processes costs more than they save."""
STREAM = "-"


class _EvaluateGroup(TyperGroup):
    """`viva evaluate FILE` is short for `viva evaluate run FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_EvaluateGroup,
    no_args_is_help=True,
    help="Grades files of recorded answers: viva evaluate answers.jsonl --out runs/today",
)
app.command("rescore")(rescore_command)
app.command("compare")(compare_command)


@app.command("run")
@ends_well
def evaluate_run(
    answers: Annotated[
        Path, typer.Argument(help="Recorded answers: .jsonl, .csv (also .gz) or .parquet.")
    ],
    grader: Annotated[
        Literal["embedded", "llm", "consensus"], typer.Option(help="Who grades.")
    ] = "embedded",
    out: Annotated[
        str, typer.Option(help="A folder for the run, or - for results on standard output.")
    ] = STREAM,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="This machine's cores, or Ray Data.")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, max=512, help="Processes; the usable cores if not given.")
    ] = None,
    on_error: Annotated[
        Literal["stop", "skip"],
        typer.Option(help="What to do about rows that cannot be graded: stop, or leave them out."),
    ] = "stop",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="So many, drawn by --seed.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same sample.")] = 0,
    max_score: Annotated[
        float, typer.Option(min=0.001, help="The highest human score, without a column max_score.")
    ] = 1.0,
    pass_mark: PassMark = 0.5,
    min_group: MinGroup = 30,
    fail_under: FailUnder = None,
    dry_run: Annotated[
        bool, typer.Option(help="Check the file, say what would be done, grade nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Grades a file of answers; running the same command again goes on where it stopped."""
    from rich.console import Console

    from backend.evaluation.dataset import Choice, Dataset
    from backend.evaluation.gate import FIGURES, read_rules
    from backend.evaluation.runner import checked
    from backend.evaluation.summary import Rules
    from backend.evaluation_tables import console, print_gate, print_survey, print_unused
    from backend.retrieval.onnx_graph import usable_cores
    from backend.settings import read_settings
    from backend.wiring import build, check_grader

    rules = read_rules(fail_under, FIGURES) if fail_under else []
    check_grader(grader)
    settings = read_settings()
    bank = build(settings).bank
    choice = Choice(limit, sample, seed)
    dataset = Dataset(answers, bank, max_chars=settings.max_answer_chars, default_max=max_score)
    notes = Console(stderr=True, highlight=False)
    count = workers or usable_cores()
    if dry_run:
        print_survey(dataset.survey(choice), count, console())
        return
    survey = checked(dataset, choice, on_error)
    print_unused(survey, notes)
    _name_skipped(dataset, survey, notes)
    if workers is None and survey.to_grade <= SMALL:
        count = 1
    made = _engine(engine, count, settings, grader, None if out == STREAM else Path(out))
    counting = Rules(pass_mark, min_group)
    job = _Job(dataset, choice, survey, made, on_error, answers, counting)
    if out == STREAM:
        gate = tested_on(rules, job.to_stream())
        print_gate(gate, notes)
    else:
        agreed = {
            "viva": _version(),
            "grader": grader,
            "grading code": _grading_hash(),
            "embedding model": settings.embedding_model,
            "bank": bank.version,
            "data set": survey.sha256[:16],
            "limit": limit,
            "sample": sample,
            "seed": seed if sample else None,
            "max score": max_score,
            "answer limit": settings.max_answer_chars,
        }
        summary = job.into(Path(out), agreed)
        gate = finish(Path(out), summary, rules, as_json)
    end(gate)


class _Job:
    """A run that has been checked and can start."""

    def __init__(
        self,
        dataset: Dataset,
        choice: Choice,
        survey: Survey,
        engine: Engine,
        on_error: Literal["stop", "skip"],
        answers: Path,
        rules: Rules,
    ) -> None:
        self._dataset, self._choice, self._survey = dataset, choice, survey
        self._engine = engine
        self._on_error: Literal["stop", "skip"] = on_error
        self._title, self._rules = answers.name, rules

    def into(self, folder: Path, agreed: dict[str, Any]) -> Summary:
        """Grades into a folder; the summary of everything that is in it then."""
        from backend.evaluation.run_folder import RunFolder
        from backend.evaluation.runner import run_into
        from backend.evaluation.summary import columns_in
        from backend.evaluation_tables import progress_bar

        with RunFolder(folder, agreed) as run:
            with progress_bar("grading") as report:
                run_into(
                    run,
                    self._dataset,
                    self._choice,
                    self._survey,
                    self._engine,
                    on_error=self._on_error,
                    report=report,
                )
            return self._summary(columns_in(folder))

    def to_stream(self) -> Summary:
        """Grades to standard output, a result a line; the summary of what went by."""
        from backend.evaluation.columns import Columns
        from backend.evaluation.runner import run_through
        from backend.evaluation_tables import progress_bar

        columns = Columns()
        with progress_bar("grading") as report:
            for one in run_through(
                self._dataset,
                self._choice,
                self._survey,
                self._engine,
                on_error=self._on_error,
                report=report,
            ):
                sys.stdout.buffer.write(one.result.to_line())
                sys.stdout.buffer.flush()
                columns.add(one.result, one.seconds)
        return self._summary(columns)

    def _summary(self, columns: Columns) -> Summary:
        from backend.evaluation.summary import summary_of

        return summary_of(columns, self._title, self._rules, skipped=self._survey.bad)


def _engine(
    name: Literal["local", "ray"],
    workers: int,
    settings: Settings,
    grader: Literal["embedded", "llm", "consensus"],
    out: Path | None,
) -> Engine:
    from backend.evaluation.engines import LocalEngine
    from backend.wiring import evaluation_judge

    make = functools.partial(evaluation_judge, settings, grader)
    if name == "local":
        return LocalEngine(make, workers)
    from backend.evaluation.ray_engine import RayEngine

    if out is None:
        raise BadInput(
            "--engine ray: needs --out with a folder that every node of the cluster sees"
        )
    return RayEngine(make, workers, out / "ray")


def _name_skipped(dataset: Dataset, survey: Survey, notes: Console) -> None:
    if not survey.bad:
        return
    notes.print(f"{survey.bad} rows are left out:", style="dim")
    for item in survey.problems:
        notes.print(f"  {dataset.path}:{item}", markup=False, soft_wrap=True, style="dim")
    if survey.bad > len(survey.problems):
        notes.print(f"  ... and {survey.bad - len(survey.problems)} more", style="dim")


def _version() -> str:
    from backend import __version__

    return __version__


def _grading_hash() -> str:
    from backend.wiring import grading_hash

    return grading_hash()
