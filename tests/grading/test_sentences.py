"""Spans always point at the very characters they hold."""

from hypothesis import given
from hypothesis import strategies as st

from backend.grading.sentences import split_clauses, split_sentences


def texts(value: str) -> list[str]:
    return [span.text for span in split_sentences(value)]


def test_sentences_end_at_stops_and_line_breaks() -> None:
    assert texts("First one. Second one!\nThird? And; a fourth") == [
        "First one.",
        "Second one!",
        "Third?",
        "And",
        "a fourth",
    ]


def test_abbreviations_numbers_and_file_names_do_not_end_a_sentence() -> None:
    assert texts("Use e.g. AUC of 0.91 in eval.py, i.e. the ranking. Done.") == [
        "Use e.g. AUC of 0.91 in eval.py, i.e. the ranking.",
        "Done.",
    ]


def test_a_long_spoken_sentence_is_cut_into_clauses() -> None:
    (sentence,) = split_sentences(
        "I would first look at the inputs feature by feature, and then I would compare the scores with"
        " last month, because the labels are late"
    )
    clauses = [span.text for span in split_clauses(sentence)]
    assert clauses == [
        "I would first look at the inputs feature by feature",
        "and then I would compare the scores with last month",
        "because the labels are late",
    ]


def test_a_short_sentence_has_no_clauses() -> None:
    (sentence,) = split_sentences("Short, and sweet.")
    assert split_clauses(sentence) == []


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
def test_every_span_is_a_verbatim_piece_of_the_text(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text.strip()
        assert sentence.start >= end
        end = sentence.end
        for clause in split_clauses(sentence):
            assert text[clause.start : clause.end] == clause.text
            assert sentence.start <= clause.start < clause.end <= sentence.end
