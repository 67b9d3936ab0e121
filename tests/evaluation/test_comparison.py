"""Two runs are paired answer by answer, and a rescored run needs no grader."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from backend.bank.loader import Bank, load_bank
from backend.errors import BadInput, BadRows, RunRefused
from backend.evaluation.comparison import COMPARED, compare_runs, compared_figures, plain
from backend.evaluation.item import Result
from backend.evaluation.rescore import Marks, rescore
from backend.evaluation.run_folder import read_results
from tests.bank.conftest import SMALL_BANK
from tests.evaluation.conftest import Batch
from tests.evaluation.fakes import MoodyGrader, make_judge, rows


@dataclasses.dataclass
class StrictGrader(MoodyGrader):
    """Finds only half of what the other finds: nothing in the first claim of a question."""

    def assess(self, question: Any, answers: Any, asked: Any = ()) -> Any:
        first = question.expectations[0].id
        return super().assess(question, [text.replace(first, "-") for text in answers], asked)


@pytest.fixture
def two(batch: Batch) -> tuple[Path, Path]:
    made = list(rows(90))
    batch.run(made, "a")
    batch.run(made[:80], "b", make=functools.partial(make_judge, StrictGrader), agreed={"g": 2})
    return batch.folder / "a", batch.folder / "b"


def test_two_runs_are_paired_by_id(two: tuple[Path, Path]) -> None:
    found = compare_runs(*two)
    a = {item.id: item for item in read_results(two[0])}
    b = list(read_results(two[1]))
    gaps = np.array([item.score - a[item.id].score for item in b])  # type: ignore[operator]
    assert (found.pairs, found.only_a, found.only_b, found.not_graded) == (80, 10, 0, 0)
    assert (found.higher, found.lower) == (0, int((gaps < 0).sum()))
    assert found.sign_p == pytest.approx(stats.binomtest(0, found.lower).pvalue)
    mean = found.rows[0]
    assert mean.difference.value == pytest.approx(gaps.mean())
    assert mean.difference.high is not None
    assert mean.difference.high < 0
    changed = sum(
        x.status != y.status
        for item in b
        for x, y in zip(item.claims, a[item.id].claims, strict=True)
    )
    assert (found.verdicts, found.verdicts_changed) == (320, changed)
    assert found.largest[0].b - found.largest[0].a == pytest.approx(gaps.min())
    assert set(compared_figures(found)) == set(COMPARED)
    assert json.dumps(plain(found))


def test_a_difference_is_surer_than_the_figures_it_comes_from(two: tuple[Path, Path]) -> None:
    mean = compare_runs(*two).rows[0]

    def width(figure: Any) -> float:
        return figure.high - figure.low

    assert width(mean.difference) < width(mean.a)


def test_runs_without_a_common_answer_cannot_be_compared(batch: Batch) -> None:
    batch.run(3, "a")
    batch.run([row | {"id": f"x{row['id']}"} for row in rows(3)], "b")
    with pytest.raises(BadInput, match="no answer in common"):
        compare_runs(batch.folder / "a", batch.folder / "b")
    with pytest.raises(RunRefused, match="No such file"):
        compare_runs(batch.folder / "a", batch.folder / "nowhere")


def changed_bank(bank: Bank, **changes: Any) -> Bank:
    question = bank.question("bakery/rye-runs-out")
    first, second, *others = question.expectations
    first = first.model_copy(update=changes)
    altered = question.model_copy(update={"expectations": (first, second, *others)})
    return dataclasses.replace(bank, questions={**bank.questions, question.id: altered})


def test_rescoring_with_the_same_bank_changes_nothing(batch: Batch) -> None:
    before = batch.run(40)
    rescore(batch.folder / "run", batch.folder / "again", batch.bank, min_confidence=0, marks=None)
    assert list(read_results(batch.folder / "again")) == before


def test_rescoring_takes_the_weights_of_the_bank_as_it_is_now(batch: Batch) -> None:
    before = {item.id: item for item in batch.run(40)}
    bank = changed_bank(load_bank(SMALL_BANK), kind="bonus")
    rescore(batch.folder / "run", batch.folder / "again", bank, min_confidence=0, marks=None)
    for item in read_results(batch.folder / "again"):
        if item.question == "bakery/rye-runs-out":
            assert item.possible == before[item.id].possible - 3  # type: ignore[operator]
            assert item.claims[0].kind == "bonus"
        else:
            assert item == before[item.id]


def test_a_claim_with_other_words_has_no_verdict_any_more(batch: Batch) -> None:
    batch.run(6)
    bank = changed_bank(load_bank(SMALL_BANK), claim="Says something else altogether here.")
    with pytest.raises(RunRefused, match=r"bakery/rye-runs-out: other claims: sales-cut-off"):
        rescore(batch.folder / "run", batch.folder / "again", bank, min_confidence=0, marks=None)
    assert not (batch.folder / "again").exists()


def test_verdicts_that_are_not_sure_enough_are_set_aside(batch: Batch) -> None:
    batch.run(6)
    rescore(batch.folder / "run", batch.folder / "x", batch.bank, min_confidence=0.95, marks=None)
    for item in read_results(batch.folder / "x"):
        assert {claim.status for claim in item.claims} == {"cannot_assess"}
        assert (item.outcome, item.score, item.rating) == ("unscored", None, None)


def test_new_human_scores_and_labels_are_put_beside_old_verdicts(batch: Batch) -> None:
    before = batch.run(6)
    path = batch.folder / "people.csv"
    path.write_text('id,human_score,labels\na00001,4,"[1, 0]"\n', encoding="utf-8")
    marks = Marks.read(path, 5)
    rescore(batch.folder / "run", batch.folder / "x", batch.bank, min_confidence=0, marks=marks)
    after: list[Result] = list(read_results(batch.folder / "x"))
    assert after[1].human == 0.8
    assert [claim.label for claim in after[1].claims[:2]] == [True, False]
    assert after[1].claims[2].label == before[1].claims[2].label
    assert [after[0], *after[2:]] == [before[0], *before[2:]]


def test_a_file_of_marks_with_a_bad_row_is_refused_with_its_line(batch: Batch) -> None:
    path = batch.folder / "people.csv"
    path.write_text("id,human_score\na00001,9\n", encoding="utf-8")
    with pytest.raises(BadRows) as caught:
        Marks.read(path, 5)
    assert caught.value.problems[0].startswith("2: human_score: 9 is above 5")


def test_a_damaged_result_is_named_with_its_line(batch: Batch) -> None:
    batch.run(3)
    path = batch.folder / "run" / "results.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], '{"id": "x"}', lines[2]]) + "\n")
    with pytest.raises(RunRefused, match=r"results.jsonl:2: question: Field required"):
        list(read_results(batch.folder / "run"))


def test_a_run_cannot_be_rescored_into_itself(batch: Batch) -> None:
    batch.run(3)
    with pytest.raises(BadInput, match="is the run itself"):
        rescore(
            batch.folder / "run", batch.folder / "run", batch.bank, min_confidence=0, marks=None
        )
