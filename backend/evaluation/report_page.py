"""The report of a run as one HTML page: tables and plots, no script, nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from backend.evaluation.columns import Listed
from backend.evaluation.groups import GroupComparison
from backend.evaluation.metrics import ClaimFigures, Confusion, Part
from backend.evaluation.summary import Summary
from backend.grading.agreement_report import STYLE, figure_cell, plot, table, x_at, y_at

MOST_CLAIMS = 200
Bins = Sequence[tuple[float, float, int]]
_MORE_STYLE = """
.bars rect { fill: var(--mark) } .bars { width: 15rem } details { margin: 1rem 0 } summary { cursor: pointer }
.warn { color: #a33b2a } @media (prefers-color-scheme: dark) { .warn { color: #e08a78 } } td { vertical-align: top }
"""


def report_page(summary: Summary, facts: Sequence[tuple[str, str]] = ()) -> str:
    """The page. `facts` are pairs of what is said about the run at its top."""
    parts = [
        _facts(summary, facts),
        _whole(summary),
        _agreement(summary),
        _parts("By area", summary.areas, summary.whole.agreement.n > 0),
        _parts("By level", summary.levels, summary.whole.agreement.n > 0),
        _parts("By group", summary.groups, summary.whole.agreement.n > 0),
        _comparison(summary.comparison),
        _details("By question", _parts("", summary.questions, summary.whole.agreement.n > 0)),
        _claims(summary.claims),
        _confidence(summary),
        _listed("Most doubtful", summary.most_doubtful, "least confidence", _share, "verdict"),
        _listed("Slowest", summary.slowest, "seconds", lambda value: f"{value:.3f}", ""),
        _errors(summary),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(summary.title)}: evaluation</title>"
        f"<style>{STYLE}{_MORE_STYLE}</style></head>\n<body><main>"
        f"<h1>{escape(summary.title)}</h1>\n" + "\n".join(parts) + "</main></body></html>\n"
    )


def _facts(summary: Summary, facts: Sequence[tuple[str, str]]) -> str:
    whole = summary.whole
    said = [
        ("answers", f"{whole.n:,}"),
        ("graded", f"{whole.graded:,}"),
        ("nothing to assess", f"{whole.unscored:,}"),
        ("could not be graded (errors)", f"{whole.errors:,}"),
        (f"graded below {summary.rules.pass_mark:.0%} (failures)", f"{whole.failed:,}"),
        ("rows left out before grading", f"{summary.skipped:,}"),
        ("graded by", ", ".join(summary.graders)),
    ]
    if summary.seconds:
        said.append(("seconds of grading, added up", f"{summary.seconds:,.1f}"))
    said += [(f"answers that are {flag}", f"{count:,}") for flag, count in summary.flags]
    return _table("", ["", ""], [[escape(a), escape(b)] for a, b in (*said, *facts)])


def _whole(summary: Summary) -> str:
    spread = summary.whole.spread
    if not spread.n:
        return "<p>No answer has a score.</p>"
    return (
        "<h2>Scores</h2><p>Intervals are 95 % intervals from drawing questions and candidates."
        f" Mean {figure_cell(spread.mean)}, median {spread.median:.3f}, a tenth below"
        f" {spread.low:.3f}, a tenth above {spread.high:.3f}.</p>"
        f"<figure>{_bars(spread.bars, [f'{i / 10:g}' for i in range(10)], 'scores in tenths')}"
        "<figcaption>Scores in tenths of the points.</figcaption></figure>"
        + (
            f"<figure>{_bars(spread.ratings, list('012345'), 'ratings')}"
            "<figcaption>Ratings from 0 (nothing said) to 5.</figcaption></figure>"
            if any(spread.ratings)
            else ""
        )
    )


def _agreement(summary: Summary) -> str:
    found = summary.whole.agreement
    if not found.n:
        return ""
    rows = [
        ["answers with a human score", f"{found.n:,}"],
        ["human mean", _share(found.human_mean)],
        ["Pearson r", figure_cell(found.pearson)],
        [f"quadratic weighted kappa, {found.levels} levels", figure_cell(found.qwk)],
        ["Cohen's kappa", figure_cell(found.kappa)],
        ["RMSE, as a share of the points", figure_cell(found.rmse)],
    ]
    return f"<h2>Agreement with human scores</h2>{_table('', ['', ''], rows)}" + _calibration(
        summary.calibration, "our score", "human score", "Scores against people"
    )


def _parts(title: str, parts: Sequence[Part], with_humans: bool) -> str:
    if not parts:
        return ""
    heads = ["", "n", "errors", "failures", "unscored", "mean", "spread", "confidence"]
    if with_humans:
        heads += ["human mean", "Pearson", "QWK", "kappa", "RMSE"]
    body: list[list[str]] = []
    for part in parts:
        name = escape(part.name) + (
            f"<br><small>{escape(part.title[:90])}</small>" if part.title else ""
        )
        row = [
            name,
            f"{part.n:,}",
            f"{part.errors:,}",
            f"{part.failed:,}",
            f"{part.unscored:,}",
            figure_cell(part.spread.mean),
            _bars(part.spread.bars, None, f"scores of {part.name}"),
            _share(part.confidence),
        ]
        if with_humans:
            agreement = part.agreement
            row += [
                _share(agreement.human_mean),
                *(
                    figure_cell(value)
                    for value in (agreement.pearson, agreement.qwk, agreement.kappa, agreement.rmse)
                ),
            ]
        body.append(row)
    heading = f"<h2>{title}</h2>" if title else ""
    return f'{heading}<div class="wide">{_table("", heads, body)}</div>'


def _comparison(found: GroupComparison | None) -> str:
    if found is None:
        return ""
    body = [
        [
            escape(row.name),
            f"{row.n:,}",
            f"{row.passed:,}",
            _share(row.rate),
            f"{row.mean:.3f}",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            "" if row.p is None else f"{row.p:.3g}",
            f'<span class="warn">{escape(row.note)}</span>'
            if row.note.startswith("below")
            else escape(row.note),
        ]
        for row in found.rows
    ]
    left = f" {found.left_out:,} answers name no group." if found.left_out else ""
    heads = ["group", found.unit, "passed", "rate", "mean", "ratio", "Fisher p", ""]
    return (
        "<h2>Groups compared</h2><p>A screening, not a finding: a rate below four fifths of the"
        f" highest one calls for a look at the questions and the grader. Passed means a score of at least"
        f" {found.pass_mark:.0%}; groups below {found.fewest} {found.unit} are not compared.{left}</p>"
        f"{_table('', heads, body)}"
    )


def _claims(found: ClaimFigures | None) -> str:
    if found is None:
        return ""
    rows = [
        ["labelled claims", f"{found.labelled:,}"],
        ["accuracy", figure_cell(found.accuracy)],
        ["Cohen's kappa", figure_cell(found.kappa)],
        ["F1 of met", figure_cell(found.f1)],
        ["expected calibration error", figure_cell(found.calibration_error)],
    ]
    heads = ["", "met, found", "met, absent", "partial, found", "partial, absent"]
    heads += ["missed, found", "missed, absent", "abstained"]
    worst = sorted(found.by_claim, key=lambda item: -(item.met_absent + item.missed_found))
    left = len(worst) - MOST_CLAIMS
    note = f"<p>and {left} more claims: see summary.json</p>" if left > 0 else ""
    return (
        "<h2>Verdicts against people</h2><p>Rows of the table are claims; “found” and “absent” is what"
        f" people said.</p>{_table('', ['', ''], rows)}"
        + _table("", heads, [_confusion(found.total)])
        + _calibration(
            found.calibration, "confidence of a verdict", "share right", "Calibration of verdicts"
        )
        + _details(
            "Claim by claim, most mistakes first",
            _table("", heads, [_confusion(item) for item in worst[:MOST_CLAIMS]]) + note,
        )
    )


def _confusion(item: Confusion) -> list[str]:
    counts = (item.met_found, item.met_absent, item.partial_found, item.partial_absent)
    more = (item.missed_found, item.missed_absent, item.abstained)
    return [escape(item.name), *(f"{count:,}" for count in (*counts, *more))]


def _confidence(summary: Summary) -> str:
    if not summary.verdicts:
        return ""
    body = [
        [f"{item.least:.1f}", _share(item.kept), _share(item.right)] for item in summary.confidences
    ]
    return (
        f"<h2>Confidence</h2><p>{summary.verdicts:,} verdicts; {summary.abstained:,} could not be given"
        f" ({summary.abstain_rate:.1%}).</p>"
        + _table("", ["confidence at least", "verdicts kept", "of those right"], body)
    )


def _listed(
    title: str, items: Sequence[Listed], head: str, show: Callable[[float], str], note: str
) -> str:
    if not items:
        return ""
    body = [
        [
            escape(item.id),
            escape(item.question),
            show(item.value),
            _share(item.score),
            escape(item.note),
        ]
        for item in items
    ]
    return _details(title, _table("", ["id", "question", head, "score", note], body))


def _errors(summary: Summary) -> str:
    if not summary.errors:
        return ""
    body = [[escape(item.id), escape(item.question), escape(item.note)] for item in summary.errors]
    return _details(
        f"Errors, the first {len(body)}", _table("", ["id", "question", "what happened"], body)
    )


def _details(title: str, inside: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{inside}</details>" if inside else ""


def _table(caption: str, heads: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    return table(caption, heads, body)


def _bars(counts: Sequence[int], names: Sequence[str] | None, title: str) -> str:
    most = max(1, *counts)
    wide, high = 20, 60 if names else 24
    drawn: list[str] = []
    for place, count in enumerate(counts):
        tall = high * count / most
        x = place * (wide + 4)
        drawn.append(
            f'<rect x="{x}" y="{high - tall:.1f}" width="{wide}" height="{tall:.1f}">'
            f"<title>{count:,}</title></rect>"
        )
        if names:
            drawn.append(
                f'<text x="{x + wide / 2}" y="{high + 14}" text-anchor="middle">{names[place]}</text>'
            )
    width, height = len(counts) * (wide + 4), high + (18 if names else 0)
    label = escape(f"{title}: {', '.join(map(str, counts))}", quote=True)
    return (
        f'<svg class="bars" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f"{''.join(drawn)}</svg>"
    )


def _calibration(bins: Bins, across: str, up: str, title: str) -> str:
    if not bins:
        return ""
    most = max(count for _, _, count in bins)
    line = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y, _ in bins)
    dots = "".join(
        f'<circle class="dot" cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="{3 + 7 * (n / most) ** 0.5:.1f}">'
        f"<title>{n:,}: {x:.2f} against {y:.2f}</title></circle>"
        for x, y, n in bins
    )
    drawn = f'<polyline class="run" points="{line}"/>{dots}'
    return (
        f"<figure>{plot(drawn, across, up, title)}<figcaption>{escape(title)}, in tenths; a larger dot"
        " holds more.</figcaption></figure>"
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
