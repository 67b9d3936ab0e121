"""What was taken back does not count, what came after it does."""

import numpy as np

from backend.grading.corrections import split_at_corrections, standing
from backend.grading.sentences import windows_of


def left(text: str, alike: bool = False) -> list[str]:
    windows = split_at_corrections(windows_of([text]))
    vectors = np.ones((len(windows), 2)) if alike else np.eye(len(windows))
    kept = standing(windows, vectors.astype(np.float32))
    return [w.span.text for w, stands in zip(windows, kept, strict=True) if stands]


def test_the_sentence_before_a_correction_is_taken_back() -> None:
    assert left("I'd log it. I'd use the mean. No wait, scratch that, the median.") == [
        "I'd log it.",
        "No wait, scratch that, the median.",
    ]


def test_a_correction_in_mid_sentence_takes_back_what_stands_before_it() -> None:
    assert left("I'd use the mean there, sorry, I meant the median.") == [
        "sorry, I meant the median."
    ]


def test_earlier_sentences_fall_too_if_they_are_about_the_same_thing() -> None:
    text = "One. Two. Three. Four. Actually, no. Five."
    assert left(text) == ["One.", "Two.", "Three.", "Actually, no.", "Five."]
    assert left(text, alike=True) == ["One.", "Actually, no.", "Five."]


def test_an_answer_without_a_correction_stands_whole() -> None:
    assert left("I'd wait for labels. That is wrong-headed of them, not of us.") == [
        "I'd wait for labels.",
        "That is wrong-headed of them, not of us.",
    ]
