"""`viva script`: interview kits, exercises for candidates and the adding up of score sheets."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from backend.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.bank.blueprint import StageName
    from backend.bank.loader import Bank
    from backend.scripts.kit import JobLink, Kit, KitRequest
    from backend.scripts.render import Format
    from backend.scripts.score import CandidateScore

script_app = typer.Typer(
    help="Interview kits for a hiring manager: compose, print, score.",
    invoke_without_command=True,
)
DEFAULT_MINUTES = 60


@script_app.callback()
def script(
    context: typer.Context,
    level: Annotated[
        Literal["junior", "mid", "senior"] | None, typer.Option(help="Level of the role.")
    ] = None,
    areas: Annotated[
        str | None, typer.Option(help="Areas with commas between, most important first.")
    ] = None,
    minutes: Annotated[
        int | None, typer.Option(help="Length of the interview, 20 to 240; 60 unless given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same kit.")] = 0,
    form: Annotated[
        Literal["A", "B"], typer.Option(help="B is the parallel kit: no question in common.")
    ] = "A",
    panel: Annotated[
        int | None, typer.Option(help="Interviewers who share the questions, 1 to 6.")
    ] = None,
    stages: Annotated[
        str | None,
        typer.Option(
            help="What surrounds the interview, with commas between: hands-on, take-home,"
            " portfolio, technical-discussion, certificates; or none."
        ),
    ] = None,
    blueprint: Annotated[
        str | None, typer.Option(help="A saved plan; see `viva script blueprints`.")
    ] = None,
    question: Annotated[
        list[str] | None,
        typer.Option(help="Fixes the questions, in this order; may be given several times."),
    ] = None,
    job_description: Annotated[
        Path | None, typer.Option(help="A text file; the areas are derived from it.")
    ] = None,
    part: Annotated[
        str, typer.Option(help="all, handout, sheet, or interviewer-1 and so on.")
    ] = "all",
    out: Annotated[
        list[Path] | None,
        typer.Option(help="A file: .md .html .docx .pdf .json .csv; may be given several times."),
    ] = None,
) -> None:
    """Composes an interview kit; without --out it is printed as Markdown."""
    if context.invoked_subcommand is not None:
        return
    from backend.scripts.kit import KitRequest
    from backend.scripts.script import compose, find_blueprint
    from backend.settings import read_settings
    from backend.wiring import build

    product = build(read_settings())
    bank = product.bank
    plan = find_blueprint(bank, blueprint) if blueprint else None
    wanted = level or (plan.level if plan else None)
    if wanted is None:
        raise BadInput("--level: say junior, mid or senior, or give a --blueprint")
    length = minutes or (plan.minutes if plan else DEFAULT_MINUTES)
    chosen = _listed(areas) or (plan.areas if plan else ())
    links: tuple[JobLink, ...] = ()
    if job_description is not None:
        from backend.scripts.job_description import derive, read_job_description

        text = read_job_description(job_description)
        found = derive(text, bank, product.embedder, level=wanted, minutes=length)
        links = found.links
        chosen = _listed(areas) or found.areas
        _explain(found.shares, chosen, bank)
    if not chosen:
        raise BadInput("--areas: say which areas, or give a --blueprint or a --job-description")
    request = _checked(
        lambda: KitRequest(
            level=wanted,
            areas=chosen,
            minutes=length,
            seed=seed,
            form=form,
            panel=panel or (plan.panel if plan else 1),
            stages=_stages(stages) if stages is not None else (plan.stages if plan else ()),
            blueprint=blueprint,
            questions=tuple(question or ()),
            job=links,
        )
    )
    _write(compose(bank, request), part, out or [])


@script_app.command("blueprints")
def blueprints() -> None:
    """Lists the saved plans."""
    for plan in _bank().kits.blueprints.values():
        typer.echo(
            f"{plan.id}: {plan.title}; {plan.level}, {plan.minutes} minutes, panel of {plan.panel};"
            f" {', '.join(plan.areas)}; {', '.join(plan.stages) or 'interview only'}"
        )


@script_app.command("exercise")
def exercise(
    name: Annotated[str, typer.Argument(help="The exercise's id; `list` lists them.")],
    out: Annotated[
        Path | None, typer.Option(help="An empty or new folder for the candidate's files.")
    ] = None,
) -> None:
    """Writes what a candidate gets: the brief and the data, never the solution."""
    bank = _bank()
    if name == "list":
        for item in bank.kits.exercises.values():
            typer.echo(
                f"{item.id}: {item.title}; {item.kind}, {item.topic}, {item.minutes} minutes,"
                f" {', '.join(item.levels)}"
            )
        return
    found = bank.kits.exercises.get(name)
    if found is None:
        known = ", ".join(bank.kits.exercises) or "none in this bank"
        raise BadInput(f"no exercise {name!r}; the exercises are: {known}")
    if out is None:
        raise BadInput("--out: say into which folder the files go")
    _make_folder(out)
    from backend.scripts.exercise_files import brief_text

    maker = bank.folder / "exercises" / name / "data.py"
    made = subprocess.run(  # noqa: S603 - the bank's own script
        [sys.executable, str(maker), str(out)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        last = (made.stderr.strip().splitlines() or ["no message"])[-1]
        raise BadInput(f"--out {out}: exercises/{name}/data.py failed: {last}")
    (out / "brief.md").write_text(brief_text(found), encoding="utf-8")
    files = ["brief.md", *(file.name for file in found.files)]
    typer.echo(f"{out}: {', '.join(files)}")


@script_app.command("score")
def score(
    sheets: Annotated[list[Path], typer.Argument(help="Filled score sheets, .csv or .json.")],
    kit: Annotated[
        Path | None, typer.Option(help="The kit as .json; the sheets must be of this kit.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Adds up score sheets: means, spreads, and what to talk about. It recommends nothing."""
    from backend.scripts.kit_file import read_kit
    from backend.scripts.score import score_files

    result = score_files(sheets, read_kit(kit) if kit else None)
    if as_json:
        typer.echo(json.dumps(asdict(result), indent=2, ensure_ascii=False))
        return
    for candidate in result.candidates:
        _print_candidate(candidate)
    typer.echo(result.notice)


