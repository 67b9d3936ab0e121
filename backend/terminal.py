"""The terminal's face: an interview held at a prompt, and tables for the other commands."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import uuid
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from backend.bank.loader import Bank
from backend.bank.statistics import BankStatistics
from backend.errors import AnswerRefused
from backend.grading.exemplars import ExemplarCheck
from backend.interview.hearing import SILENT
from backend.interview.interviewer import Interviewer, Wish
from backend.interview.question_report import QuestionReport
from backend.interview.report import Report, finished_questions, report_of
from backend.interview.transcript import (
    AnswerGiven,
    Entry,
    FollowUpAsked,
    QuestionAsked,
    RequestMade,
    State,
)
from backend.retrieval.index import Hit
from backend.wiring import Product

PACE = 0.012
MARKS = {
    "met": "[green]met[/]",
    "partial": "[yellow]partial[/]",
    "missed": "[dim]missed[/]",
    "cannot_assess": "[dim]unclear[/]",
}
console = Console(highlight=False)


def hold_interview(product: Product, wish: Wish, resume: str | None) -> None:
    """Holds one interview at the prompt; what was answered is kept if the terminal goes away."""
    stdin: Any = sys.stdin
    stdin.reconfigure(errors="replace")  # bytes that are no text are refused as an answer
    asyncio.run(_hold(product, wish, resume))


async def _hold(product: Product, wish: Wish, resume: str | None) -> None:
    interviewer = product.interviewer
    try:
        state = await (interviewer.look(resume) if resume else interviewer.open(wish))
        console.print(Text(f"Interview {state.interview_id}", style="dim"))
        console.print(
            Text(
                "End an answer with an empty line. Type hint, repeat, skip or stop at any time.",
                style="dim",
            )
        )
        console.print(Text(_engine_line(product, state), style="dim"))
        for entry in _spoken(state.entries if resume is None else _open_part(state)):
            await _say(entry)
        shown = 0 if resume is None else len(finished_questions(state, product.bank))
        while state.closed is None:
            try:
                text = await _next_answer()
            except asyncio.CancelledError:
                _say_kept(state)
                raise
            if text is None:
                _say_kept(state)
                return
            state = await _turn(interviewer, state, text)
            if state.closed is None and state.plan.mode == "practice":
                finished = finished_questions(state, product.bank)
                for item in finished[shown:]:
                    print_question_report(item, brief=True)
                if len(finished) > shown:
                    await _say(_spoken(state.entries)[-1])
                shown = len(finished)
        print_report(report_of(state, product.bank, product.grader.name))
    finally:
        await interviewer.settle()
        await product.store.close()


async def _turn(interviewer: Interviewer, state: State, text: str) -> State:
    try:
        turn = await interviewer.answer(state.interview_id, text, uuid.uuid4().hex)
    except AnswerRefused as error:
        console.print(f"[red]{error}[/]")
        return state
    with console.status("reading your answer", spinner="line"):
        reply = await turn.reply()
    after = await turn.outcome()
    # In practice the feedback comes between the reply and the next question.
    moved_on = len(after.threads) > len(state.threads) and after.plan.mode == "practice"
    for entry in reply[:-1] if moved_on else reply:
        await _say(entry)
    return after


def _say_kept(state: State) -> None:
    console.print(f"\nKept. Go on with: viva practise --resume {state.interview_id}", style="dim")


async def _next_answer() -> str | None:
    """What is typed next, read in a thread that nobody waits for: Ctrl+C at the prompt ends at once."""
    loop = asyncio.get_running_loop()
    coming: asyncio.Future[str | None] = loop.create_future()

    def read() -> None:
        text = _read_answer()
        # After an interrupt the loop may be gone, and nobody waits for the words.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: coming.done() or coming.set_result(text))

    threading.Thread(target=read, daemon=True).start()
    return await coming


def _read_answer() -> str | None:
    """Lines up to an empty one; None at the end of the input."""
    lines: list[str] = []
    while True:
        prompt = "\n> " if not lines else "  "
        if sys.stdin.isatty():
            print(prompt, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return "\n".join(lines) if lines else None
        if not line.strip():
            if lines:
                return "\n".join(lines)
            continue
        lines.append(line.rstrip("\n"))


def _spoken(entries: Sequence[Entry]) -> list[Entry]:
    silent = (*SILENT, AnswerGiven, RequestMade)
    return [entry for entry in entries if not isinstance(entry.event, silent)]


def _open_part(state: State) -> list[Entry]:
    """From what was asked last to the end; of an interview that has ended, its last words."""
    if state.closed:
        return [state.closed]
    asked = [e.number for e in state.entries if isinstance(e.event, QuestionAsked | FollowUpAsked)]
    return [entry for entry in state.entries if entry.number >= asked[-1]]


def _engine_line(product: Product, state: State) -> str:
    """Who follows up and grades, and where the answers go."""
    chat = product.interviewer_chat
    if state.plan.engine == "embedded" or chat is None:
        return "No language model: follow-ups are prepared, grading runs here, nothing is sent."
    return (
        f"With the language model {chat.name}: your answers are sent to {product.settings.endpoint}."
        " (--engine embedded keeps them here.)"
    )


async def _say(entry: Entry) -> None:
    event = entry.event
    assert not isinstance(event, SILENT)
    console.print()
    style = {"question": "bold", "follow-up": "bold", "notice": "italic"}.get(event.kind, "")
    for line in event.text.strip().splitlines():
        for index, row in enumerate(Text(line).wrap(console, console.width - 1) if line else []):
            if index:
                console.print()
            for word in row.plain.split():
                console.print(Text(f"{word} ", style=style), end="")
                if console.is_terminal:
                    await asyncio.sleep(PACE)
        console.print()


def print_question_report(report: QuestionReport, brief: bool = False) -> None:
    """One question: the score, then every expectation with the words that earned it."""
    console.print()
    console.rule(report.title, style="dim", align="left")
    if report.coverage is None:
        why = "it could not be graded" if report.outcome == "answered" else "it was not answered"
        console.print(f"Unscored: {why}.", style="dim")
        for note in report.notes:
            console.print(Text(f"\n{note}", style="italic"))
        return
    rating = f"rating {report.rating} of 5" if report.rating is not None else "unscored"
    console.print(
        f"{report.earned:g} of {report.possible:g} points, {report.coverage:.0%} covered, {rating}"
    )
    if report.anchor and not brief:
        console.print(Text(report.anchor, style="italic"))
    for item in report.expectations:
        if item.kind == "red-flag" and item.status != "met":
            continue
        kind = (
            "[red]counts against you[/]"
            if item.kind == "red-flag"
            else f"{MARKS[item.status]} ({item.kind})"
        )
        console.print(f"\n  {kind}")
        _indented(item.claim)
        for piece in item.evidence:
            _indented(f"“{' '.join(piece.text.split())}”", style="green")
        if item.review:
            _indented(f"worth a second look: {item.review}", style="italic")
        if item.status in ("missed", "partial") and item.passage:
            _indented(f"read: {item.passage.title} ({item.passage.reference})", style="dim")
    for note in report.notes:
        console.print(Text(f"\n{note}", style="italic"))


def _indented(text: str, style: str = "") -> None:
    console.print(Padding(Text(text, style=style), (0, 0, 0, 4)))


def print_report(report: Report) -> None:
    """The end of an interview: the whole picture, every question, what to do next."""
    console.print()
    console.rule("Report")
    console.print(report.summary)
    if report.coverage is not None:
        console.print(f"Overall {report.coverage:.0%}, rating {report.rating} of 5.")
    for question in report.questions:
        print_question_report(question)
    if report.areas:
        table = Table(title="By area", title_justify="left", show_edge=False)
        for heading in ("area", "questions", "coverage", "80 % interval"):
            table.add_column(heading)
        for area in report.areas:
            known = area.coverage is not None and area.low is not None and area.high is not None
            table.add_row(
                area.title,
                str(area.questions),
                f"{area.coverage:.0%}" if known else "unscored",
                f"{area.low:.0%} to {area.high:.0%}" if known else "",
            )
        console.print()
        console.print(table)
    if report.next_actions:
        console.print("\nWhat to do next")
        for index, action in enumerate(report.next_actions, start=1):
            console.print(Text(f"  {index}. {action.title}"))
            _indented(action.why, style="dim")


def print_hits(hits: Sequence[Hit], bank: Bank) -> None:
    """Search results, best first."""
    if not hits:
        console.print("Nothing found: widen the area, the level or the words.")
        return
    for hit in hits:
        if hit.id in bank.questions:
            question = bank.questions[hit.id]
            console.print(
                Text(
                    f"{hit.score:.2f}  {hit.id}  ({question.level}, {question.kind})", style="bold"
                )
            )
            _indented(" ".join(question.ask.split()))
        else:
            section = bank.sections[hit.id]
            console.print(Text(f"{hit.score:.2f}  {hit.id}", style="bold"))
            console.print(Markdown(section.text[:300].rsplit(" ", 1)[0] + " ..."))


def print_statistics(found: BankStatistics) -> None:
    """The coverage table."""
    table = Table(show_edge=False)
    for heading in ("area", "questions", "junior", "mid", "senior", "claims", "flags", "notes"):
        table.add_column(heading, justify="left" if heading == "area" else "right", no_wrap=True)
    for area in found.areas:
        table.add_row(
            area.area,
            str(area.questions),
            *(str(area.by_level[level]) for level in ("junior", "mid", "senior")),
            str(area.claims),
            str(area.red_flags),
            str(area.sections),
        )
    console.print(table)
    counts = [pair for area in found.areas for pair in area.claims_by_expectation.items()]
    least = ", ".join(
        f"{skill} ({count})" for skill, count in sorted(counts, key=lambda p: p[1])[:5]
    )
    console.print(f"\nExpectations with the fewest claims: {least}")
    console.print(
        f"{found.questions} questions, {found.claims} claims, {found.expectations_assessed} of"
        f" {found.expectations} expectations assessed, {found.sections} note sections,"
        f" {found.sources} sources, {found.reviewed} questions read by a second reader;"
        f" bank version {found.version}"
    )


def print_exemplar_check(check: ExemplarCheck) -> None:
    """Which questions are out of order, and how often author and grader agree."""
    for result in check.results:
        if not result.ordered:
            values = ", ".join(f"{value:.2f}" for value in result.coverages)
            console.print(f"out of order: {result.question_id} (strong, partial, weak: {values})")
    ordered = sum(result.ordered for result in check.results)
    console.print(
        f"exemplars: {ordered} of {len(check.results)} questions in order ({check.ordered_share:.1%});"
        f" author and grader agree on {check.claim_agreement:.1%} of claims"
    )
