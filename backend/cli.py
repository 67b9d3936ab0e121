"""The command line: `viva serve`, `viva practise`, `viva grade`, `viva bank ...`.

Commands import what they use when they run, so that `viva --help` and a warm search stay quick.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from backend.cli_agreement import agreement_command
from backend.cli_doctor import doctor_command
from backend.cli_evaluate import app as evaluate_app
from backend.cli_script import script_app
from backend.cli_simulate import simulate_command
from backend.errors import BadInput, BankError, VivaError
from backend.settings import Settings, read_settings

if TYPE_CHECKING:
    from backend.bank.loader import Bank

app = typer.Typer(
    help="Viva rehearses, scripts and grades interviews for machine learning engineers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
bank_app = typer.Typer(help="The question bank: check, count, search.", no_args_is_help=True)
app.add_typer(bank_app, name="bank")
app.command("agreement")(agreement_command)
app.add_typer(evaluate_app, name="evaluate")
app.command("simulate")(simulate_command)
app.add_typer(script_app, name="script")
app.command("doctor")(doctor_command)

LevelName = Literal["junior", "mid", "senior"]
EngineName = Literal["embedded", "model"]
KindName = Literal["technical", "behavioural", "design", "hands-on"]


def main() -> None:
    """The entry point: every error Viva raises becomes one message and an exit code."""
    try:
        app()
    except VivaError as error:
        print(f"viva: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print("\nviva: interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None


@app.command()
def version() -> None:
    """The version of Viva."""
    from backend import __version__

    typer.echo(__version__)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (VIVA_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (VIVA_PORT).")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where interviews are kept (VIVA_DATA_DIR).")
    ] = None,
) -> None:
    """Serves the page and the API."""
    from backend.web.serving import run_server

    run_server(_settings(host=host, port=port, data_dir=data_dir))


@app.command()
def practise(
    level: Annotated[LevelName, typer.Option(help="Role level.")] = "mid",
    area: Annotated[
        list[str] | None, typer.Option(help="A skill area; may be given several times.")
    ] = None,
    mode: Annotated[
        Literal["practice", "mock"], typer.Option(help="With or without feedback on the way.")
    ] = "practice",
    questions: Annotated[int | None, typer.Option(help="How many questions, 1 to 20.")] = None,
    minutes: Annotated[int | None, typer.Option(help="How long, instead of how many.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed asks the same questions.")] = None,
    question: Annotated[
        list[str] | None, typer.Option(help="A question id; may be given several times.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option(help="The id of an interview to go on with.")
    ] = None,
    engine: Annotated[
        EngineName | None,
        typer.Option(help="With a language model, or without; by default with, if connected."),
    ] = None,
) -> None:
    """An interview in the terminal, on the same engine as the page."""
    from backend.interview.interviewer import Wish
    from backend.terminal import hold_interview
    from backend.wiring import build

    if questions is not None and not 1 <= questions <= 20:
        raise BadInput("--questions: give a number from 1 to 20")
    if minutes is not None and not 5 <= minutes <= 120:
        raise BadInput("--minutes: give a number from 5 to 120")
    if questions is not None and minutes is not None:
        raise BadInput("give --questions or --minutes, not both")
    wish = Wish(
        level=level,
        mode=mode,
        areas=tuple(area or ()),
        count=questions if questions or minutes else 5,
        minutes=minutes,
        seed=seed,
        question_ids=tuple(question or ()),
        engine=engine,
    )
    hold_interview(build(_settings()), wish, resume)


@app.command()
def grade(
    question: Annotated[
        str, typer.Option(help="The question's id, such as monitoring/label-delay.")
    ],
    answer: Annotated[str, typer.Option(help="A file with the answer, or - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    engine: Annotated[
        EngineName | None,
        typer.Option(help="With a language model, or without; by default with, if connected."),
    ] = None,
) -> None:
    """Grades one answer and shows which words earned what."""
    from backend.interview.question_report import answer_report
    from backend.terminal import print_question_report
    from backend.wiring import build

    product = build(_settings())
    asked = product.bank.question(question)
    text = _read_answer(answer, product.settings.max_answer_chars)
    if engine == "model" and product.grader_chat is None:
        raise BadInput("--engine model: no language model is connected; see `viva doctor`")
    grader = product.grader if engine == "embedded" else product.judge
    assessment = grader.assess(asked, [text])
    report = answer_report(asked, assessment, [text], product.bank)
    if as_json:
        _print_json(report)
    else:
        print_question_report(report)


@bank_app.command("check")
def bank_check(
    exemplars: Annotated[
        bool, typer.Option(help="Also grade every exemplar: strong > partial > weak?")
    ] = False,
    area: Annotated[str | None, typer.Option(help="Only this area.")] = None,
    at_least: Annotated[
        float, typer.Option(help="The share of questions that must be in order.")
    ] = 0.85,
) -> None:
    """Checks every rule of the bank; exit code 3 if one is broken."""
    bank = _clean_bank(area)
    count = len(bank.questions)
    typer.echo(
        f"{count} questions, {len(bank.areas)} areas, {len(bank.sections)} sections: no problem found"
    )
    if exemplars:
        from backend.grading.exemplars import check_exemplars
        from backend.terminal import print_exemplar_check
        from backend.wiring import build

        chosen = bank.in_area(area) if area else list(bank.questions.values())
        result = check_exemplars(chosen, build(_settings()).grader)
        print_exemplar_check(result)
        if result.ordered_share < at_least:
            raise BadInput(
                f"{result.ordered_share:.1%} of the questions order their exemplars;"
                f" --at-least asks for {at_least:.1%}"
            )


@bank_app.command("release")
def bank_release() -> None:
    """Records every question's version and hash: from now on a change needs a new version."""
    from backend.bank.releases import write_release

    bank = _clean_bank()
    try:
        changed = write_release(bank)
    except OSError as error:
        raise BadInput(f"VIVA_BANK_DIR {bank.folder}: {error.strerror}") from error
    typer.echo(f"{len(bank.questions)} questions released, {len(changed)} of them new or changed")


