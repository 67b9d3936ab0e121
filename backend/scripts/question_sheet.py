"""One question of the bank as it stands in a kit: probes in order, boxes to tick, example answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backend.bank.loader import Bank
from backend.bank.question import Expectation, Level, Quality, Question
from backend.grading.verdict import WORTH, Assessment, Verdict, score_of
from backend.scripts.kit import Anchor, Example, KitQuestion, Probe, Tick, Tier

ORDER = ("must", "should", "bonus")
MINUTES_A_PROBE = 2
"""A planned probe and its answer take about this long, after the first answer has been heard."""

GOOD = 4
WRITTEN: tuple[tuple[Tier, Quality], ...] = (
    ("weak", "weak"),
    ("middling", "partial"),
    ("excellent", "strong"),
)


def kit_question(
    bank: Bank, question: Question, *, level: Level, number: int, start: int, lead: int
) -> KitQuestion:
    """The question's pages. Anchors are those of the kit's `level`, whatever the question's own is."""
    ticks = _ticks(bank, [item for item in _ordered(question) if not item.is_red_flag])
    numbers = {item.id: tick.number for item, tick in zip(_positive(question), ticks, strict=True)}
    anchors = bank.areas[question.area].anchors[level]
    return KitQuestion(
        number=number,
        question_id=question.id,
        version=question.version,
        content_hash=question.content_hash(),
        area=question.area,
        area_title=bank.areas[question.area].title,
        level=question.level,
        kind=question.kind,
        title=question.title,
        minutes=question.minutes,
        start=start,
        lead=lead,
        why=question.why,
        ask=question.ask,
        clarify=question.clarify,
        probes=_probes(question, numbers),
        ticks=ticks,
        red_flags=_ticks(bank, [item for item in question.expectations if item.is_red_flag]),
        examples=_examples(bank, question, numbers),
        anchors=tuple(Anchor(rating=rating, text=text) for rating, text in sorted(anchors.items())),
    )


def _ordered(question: Question) -> list[Expectation]:
    order = (*ORDER, "red-flag")
    return sorted(question.expectations, key=lambda item: order.index(item.kind))


def _positive(question: Question) -> list[Expectation]:
    return [item for item in _ordered(question) if not item.is_red_flag]


def _ticks(bank: Bank, items: Sequence[Expectation]) -> tuple[Tick, ...]:
    return tuple(
        Tick(
            number=number,
            kind=item.kind,
            points=int(WORTH[item.kind]),
            claim=item.claim,
            reference=item.reference,
            reference_title=bank.sections[item.reference].title,
        )
        for number, item in enumerate(items, start=1)
    )


def _probes(question: Question, numbers: dict[str, int]) -> tuple[Probe, ...]:
    """The heaviest expectations first, as many as the minutes hold, then one deepening question."""
    most = max(2, question.minutes // MINUTES_A_PROBE)
    asked = [item for item in _positive(question) if item.probe][:most]
    probes = [
        Probe(order=order, ask=item.probe or "", tick=numbers[item.id])
        for order, item in enumerate(asked, start=1)
    ]
    deeper = question.follow_ups[0]
    return (*probes, Probe(order=len(probes) + 1, ask=deeper.ask, move=deeper.move))


def _examples(bank: Bank, question: Question, numbers: dict[str, int]) -> tuple[Example, ...]:
    """Weak, middling and excellent are the bank's own answers. A good one is told by what people say
    for each box it ticks: every must, and as many of the next heaviest as a rating of 4 needs."""
    whole = {
        tier: Example(
            tier=tier,
            rating=rating_for(question, exemplar.meets),
            answer=exemplar.answer,
            ticks=tuple(sorted(numbers[name] for name in exemplar.meets if name in numbers)),
        )
        for tier, quality in WRITTEN
        if (exemplar := question.exemplar(quality))
    }
    good: list[Expectation] = []
    for item in _positive(question):
        if item.kind != "must" and rating_for(question, [x.id for x in good]) >= GOOD:
            break
        good.append(item)
    snippets = tuple(_saying(bank, question, item) for item in good)
    rating = rating_for(question, [item.id for item in good])
    ticks = tuple(numbers[item.id] for item in good)
    middle = Example(tier="good", rating=rating, snippets=snippets, ticks=ticks)
    return whole["weak"], whole["middling"], middle, whole["excellent"]


def _saying(bank: Bank, question: Question, item: Expectation) -> str:
    phrasing = bank.phrasings.get(question.id, {}).get(item.id)
    said = list(phrasing.said) if phrasing else []
    # The second one of each claim is the one in everyday words; see AUTHORING.md.
    return (said[1:2] or said[:1] or [item.claim])[0]


def rating_for(question: Question, met: Collection[str]) -> int:
    """The rating, 1 to 5, that exactly these expectations come to by the arithmetic of grading."""
    verdicts = tuple(
        Verdict(item.id, "met" if item.id in met else "missed", 1.0)
        for item in question.expectations
    )
    score = score_of(
        question, Assessment(question.id, question.version, question.content_hash(), "", verdicts)
    )
    return score.rating or 1
