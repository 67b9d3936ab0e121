"""The parts of the process beside the interview: every way of verifying that the skill map names."""

from __future__ import annotations

import random

from backend.bank.blueprint import STAGES, StageName
from backend.bank.exercise import SOLUTIONS, Exercise, ExerciseKind
from backend.bank.kit_texts import KitTexts, Sheet
from backend.bank.loader import Bank
from backend.bank.question import LEVELS, Question
from backend.errors import BadInput
from backend.scripts.forms import Forms, too_alike
from backend.scripts.kit import KitRequest, Stage

LETTERS: dict[StageName, str] = {
    "take-home": "T",
    "portfolio": "P",
    "hands-on": "H",
    "technical-discussion": "D",
    "certificates": "C",
}


def stages_of(bank: Bank, texts: KitTexts, request: KitRequest, forms: Forms) -> tuple[Stage, ...]:
    """The stages the request asks for, in the order in which a candidate meets them.

    Raises `BadInput` naming --stages if the bank has no fitting exercise, or only one for two forms.
    """
    found: list[Stage] = []
    for name in STAGES:
        if name not in request.stages:
            continue
        if name in ("hands-on", "take-home"):
            exercise = choose_exercise(bank, name, request)
            found.append(_exercise_stage(bank, texts, exercise))
        elif name == "portfolio":
            found.append(_sheet_stage(name, texts.portfolio))
        elif name == "technical-discussion":
            topic = _topic(bank, request, forms)
            found.append(_sheet_stage(name, texts.technical_discussion, topic))
        else:
            found.append(
                Stage(
                    name=name,
                    letter=LETTERS[name],
                    title=texts.certificates.title,
                    minutes=0,
                    purpose=texts.certificates.purpose,
                    steps=texts.certificates.rules,
                )
            )
    return tuple(found)


def choose_exercise(bank: Bank, kind: ExerciseKind, request: KitRequest) -> Exercise:
    """The blueprint's exercise for this form, else one for the level that shares most areas.

    The two forms get the two best ones; the seed decides which of them form A gets.
    """
    blueprint = bank.kits.blueprints.get(request.blueprint or "")
    if blueprint and kind in blueprint.exercises:
        pinned = blueprint.exercises[kind]
        return bank.kits.exercises[pinned.a if request.form == "A" else pinned.b]
    fitting = [
        item
        for item in bank.kits.exercises.values()
        if item.kind == kind and request.level in item.levels
    ]
    if len(fitting) < 2:
        raise BadInput(
            f"--stages {kind}: the bank has {len(fitting)} {kind} exercises for level"
            f" {request.level}; two parallel forms need 2"
        )
    wanted = set(request.areas)
    fitting.sort(key=lambda item: (-len(wanted & set(item.areas)), item.minutes, item.id))
    pair = fitting[:2]
    random.Random(f"{request.seed}:{kind}").shuffle(pair)
    return pair[0 if request.form == "A" else 1]


def _exercise_stage(bank: Bank, texts: KitTexts, exercise: Exercise) -> Stage:
    code = bank.kits.code[exercise.id]
    solution = next((name for name in SOLUTIONS if name in code), "")
    return Stage(
        name=exercise.kind,
        letter=LETTERS[exercise.kind],
        title=exercise.title,
        minutes=exercise.minutes,
        purpose=exercise.purpose,
        brief=exercise.brief,
        deliver=exercise.deliver,
        files=exercise.files,
        exercise=exercise.id,
        steps=texts.hands_on if exercise.kind == "hands-on" else texts.take_home,
        asks=exercise.discuss,
        rubric=exercise.rubric,
        solution_name=solution,
        solution=code.get(solution, ""),
    )


def _sheet_stage(name: StageName, sheet: Sheet, topic: Question | None = None) -> Stage:
    asks = sheet.asks
    if topic is not None:
        asks = (topic.ask, *(item.ask for item in topic.follow_ups), *asks)
    return Stage(
        name=name,
        letter=LETTERS[name],
        title=sheet.title,
        minutes=sheet.minutes,
        purpose=sheet.purpose,
        steps=sheet.steps,
        asks=asks,
        rubric=sheet.rubric,
    )


def _topic(bank: Bank, request: KitRequest, forms: Forms) -> Question:
    """A question to think about together that neither form asks: of the wanted areas if there is one."""
    used = (*forms.a, *forms.b)
    free = [
        question
        for question in bank.questions.values()
        if question.kind != "behavioural"
        and question not in used
        and not any(too_alike(question, old) for old in used)
    ]

    def fit(question: Question) -> tuple[int, int, int, str]:
        distance = abs(LEVELS.index(question.level) - LEVELS.index(request.level))
        return (
            int(question.area not in request.areas),
            distance,
            int(question.kind != "design"),
            question.id,
        )

    best = sorted(free, key=fit)[:2]
    if len(best) < 2:
        raise BadInput("--stages technical-discussion: the bank has no question left to discuss")
    random.Random(f"{request.seed}:discussion").shuffle(best)
    return best[0 if request.form == "A" else 1]
