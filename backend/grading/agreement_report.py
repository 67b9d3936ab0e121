"""The page that `viva agreement --html` writes: tables and two plots, one file, no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from backend.grading.agreement_result import Agreement
from backend.grading.figures import Figure

SIDE = 320
MARGIN = 44
MOST_POINTS = 1500
STYLE = """
:root { color-scheme: light dark; --ink: #22201c; --paper: #fdfcf9; --soft: #8a857b; --line: #d9d4c9; --mark: #2f5d8a }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e5db; --paper: #191817; --soft: #9a958a; --line: #3b3934; --mark: #8db6dc } }
body { font: 17px/1.5 Georgia, serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { font-weight: normal } h2 { border-top: 1px solid var(--line); padding-top: 1.5rem; margin-top: 2.5rem }
table { border-collapse: collapse; font-size: .9rem } th, td { text-align: left; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--line); font-weight: normal }
.wide { overflow-x: auto } small, .soft, caption { color: var(--soft) } caption { text-align: left; padding-bottom: .3rem }
figure { display: inline-block; margin: 1rem 1.5rem 1rem 0 } figcaption { max-width: 22rem; color: var(--soft); font-size: .9rem }
svg { width: 22rem; max-width: 100%; height: auto } svg text { font: 12px Georgia, serif; fill: var(--soft) }
.axis { stroke: var(--line); fill: none } .even { stroke: var(--soft); stroke-dasharray: 4 4 } .dot { fill: var(--mark) } .run { stroke: var(--mark); fill: none }
"""


def agreement_page(found: Sequence[Agreement]) -> str:
    """A self-contained page about these sets."""
    parts = "\n".join(_section(item) for item in found)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Agreement with human graders</title><style>{STYLE}</style></head>\n<body>"
        "<h1>Agreement with human graders</h1>"
        "<p>Intervals are 95 % intervals from drawing whole questions. RMSE is in points.</p>"
        f"{parts}</body></html>\n"
    )


def _section(item: Agreement) -> str:
    what = "claims" if item.claims else "answers"
    return (
        f"<section><h2>{escape(item.dataset)}</h2>"
        f'<p class="soft">{item.n} answers to {item.questions} questions; {escape(item.grader)};'
        f" {item.answers_per_second:g} answers a second</p>"
        f"{_figures(item)}"
        f"<figure>{_calibration_plot(item)}<figcaption>Calibration of {what}: what we said against"
        " what people found, in ten bins; a larger dot holds more.</figcaption></figure>"
        f"<figure>{_scatter_plot(item)}<figcaption>Our score against the human score, as shares of"
        f" the points{_sampled(item)}.</figcaption></figure>"
        f"{_coverage(item)}{_questions(item)}</section>"
    )


def _sampled(item: Agreement) -> str:
    return f"; {MOST_POINTS} of {item.n} answers" if item.n > MOST_POINTS else ""


def _figures(item: Agreement) -> str:
    long, recall, people = (
        item.baselines["length"],
        item.baselines["token_recall"],
        item.human_human,
    )
    rows: list[tuple[str, Figure, Figure | None, Figure | None, Figure | None]] = [
        ("Pearson r", item.pearson, long.pearson, recall.pearson, people and people.pearson),
        ("Spearman", item.spearman, long.spearman, recall.spearman, None),
        (
            "Pearson within a question",
            item.within_question_pearson,
            long.within_question_pearson,
            recall.within_question_pearson,
            people and people.within_question_pearson,
        ),
        (f"QWK, {item.qwk_levels} levels", item.qwk, None, None, people and people.qwk),
        ("RMSE as scored", item.rmse, None, None, people and people.rmse),
        (
            "RMSE, isotonic on other questions",
            item.rmse_calibrated,
            long.rmse_calibrated,
            recall.rmse_calibrated,
            None,
        ),
        ("Right or wrong: AUC", item.answer_auc, None, None, None),
        ("Right or wrong: macro-F1", item.answer_macro_f1, None, None, None),
        ("Right or wrong: Cohen's kappa", item.answer_kappa, None, None, None),
        ("Claims: AUC", item.claim_auc, long.claim_auc, recall.claim_auc, None),
        ("Claims: F1", item.claim_f1, None, None, None),
        ("Claims: Cohen's kappa", item.claim_kappa, None, None, None),
        ("Expected calibration error", item.expected_calibration_error, None, None, None),
        ("Score against length", item.length.ours, None, None, None),
        ("Human score against length", item.length.human, None, None, None),
    ]
    body = [
        [escape(name), *(figure_cell(value) for value in values)]
        for name, *values in rows
        if values[0] is not None and values[0].value is not None
    ]
    return table("", ["", "ours", "length only", "token recall", "human-human"], body)


def _coverage(item: Agreement) -> str:
    body = [
        [f"{step.confidence:.1f}", figure_cell(step.kept), figure_cell(step.right)]
        for step in item.coverage
    ]
    return table("Coverage", ["confidence at least", "verdicts kept", "of those right"], body)


def _questions(item: Agreement) -> str:
    body = [
        [
            escape(q.qid),
            str(q.n),
            _number(q.pearson),
            _number(q.spearman),
            _number(q.qwk),
            _number(q.rmse),
            _number(q.human_mean),
            _number(q.mean),
            _number(q.claim_auc),
            _number(q.human_human),
        ]
        for q in item.per_question
    ]
    heads = ["question", "n", "Pearson", "Spearman", "QWK", "RMSE", "human mean", "our mean"]
    heads += ["claim AUC", "human-human r"]
    return f"<details><summary>Question by question</summary>{table('', heads, body)}</details>"


def table(caption: str, heads: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
    title = f"<caption>{caption}</caption>" if caption else ""
    return f'<div class="wide"><table>{title}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _calibration_plot(item: Agreement) -> str:
    most = max((n for _, _, n in item.calibration), default=1)
    line = " ".join(f"{x_at(p):.1f},{y_at(seen):.1f}" for p, seen, _ in item.calibration)
    dots = "".join(
        f'<circle class="dot" cx="{x_at(p):.1f}" cy="{y_at(seen):.1f}" r="{3 + 7 * (n / most) ** 0.5:.1f}"><title>'
        f"{n}: said {p:.2f}, found {seen:.2f}</title></circle>"
        for p, seen, n in item.calibration
    )
    drawn = f'<polyline class="run" points="{line}"/>{dots}'
    return plot(drawn, "our probability", "found by people", f"Calibration plot of {item.dataset}")


def _scatter_plot(item: Agreement) -> str:
    step = max(1, -(-item.n // MOST_POINTS))
    dots: list[str] = []
    for index, (ours, human) in enumerate(item.points[::step]):
        shift = (
            (index * 7919) % 101 / 101 - 0.5
        ) * 0.025  # equal human scores would hide each other
        dots.append(
            f'<circle class="dot" cx="{x_at(ours):.1f}" cy="{y_at(human + shift):.1f}" r="2" fill-opacity=".35"/>'
        )
    return plot("".join(dots), "our score", "human score", f"Scatter plot of {item.dataset}")


def plot(drawn: str, across: str, up: str, title: str) -> str:
    low, high = MARGIN, MARGIN + SIDE
    ticks = "".join(
        f'<text x="{x_at(t):.0f}" y="{high + 16}" text-anchor="middle">{t:g}</text>'
        f'<text x="{low - 6}" y="{y_at(t) + 4:.0f}" text-anchor="end">{t:g}</text>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    size = SIDE + 2 * MARGIN
    return (
        f'<svg viewBox="0 0 {size} {size}" role="img" aria-label="{escape(title, quote=True)}">'
        f'<rect class="axis" x="{low}" y="{low}" width="{SIDE}" height="{SIDE}"/>'
        f'<line class="even" x1="{low}" y1="{high}" x2="{high}" y2="{low}"/>{ticks}'
        f'<text x="{low + SIDE / 2:.0f}" y="{high + 34}" text-anchor="middle">{across}</text>'
        f'<text x="{-(low + SIDE / 2):.0f}" y="14" text-anchor="middle" transform="rotate(-90)">{up}</text>'
        f"{drawn}</svg>"
    )


def x_at(value: float) -> float:
    return MARGIN + SIDE * value


def y_at(value: float) -> float:
    return MARGIN + SIDE * (1 - value)


def figure_cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return ""
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} <small>{figure.low:.3f} to {figure.high:.3f}</small>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
