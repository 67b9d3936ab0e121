"""A kit fits its minutes, covers its areas, repeats nothing and is the same every time."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from backend.bank.blueprint import STAGES
from backend.bank.loader import Bank
from backend.bank.question import LEVELS
from backend.errors import BadInput, BankError, UnknownArea, UnknownQuestion
from backend.scripts.forms import too_alike
from backend.scripts.kit import JobLink, Kit, KitRequest
from backend.scripts.panel import leads
from backend.scripts.script import compose, level_distance, questions_of
from tests.scripts.conftest import REQUEST

PLANS = ("junior-generalist", "mid-product-ml", "senior-mlops", "llm-rag-engineer")
ALL_PLANS = (*PLANS, "research-leaning", "ml-platform-lead")


def kit_of(bank: Bank, name: str, form: str = "A") -> Kit:
    plan = bank.kits.blueprints[name]
    return compose(
        bank,
        KitRequest.model_validate(
            {
                "level": plan.level,
                "areas": plan.areas,
                "minutes": plan.minutes,
                "panel": plan.panel,
                "stages": plan.stages,
                "blueprint": name,
                "form": form,
            }
        ),
    )


def changed(**values: object) -> KitRequest:
    return KitRequest.model_validate(REQUEST.model_dump() | values)


def test_the_six_named_blueprints_ship(bank: Bank) -> None:
    assert set(bank.kits.blueprints) >= set(ALL_PLANS)


@pytest.mark.parametrize("name", ALL_PLANS)
def test_a_blueprints_two_forms_are_parallel(bank: Bank, name: str) -> None:
    a, b = kit_of(bank, name), kit_of(bank, name, "B")
    for made in (a, b):
        assert made.planned_minutes == bank.kits.blueprints[name].minutes
        closing = made.agenda[-1].minutes
        assert 5 <= closing <= 20
        assert {q.area for q in made.questions} == set(bank.kits.blueprints[name].areas)
        asked = questions_of(bank, made)
        assert not [pair for pair in combinations(asked, 2) if too_alike(*pair)]
        assert max(Counter(question.id for question in asked).values()) == 1
        distance = [abs(LEVELS.index(q.level) - LEVELS.index(made.request.level)) for q in asked]
        assert max(distance) <= 1
    assert not {q.question_id for q in a.questions} & {q.question_id for q in b.questions}
    assert [q.area for q in a.questions] == [q.area for q in b.questions]
    assert level_distance(a) == level_distance(b)
    lengths = [sum(q.minutes for q in made.questions) for made in (a, b)]
    assert abs(lengths[0] - lengths[1]) <= 3
    used = [{stage.exercise for stage in made.stages if stage.exercise} for made in (a, b)]
    assert not used[0] & used[1]
    assert a.id != b.id


def test_the_same_request_gives_the_same_kit_and_any_change_another_id(
    bank: Bank, kit: Kit
) -> None:
    assert compose(bank, REQUEST).model_dump_json() == kit.model_dump_json()
    others = [
        changed(seed=8),
        changed(form="B"),
        changed(minutes=61),
        changed(level="mid"),
        changed(areas=("monitoring", "mlops", "collaboration")),
    ]
    ids = {request.kit_id(bank.version) for request in (REQUEST, *others)}
    assert len(ids) == 6
    assert REQUEST.kit_id("000000000000") not in ids


def test_another_seed_asks_other_questions(bank: Bank, kit: Kit) -> None:
    asked = {
        tuple(q.question_id for q in compose(bank, changed(seed=seed)).questions)
        for seed in range(6)
    }
    assert len(asked) > 1


def test_every_way_of_verifying_can_be_part_of_a_kit(bank: Bank) -> None:
    made = compose(bank, changed(stages=STAGES))
    assert [stage.name for stage in made.stages] == list(STAGES)
    assert any(question.kind == "behavioural" for question in made.questions)
    assert made.behavioural
    rated = {stage.name for stage in made.stages if stage.rubric}
    assert rated == set(STAGES) - {"certificates"}
    assert made.candidate_minutes == made.request.minutes + sum(s.minutes for s in made.stages)


def test_a_question_has_probes_in_order_ticks_and_four_answers(kit: Kit) -> None:
    for question in kit.questions:
        assert [probe.order for probe in question.probes] == list(
            range(1, len(question.probes) + 1)
        )
        numbers = {tick.number for tick in question.ticks}
        assert {probe.tick for probe in question.probes if probe.tick} <= numbers
        assert question.probes[-1].move is not None
        kinds = [tick.kind for tick in question.ticks]
        assert kinds == sorted(kinds, key=("must", "should", "bonus").index)
        tiers = [(example.tier, example.rating) for example in question.examples]
        assert [tier for tier, _ in tiers] == ["weak", "middling", "good", "excellent"]
        assert [rating for _, rating in tiers] == sorted(rating for _, rating in tiers)
        assert dict(tiers)["good"] >= 4
        assert all(example.answer or example.snippets for example in question.examples)
        assert [anchor.rating for anchor in question.anchors] == [1, 2, 3, 4, 5]


def test_anchors_are_those_of_the_kits_level(bank: Bank, kit: Kit) -> None:
    for question in kit.questions:
        expected = bank.areas[question.area].anchors["senior"]
        assert {anchor.rating: anchor.text for anchor in question.anchors} == expected


def test_the_handout_names_dimensions_and_holds_no_question(kit: Kit) -> None:
    text = kit.handout.model_dump_json()
    assert all(item.title in kit.handout.dimensions for item in kit.competencies)
    for question in kit.questions:
        assert question.ask not in text
        assert question.title not in text


def test_a_panel_shares_the_questions_without_overlap(bank: Bank, kit: Kit) -> None:
    led = [question.lead for question in kit.questions]
    assert led == sorted(led)
    assert set(led) == {1, 2, 3}
    with pytest.raises(BadInput, match="--panel: 6 interviewers, but only 1 questions"):
        leads(questions_of(bank, kit)[:1], 6)


def test_fixed_questions_are_asked_in_their_order(bank: Bank) -> None:
    names = ("monitoring/sixty-alerts-a-week", "mlops/restarting-pods")
    made = compose(bank, changed(areas=("mlops", "monitoring"), questions=names, panel=1))
    assert tuple(question.question_id for question in made.questions) == names


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({"areas": ("cooking",)}, UnknownArea, "no area 'cooking'"),
        ({"areas": ("mlops", "mlops")}, BadInput, "--areas: 'mlops' stands 2 times"),
        ({"minutes": 20}, BadInput, "--minutes: 3 areas need"),
        ({"questions": ("mlops/nothing",)}, UnknownQuestion, "no question 'mlops/nothing'"),
        (
            {"questions": ("mlops/restarting-pods",), "form": "B"},
            BadInput,
            "--form B: a kit with fixed questions",
        ),
        (
            {"questions": ("mlops/restarting-pods",)},
            BadInput,
            "--question: no question is about monitoring, collaboration",
        ),
        ({"blueprint": "chef"}, BadInput, "--blueprint: no blueprint 'chef'"),
        ({"level": "junior", "stages": ("hands-on",), "areas": ("mlops",)}, None, ""),
    ],
)
def test_a_wish_that_cannot_be_filled_is_refused_by_name(
    bank: Bank, values: dict[str, object], error: type[Exception] | None, says: str
) -> None:
    if error is None:
        assert compose(bank, changed(panel=1, **values)).stages[0].exercise
        return
    with pytest.raises(error, match=says):
        compose(bank, changed(**values))


def test_a_bank_without_kit_texts_says_so(bank: Bank) -> None:
    from dataclasses import replace

    without = replace(bank, kits=replace(bank.kits, texts=None))
    with pytest.raises(BankError, match=r"kit_texts\.yaml"):
        compose(without, REQUEST)


def test_the_sentences_of_a_job_description_stand_in_the_kit(bank: Bank) -> None:
    link = JobLink(sentence="You run it.", area="mlops", area_title="MLOps", expectation="Runs it")
    made = compose(bank, changed(job=(link.model_dump(),)))
    assert made.request.job == (link,)
    assert "derived from the job description" in made.job_link
