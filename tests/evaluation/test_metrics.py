"""Figures of a run are the textbook ones, and their intervals know questions and candidates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from backend.evaluation.columns import columns_of
from backend.evaluation.groups import compare_groups
from backend.evaluation.intervals import Clusters, clustered
from backend.evaluation.item import Result
from backend.evaluation.summary import Rules, figures_of, plain_summary, summary_of
from backend.grading.figures import ratio
from tests.evaluation.conftest import Batch
from tests.evaluation.fakes import rows


@pytest.fixture
def results(batch: Batch) -> list[Result]:
    made = list(rows(120))
    # People see it a little differently from the grader.
    rng = np.random.default_rng(3)
    for row in made:
        met = sum(row["labels"].values())
        row["human_score"] = float(np.clip(round(met / 5 + rng.normal(0, 0.2), 1), 0, 1))
        row["labels"] = {n: bool(v) != (rng.random() < 0.1) for n, v in row["labels"].items()}
    return batch.run(made)


def test_agreement_is_that_of_scipy_and_scikit_learn(results: list[Result]) -> None:
    summary = summary_of(columns_of((item, 0.1) for item in results), "t", Rules())
    ours = np.array([item.score for item in results])
    human = np.array([item.human for item in results])
    found = summary.whole.agreement
    assert found.pearson.value == pytest.approx(stats.pearsonr(ours, human)[0])
    assert found.rmse.value == pytest.approx(metrics.root_mean_squared_error(human, ours))
    assert found.levels == 11
    pair = np.rint(ours * 10), np.rint(human * 10)
    assert found.qwk.value == pytest.approx(metrics.cohen_kappa_score(*pair, weights="quadratic"))
    assert found.kappa.value == pytest.approx(metrics.cohen_kappa_score(*pair))
    for figure in (found.pearson, found.qwk, found.kappa, found.rmse):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high  # type: ignore[operator]


def test_claims_are_counted_into_a_confusion_matrix(results: list[Result]) -> None:
    claims = summary_of(columns_of((item, 0.1) for item in results), "t", Rules()).claims
    assert claims
    said = [claim.status == "met" for item in results for claim in item.claims]
    truth = [claim.label for item in results for claim in item.claims]
    (tn, fp), (fn, tp) = metrics.confusion_matrix(truth, said)
    total = claims.total
    assert (total.met_found, total.met_absent) == (tp, fp)
    assert (total.missed_found, total.missed_absent) == (fn, tn)
    assert claims.accuracy.value == pytest.approx(metrics.accuracy_score(truth, said))
    assert claims.kappa.value == pytest.approx(metrics.cohen_kappa_score(truth, said))
    assert claims.f1.value == pytest.approx(metrics.f1_score(truth, said))
    assert sum(item.n for item in claims.by_claim) == claims.labelled == len(said)
    ((sure, right, count),) = claims.calibration
    assert (sure, count) == (pytest.approx(0.9), len(said))
    assert right == pytest.approx(np.mean(np.array(said) == np.array(truth)))


def test_parts_add_up_to_the_whole(results: list[Result]) -> None:
    summary = summary_of(columns_of((item, 0.1) for item in results), "t", Rules())
    for parts in (summary.areas, summary.questions, summary.levels, summary.groups):
        assert sum(part.n for part in parts) == len(results)
        assert sum(sum(part.spread.bars) for part in parts) == len(results)
    question = summary.questions[0]
    own = [item.score for item in results if item.question == question.name]
    assert question.spread.mean.value == pytest.approx(np.mean(own))  # type: ignore[arg-type]


def test_errors_are_not_failures_and_neither_is_silence(batch: Batch) -> None:
    made = list(rows(6))
    made[0]["answer"], made[1]["answer"] = "explode", ""
    found = batch.run(made, on_error="skip")
    whole = summary_of(columns_of((item, 0.1) for item in found), "t", Rules()).whole
    assert (whole.n, whole.errors, whole.graded) == (6, 1, 5)
    assert whole.failed == sum(item.score < 0.5 for item in found if item.score is not None)


def test_an_interval_is_as_wide_as_the_clusters_are_alike() -> None:
    rng = np.random.default_rng(8)
    people = np.repeat(np.arange(30), 20)
    values = rng.normal(size=30)[people]  # all answers of a person are the same
    columns = np.column_stack([values, np.ones_like(values)])
    nobody = np.full(len(people), -1)
    alone = clustered(columns, ratio, Clusters(nobody, nobody))
    by_person = clustered(columns, ratio, Clusters(nobody, people))
    assert alone.low is not None
    assert alone.high is not None
    assert by_person.low is not None
    assert by_person.high is not None
    assert by_person.high - by_person.low > 3 * (alone.high - alone.low)
    spread = 2 * 1.96 * values.std() / np.sqrt(30)
    assert by_person.high - by_person.low == pytest.approx(spread, rel=0.2)


def test_groups_are_compared_by_the_four_fifths_and_fishers_exact_test(
    results: list[Result],
) -> None:
    def scored(group: str, passed: int, n: int) -> list[Result]:
        return [
            Result(
                **{
                    **vars(results[0]),
                    "id": f"{group}{i}",
                    "candidate": f"{group}{i}",
                    "group": group,
                    "score": 0.9 if i < passed else 0.1,
                }
            )
            for i in range(n)
        ]

    made = [*scored("A", 40, 50), *scored("B", 20, 50), *scored("C", 0, 5)]
    found = compare_groups(columns_of((item, 0.1) for item in made), 0.5, 30)
    assert found
    a, b, c = found.rows
    assert (found.unit, found.reference, found.lowest_ratio) == ("candidates", "A", 0.5)
    assert (a.rate, b.rate, b.ratio) == (0.8, 0.4, 0.5)
    assert b.p == pytest.approx(stats.fisher_exact([[20, 30], [40, 10]]).pvalue)
    assert b.note.startswith("below four fifths, unlikely by chance")
    assert (c.ratio, c.p, c.note) == (None, None, "fewer than 30")


def test_one_candidate_counts_once_in_a_group_however_many_answers_they_gave(
    results: list[Result],
) -> None:
    found = compare_groups(columns_of((item, 0.1) for item in results), 0.5, 5)
    assert found
    assert [row.n for row in found.rows] == [17, 17]


def test_the_slowest_and_most_doubtful_rows_are_named(results: list[Result]) -> None:
    seconds = [float(place % 50) for place in range(len(results))]
    columns = columns_of(zip(results, seconds, strict=True))
    summary = summary_of(columns, "t", Rules())
    assert [item.id for item in summary.slowest[:2]] == [results[49].id, results[99].id]
    assert len(summary.most_doubtful) == 20
    assert summary.seconds == pytest.approx(sum(seconds))


def test_a_run_without_people_and_groups_has_no_figures_about_them(batch: Batch) -> None:
    bare = [{k: row[k] for k in ("id", "question_id", "answer")} for row in rows(10)]
    found = batch.run(bare)
    summary = summary_of(columns_of((item, float("nan")) for item in found), "t", Rules())
    figures = figures_of(summary)
    assert figures["qwk"] is figures["selection_ratio"] is figures["claim_kappa"] is None
    assert figures["mean"] is not None
    assert summary.comparison is summary.claims is summary.seconds is None
    assert plain_summary(summary)["whole"]["n"] == 10
