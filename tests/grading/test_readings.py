"""The readings are what they say they are."""

from __future__ import annotations

import pytest

from backend.bank.loader import Bank
from backend.bank.wording import content_stems, words
from tests.grading.reading import Reading, one_line, read_readings


@pytest.fixture(scope="module")
def readings(bank: Bank) -> list[Reading]:
    return read_readings(bank)


def test_every_met_claim_of_every_exemplar_has_a_verbatim_span(readings: list[Reading]) -> None:
    for reading in readings:
        for exemplar in reading.question.exemplars:
            spans = reading.spans[exemplar.quality]
            assert set(spans) == set(exemplar.meets), (reading.question.id, exemplar.quality)
            for texts in spans.values():
                assert texts
                assert all(text in one_line(exemplar.answer) for text in texts)


def test_a_paraphrase_shares_no_content_word_with_its_claim(readings: list[Reading]) -> None:
    for reading in readings:
        claims = {item.id: item.claim for item in reading.question.expectations}
        claim = claims[reading.paraphrase.claim]
        shared = set(content_stems(claim)) & set(content_stems(reading.paraphrase.text))
        assert not shared, (reading.question.id, shared)


def test_terse_is_much_shorter_and_hedged_is_about_as_long(readings: list[Reading]) -> None:
    for reading in readings:
        full = len(words(reading.strong))
        assert 0.2 * full <= len(words(reading.terse)) <= 0.6 * full, reading.question.id
        assert 0.7 * full <= len(words(reading.hedged)) <= 1.6 * full, reading.question.id


def test_edits_touch_claims_that_the_strong_exemplar_meets(readings: list[Reading]) -> None:
    for reading in readings:
        meets = reading.question.exemplar("strong").meets
        for edited in (reading.negated, reading.contradicted):
            assert edited.claim in meets, reading.question.id
            assert edited.text != reading.strong
