"""What may be said and what may not, measured with the real embedded grader."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.grading.entailment import EmbeddedGrader
from backend.interview.line_guard import Bounds, LineGuard, Secrets
from backend.interview.passages import Passages
from backend.retrieval.embedder import Embedder
from backend.retrieval.index import Filter, Hit

SAID = "I'd put up a dashboard with the number of flagged payments and look at it every morning."


@pytest.fixture
def question(bank: Bank) -> Question:
    return bank.question("monitoring/label-delay")


@pytest.fixture(scope="module")
def guard(embedded: EmbeddedGrader, embedder: Embedder) -> LineGuard:
    return LineGuard(embedded, embedder)


@pytest.fixture
def bounds(question: Question) -> Bounds:
    """Asks for the first must; nothing has been met."""
    probes = [item.probe for item in question.expectations if item.probe]
    return Bounds(
        curated=probes[0],
        asks=probes[0],
        rivals=(*probes[1:], *(item.ask for item in question.follow_ups)),
        heard=(question.ask, SAID),
        secrets=(Secrets(question, question.expectations, (SAID,)),),
        prompt="You never flatter and never grade: no great answer and no scores.",
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Thanks, you would look at a dashboard every morning.",
        "Okay, the number of flagged payments is on the dashboard.",
        "Let me stay with the dashboard for a moment.",
        "Which signals do you actually have on day one, before any label has arrived?",
        "On the first day, before a single label is in, what signals can you look at?",
        "So what do you have to go by on day one, when no label has arrived?",
    ],
)
def test_a_natural_reply_passes(guard: LineGuard, bounds: Bounds, sentence: str) -> None:
    assert guard.objection((), sentence, bounds) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "You could compare the distributions of the inputs with last month.",
        "Would you watch how the scores are distributed before labels come in?",
        "A shift in the inputs does not prove that accuracy fell.",
        "Some teams have analysts review a random sample of payments by hand.",
        "Do you keep an eye on the histogram of the fraud score and each feature?",
        "Remember to report accuracy only for weeks whose labels are complete.",
    ],
)
def test_what_would_earn_a_point_if_it_were_said_back_is_a_leak(
    guard: LineGuard, bounds: Bounds, sentence: str
) -> None:
    assert guard.objection((), sentence, bounds) in ("leak", "new-words", "question")


def test_a_leak_in_two_halves_is_a_leak(guard: LineGuard, bounds: Bounds) -> None:
    halves = ("Look at the inputs.", "And at the distributions of the scores.")
    assert guard.objection(halves[:1], halves[1], bounds) != ""


def test_another_question_of_the_same_rubric_is_not_the_one_to_ask(
    guard: LineGuard, question: Question, bounds: Bounds
) -> None:
    for rival in bounds.rivals:
        assert guard.objection((), rival.split(". ")[-1], bounds) != ""


def test_no_claim_hint_or_example_of_the_question_passes(
    guard: LineGuard, question: Question, bounds: Bounds
) -> None:
    texts = [item.claim for item in question.expectations]
    texts += [item.hint for item in question.expectations if item.hint]
    texts += [exemplar.answer for exemplar in question.exemplars]
    assert [text for text in texts if guard.objection((), text, bounds) == ""] == []


@dataclass
class OneSection:
    """An index that finds one section, whatever it is asked."""

    reference: str

    def search(self, name: str, query: str, wanted: Filter, limit: int) -> list[Hit]:
        return [Hit(self.reference, 0.9)]


def test_passages_tell_of_what_is_settled_and_of_nothing_else(
    bank: Bank, embedder: Embedder, guard: LineGuard, question: Question
) -> None:
    found = OneSection("documents/monitoring.md#delayed-labels")
    passages = Passages(lambda: found, embedder, bank)  # type: ignore[arg-type,return-value]
    first = question.musts[0]
    secret = [item for item in question.expectations if item.id != first.id]
    covered = ["compare the distribution of each input and of the scores with the month before"]
    told = " ".join(passages.about(covered, question, secret))
    assert "distribution" in told
    for words in ("specialists review", "old enough", "drawn at random"):
        assert words not in told
    everything = passages.about(covered, question, question.expectations)
    assert "distribution of each input" not in " ".join(everything)
