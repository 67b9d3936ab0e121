"""Figures of agreement are the textbook ones, their intervals come from questions, baselines stand beside."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

from backend.grading import figures
from backend.grading.agreement import agreement
from backend.grading.agreement_report import agreement_page
from backend.grading.agreement_result import Agreement, Judged
from backend.grading.dataset import Row

N = 240


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.fixture
def groups() -> np.ndarray:
    return np.arange(N) % 12


def pair(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = np.round(rng.random(N), 1)
    return x, np.round(np.clip(x + rng.normal(0, 0.3, N), 0, 1), 1)


def test_correlations_are_those_of_scipy(rng: np.random.Generator, groups: np.ndarray) -> None:
    x, y = pair(rng)
    assert figures.pearson_figure(x, y, groups).value == pytest.approx(stats.pearsonr(x, y)[0])
    assert figures.spearman_figure(x, y, groups).value == pytest.approx(stats.spearmanr(x, y)[0])
    inside = [stats.pearsonr(x[groups == g], y[groups == g])[0] for g in range(12)]
    assert figures.within_figure(x, y, groups).value == pytest.approx(np.mean(inside))


def test_ranks_share_the_mean_of_their_places(rng: np.random.Generator) -> None:
    x, _ = pair(rng)
    assert figures.ranks(x) == pytest.approx(stats.rankdata(x))


def test_kappas_and_f1_are_those_of_scikit_learn(
    rng: np.random.Generator, groups: np.ndarray
) -> None:
    x, y = pair(rng)
    levels, truth = np.rint(x * 5), np.rint(y * 5)
    assert figures.qwk_figure(levels, truth, groups, 6).value == pytest.approx(
        metrics.cohen_kappa_score(levels, truth, weights="quadratic")
    )
    said, real = x >= 0.5, (y >= 0.5).astype(float)
    found = figures.verdict_figures(said, real, groups)
    assert found["f1"].value == pytest.approx(metrics.f1_score(real, said))
    assert found["macro_f1"].value == pytest.approx(metrics.f1_score(real, said, average="macro"))
    assert found["kappa"].value == pytest.approx(metrics.cohen_kappa_score(real, said))
    assert found["accuracy"].value == pytest.approx(metrics.accuracy_score(real, said))


def test_auc_is_that_of_scikit_learn_ties_included(
    rng: np.random.Generator, groups: np.ndarray
) -> None:
    x, y = pair(rng)
    real = (y >= 0.5).astype(float)
    assert figures.auc_figure(x, real, groups).value == pytest.approx(
        metrics.roc_auc_score(real, x)
    )


def test_auc_of_many_values_keeps_its_exact_value_within_its_interval() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(5000)
    truth = (rng.random(5000) < p).astype(float)
    found = figures.auc_figure(p, truth, np.arange(5000) % 50)
    assert found.value == pytest.approx(metrics.roc_auc_score(truth, p))
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_isotonic_fit_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    x, y = pair(rng)
    at = np.linspace(0, 1, 23)
    fitted = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    assert figures.isotonic(x, y, at) == pytest.approx(fitted.predict(at))


def test_a_question_is_calibrated_without_its_own_answers() -> None:
    x = np.array([0.1, 0.9, 0.1, 0.9])
    y = np.array([0.0, 1.0, 0.5, 0.5])
    groups = np.array([0, 0, 1, 1])
    assert figures.left_out(x, y, groups) == pytest.approx([0.5, 0.5, 0.0, 1.0])
    assert figures.left_out(x, y, np.zeros(4, dtype=int)) is None


def test_calibration_error_is_the_gap_between_said_and_found() -> None:
    p = np.array([0.95] * 10 + [0.15] * 10)
    truth = np.array([1.0] * 8 + [0.0] * 2 + [0.0] * 10)
    found = figures.calibration_figure(p, truth, np.arange(20) % 4)
    assert found.value == pytest.approx(0.15)


def test_an_interval_is_wider_when_answers_hang_together_by_question() -> None:
    rng = np.random.default_rng(0)
    shift = np.repeat(rng.normal(0, 1, 10), 40)
    x = shift + rng.normal(0, 0.2, 400)
    y = -shift * np.repeat(rng.choice([-1, 1], 10), 40) + rng.normal(0, 0.2, 400)
    by_question = figures.pearson_figure(x, y, np.repeat(np.arange(10), 40))
    by_answer = figures.pearson_figure(x, y, np.arange(400))
    assert width(by_question) > 2 * width(by_answer)
    assert by_question.value == pytest.approx(by_answer.value)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.normal(0, 1, 300)
        y = 0.6 * x + 0.8 * rng.normal(0, 1, 300)
        found = figures.pearson_figure(x, y, np.arange(300) % 60)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.6 <= found.high
    assert 50 <= hits <= 60


def test_there_is_no_interval_for_one_question_and_no_figure_for_no_variance() -> None:
    x = np.array([0.1, 0.5, 0.9])
    alone = np.zeros(3, dtype=int)
    assert figures.pearson_figure(x, x, alone) == figures.Figure(pytest.approx(1.0), None, None)
    assert figures.pearson_figure(x, np.ones(3), alone).value is None
    assert figures.within_figure(x, np.ones(3), alone).value is None
    assert figures.auc_figure(x, np.ones(3), alone).value is None


def test_a_question_whose_answers_we_cannot_tell_apart_counts_as_nothing() -> None:
    x = np.array([0.5, 0.5, 0.5, 0.1, 0.5, 0.9])
    y = np.array([0.0, 0.5, 1.0, 0.1, 0.5, 0.9])
    assert figures.within_figure(x, y, np.repeat([0, 1], 3)).value == pytest.approx(0.5)


def width(found: figures.Figure) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def row(index: int, answer: str, score: float, **more: Any) -> Row:
    facts = {"id": str(index), "qid": f"q{index % 3}", "question": "Why shuffle the data?"}
    reference = {"reference": "Batches should resemble the whole set."}
    return Row(**facts, **reference, answer=answer, score=score, max_score=4, **more)


def graded(**more: Any) -> tuple[list[Row], list[Judged]]:
    rng = np.random.default_rng(2)
    rows, judged = [], []
    for index in range(60):
        words = ["batches", "resemble", "whole", "set", "maybe", "perhaps", "honestly", "well"]
        answer = " ".join(rng.choice(words, int(rng.integers(1, 9))))
        score = float(rng.integers(0, 5))
        rows.append(row(index, answer, score, **more))
        share = float(np.clip(score / 4 + rng.normal(0, 0.15), 0, 1))
        judged.append(Judged(share, (share, 1 - share)))
    return rows, judged


def test_a_set_with_partial_scores_has_its_figures_and_both_baselines() -> None:
    rows, judged = graded()
    found = agreement("made-up", "test", rows, judged, 2.0)
    ours = np.array([item.share for item in judged])
    human = np.array([item.share for item in rows])
    assert (found.n, found.questions, found.claims, found.qwk_levels) == (60, 3, 0, 5)
    assert found.pearson.value == pytest.approx(np.corrcoef(ours, human)[0, 1])
    assert found.rmse.value == pytest.approx(4 * np.sqrt(np.mean((ours - human) ** 2)))
    assert found.rmse_share.value == pytest.approx(np.sqrt(np.mean((ours - human) ** 2)))
    assert found.answers_per_second == 30
    assert set(found.baselines) == {"length", "token_recall"}
    assert found.pearson.value > (found.baselines["length"].pearson.value or 0)
    assert found.claim_auc.value is None
    assert found.answer_auc.value is None
    assert sum(item.n for item in found.per_question) == 60
    assert [item.right.value for item in found.coverage] == [None] * 5


def test_labelled_claims_are_judged_one_by_one_and_unlabelled_ones_left_out() -> None:
    rows, judged = graded(rubric=["Batches resemble the set", "It is random"], labels=[1, None])
    found = agreement("made-up", "test", rows, judged, 1.0)
    assert found.claims == 60
    assert found.claim_accuracy.value == pytest.approx(
        np.mean([j.claims[0] >= 0.5 for j in judged])
    )
    kept = [item.kept.value for item in found.coverage]
    assert kept[0] == 1.0
    assert kept == sorted(kept, reverse=True)


def test_right_or_wrong_answers_are_judged_as_verdicts() -> None:
    rows, judged = graded()
    rows = [item.model_copy(update={"score": 4.0 * (item.score > 2)}) for item in rows]
    found = agreement("made-up", "test", rows, judged, 1.0)
    truth, p = [item.share for item in rows], [item.share for item in judged]
    assert found.qwk_levels == 2
    assert found.answer_auc.value == pytest.approx(metrics.roc_auc_score(truth, p))
    assert found.expected_calibration_error.value is not None
    assert found.coverage[0].right.value is not None


def test_where_people_say_right_or_wrong_the_probability_of_right_is_compared() -> None:
    rows, judged = graded()
    strict = [Judged(item.share, item.claims, item.share**2) for item in judged]
    partial = agreement("made-up", "test", rows, strict, 1.0)
    assert partial.points[0][0] == judged[0].share
    rows = [item.model_copy(update={"score": 4.0 * (item.score > 2)}) for item in rows]
    whole = agreement("made-up", "test", rows, strict, 1.0)
    assert whole.points[0][0] == judged[0].share ** 2


def test_raters_are_compared_with_each_other() -> None:
    rows, judged = graded()
    rows = [
        item.model_copy(update={"labels": {"graders": [item.score, item.score, 4 - item.score]}})
        for item in rows
    ]
    people = agreement("made-up", "test", rows, judged, 1.0).human_human
    assert people is not None
    assert people.raters == 3
    own = np.array([item.score for item in rows])
    first = np.concatenate([own, own, own])
    second = np.concatenate([own, 4 - own, 4 - own])
    assert people.pearson.value == pytest.approx(np.corrcoef(first, second)[0, 1])
    assert people.rmse.value == pytest.approx(np.sqrt(np.mean((first - second) ** 2)))


def page() -> tuple[Agreement, str]:
    rows, judged = graded(rubric=["Batches resemble the set", "It is random"], labels=[1, 0])
    found = agreement("made <b>up</b>", "test", rows, judged, 1.0)
    return found, agreement_page([found])


def test_the_page_is_whole_in_itself_and_runs_nothing() -> None:
    found, text = page()
    assert text.count("<svg") == 2
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=|https?://|@import", text)
    assert "made &lt;b&gt;up&lt;/b&gt;" in text
    assert f"{found.pearson.value:.3f}" in text
    assert text.count("<circle") == 60 + len(found.calibration)


def test_the_command_prints_one_object_for_one_file(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from backend.cli import app

    rows = [
        {"id": i, "qid": i % 2, "question": "Why shuffle?", "answer": answer, "score": score}
        | {"reference": "Batches then resemble the whole set.", "max_score": 1}
        for i, (answer, score) in enumerate(
            [
                ("Each batch looks like the full data.", 1),
                ("So that batches resemble the set.", 1),
                ("It is faster on the disk.", 0),
                ("No idea, sorry.", 0),
                ("", 0),
                ("Batches would otherwise differ from the whole.", 1),
            ]
        )
    ]
    path = tmp_path / "tiny.jsonl"
    path.write_text("\n".join(json.dumps(item) for item in rows), encoding="utf-8")
    html = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["agreement", str(path), "--json", "--html", str(html)])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["dataset"], found["n"], found["questions"]) == ("tiny", 6, 2)
    assert set(found["pearson"]) == {"value", "low", "high"}
    assert found["pearson"]["value"] > 0.5
    assert found["answer_auc"]["value"] > 0.7
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    two = CliRunner().invoke(app, ["agreement", str(path), str(path), "--json", "--limit", "3"])
    assert [item["n"] for item in json.loads(two.stdout)["datasets"]] == [3, 3]
    table = CliRunner().invoke(app, ["agreement", str(path)])
    assert "token recall" in table.stdout


def test_what_cannot_be_read_or_written_is_said_before_anything_is_graded(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from backend.cli import app
    from backend.errors import BadInput

    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "1"}', encoding="utf-8")
    bad_row = CliRunner().invoke(app, ["agreement", str(path)])
    assert isinstance(bad_row.exception, BadInput)
    assert f"{path}:1: qid" in str(bad_row.exception)
    page = tmp_path / "absent" / "page.html"
    no_folder = CliRunner().invoke(app, ["agreement", str(path), "--html", str(page)])
    assert isinstance(no_folder.exception, BadInput)
    assert "--html" in str(no_folder.exception)
