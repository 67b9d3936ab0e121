"""A reference answer becomes claims that can be judged one by one, and no word of it gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.bank.wording import content_stems
from backend.grading.decompose import MOST, decompose, rubric_claims


def texts(reference: str) -> list[str]:
    return [claim.text for claim in decompose(reference)]


def test_sentences_are_claims() -> None:
    assert texts("Dropout disables random units. It reduces overfitting on small data.") == [
        "Dropout disables random units.",
        "It reduces overfitting on small data.",
    ]


def test_enumerations_are_taken_apart() -> None:
    found = texts(
        "There are three causes: (i) the learning rate is far too high (ii) gradients explode in deep"
        " stacks (iii) labels were shuffled by mistake"
    )
    assert found == [
        "There are three causes",
        "the learning rate is far too high",
        "gradients explode in deep stacks",
        "labels were shuffled by mistake",
    ]


def test_bullets_and_numbers_at_line_starts_are_taken_apart() -> None:
    assert texts(
        "- Scale every feature first\n- Cluster with several seeds\n- Compare silhouettes"
    ) == [
        "Scale every feature first",
        "Cluster with several seeds",
        "Compare silhouettes",
    ]
    assert texts("1. Freeze the encoder weights. 2. Train only the small head.") == [
        "Freeze the encoder weights.",
        "Train only the small head.",
    ]


def test_semicolons_part_claims() -> None:
    assert texts("Precision counts false alarms; recall counts missed cases") == [
        "Precision counts false alarms",
        "recall counts missed cases",
    ]


def test_halves_that_stand_alone_are_parted() -> None:
    assert texts("The cache is cold after a restart and the first requests are slow.") == [
        "The cache is cold after a restart",
        "the first requests are slow.",
    ]
    assert texts("The test set must stay untouched because the estimate becomes optimistic.") == [
        "The test set must stay untouched",
        "the estimate becomes optimistic.",
    ]


def test_a_pair_of_nouns_stays_together() -> None:
    sentence = "Bagging averages trees and forests of many kinds."
    assert texts(sentence) == [sentence]


def test_formulas_with_a_minus_are_not_bullets() -> None:
    sentence = "The new weight is the old weight - the learning rate times the gradient"
    assert texts(sentence) == [sentence]


def test_a_fragment_joins_its_neighbour() -> None:
    assert texts("Yes. Stale features cause training and serving skew.") == [
        "Yes. Stale features cause training and serving skew."
    ]
    assert texts("Shards rebalance after node loss. Always.") == [
        "Shards rebalance after node loss. Always."
    ]


@pytest.mark.parametrize("text", ["42", "One.", "?", "", "-1"])
def test_there_is_always_a_claim(text: str) -> None:
    (claim,) = decompose(text)
    assert claim.text == text
    assert claim.weight > 0


def test_a_long_reference_has_a_bounded_number_of_claims() -> None:
    found = decompose(" ".join(f"Step number {i} moves block {i} to disk {i}." for i in range(40)))
    assert len(found) == MOST


def test_a_claim_that_says_the_question_back_weighs_least() -> None:
    question = "What are the advantages of batch normalisation?"
    echo, real = decompose(
        "The advantages of batch normalisation: it has some. Larger learning rates converge reliably"
        " and initial weights matter less.",
        question,
    )[:2]
    assert echo.weight < real.weight


def test_markup_of_summaries_is_no_content() -> None:
    assert texts("<t> Rain flooded the lower town . </t> <t> Schools stay closed today . </t>") == [
        "Rain flooded the lower town .",
        "Schools stay closed today .",
    ]


@given(st.text(alphabet="abcdef .;,-()\n12iv", max_size=300))
def test_no_content_word_gets_lost(text: str) -> None:
    found = decompose(text)
    assert found
    kept = set(content_stems(" ".join(claim.text for claim in found)))
    lost = {word for word in content_stems(text) if word.isalpha()} - kept
    assert all(len(word) <= 4 for word in lost), "only list markers may go"


def test_points_of_a_rubric_line_become_its_weight() -> None:
    first, second, third = rubric_claims(
        ["1. Names the bottleneck (6.5 points)", "Explains why [2 pts]", "Gains 3 points of recall"]
    )
    assert (first.text, first.weight) == ("Names the bottleneck", 6.5)
    assert (second.text, second.weight) == ("Explains why", 2.0)
    assert (third.text, third.weight) == ("Gains 3 points of recall", 1.0)


def test_a_rubric_keeps_one_claim_for_each_line() -> None:
    assert [claim.text for claim in rubric_claims(["(2 points)", "a) Twice the cost"])] == [
        "(2 points)",
        "Twice the cost",
    ]