def _bank() -> Bank:
    from backend.bank.loader import load_bank
    from backend.settings import read_settings

    return load_bank(read_settings().bank_dir)


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _stages(text: str) -> tuple[StageName, ...]:
    from backend.bank.blueprint import STAGES

    named = _listed(text)
    if named == ("none",):
        return ()
    for name in named:
        if name not in STAGES:
            raise BadInput(f"--stages: {name!r} is not one of {', '.join(STAGES)}, none")
    # In the usual order and each once, so that the kit's id does not depend on how they were typed.
    return cast("tuple[StageName, ...]", tuple(name for name in STAGES if name in named))


def _checked(make: Callable[[], KitRequest]) -> KitRequest:
    from pydantic import ValidationError

    try:
        return make()
    except ValidationError as error:
        faults = [f"--{fault['loc'][0]}: {fault['msg']}" for fault in error.errors()]
        raise BadInput("; ".join(faults)) from error


def _write(kit: Kit, part: str, paths: list[Path]) -> None:
    from backend.scripts.booklet import WHOLE, booklet_of
    from backend.scripts.render import format_of, render
    from backend.scripts.sheet import blank_sheet

    sheet = part == "sheet"
    booklet = WHOLE if sheet else booklet_of(part, kit)
    if not paths:
        if sheet:
            raise BadInput("--part sheet: give --out with a .csv or .json file")
        typer.echo(render(kit, "md", booklet).decode(), nl=False)
        return
    formats: list[Format] = [format_of(path) for path in paths]
    for path, form in zip(paths, formats, strict=True):
        if not path.parent.is_dir():
            raise BadInput(f"--out {path}: there is no folder {path.parent}")
        if sheet and form != "csv" and form != "json":
            raise BadInput(f"--out {path}: a score sheet is a .csv or a .json file")
    for path, form in zip(paths, formats, strict=True):
        if sheet and form == "json":
            made = (blank_sheet(kit).model_dump_json(indent=2) + "\n").encode()
        else:
            made = render(kit, form, booklet)
        try:
            path.write_bytes(made)
        except OSError as error:
            raise BadInput(f"--out {path}: {error.strerror}") from error
    asked = sum(question.minutes for question in kit.questions)
    typer.echo(
        f"kit {kit.id}: {len(kit.questions)} questions, {asked} of {kit.request.minutes} minutes;"
        f" {', '.join(str(path) for path in paths)}"
    )


def _explain(shares: dict[str, float], chosen: tuple[str, ...], bank: Bank) -> None:
    listed = [
        f"  {share:4.0%}  {bank.areas[area].title}{'' if area in chosen else '  (left out)'}"
        for area, share in shares.items()
    ]
    typer.echo("Areas in the job description:\n" + "\n".join(listed), err=True)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise BadInput(f"--out {path}: the folder is not empty")
    except OSError as error:
        raise BadInput(f"--out {path}: {error.strerror}") from error


def _print_candidate(found: CandidateScore) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    name = found.candidate or "(no name)"
    if not found.raters:
        console.print(f"{name}: nobody has rated anything yet", markup=False)
        return
    console.print(f"{name}: rated by {', '.join(found.raters)}", markup=False)
    table = Table("competency", "rated", "mean", "spread", "each rater's mean")
    for row in found.competencies:
        table.add_row(
            row.competency,
            f"{row.rated} of {row.items}",
            "" if row.mean is None else f"{row.mean:.2f}",
            "" if row.spread is None else f"{row.spread:.2f}",
            ", ".join(f"{rater} {mean:.2f}" for rater, mean in row.by_rater.items()),
        )
    console.print(table)
    items = {item.item: item for item in found.items}
    for key in found.to_discuss:
        item = items[key]
        given = ", ".join(f"{rater} {rating}" for rater, rating in item.ratings.items())
        console.print(f"to discuss: {key} {item.title}: {given}", markup=False)
    for label, keys in (("rated by one only", found.rated_once), ("not rated", found.unrated)):
        if keys:
            console.print(f"{label}: {', '.join(keys)}", markup=False)
