"""The words that the lint compares: stems of content words, their pairs, shares and runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.bank.wording import (
    content_stems,
    shared_content_phrase,
    shared_run,
    shared_share,
    words,
)

SENTENCES = st.lists(
    st.sampled_from(
        ["watch", "watches", "score", "drift", "the", "of", "labels", "late", "retrain"]
    ),
    max_size=12,
).map(" ".join)


def test_words_are_lower_case_and_lose_their_punctuation() -> None:
    assert words("Don’t panic: F1 fell, A/B-test it!") == [
        "don't", "panic", "f1", "fell", "a", "b", "test", "it",
    ]  # fmt: skip


def test_content_stems_leave_out_small_words_and_endings() -> None:
    stems = content_stems("It watches the distributions of the labels")
    assert stems == content_stems("Watching a distribution, and every label")
    assert len(stems) == 3


def test_a_shared_phrase_is_found_across_small_words_and_endings() -> None:
    found = shared_content_phrase("Which labels are delayed?", "Handles the label delays.")
    assert found == "label delay"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("delays of labels", "labels with delays"),
        ("labels matter, delays too", "label delays"),
        ("labels", "labels"),
        ("", "label delays"),
        ("of the", "of the"),
    ],
)
def test_words_in_another_order_or_apart_or_alone_are_no_shared_phrase(
    left: str, right: str
) -> None:
    assert shared_content_phrase(left, right) is None


def test_a_phrase_that_is_allowed_is_not_shared_but_the_next_one_is() -> None:
    left, right = "label delay and score drift", "Watches label delays, score drifts"
    assert shared_content_phrase(left, right) == "label delay"
    assert shared_content_phrase(left, right, "Your labels delay.") == "delay score"
    assert shared_content_phrase(left, right, left) is None


@pytest.mark.parametrize(
    ("left", "allowed", "share"),
    [
        ("", "", 0.0),
        ("scores", "", 0.25),
        ("scores scored scoring", "", 0.25),
        ("drifting scores", "", 0.5),
        ("watch late score drift", "", 1.0),
        ("scores", "late drift", 0.5),
        ("scores", "scores", 0.0),
        ("scores", "watch the score drift late", 0.0),
    ],
)
def test_the_share_counts_each_stem_of_the_right_text_once(
    left: str, allowed: str, share: float
) -> None:
    assert shared_share(left, "Watches late score drift", allowed) == share


def test_a_run_is_as_long_as_asked_and_the_first_one() -> None:
    left = "well the model learns to run out again and again"
    right = "so it learns to run out again and stops"
    assert shared_run(left, right, 4) == "learns to run out"
    assert shared_run(left, right, 6) == "learns to run out again and"
    assert shared_run(left, right, 7) is None


def test_a_text_shorter_than_the_run_shares_none() -> None:
    assert shared_run("to run out", "to run out", 5) is None


@given(SENTENCES, SENTENCES, SENTENCES)
def test_what_is_allowed_never_makes_more_shared(left: str, right: str, allowed: str) -> None:
    assert 0.0 <= shared_share(left, right, allowed) <= 1.0
    if shared_content_phrase(left, right) is None:
        assert shared_content_phrase(left, right, allowed) is None


@given(SENTENCES)
def test_a_text_shares_all_of_itself(text: str) -> None:
    assert shared_share(text, text) == (1.0 if content_stems(text) else 0.0)
    assert shared_share(text, text, text) == 0.0
