"""The sections of a kit, in order, for any writer of documents with headings, lists and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backend.scripts.booklet import Booklet
from backend.scripts.kit import Kit, KitQuestion, Stage
from backend.scripts.script import STAGE_TITLES
from backend.scripts.templates import LEVELS, MOVES, TIERS, clock

RATE = "☐ 1   ☐ 2   ☐ 3   ☐ 4   ☐ 5"
NOTE_LINES = 9


class Paper(Protocol):
    """What a section needs to be written on; `word.Writer` is the real one."""

    def heading(self, text: str, level: int = 1) -> None: ...
    def page(self) -> None: ...
    def text(self, text: str, *, soft: bool = False, bold: str = "", size: float = 0) -> None: ...
    def aloud(self, text: str) -> None: ...
    def code(self, text: str) -> None: ...
    def bullets(self, lines: Sequence[str]) -> None: ...
    def numbered(self, lines: Sequence[tuple[str, str]]) -> None: ...
    def boxes(self, lines: Sequence[tuple[str, str, str]]) -> None: ...
    def table(
        self, heading: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
    ) -> None: ...
    def notes(self, lines: int) -> None: ...


def write_kit(paper: Paper, kit: Kit, booklet: Booklet) -> None:
    """Writes the kit, or the part of it, from the first page to the last."""
    if booklet.part == "handout":
        _handout(paper, kit)
        return
    _overview(paper, kit, booklet)
    _before(paper, kit)
    for question in booklet.questions(kit):
        _ask(paper, kit, question)
        _rate(paper, kit, question)
    paper.page()
    paper.heading("Closing, to be read out")
    paper.aloud(kit.closing)
    if not booklet.interviewer:
        for stage in kit.stages:
            _stage(paper, stage)
    _score_sheet(paper, kit, booklet)
    if not booklet.interviewer:
        _consensus(paper, kit)
        _legal(paper, kit)
        paper.page()
        _handout(paper, kit)


def _overview(paper: Paper, kit: Kit, booklet: Booklet) -> None:
    request = kit.request
    paper.heading(kit.title)
    led = f", questions led by interviewer {booklet.interviewer}" if booklet.interviewer else ""
    paper.text(
        f"{LEVELS[request.level].capitalize()}, {request.minutes} minutes, {len(kit.questions)}"
        f" questions, form {request.form}, panel of {request.panel}{led}. Kit {kit.id}, bank"
        f" {kit.bank_version}, seed {request.seed}.",
        soft=True,
    )
    paper.table(
        (), [("Candidate", "", "Date", ""), ("Interviewer", "", "Place", "")], (2.5, 7, 2, 5)
    )
    paper.heading("Purpose", 2)
    paper.text(kit.purpose)
    paper.text(kit.level_meaning, bold="Level.")
    paper.heading("Link to the job", 2)
    paper.text(kit.job_link)
    if request.job:
        rows = [(link.sentence, link.area_title, link.expectation) for link in request.job]
        paper.table(("Sentence of the job description", "Area", "Expectation"), rows, (6, 3.5, 7))
    paper.heading("Timetable", 2)
    rows = [
        (
            clock(row.start),
            str(row.minutes),
            row.what,
            "everyone" if row.lead == 0 else f"interviewer {row.lead}",
        )
        for row in kit.agenda
    ]
    paper.table(("From", "Minutes", "What", "Leads"), rows, (1.7, 1.8, 10, 3))
    if kit.stages:
        named = [
            f"{STAGE_TITLES[stage.name]}: {stage.title}"
            + (f", {stage.minutes} minutes" if stage.minutes else "")
            for stage in kit.stages
        ]
        paper.text(
            f"Beside the interview, {kit.candidate_minutes} minutes of the candidate's time in all:"
        )
        paper.bullets(named)
    paper.page()
    paper.heading("Competencies")
    for item in kit.competencies:
        paper.heading(item.title, 2)
        asked = ", ".join(str(number) for number in item.questions)
        paper.text(f"{item.summary} Questions {asked}, {item.minutes} minutes.")
        paper.bullets(item.expects)


def _before(paper: Paper, kit: Kit) -> None:
    paper.page()
    paper.heading("Before you start")
    paper.bullets(kit.before)
    paper.heading("How to rate", 2)
    paper.bullets(kit.rating_scale)
    if kit.behavioural:
        paper.heading("Listening to examples from the past", 2)
        paper.bullets(kit.behavioural)
    paper.page()
    for title, rows in (
        ("Errors that raters make", kit.rating_errors),
        ("What may not be asked", kit.not_asked),
    ):
        paper.heading(title, 2)
        for row in rows:
            paper.text(row.text, bold=f"{row.name}.")
    paper.page()
    paper.heading("Opening, to be read out")
    paper.aloud(kit.opening)


def _ask(paper: Paper, kit: Kit, question: KitQuestion) -> None:
    paper.page()
    paper.heading(f"{question.number}. {question.title}")
    led = f", led by interviewer {question.lead}" if kit.request.panel > 1 else ""
    other = question.level != kit.request.level
    level = f", written for {question.level} level" if other else ""
    paper.text(
        f"{question.area_title}, {question.kind}, {question.minutes} minutes from"
        f" {clock(question.start)}{led}{level}. {question.question_id}, version {question.version}",
        soft=True,
    )
    paper.aloud(question.ask)
    paper.text(question.why, bold="Why this is asked.")
    paper.text(question.clarify, bold="If the candidate asks what you mean.")
    paper.heading("Probes, in this order", 3)
    paper.numbered(
        [
            (
                probe.ask,
                f"unless box {probe.tick} is ticked"
                if probe.tick
                else f"if time is left: {MOVES[probe.move or 'deepen']}",
            )
            for probe in question.probes
        ]
    )
    paper.heading("Expectations", 3)
    paper.boxes(
        [
            (
                str(tick.number),
                tick.claim,
                f"{tick.kind}, {tick.points}; {tick.reference_title}, {tick.reference}",
            )
            for tick in question.ticks
        ]
    )
    if question.red_flags:
        paper.heading("Red flags", 3)
        paper.boxes(
            [
                ("!", flag.claim, f"{flag.points}; {flag.reference_title}, {flag.reference}")
                for flag in question.red_flags
            ]
        )
    paper.heading("Notes, in the candidate's words", 3)
    paper.notes(NOTE_LINES)


def _rate(paper: Paper, kit: Kit, question: KitQuestion) -> None:
    paper.page()
    paper.heading(f"Rate question {question.number} now, alone", 2)
    paper.heading("What answers sound like", 3)
    rows = [
        (
            TIERS[example.tier],
            (f"boxes {', '.join(map(str, example.ticks))}" if example.ticks else "no box")
            + f", points of a {example.rating}",
            example.answer or "\n".join(f"“{snippet}”" for snippet in example.snippets),
        )
        for example in question.examples
    ]
    paper.table(("Tier", "Earns", "Example"), rows, (2, 2.6, 12))
    paper.heading(f"Anchors: {question.area_title}, {LEVELS[kit.request.level]}", 3)
    anchors = [("☐", str(item.rating), item.text) for item in reversed(question.anchors)]
    paper.table((), anchors, (0.9, 0.9, 14.8))
    paper.text(RATE, bold="Rating:", size=12)


def _stage(paper: Paper, stage: Stage) -> None:
    paper.page()
    paper.heading(f"{STAGE_TITLES[stage.name]}: {stage.title}")
    limit = f" Time limit: {stage.minutes} minutes." if stage.minutes else ""
    paper.text(f"{stage.purpose}{limit}")
    paper.heading("How it is held", 3)
    paper.bullets(stage.steps)
    if stage.asks:
        paper.heading("To ask, in this order", 3)
        paper.numbered([(ask, "") for ask in stage.asks])
    if stage.rubric:
        paper.heading("Rubric", 3)
        rows = [
            (f"{stage.letter}{number}", row.dimension, row.weak, row.solid, row.excellent, "")
            for number, row in enumerate(stage.rubric, start=1)
        ]
        paper.table(("", "Dimension", "1", "3", "5", "Rating"), rows, (1, 2.9, 3.8, 3.8, 3.8, 1.4))
    if stage.name == "certificates":
        blank = [("", "", "", "")] * 4
        paper.table(
            ("Certificate", "Year", "Covers", "Tested in practice by"), blank, (5, 2, 5, 4.6)
        )
    if stage.solution:
        paper.heading(f"Reference solution: {stage.solution_name}, for interviewers only", 3)
        paper.code(stage.solution.strip())
    if stage.brief:
        paper.page()
        paper.heading(f"{stage.title}: brief for the candidate")
        paper.text(f"Time limit: {stage.minutes} minutes.", soft=True)
        paper.text(stage.brief)
        paper.heading("To hand in", 3)
        paper.bullets(stage.deliver)
        paper.heading("Files", 3)
        paper.table((), [(file.name, file.about) for file in stage.files], (4.6, 12))


def _score_sheet(paper: Paper, kit: Kit, booklet: Booklet) -> None:
    paper.page()
    paper.heading("Score sheet, filled in alone")
    rows = [(item.key, item.competency, item.title, "", RATE) for item in booklet.items(kit)]
    paper.table(("Item", "Competency", "What", "Ticks", "Rating"), rows, (1.2, 3.6, 5.4, 1.6, 4.8))


def _consensus(paper: Paper, kit: Kit) -> None:
    paper.page()
    paper.heading("Consensus form")
    paper.numbered([(line, "") for line in kit.consensus])
    rows = [(f"{item.key} {item.title}", "", "", "", "", "") for item in kit.items]
    heading = ("Item", "Ratings, before", "Mean", "Spread", "Settled", "Reason for a change")
    paper.table(heading, rows, (4.8, 2.8, 1.4, 1.6, 1.7, 4.3))
    paper.text("Decision by people, with reasons:", soft=True)
    paper.notes(3)
    paper.text("Names, signatures, date:", soft=True)
    paper.notes(2)


def _legal(paper: Paper, kit: Kit) -> None:
    paper.page()
    paper.heading("Legal note")
    paper.bullets(kit.legal)
    paper.heading("References", 2)
    for item in kit.references:
        paper.text(f"{item.reference}. {' '.join(item.sources)}", bold=f"{item.title}.", size=8.5)


def _handout(paper: Paper, kit: Kit) -> None:
    paper.heading(f"Your interview: {kit.role}")
    paper.text(kit.handout.welcome)
    for title, lines in (
        ("What is rated", kit.handout.dimensions),
        ("The process", kit.handout.stages),
        ("What to expect", kit.handout.expect),
        ("How to prepare", kit.handout.prepare),
        ("Your rights", kit.handout.rights),
    ):
        paper.heading(title, 2)
        paper.bullets(lines)
