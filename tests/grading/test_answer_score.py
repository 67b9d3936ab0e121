"""An answer's score rises with what it states, and never comes from saying nothing."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.errors import ModelFilesError
from backend.grading.answer_features import ANSWER_FEATURES, CLAIM_FEATURES, AnswerFeatures
from backend.grading.answer_score import (
    COEFFICIENTS,
    AnswerScorer,
    Coefficients,
    Logistic,
    read_coefficients,
    task_of,
)
from backend.grading.dataset import Row
from backend.retrieval.token_vectors import TokenEmbedder, load_token_embedder

QUESTION = "Why do we keep a validation set apart from the training data?"
REFERENCE = (
    "The validation set estimates the error on unseen examples. It also chooses hyperparameters and"
    " shows when the network starts to overfit."
)
STRONG = (
    "It gives an estimate of how wrong we are on examples never seen before, you pick the hyperparameters"
    " with it, and you notice overfitting when its loss goes up."
)
WEAK = "It is good to have more data, because bigger data sets usually train better models."


class CountingModel:
    """Stands for the claim model: shared words decide; remembers how often and on what it was asked."""

    def __init__(self) -> None:
        self.calls: list[list[tuple[str, str]]] = []

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Any:
        self.calls.append(list(pairs))
        return np.array([2.0 * len(set(a.split()) & set(b.split())) - 4 for a, b in pairs])


@pytest.fixture(scope="session")
def tokens(model_dir: Path) -> TokenEmbedder:
    return load_token_embedder(model_dir)


@pytest.fixture
def model() -> CountingModel:
    return CountingModel()


@pytest.fixture
def scorer(tokens: TokenEmbedder, model: CountingModel) -> AnswerScorer:
    claim = Logistic(tuple(0.1 if f == "entailed" else 2.0 for f in CLAIM_FEATURES), -5.0)
    answer = Logistic(tuple(0.1 if "entailed" in f else 1.0 for f in ANSWER_FEATURES), -3.0)
    right = Logistic(answer.weights, -4.0)
    return AnswerScorer(tokens, model, Coefficients(claim, answer, right))  # type: ignore[arg-type]


def row(answer: str, **more: Any) -> Row:
    facts: dict[str, Any] = {"id": "1", "qid": "q", "question": QUESTION, "reference": REFERENCE}
    return Row(**(facts | {"answer": answer, "score": 0, "max_score": 1} | more))


def measured(tokens: TokenEmbedder, answer: str) -> dict[str, float]:
    features = AnswerFeatures(tokens, CountingModel())  # type: ignore[arg-type]
    (found,) = features.measure([task_of(row(answer))])
    return dict(zip(ANSWER_FEATURES, found.answer.tolist(), strict=True))


def test_an_answer_that_says_it_in_other_words_beats_one_about_something_else(
    scorer: AnswerScorer,
) -> None:
    strong, weak, same = scorer.judge([row(STRONG), row(WEAK), row(REFERENCE)])
    assert same.share > strong.share > weak.share + 0.1
    assert strong.right is not None
    assert strong.right < strong.share, "whole or nothing is harder than part of the points"


def test_every_measurement_of_the_reference_against_itself_is_full(tokens: TokenEmbedder) -> None:
    found = measured(tokens, REFERENCE)
    assert found["matched"] == pytest.approx(1)
    assert found["paired"] == pytest.approx(1)
    assert found["recall"] == found["ratio"] == 1


@pytest.mark.parametrize("answer", ["", "  \n", "?!", "Why do we keep a validation set apart"])
def test_silence_and_the_question_said_back_earn_nothing(
    scorer: AnswerScorer, model: CountingModel, answer: str
) -> None:
    (found,) = scorer.judge([row(answer)])
    assert found.share == 0
    assert set(found.claims) == {0.0}
    assert model.calls == []


def test_a_single_number_is_an_answer(scorer: AnswerScorer) -> None:
    right, wrong = scorer.judge(
        [row(text, question="How many bits has a byte?", reference="8") for text in ("8", "17")]
    )
    assert right.share > wrong.share + 0.2


def test_a_piece_of_the_answer_serves_only_once_where_pieces_are_paired(
    tokens: TokenEmbedder,
) -> None:
    found = measured(tokens, "hyperparameters")
    assert found["paired"] < 0.7 * found["matched"]


def test_words_of_the_question_count_little(tokens: TokenEmbedder) -> None:
    echo = measured(tokens, "We keep the validation data and the training data.")
    real = measured(tokens, "The error on unseen examples, hyperparameters, overfitting.")
    assert echo["matched"] < real["matched"]
    assert echo["recall"] < real["recall"]


def test_more_of_the_expected_never_measures_less(tokens: TokenEmbedder) -> None:
    short = measured(tokens, "It estimates the error on unseen examples.")
    long = measured(
        tokens, "It estimates the error on unseen examples. It shows when we start to overfit."
    )
    assert all(
        long[name] >= short[name] - 0.02 for name in ("matched", "paired", "recall", "ratio")
    )


def test_a_rubric_is_judged_claim_by_claim_with_its_weights(scorer: AnswerScorer) -> None:
    rubric = ["Estimates the error on unseen examples (3 points)", "Costs electricity (1 points)"]
    (found,) = scorer.judge([row(STRONG, rubric=rubric, reference="")])
    assert len(found.claims) == 2
    assert found.claims[0] > found.claims[1]
    assert found.share == pytest.approx((3 * found.claims[0] + found.claims[1]) / 4)


def test_beside_a_marking_scheme_the_reference_decides(scorer: AnswerScorer) -> None:
    scheme = ["For the correct purpose (6 points)", "For a good explanation (4 points)"]
    plain, marked, other = scorer.judge(
        [row(STRONG), row(STRONG, rubric=scheme), row(WEAK, rubric=scheme)]
    )
    assert marked.share == pytest.approx(plain.share, abs=0.25)
    assert marked.share > other.share
    assert len(marked.claims) == 2


def test_a_reference_is_taken_apart_into_claims(scorer: AnswerScorer) -> None:
    (found,) = scorer.judge([row(STRONG)])
    assert len(found.claims) == len(task_of(row(STRONG)).claims) >= 2
    assert all(0 <= value <= 1 for value in found.claims)


def test_rows_are_measured_together_and_keep_their_order(
    scorer: AnswerScorer, model: CountingModel
) -> None:
    rows = [row(STRONG), row(""), row(WEAK), row(STRONG)]
    heard: list[int] = []
    found = scorer.judge(rows, heard.append)
    assert len(model.calls) == 1
    assert len(model.calls[0]) == len(set(model.calls[0]))
    assert found[0] == found[3]
    assert found[1].share == found[1].right == 0
    assert heard == [4]
    alone = [scorer.judge([item])[0].share for item in rows]
    assert [item.share for item in found] == pytest.approx(alone, abs=1e-4)


def test_a_long_answer_is_read_to_its_end(scorer: AnswerScorer) -> None:
    padding = "I would also like to thank everybody for coming here today in this weather. " * 40
    lost, kept = scorer.judge([row(padding), row(padding + STRONG)])
    assert kept.share > lost.share + 0.1


def test_shipped_coefficients_fit_the_measurements_and_never_punish_evidence() -> None:
    found = read_coefficients()
    assert len(found.answer.weights) == len(ANSWER_FEATURES)
    assert len(found.claim.weights) == len(CLAIM_FEATURES)
    assert min(found.answer.weights + found.claim.weights) >= 0
    facts = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    assert facts["made_by"] == "training/fit_answer_score.py"
    assert {"mohler", "nn_exam", "operating_systems"}.isdisjoint(facts["fitted_on"])


def test_coefficients_made_for_other_measurements_are_refused(tmp_path: Path) -> None:
    facts = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    facts["answer"]["features"][0] = "vibes"
    path = tmp_path / "answer_score.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(ModelFilesError, match="fit it again"):
        read_coefficients(path)
    with pytest.raises(ModelFilesError, match="cannot be read"):
        read_coefficients(tmp_path / "absent.json")
