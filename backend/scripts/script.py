"""Composing a kit: a request and the bank in, one immutable `Kit` out.

Nothing here is random without the request's seed, reads a clock or calls a model, so that the same
request gives the same kit on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from string import Template

from backend.bank.blueprint import STAGES, Blueprint
from backend.bank.kit_texts import KitTexts
from backend.bank.loader import Bank
from backend.bank.question import LEVELS, Level, Question
from backend.errors import BadInput, BankError, BankProblem
from backend.scripts.forms import Forms, plan_forms
from backend.scripts.kit import (
    AgendaRow,
    Competency,
    Handout,
    Item,
    Kit,
    KitQuestion,
    KitRequest,
    Reference,
    Stage,
)
from backend.scripts.panel import leads
from backend.scripts.question_sheet import kit_question
from backend.scripts.stages import stages_of

SHORT_INTERVIEW = 45
LEVEL_MEANING: dict[Level, str] = {
    "junior": "0 to 2 years: builds with guidance; knows the concepts and the common tools.",
    "mid": "3 to 5 years: owns a model end to end; chooses and justifies, evaluates and deploys.",
    "senior": "5 years and more: designs systems, weighs trade-offs across teams, owns production and risk.",
}
STAGE_TITLES = {
    "take-home": "Take-home task",
    "portfolio": "Portfolio review",
    "hands-on": "Hands-on exercise",
    "technical-discussion": "Technical discussion with the team",
    "certificates": "Certificates",
}


def opening_and_closing(minutes: int) -> tuple[int, int]:
    """Minutes kept for the opening, and for the candidate's own questions with the closing."""
    return (3, 5) if minutes < SHORT_INTERVIEW else (4, 6)


def find_blueprint(bank: Bank, name: str) -> Blueprint:
    """The saved plan of this name. Raises `BadInput` naming those that exist."""
    found = bank.kits.blueprints.get(name)
    if found is None:
        known = ", ".join(bank.kits.blueprints) or "none in this bank"
        raise BadInput(f"--blueprint: no blueprint {name!r}; the blueprints are: {known}")
    return found


def compose(bank: Bank, request: KitRequest) -> Kit:
    """The kit that `request` describes.

    Raises `UnknownArea`, `UnknownQuestion` or `BadInput` naming the flag if the bank cannot fill it,
    `BankError` if the bank has no texts for kits.
    """
    texts = kit_texts(bank)
    _check(bank, request)
    opening, closing = opening_and_closing(request.minutes)
    forms = _forms(bank, request, request.minutes - opening - closing)
    asked = forms.a if request.form == "A" else forms.b
    who = leads(asked, request.panel)
    questions: list[KitQuestion] = []
    start = opening
    for number, (question, lead) in enumerate(zip(asked, who, strict=True), start=1):
        sheet = kit_question(
            bank, question, level=request.level, number=number, start=start, lead=lead
        )
        questions.append(sheet)
        start += question.minutes
    stages = stages_of(bank, texts, request, forms)
    blueprint = bank.kits.blueprints.get(request.blueprint or "")
    role = (
        blueprint.role if blueprint else f"{_level_word(request.level)} machine learning engineer"
    )
    competencies = _competencies(bank, request, questions)
    behavioural = any(question.kind == "behavioural" for question in questions)
    return Kit(
        id=request.kit_id(bank.version),
        bank_version=bank.version,
        request=request,
        title=f"Interview kit: {role}",
        role=role,
        level_meaning=LEVEL_MEANING[request.level],
        purpose=blueprint.purpose if blueprint else _purpose(competencies),
        job_link=_job_link(request, blueprint),
        competencies=competencies,
        agenda=_agenda(questions, opening, request.minutes),
        before=texts.before,
        behavioural=texts.behavioural if behavioural else (),
        rating_scale=texts.rating_scale,
        rating_errors=texts.rating_errors,
        not_asked=texts.not_asked,
        opening=_filled(texts.opening, request, len(questions)),
        questions=tuple(questions),
        closing=_filled(texts.closing, request, len(questions)),
        stages=stages,
        items=_items(questions, stages),
        consensus=texts.consensus,
        legal=texts.legal,
        handout=_handout(texts, request, competencies, stages),
        references=_references(bank, questions),
    )


def kit_texts(bank: Bank) -> KitTexts:
    """The standing texts. Raises `BankError` if the bank has none."""
    if bank.kits.texts is None:
        message = "the bank has no texts for kits"
        raise BankError([BankProblem("kit_texts.yaml", 0, "", "missing", message)])
    return bank.kits.texts


def _check(bank: Bank, request: KitRequest) -> None:
    for name, count in Counter(request.areas).items():
        bank.check_area(name)
        if count > 1:
            raise BadInput(f"--areas: {name!r} stands {count} times")
    for name, count in Counter(request.questions).items():
        bank.question(name)
        if count > 1:
            raise BadInput(f"--question: {name!r} stands {count} times")
    if request.blueprint:
        find_blueprint(bank, request.blueprint)


