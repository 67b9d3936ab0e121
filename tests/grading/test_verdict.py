"""Scores come only from code, and only from words that are in the answer."""

from __future__ import annotations

import pytest

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.grading.verdict import (
    Assessment,
    Evidence,
    Status,
    Verdict,
    assessment_of,
    score_of,
)

ANSWER = "I would watch the inputs, and compare them."


@pytest.fixture
def question(bank: Bank) -> Question:
    return bank.question("monitoring/label-delay")


def assessed(question: Question, **statuses: Status) -> Assessment:
    piece = Evidence(0, 0, 13, ANSWER[:13])
    verdicts = [
        Verdict(item.id, status, 0.9, (piece,) if status in ("met", "partial") else ())
        for item in question.expectations
        for status in [statuses.get(item.id.replace("-", "_"), "missed")]
    ]
    return assessment_of(question, [ANSWER], verdicts, grader="test")


def everything(question: Question, status: Status = "met") -> dict[str, Status]:
    return {
        item.id.replace("-", "_"): status for item in question.expectations if not item.is_red_flag
    }


def test_quote_absent_from_the_answer_earns_no_credit(question: Question) -> None:
    first, *others = question.expectations
    forged = Evidence(0, 0, 20, "never said any of it")
    verdicts = [Verdict(first.id, "met", 1.0, (forged,))]
    verdicts += [Verdict(item.id, "missed", 1.0) for item in others]
    found = assessment_of(question, [ANSWER], verdicts, grader="test")
    assert found.verdicts[0].status == "missed"
    assert found.verdicts[0].evidence == ()
    assert score_of(question, found).earned == 0


@pytest.mark.parametrize(
    "piece",
    [
        Evidence(1, 0, 5, ANSWER[:5]),
        Evidence(-1, 0, 5, ANSWER[:5]),
        Evidence(0, 3, 3, ""),
        Evidence(0, 1, 6, ANSWER[:5]),
    ],
)
def test_a_quote_in_the_wrong_place_earns_no_credit(question: Question, piece: Evidence) -> None:
    verdicts = [Verdict(item.id, "met", 1.0, (piece,)) for item in question.expectations]
    found = assessment_of(question, [ANSWER], verdicts, grader="test")
    assert {verdict.status for verdict in found.verdicts} == {"missed"}


def test_exactly_one_verdict_for_each_expectation_is_demanded(question: Question) -> None:
    verdicts = [Verdict(item.id, "missed", 1.0) for item in question.expectations]
    for wrong in (verdicts[:-1], [*verdicts, verdicts[0]], []):
        with pytest.raises(ValueError, match="exactly one verdict"):
            assessment_of(question, [ANSWER], wrong, grader="test")


def test_an_answer_that_covers_everything_has_full_coverage_and_five(question: Question) -> None:
    score = score_of(question, assessed(question, **everything(question)))
    assert score.coverage == 1.0
    assert score.rating == 5


def test_a_bonus_fills_a_gap_but_never_lifts_above_one(question: Question) -> None:
    # musts 3 + 3, shoulds 2 + 2, bonus 1
    with_bonus = assessed(
        question, proxy_signals="met", proxy_limits="met", fast_labels="met", alert_action="met"
    )
    assert score_of(question, with_bonus).coverage == pytest.approx(9 / 10)
    full = assessed(question, **everything(question))
    assert score_of(question, full).earned == 10


def test_a_red_flag_subtracts_and_the_floor_is_zero(question: Question) -> None:
    one = assessed(question, proxy_signals="met", blind_retraining="met")
    assert score_of(question, one).coverage == pytest.approx(1 / 10)
    only = assessed(question, blind_retraining="met")
    assert score_of(question, only).coverage == 0


def test_a_partial_verdict_earns_half(question: Question) -> None:
    score = score_of(question, assessed(question, proxy_signals="partial"))
    assert score.points["proxy-signals"] == 1.5


def test_a_missed_must_holds_the_rating_down(question: Question) -> None:
    statuses = everything(question) | {"proxy_limits": "missed"}
    assert score_of(question, assessed(question, **statuses)).rating == 3
    statuses |= {"proxy_limits": "partial"}
    assert score_of(question, assessed(question, **statuses)).rating == 4
    statuses |= {"proxy_limits": "missed", "proxy_signals": "missed"}
    assert score_of(question, assessed(question, **statuses)).rating == 2


def test_cannot_assess_is_left_out_of_the_score_not_counted_as_missed(question: Question) -> None:
    statuses = everything(question) | {"proxy_limits": "cannot_assess"}
    score = score_of(question, assessed(question, **statuses))
    assert score.possible == 7
    assert score.coverage == 1.0
    none = {item.id.replace("-", "_"): "cannot_assess" for item in question.expectations}
    unscored = score_of(question, assessed(question, **none))
    assert unscored.coverage is None
    assert unscored.rating is None


def test_a_question_of_which_less_than_half_could_be_assessed_has_no_score(
    question: Question,
) -> None:
    # musts 3 + 3, shoulds 2 + 2: five of ten points are enough, four are not
    statuses: dict[str, Status] = {"proxy_signals": "met", "fast_labels": "met"}
    statuses |= {"proxy_limits": "cannot_assess", "mature_cohorts": "cannot_assess"}
    assert score_of(question, assessed(question, **statuses)).coverage == 1.0
    statuses["proxy_signals"] = "cannot_assess"
    few = score_of(question, assessed(question, **statuses))
    assert (few.coverage, few.rating) == (None, None)


def test_more_credit_never_means_a_lower_rating(question: Question) -> None:
    order: list[Status] = ["missed", "partial", "met"]
    names = list(everything(question))
    current: dict[str, Status] = dict.fromkeys(names, "missed")
    last = score_of(question, assessed(question, **current))
    for name in names:
        for status in order[1:]:
            current[name] = status
            score = score_of(question, assessed(question, **current))
            assert (score.coverage or 0) >= (last.coverage or 0)
            assert (score.rating or 0) >= (last.rating or 0)
            last = score
