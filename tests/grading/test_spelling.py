"""Slips are repaired towards the bank's words; known words are left alone."""

from backend.grading.spelling import Spelling

SPELLING = Spelling(
    ["Precision and recall on a held-out sample, with calibration."], ["reveal", "house"]
)


def test_a_slip_becomes_the_word_of_the_bank_it_is_nearest_to() -> None:
    assert SPELLING.repair("presicion and recal") == "precision and recall"
    assert SPELLING.repair("Clibration on a smaple") == "calibration on a sample"


def test_known_short_and_far_words_stay_as_they_are() -> None:
    assert SPELLING.repair("reveal the house") == "reveal the house"
    assert SPELLING.repair("a kubectl pod") == "a kubectl pod"
