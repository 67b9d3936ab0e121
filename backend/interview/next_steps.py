"""What to do next, and the findings in one sentence: both follow from the question reports alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.interview.question_report import ExpectationReport, QuestionReport

NEXT_ACTIONS = 3


@dataclass(frozen=True)
class NextAction:
    """One thing to do next, and the finding it follows from."""

    title: str
    why: str
    reference: str | None
    passage_title: str | None
    question_id: str | None


def next_actions(questions: Sequence[QuestionReport]) -> list[NextAction]:
    """The heaviest gaps, one to a reference section: red flags, then musts, then shoulds."""
    gaps: list[tuple[float, QuestionReport, ExpectationReport]] = []
    for question in questions:
        for item in question.expectations:
            if item.kind == "red-flag" and item.status == "met":
                gaps.append((-4.0, question, item))
            elif item.kind in ("must", "should") and item.status in ("missed", "partial"):
                gaps.append((-item.worth + item.points, question, item))
    actions: list[NextAction] = []
    for _weight, question, item in sorted(gaps, key=lambda gap: gap[0]):
        reference = item.passage.reference if item.passage else None
        if any(action.reference == reference for action in actions):
            continue
        said = (
            "You said something that counts against you"
            if item.kind == "red-flag"
            else (
                "You touched on this without making it clear"
                if item.status == "partial"
                else "Your answer left this out"
            )
        )
        title = item.passage.title if item.passage else question.area_title
        actions.append(
            NextAction(
                title=f"Read \u201c{title}\u201d, then answer \u201c{question.title}\u201d again",
                why=f"{said}: {item.claim}",
                reference=reference,
                passage_title=title,
                question_id=question.question_id,
            )
        )
        if len(actions) == NEXT_ACTIONS:
            return actions
    for question in questions:
        if question.outcome in ("skipped", "not-known") and len(actions) < NEXT_ACTIONS:
            actions.append(
                NextAction(
                    title=f"Try \u201c{question.title}\u201d, which you passed over",
                    why=f"{question.area_title} is unscored without it.",
                    reference=None,
                    passage_title=None,
                    question_id=question.question_id,
                )
            )
    return actions


def summary_of(questions: Sequence[QuestionReport], coverage: float | None) -> str:
    if coverage is None:
        return "Nothing could be scored: no question was answered."
    items = [item for question in questions for item in question.expectations]
    musts = [item for item in items if item.kind == "must"]
    met = sum(item.status == "met" for item in musts)
    flags = sum(item.kind == "red-flag" and item.status == "met" for item in items)
    noun = "statement" if flags == 1 else "statements"
    red = f" {flags} {noun} counted against you." if flags else ""
    left = sum(question.coverage is None for question in questions)
    unscored = f" {left} of {len(questions)} questions stayed unscored." if left else ""
    return (
        f"Your answers covered {coverage:.0%} of what was expected, and {met} of the {len(musts)}"
        f" points that an answer must have.{red}{unscored}"
    )
