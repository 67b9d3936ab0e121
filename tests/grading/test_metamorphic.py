"""What must not change a score, what must lower it, and what must never earn anything.

Every test goes over every question of the bank and prints its violation rate (`conftest.py`). The
rewordings are readers' (`readings/`) or made by rule (`rewordings.py`); nothing was tuned on them.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.grading.entailment import EmbeddedGrader
from backend.grading.verdict import Assessment, score_of
from tests.grading import rewordings
from tests.grading.reading import Reading, read_readings

TOP = 5.0
Rates = list[tuple[str, int, int, str]]


class Graded:
    """Answers to one question at a time, on the 0 to 5 scale before rounding."""

    def __init__(self, grader: EmbeddedGrader) -> None:
        self._grader = grader

    def assessment(self, question: Question, answer: str) -> Assessment:
        return self._grader.assess(question, [answer], [question.ask])

    def score(self, question: Question, answer: str) -> float:
        """Coverage times five; 0 where nothing could be assessed."""
        coverage = score_of(question, self.assessment(question, answer)).coverage
        return TOP * (coverage or 0.0)

    def earned(self, question: Question, answer: str) -> float:
        points = score_of(question, self.assessment(question, answer)).points.values()
        return sum(value for value in points if value > 0)

    def met(self, question: Question, answer: str, claim: str) -> bool:
        return self.assessment(question, answer).verdict(claim).status == "met"


@pytest.fixture(scope="module")
def readings(bank: Bank) -> list[Reading]:
    return read_readings(bank)


@pytest.fixture(scope="module")
def graded(embedded: EmbeddedGrader) -> Graded:
    return Graded(embedded)


def seeded(reading: Reading) -> random.Random:
    return random.Random(reading.question.id)


def check(
    rates: Rates, what: str, wrong: list[str], cases: int, aim: float, reached: float | None = None
) -> None:
    """Notes the rate beside the aim, and fails if it is worse than what has been reached so far.

    Where the aim is missed, `reached` is the rate of the day this was written, rounded up: the grader
    must not fall behind it. Lower it when the grader gets better.
    """
    rates.append((what, len(wrong), cases, f"at most {aim:.0%}"))
    most = aim if reached is None else reached
    assert cases > 0
    assert len(wrong) <= most * cases, f"{what}: {len(wrong)} of {cases}: {wrong[:12]}"


EMPTY_HANDED: dict[str, Callable[[Reading], list[str]]] = {
    "empty": lambda r: ["", "  \n", "...", "um, well, okay"],
    "off-topic": lambda r: list(rewordings.OFF_TOPIC),
    "the question said back": lambda r: [
        r.question.ask,
        r.question.clarify,
        f"So you are asking me: {r.question.ask}",
    ],
    "a list of the rubric's keywords": lambda r: [rewordings.keyword_list(r.question, seeded(r))],
    "the rubric's words in empty sentences": lambda r: [
        rewordings.salad(r.question, random.Random(seed)) for seed in (1, 2)
    ],
    "orders to the grader": lambda r: list(rewordings.INJECTIONS),
}


@pytest.mark.parametrize("kind", EMPTY_HANDED)
def test_what_says_nothing_earns_nothing(
    graded: Graded, readings: list[Reading], rates: Rates, kind: str
) -> None:
    tried = [(r, text) for r in readings for text in EMPTY_HANDED[kind](r)]
    wrong = [
        f"{r.question.id}: {text[:60]}" for r, text in tried if graded.earned(r.question, text)
    ]
    check(rates, f"{kind} earns nothing", wrong, len(tried), 0.0)


SAME: dict[str, Callable[[Reading], str]] = {
    "a sentence said twice": lambda r: rewordings.repeated(r.strong),
    "sentences in another order": lambda r: rewordings.shuffled(r.strong, seeded(r)),
    "polite padding": lambda r: rewordings.padded(r.strong),
    "all capitals": lambda r: r.strong.upper(),
    "all small letters": lambda r: r.strong.lower(),
    "typing slips": lambda r: rewordings.with_typos(r.strong, seeded(r)),
}


@pytest.mark.parametrize("kind", SAME)
def test_what_changes_no_content_moves_the_score_by_a_quarter_at_most(
    graded: Graded, readings: list[Reading], rates: Rates, kind: str
) -> None:
    wrong = [
        r.question.id
        for r in readings
        if abs(graded.score(r.question, SAME[kind](r)) - graded.score(r.question, r.strong)) > 0.25
    ]
    check(rates, f"{kind} moves the score by 0.25 at most", wrong, len(readings), 0.02, 0.04)


def test_lookalike_letters_and_invisible_characters_change_nothing(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    wrong = [
        r.question.id
        for r in readings
        if graded.score(r.question, rewordings.disguised(r.strong, seeded(r)))
        != graded.score(r.question, r.strong)
    ]
    check(rates, "look-alike and invisible characters change nothing", wrong, len(readings), 0.0)


def test_a_correct_sentence_more_never_lowers_the_score(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    """The partial exemplar with a sentence of the strong one that states a further claim."""
    wrong: list[str] = []
    cases = 0
    for r in readings:
        partial = r.question.exemplar("partial")
        before = graded.score(r.question, partial.answer)
        flags = {item.id for item in r.question.expectations if item.is_red_flag}
        for claim in [c for c in r.spans["strong"] if c not in (*partial.meets, *flags)][:3]:
            cases += 1
            more = f"{partial.answer.strip()} {' '.join(r.spans['strong'][claim])}"
            if graded.score(r.question, more) < before - 1e-9:
                wrong.append(f"{r.question.id} {claim}")
    check(rates, "a correct sentence more never lowers the score", wrong, cases, 0.02, 0.03)


def lowered(graded: Graded, cases: list[tuple[Reading, str, str]]) -> tuple[list[str], int]:
    """Of those whose claim the strong exemplar is credited with: where the change cost nothing."""
    wrong: list[str] = []
    tried = 0
    for r, claim, text in cases:
        if graded.met(r.question, r.strong, claim):
            tried += 1
            before, after = (graded.score(r.question, a) for a in (r.strong, text))
            if after > before - 1e-9 and graded.met(r.question, text, claim):
                wrong.append(f"{r.question.id} {claim}")
    return wrong, tried


def without_spans(r: Reading, claim: str) -> str:
    text = r.strong
    for span in r.spans["strong"][claim]:
        text = text.replace(span, " ")
    return text


def test_removing_what_states_a_claim_takes_its_credit(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    cases = [(r, claim, without_spans(r, claim)) for r in readings for claim in r.spans["strong"]]
    wrong, tried = lowered(graded, cases)
    check(rates, "removing what states a claim takes its credit", wrong, tried, 0.1, 0.3)


def test_denying_a_claim_takes_its_credit(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    wrong, tried = lowered(graded, [(r, r.negated.claim, r.negated.text) for r in readings])
    check(rates, "denying a claim takes its credit", wrong, tried, 0.1, 0.63)


def test_contradicting_a_claim_takes_its_credit(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    cases = [(r, r.contradicted.claim, r.contradicted.text) for r in readings]
    wrong, tried = lowered(graded, cases)
    check(rates, "contradicting a claim takes its credit", wrong, tried, 0.1, 0.65)


def test_a_self_correction_counts_what_was_said_last(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    reached = [
        r for r in readings if not graded.met(r.question, r.corrected.text, r.corrected.claim)
    ]
    taken = [r for r in readings if graded.met(r.question, r.withdrawn.text, r.withdrawn.claim)]
    check(
        rates, "a corrected statement earns", [r.question.id for r in reached], len(readings), 0.25
    )
    check(
        rates,
        "a withdrawn statement earns nothing",
        [r.question.id for r in taken],
        len(readings),
        0.1,
        0.47,
    )


def test_a_paraphrase_without_the_claims_words_earns_it(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    wrong = [
        r.question.id
        for r in readings
        if not graded.met(r.question, r.paraphrase.text, r.paraphrase.claim)
    ]
    check(
        rates, "a paraphrase without shared words earns the claim", wrong, len(readings), 0.25, 0.52
    )


MANNER = {"terse": 0.55, "hedged": 0.31}


@pytest.mark.parametrize("kind", MANNER)
def test_the_same_content_in_another_manner_scores_within_a_half(
    graded: Graded, readings: list[Reading], rates: Rates, kind: str
) -> None:
    wrong = [
        r.question.id
        for r in readings
        if abs(graded.score(r.question, getattr(r, kind)) - graded.score(r.question, r.strong))
        > 0.5
    ]
    check(rates, f"{kind} wording scores within 0.5", wrong, len(readings), 0.25, MANNER[kind])


def test_evidence_points_at_words_a_reader_would_accept(
    graded: Graded, readings: list[Reading], rates: Rates
) -> None:
    """For each met claim that the author sees too: the first evidence overlaps a reader's span."""
    wrong: list[str] = []
    cases = 0
    for r in readings:
        for exemplar in r.question.exemplars:
            answer = " ".join(exemplar.answer.split())
            for verdict in graded.assessment(r.question, answer).verdicts:
                spans = r.spans[exemplar.quality].get(verdict.expectation_id)
                if verdict.status != "met" or not spans:
                    continue
                cases += 1
                places = [(answer.index(span), answer.index(span) + len(span)) for span in spans]
                first = verdict.evidence[0]
                shared = max(min(first.end, end) - max(first.start, start) for start, end in places)
                shortest = min(first.end - first.start, *(end - start for start, end in places))
                if shared < 0.5 * shortest:
                    wrong.append(f"{r.question.id} {exemplar.quality} {verdict.expectation_id}")
    check(rates, "evidence lies in words a reader would accept", wrong, cases, 0.1)