@bank_app.command("stats")
def bank_stats(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Counts questions, claims and coverage by area."""
    from backend.bank.loader import load_bank
    from backend.bank.statistics import bank_statistics
    from backend.terminal import print_statistics

    found = bank_statistics(load_bank(_settings().bank_dir))
    if as_json:
        _print_json(found)
    else:
        print_statistics(found)


@bank_app.command("search")
def bank_search(
    query: Annotated[str, typer.Argument(help="What to look for, in your own words.")],
    area: Annotated[str | None, typer.Option(help="Only this area.")] = None,
    level: Annotated[LevelName | None, typer.Option(help="Only this level.")] = None,
    kind: Annotated[KindName | None, typer.Option(help="Only this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many hits.")] = 5,
    passages: Annotated[bool, typer.Option(help="Search the reference notes instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Finds questions, or passages of the notes, by meaning."""
    from backend.retrieval.index import Filter
    from backend.terminal import print_hits
    from backend.wiring import build

    product = build(_settings())
    if area:
        product.bank.check_area(area)
    if not query.strip():
        raise BadInput("the query is empty: say what to look for")
    wanted = Filter(area) if passages else Filter(area, level, kind)
    hits = product.index.search("passages" if passages else "questions", query, wanted, limit)
    if as_json:
        _print_json(hits)
    else:
        print_hits(hits, product.bank)


@bank_app.command("schema")
def bank_schema(
    check: Annotated[
        bool, typer.Option(help="Only compare; exit code 2 if a file is out of date.")
    ] = False,
) -> None:
    """Writes the JSON Schemas that editors use, from the models."""
    from backend.bank.schema import schema_files
    from backend.scripts.schema import kit_schema_files

    folder = _settings().bank_dir / "schema"
    if not folder.parent.is_dir():
        raise BadInput(f"no folder {folder.parent} (VIVA_BANK_DIR)")
    stale: list[str] = []
    for name, text in (schema_files() | kit_schema_files()).items():
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            folder.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if check and stale:
        raise BadInput(f"out of date: {', '.join(stale)}; run `viva bank schema`")
    typer.echo(f"schema: {', '.join(stale) if stale else 'up to date'}")


def _clean_bank(area: str | None = None) -> Bank:
    from backend.bank.checks import check_bank
    from backend.bank.loader import read_bank

    bank, problems = read_bank(_settings().bank_dir)
    problems += check_bank(bank)
    if area:
        own = (f"{area}/", f"{area}.")
        problems = [item for item in problems if item.file.split("/", 1)[-1].startswith(own)]
    if problems:
        raise BankError(problems)
    if area:
        bank.check_area(area)
    return bank


def _settings(**given: Any) -> Settings:
    return read_settings(**{name: value for name, value in given.items() if value is not None})


def _read_answer(name: str, limit: int) -> str:
    from backend.interview.answer_text import check_answer

    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise BadInput(f"--answer {name}: {error.strerror}") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"--answer {name}: not UTF-8 text (byte {error.start})") from error
    if text.strip():
        check_answer(text, limit)
    return text


def _print_json(value: Any) -> None:
    from pydantic import TypeAdapter

    kind: type[Any] = value.__class__
    data: Any = TypeAdapter[Any](kind).dump_python(value, mode="json")
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