def _forms(bank: Bank, request: KitRequest, minutes: int) -> Forms:
    if not request.questions:
        return plan_forms(
            bank,
            level=request.level,
            areas=request.areas,
            minutes=minutes,
            seed=request.seed,
        )
    if request.form == "B":
        raise BadInput(
            "--form B: a kit with fixed questions has no parallel form; leave out --question"
        )
    fixed = tuple(bank.question(name) for name in request.questions)
    needed = sum(question.minutes for question in fixed)
    if needed > minutes:
        raise BadInput(
            f"--question: these questions take {needed} minutes, and {minutes} of --minutes"
            f" {request.minutes} are left after opening and closing"
        )
    missing = [area for area in request.areas if all(item.area != area for item in fixed)]
    if missing:
        raise BadInput(f"--question: no question is about {', '.join(missing)} of --areas")
    return Forms(fixed, ())


def _level_word(level: Level) -> str:
    return {"junior": "Junior", "mid": "Mid-level", "senior": "Senior"}[level]


def _purpose(competencies: Sequence[Competency]) -> str:
    named = [item.title for item in competencies]
    listed = ", ".join(named[:-1]) + " and " + named[-1] if len(named) > 1 else named[0]
    return (
        f"To find out, on evidence and in the same way for every candidate, how far a person meets"
        f" what this role needs in {listed}."
    )


def _job_link(request: KitRequest, blueprint: Blueprint | None) -> str:
    if request.job:
        return (
            "The areas were derived from the job description. Each sentence below is listed with the"
            " expectation it speaks of; sentences that speak of none are left out."
        )
    if blueprint:
        return blueprint.job_link
    return (
        "The areas were chosen by the hiring manager as what the work of this role depends on. Check"
        " before the first interview that each of them is a real part of the job, and leave out what is not."
    )


def _competencies(
    bank: Bank, request: KitRequest, questions: Sequence[KitQuestion]
) -> tuple[Competency, ...]:
    extra = [question.area for question in questions if question.area not in request.areas]
    found: list[Competency] = []
    for name in dict.fromkeys((*request.areas, *extra)):
        area = bank.areas[name]
        own = [question for question in questions if question.area == name]
        found.append(
            Competency(
                area=name,
                title=area.title,
                kind=area.kind,
                summary=area.summary,
                expects=tuple(item.text for item in area.expectations.values()),
                questions=tuple(question.number for question in own),
                minutes=sum(question.minutes for question in own),
            )
        )
    return tuple(found)


def _agenda(questions: Sequence[KitQuestion], opening: int, minutes: int) -> tuple[AgendaRow, ...]:
    """What the questions leave over goes to the candidate's own ones."""
    rows = [AgendaRow(start=0, minutes=opening, what="Opening", lead=0)]
    rows += [
        AgendaRow(
            start=question.start,
            minutes=question.minutes,
            what=f"Question {question.number}: {question.title}",
            lead=question.lead,
        )
        for question in questions
    ]
    end = rows[-1].start + rows[-1].minutes
    what = "The candidate's questions, closing"
    return (*rows, AgendaRow(start=end, minutes=minutes - end, what=what, lead=0))


def _filled(text: str, request: KitRequest, count: int) -> str:
    return Template(text).substitute(minutes=request.minutes, count=count)


def _items(questions: Sequence[KitQuestion], stages: Sequence[Stage]) -> tuple[Item, ...]:
    items = [
        Item(
            key=f"Q{question.number}",
            competency=question.area_title,
            title=question.title,
            question_id=question.question_id,
        )
        for question in questions
    ]
    for stage in stages:
        items += [
            Item(
                key=f"{stage.letter}{number}",
                competency=STAGE_TITLES[stage.name],
                title=row.dimension,
            )
            for number, row in enumerate(stage.rubric, start=1)
        ]
    return tuple(items)


def _handout(
    texts: KitTexts,
    request: KitRequest,
    competencies: Sequence[Competency],
    stages: Sequence[Stage],
) -> Handout:
    lines = [
        f"{STAGE_TITLES[stage.name]}, {stage.minutes} minutes"
        if stage.minutes
        else f"{STAGE_TITLES[stage.name]}: bring them if you like, they are not rated"
        for stage in stages
    ]
    met = "one interviewer" if request.panel == 1 else f"{request.panel} interviewers"
    before = sum(STAGES.index(stage.name) < STAGES.index("hands-on") for stage in stages)
    lines.insert(before, f"Interview with {met}, {request.minutes} minutes")
    return Handout(
        welcome=_filled(texts.handout.welcome, request, 0),
        dimensions=tuple(item.title for item in competencies),
        stages=tuple(lines),
        expect=texts.handout.expect,
        prepare=texts.handout.prepare,
        rights=texts.handout.rights,
    )


def _references(bank: Bank, questions: Sequence[KitQuestion]) -> tuple[Reference, ...]:
    used = dict.fromkeys(
        tick.reference for question in questions for tick in (*question.ticks, *question.red_flags)
    )
    return tuple(
        Reference(
            reference=name,
            title=bank.sections[name].title,
            sources=tuple(
                f"{source.authors} ({source.year}). {source.title}. {source.publisher}."
                for key in bank.sections[name].sources
                if (source := bank.sources.get(key))
            ),
        )
        for name in sorted(used)
    )


def level_distance(kit: Kit) -> float:
    """Mean distance of the questions' levels from the kit's, in steps; above 0 they are harder."""
    wanted = LEVELS.index(kit.request.level)
    return sum(LEVELS.index(item.level) - wanted for item in kit.questions) / len(kit.questions)


def questions_of(bank: Bank, kit: Kit) -> list[Question]:
    """The bank's questions behind a kit, in its order."""
    return [bank.question(item.question_id) for item in kit.questions]
