"""From what a model said about a claim to a verdict: its quotations, its votes, the embedded grader.

Credit needs three things, and code checks each: the quotation stands in an answer; the sentences it
stands in are no echo, no list of terms and no command; and these sentences come near the claim by the
embedded grader's measure (`FLOOR`). The last one is what holds when a model does whatever the answer
tells it to. Beyond that the model's status stands: where the embedded grader sees it otherwise, the
confidence goes down and a person is asked to look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from backend.grading.quotes import AROUND, distinct, occurrences, sentences_around
from backend.grading.verdict import Disagreement, Evidence, Status, Verdict

FLOOR = 0.45
"""The least probability, by the embedded grader on the quoted sentences, that credit needs."""
ORDER: tuple[Status, ...] = ("missed", "partial", "met")
NO_QUOTE = "the quotation is not in the answer"
NO_CONTENT = "the quoted words say nothing about it themselves"
FAR = "the quoted words do not come near the claim"

Support = Callable[[str], float]
"""How probable it is, 0 to 1, that a text states the claim."""


@dataclass(frozen=True)
class Opinion:
    """What a model said about one claim, before anything is believed."""

    status: Status
    confidence: float
    quote: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """An opinion after its quotation was checked. `withheld` says why credit was refused."""

    status: Status
    confidence: float
    evidence: tuple[Evidence, ...]
    reason: str
    claimed: Status
    withheld: str = ""


def check_opinion(
    opinion: Opinion, answers: Sequence[str], asked: Sequence[str], support: Support
) -> Checked:
    """The opinion as far as the answers bear it out."""
    held = Checked(
        opinion.status,
        min(1.0, max(0.0, opinion.confidence)),
        (),
        opinion.reason,
        opinion.status,
    )
    if opinion.status not in ("met", "partial"):
        return held
    places = occurrences(opinion.quote, answers)
    if not places:
        return _refused(held, NO_QUOTE)
    meant = [
        (piece, sentences_around(piece, answers, asked, reach))
        for piece in places
        for reach in (0, AROUND)
    ]
    meant = [(piece, text) for piece, text in meant if text]
    if not meant:
        return _refused(held, NO_CONTENT)
    rated = [(support(text), piece) for piece, text in meant]
    best, piece = max(rated, key=lambda pair: pair[0])
    if best < FLOOR:
        return _refused(held, FAR)
    return replace(held, evidence=(piece,))


def majority(votes: Sequence[Checked]) -> Checked:
    """The status most votes have; without one, the lowest. Its confidence counts the dissent."""
    counts = Counter(vote.status for vote in votes)
    most = max(counts.values())
    tied = [status for status, count in counts.items() if count == most]
    status = min(tied, key=lambda name: ORDER.index(name) if name in ORDER else -1)
    agreeing = [vote for vote in votes if vote.status == status]
    first = max(agreeing, key=lambda vote: vote.confidence)
    share = len(agreeing) / len(votes)
    mean = sum(vote.confidence for vote in agreeing) / len(agreeing)
    evidence = distinct([piece for vote in agreeing for piece in vote.evidence])
    return replace(first, confidence=share * mean, evidence=evidence)


def cross_check(checked: Checked, embedded: Verdict) -> tuple[Verdict, Disagreement | None]:
    """The verdict, and what a person should look at. A model that cannot tell leaves it to the embedded
    grader: otherwise an answer could have the claims it lacks taken out of the count."""
    name = embedded.expectation_id
    if checked.status == "cannot_assess":
        note = "the model could not tell; the embedded grader's verdict stands"
        lowered = replace(embedded, confidence=embedded.confidence / 2)
        return lowered, Disagreement(name, "cannot_assess", embedded.status, note)
    confidence = (checked.confidence + probability(embedded, checked.status)) / 2
    verdict = Verdict(name, checked.status, confidence, checked.evidence, checked.reason)
    if checked.withheld:
        reason = f"no credit: {checked.withheld}"
        note = f"the model called it {checked.claimed}; {checked.withheld}, so it earned nothing"
        return replace(verdict, reason=reason), Disagreement(
            name, checked.claimed, embedded.status, note
        )
    if {checked.status, embedded.status} == {"met", "missed"}:
        note = f"the model says {checked.status}, the embedded grader {embedded.status}"
        return verdict, Disagreement(name, checked.status, embedded.status, note)
    return verdict, None


def probability(verdict: Verdict, status: Status = "met") -> float:
    """How probable the embedded grader finds `status`, read back from its verdict."""
    stated = {"met": verdict.confidence, "missed": 1 - verdict.confidence}.get(verdict.status, 0.5)
    return {"met": stated, "missed": 1 - stated}.get(status, 1 - abs(2 * stated - 1))


def _refused(checked: Checked, why: str) -> Checked:
    return replace(checked, status="missed", evidence=(), withheld=why)
