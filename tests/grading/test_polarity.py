"""A denied word is not an asserted one."""

import pytest

from backend.bank.wording import stem
from backend.grading.polarity import leaning, signed_stems


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("I would watch the inputs", []),
        ("I wouldn't watch the inputs", ["watch", "inputs"]),
        ("Calibration isn't needed here", ["calibration", "needed"]),
        ("There's no need to check the labels, but I log the scores", ["check", "labels"]),
        ("I don't think that drift proves a drop", ["drift", "proves", "drop"]),
        ("It's not only the mean, it's the tail", []),
        ("I'd take the median instead of the mean", ["mean"]),
        ("We never shipped a model without a review", ["shipped", "model"]),
        ("I'd retrain, not roll back", ["roll"]),
        ("Nobody checks the sample", ["checks", "sample"]),
        ("I'm not sure, but I'd compare the groups", []),
    ],
)
def test_words_in_the_scope_of_a_negation_are_denied(text: str, denied: list[str]) -> None:
    found = {key for key, sign in signed_stems(text).items() if sign < 0}
    wanted = {stem(word) for word in denied}
    assert wanted <= found
    assert not (found - wanted - {stem("back")})


def test_a_word_on_both_sides_has_no_sign() -> None:
    assert signed_stems("Labels matter. I don't have labels")[stem("labels")] == 0


def test_the_leaning_of_phrasings_is_that_of_most_of_them() -> None:
    texts = ["watch the scores", "I'd watch them", "don't watch the clock"]
    assert stem("watch") not in leaning(texts)  # two to one is no leaning
    assert leaning([*texts, "watch the inputs"])[stem("watch")] == 1
    assert leaning(["never trust one split", "don't rely on one split"])[stem("split")] == -1
