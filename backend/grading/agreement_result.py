"""What is said about a grader's agreement with people: the shape of the result, without its making."""

from __future__ import annotations

from dataclasses import dataclass

from backend.grading.figures import Figure


@dataclass(frozen=True)
class Judged:
    """What a grader made of one row: a share of the points, 0 to 1, and a probability for each claim.

    `right` is the probability that a person who may only say right or wrong says right; it stands in
    for the share where a set is graded so.
    """

    share: float
    claims: tuple[float, ...]
    right: float | None = None


@dataclass(frozen=True)
class Baseline:
    """The figures of a way of grading that knows nothing."""

    pearson: Figure
    spearman: Figure
    within_question_pearson: Figure
    rmse_calibrated: Figure
    claim_auc: Figure


@dataclass(frozen=True)
class Raters:
    """Two or more people against each other, over all pairs of them."""

    raters: int
    pearson: Figure
    within_question_pearson: Figure
    rmse: Figure
    qwk: Figure


@dataclass(frozen=True)
class Kept:
    """Verdicts at least this confident: the share kept, and of those the share that was right."""

    confidence: float
    kept: Figure
    right: Figure


@dataclass(frozen=True)
class LengthBias:
    """Correlation of a score with the number of words, ours beside the human one."""

    ours: Figure
    human: Figure
    ours_within: Figure
    human_within: Figure


@dataclass(frozen=True)
class QuestionFigures:
    """One question; RMSE and means in points. `claim_auc` is over its labelled claims, `human_human` the
    correlation of its raters."""

    qid: str
    n: int
    pearson: float | None
    spearman: float | None
    qwk: float | None
    rmse: float
    human_mean: float
    mean: float
    claim_auc: float | None
    human_human: float | None


@dataclass(frozen=True)
class Agreement:
    """One set. RMSE is in points (0 to `max_score` of each row), `rmse_share` in shares of them;
    `rmse_calibrated` is in points after an isotonic fit on all other questions."""

    dataset: str
    grader: str
    n: int
    questions: int
    claims: int
    pearson: Figure
    spearman: Figure
    within_question_pearson: Figure
    qwk: Figure
    qwk_levels: int
    rmse: Figure
    rmse_share: Figure
    rmse_calibrated: Figure
    answer_auc: Figure
    answer_macro_f1: Figure
    answer_kappa: Figure
    claim_auc: Figure
    claim_f1: Figure
    claim_macro_f1: Figure
    claim_kappa: Figure
    claim_accuracy: Figure
    expected_calibration_error: Figure
    coverage: tuple[Kept, ...]
    length: LengthBias
    baselines: dict[str, Baseline]
    human_human: Raters | None
    answers_per_second: float
    per_question: tuple[QuestionFigures, ...]
    calibration: tuple[tuple[float, float, int], ...]
    points: tuple[tuple[float, float], ...]
