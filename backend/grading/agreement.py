"""How far a grader agrees with the people who graded the same answers.

Beside every figure of ours stand the same figures of two baselines on the same rows: the length of the
answer alone, and the share of the expected words that the answer holds. A grader that does not beat
both has learned nothing that counting would not tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from backend.bank.wording import content_stems, words
from backend.grading.agreement_result import (
    Agreement,
    Baseline,
    Judged,
    Kept,
    LengthBias,
    QuestionFigures,
    Raters,
)
from backend.grading.dataset import Row
from backend.grading.figures import (
    Array,
    Figure,
    Groups,
    auc_figure,
    calibration_bins,
    calibration_figure,
    left_out,
    pearson_figure,
    qwk_figure,
    rmse_figure,
    share_figure,
    spearman_figure,
    verdict_figures,
    within_figure,
)

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9)
FINEST = 20
THRESHOLD = 0.5
_NOTHING = Figure(None)


@dataclass(frozen=True)
class _Claims:
    p: Array
    truth: Array
    groups: Groups
    length: Array
    recall: Array


def agreement(
    dataset: str, grader: str, rows: Sequence[Row], judged: Sequence[Judged], seconds: float
) -> Agreement:
    """All figures of one set. `rows` must not be empty and `judged` fits them one to one."""
    names = {name: index for index, name in enumerate(dict.fromkeys(row.qid for row in rows))}
    groups = np.array([names[row.qid] for row in rows], dtype=np.int64)
    levels = levels_of(np.array([row.share for row in rows]))
    binary = levels == 1
    ours = np.array([_score(item, binary) for item in judged])
    human = np.array([row.share for row in rows])
    most = np.array([row.max_score for row in rows])
    length = np.array([float(len(words(row.answer))) for row in rows])
    recall = np.array([_recall(_expected(row), row.answer) for row in rows])
    claims = _labelled(rows, judged, groups)
    graded = verdict_figures((ours >= THRESHOLD) if binary else np.zeros(0, bool), human, groups)
    said = verdict_figures(claims.p >= THRESHOLD, claims.truth, claims.groups)
    probable, truth = (claims.p, claims.truth) if len(claims.p) else (ours, human)
    clusters = claims.groups if len(claims.p) else groups
    fitted = left_out(ours, human, groups)
    return Agreement(
        dataset=dataset,
        grader=grader,
        n=len(rows),
        questions=len(names),
        claims=len(claims.p),
        pearson=pearson_figure(ours, human, groups),
        spearman=spearman_figure(ours, human, groups),
        within_question_pearson=within_figure(ours, human, groups),
        qwk=qwk_figure(np.rint(ours * levels), np.rint(human * levels), groups, levels + 1),
        qwk_levels=levels + 1,
        rmse=rmse_figure(ours * most, human * most, groups),
        rmse_share=rmse_figure(ours, human, groups),
        rmse_calibrated=_NOTHING
        if fitted is None
        else rmse_figure(fitted * most, human * most, groups),
        answer_auc=auc_figure(ours, human, groups) if binary else _NOTHING,
        answer_macro_f1=graded["macro_f1"],
        answer_kappa=graded["kappa"],
        claim_auc=auc_figure(claims.p, claims.truth, claims.groups),
        claim_f1=said["f1"],
        claim_macro_f1=said["macro_f1"],
        claim_kappa=said["kappa"],
        claim_accuracy=said["accuracy"],
        expected_calibration_error=calibration_figure(probable, truth, clusters),
        coverage=_coverage(judged, claims, groups, ours if binary else None, human),
        length=LengthBias(
            pearson_figure(ours, length, groups),
            pearson_figure(human, length, groups),
            within_figure(length, ours, groups),
            within_figure(length, human, groups),
        ),
        baselines={
            "length": _baseline(length, human, most, groups, claims, claims.length),
            "token_recall": _baseline(recall, human, most, groups, claims, claims.recall),
        },
        human_human=_raters(rows, groups),
        answers_per_second=round(len(rows) / seconds, 2) if seconds > 0 else 0.0,
        per_question=tuple(
            _question(name, index, ours, human, most, groups, levels, claims, rows)
            for name, index in names.items()
        ),
        calibration=tuple(calibration_bins(probable, truth)),
        points=tuple((float(x), float(y)) for x, y in zip(ours, human, strict=True)),
    )


def _score(item: Judged, binary: bool) -> float:
    return item.right if binary and item.right is not None else item.share


def _expected(row: Row) -> str:
    return row.reference if row.reference.strip() else " ".join(row.rubric)


def _recall(expected: str, answer: str) -> float:
    wanted = set(content_stems(expected))
    return len(wanted & set(content_stems(answer))) / max(1, len(wanted))


def _labelled(rows: Sequence[Row], judged: Sequence[Judged], groups: Groups) -> _Claims:
    p: list[float] = []
    truth: list[float] = []
    own: list[int] = []
    length: list[float] = []
    recall: list[float] = []
    for row, item, group in zip(rows, judged, groups, strict=True):
        for text, label, value in zip(row.rubric, row.claim_labels, item.claims, strict=False):
            if label is not None:
                p.append(value)
                truth.append(float(label))
                own.append(int(group))
                length.append(float(len(words(row.answer))))
                recall.append(_recall(text, row.answer))
    return _Claims(
        np.array(p, dtype=float),
        np.array(truth, dtype=float),
        np.array(own, dtype=np.int64),
        np.array(length, dtype=float),
        np.array(recall, dtype=float),
    )


def levels_of(shares: Array) -> int:
    """Into how many steps human scores, as shares, divide the whole range, at most `FINEST`."""
    for steps in range(1, FINEST):
        off = np.abs(shares * steps - np.rint(shares * steps))
        if float((off < 0.02).mean()) >= 0.98:
            return steps
    return FINEST


def _coverage(
    judged: Sequence[Judged], claims: _Claims, groups: Groups, ours: Array | None, human: Array
) -> tuple[Kept, ...]:
    """Over labelled claims; else over answers that are right or wrong; else over unlabelled claims."""
    p = np.array([value for item in judged for value in item.claims], dtype=float)
    own = np.repeat(groups, [len(item.claims) for item in judged])
    truth: Array | None = None
    if len(claims.p):
        p, truth, own = claims.p, claims.truth, claims.groups
    elif ours is not None:
        p, truth, own = ours, human, groups
    if not len(p):
        return ()
    sure = np.maximum(p, 1 - p)
    rows: list[Kept] = []
    for least in CONFIDENCES:
        kept = (sure >= least).astype(np.float64)
        right = _NOTHING
        if truth is not None:
            hit = kept * ((p >= THRESHOLD) == (truth >= THRESHOLD))
            right = share_figure(hit, kept, own)
        rows.append(Kept(least, share_figure(kept, np.ones_like(kept), own), right))
    return tuple(rows)


def _baseline(
    x: Array, human: Array, most: Array, groups: Groups, claims: _Claims, claim_values: Array
) -> Baseline:
    fitted = left_out(x, human, groups)
    return Baseline(
        pearson=pearson_figure(x, human, groups),
        spearman=spearman_figure(x, human, groups),
        within_question_pearson=within_figure(x, human, groups),
        rmse_calibrated=_NOTHING
        if fitted is None
        else rmse_figure(fitted * most, human * most, groups),
        claim_auc=auc_figure(claim_values, claims.truth, claims.groups),
    )


def _raters(rows: Sequence[Row], groups: Groups) -> Raters | None:
    marks = [row.rater_scores for row in rows]
    count = min(len(item) for item in marks)
    if count < 2:
        return None
    marked = np.array([item[:count] for item in marks], dtype=float)
    pairs = list(combinations(range(count), 2))
    top = np.tile(np.array([row.max_score for row in rows]), len(pairs))
    group = np.tile(groups, len(pairs))
    x = np.concatenate([marked[:, one] for one, _ in pairs])
    y = np.concatenate([marked[:, other] for _, other in pairs])
    levels = levels_of(np.array([row.share for row in rows]))
    return Raters(
        count,
        pearson_figure(x / top, y / top, group),
        within_figure(x / top, y / top, group),
        rmse_figure(x, y, group),
        qwk_figure(np.rint(x / top * levels), np.rint(y / top * levels), group, levels + 1),
    )


def _question(
    name: str,
    index: int,
    ours: Array,
    human: Array,
    most: Array,
    groups: Groups,
    levels: int,
    claims: _Claims,
    rows: Sequence[Row],
) -> QuestionFigures:
    own = groups == index
    x, y, top = ours[own], human[own], most[own]
    alone = np.zeros(len(x), dtype=np.int64)
    p, truth = claims.p[claims.groups == index], claims.truth[claims.groups == index]
    raters = _raters([row for row, mine in zip(rows, own, strict=True) if mine], alone)
    return QuestionFigures(
        qid=name,
        n=len(x),
        pearson=pearson_figure(x, y, alone).value,
        spearman=spearman_figure(x, y, alone).value,
        qwk=qwk_figure(np.rint(x * levels), np.rint(y * levels), alone, levels + 1).value,
        rmse=float(np.sqrt(np.mean(((x - y) * top) ** 2))),
        human_mean=float((y * top).mean()),
        mean=float((x * top).mean()),
        claim_auc=auc_figure(p, truth, np.zeros(len(p), dtype=np.int64)).value,
        human_human=raters.pearson.value if raters else None,
    )
