"""The gate prints the rule it tested; reports stand alone, escape what people wrote, and say what is what."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from backend.errors import BadInput
from backend.evaluation.gate import FIGURES, apply_rules, read_rules
from backend.evaluation.report_files import cell, write_reports
from backend.evaluation.summary import Rules, Summary, columns_in, figures_of, summary_of
from tests.evaluation.conftest import Batch
from tests.evaluation.fakes import rows

NASTY = "<script>alert(1)</script>"


@pytest.fixture
def run(batch: Batch) -> Path:
    made = list(rows(60))
    made[0] |= {"id": "=HYPERLINK(1)", "candidate": "+1", "group": NASTY}
    made[1] |= {"id": NASTY, "answer": "explode"}
    batch.run(made, on_error="skip")
    return batch.folder / "run"


@pytest.fixture
def summary(run: Path) -> Summary:
    return summary_of(columns_in(run), "a <title> & more", Rules(0.5, 5), skipped=3)


def test_a_gate_tests_every_rule_and_says_on_what(summary: Summary) -> None:
    rules = read_rules("error_rate<=0.05, mean>=0.99,n==60,claim_kappa.low>0.5", FIGURES)
    found = apply_rules(rules, figures_of(summary))
    assert [item.holds for item in found] == [True, False, True, True]
    assert str(found[0]) == "passed  error_rate<=0.05  (error_rate is 0.01667)"
    assert str(found[1]).startswith("FAILED  mean>=0.99  (mean is 0.5")


def test_a_figure_that_could_not_be_computed_does_not_hold() -> None:
    (found,) = apply_rules(read_rules("qwk<=1", FIGURES), {"qwk": None})
    assert not found.holds
    assert str(found) == "FAILED  qwk<=1  (qwk could not be computed)"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("qwk", "cannot read 'qwk'"),
        ("qwk=>0.6", "cannot read 'qwk=>0.6'"),
        ("qwk>=0.6,", "cannot read ''"),
        ("quality>=1", "no figure 'quality'; there are abstain_rate, "),
        ("qwk>=1.2.3", "'1.2.3' is not a number"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)) as caught:
        read_rules(text, FIGURES)
    assert str(caught.value).startswith("--fail-under: ")


def test_the_gate_knows_exactly_the_figures_that_there_are(summary: Summary) -> None:
    assert set(figures_of(summary)) == set(FIGURES)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_no_cell_can_become_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell(-1.5) == -1.5
    assert cell("a=1") == "a=1"


def test_the_files_of_a_run_say_the_same(run: Path, summary: Summary) -> None:
    gate = apply_rules(read_rules("mean>=0.99,n>=1", FIGURES), figures_of(summary))
    write_reports(run, summary, gate)
    with (run / "results.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 60
    assert (table[0]["id"], table[0]["candidate"]) == ("'=HYPERLINK(1)", "'+1")
    assert (table[1]["outcome"], table[1]["score"]) == ("error", "")
    facts = json.loads((run / "summary.json").read_text())
    assert facts["whole"]["n"] == 60
    assert facts["whole"]["errors"] == 1
    assert facts["skipped"] == 3
    assert [item["holds"] for item in facts["gate"]] == [False, True]
    suite = ElementTree.parse(run / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert suite[0].get("name") == "mean>=0.99"
    assert suite[0].find("failure") is not None
    assert suite[1].find("failure") is None
    error = suite[2].find("error")
    assert error is not None
    assert NASTY in (error.text or "")


class Page(HTMLParser):
    """Collects what a browser would make of a page."""

    VOID = frozenset(("meta", "br", "rect", "circle", "line", "polyline"))

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_is_whole_runs_no_script_and_fetches_nothing(run: Path, summary: Summary) -> None:
    write_reports(run, summary, [])
    page = Page()
    page.feed((run / "report.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert page.addresses == []
    assert "script" not in page.tags
    text = " ".join(page.text)
    for wanted in (
        "a <title> & more",
        NASTY,
        "Agreement with human scores",
        "By area",
        "By question",
        "Groups compared",
        "Verdicts against people",
        "Most doubtful",
        "Slowest",
        "exploded as told",
    ):
        assert wanted in text
    assert page.tags.count("svg") >= 4
