"""Requests are recognised as whole messages; answers that merely contain the words are not."""

import pytest

from backend.interview.intent import intent_of

REQUESTS = [
    ("repeat", "Could you repeat that?"),
    ("repeat", "Sorry, can you say that again please?"),
    ("repeat", "What was the question again?"),
    ("repeat", "repeat"),
    ("clarify", "what do you mean?"),
    ("clarify", "Hmm, what do you mean by that?"),
    ("clarify", "I don’t understand the question."),
    ("clarify", "Can you rephrase the question please"),
    ("hint", "hint"),
    ("hint", "Could I have a hint?"),
    ("hint", "give me another hint please"),
    ("skip", "Skip this one."),
    ("skip", "pass"),
    ("skip", "next question please"),
    ("skip", "can we move on?"),
    ("dont-know", "I don't know"),
    ("dont-know", "Honestly, I really don't know."),
    ("dont-know", "No idea, sorry"),
    ("dont-know", "i have no clue"),
    ("stop", "stop"),
    ("stop", "I'd like to stop here"),
    ("stop", "that's it for today"),
]
ANSWERS = [
    "I would stop the rollout and go back to the old model.",
    "Skip connections let the gradient pass unchanged.",
    "I don't know the exact number, but I'd start from the base rate.",
    "Pass the data through a scaler fitted on the training set only.",
    "I'd ask the stakeholders what they mean by churn.",
    "Repeat the experiment with five seeds.",
    "early stopping",
    "Not sure it matters, a z-test is fine here.",
    "end-to-end tests",
    "help desk tickets as labels",
]


@pytest.mark.parametrize(("intent", "text"), REQUESTS)
def test_a_request_is_recognised(intent: str, text: str) -> None:
    assert intent_of(text) == intent


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_that_contains_such_words_stays_an_answer(text: str) -> None:
    assert intent_of(text) is None


def test_a_long_text_is_always_an_answer() -> None:
    assert intent_of("stop " * 40) is None
