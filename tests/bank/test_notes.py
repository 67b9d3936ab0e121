"""A note is cut at its `##` headings; sources are read from their line and taken out of the text."""

from __future__ import annotations

import pytest

from backend.bank.notes import anchor_of, sections_of

NOTE = """# Ovens

An introduction, which is no section.

Sources: nobody

## Heat & time

Hot ovens bake.

### How hot

Very.

Sources: baker-2020-shelves, doit.

##   F1, then what?

Measure.
Sources: `a`, b
Sources: c
"""


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("Delayed labels", "delayed-labels"),
        ("Alerts people act on", "alerts-people-act-on"),
        ("  F1, then what? ", "f1-then-what"),
        ("A/B tests: 2 kinds", "a-b-tests-2-kinds"),
    ],
)
def test_an_anchor_is_the_heading_s_words_joined_by_hyphens(title: str, anchor: str) -> None:
    assert anchor_of(title) == anchor


def test_sections_have_their_place_text_and_sources() -> None:
    heat, measure = sections_of("ovens", NOTE)
    assert (heat.title, heat.anchor, heat.line) == ("Heat & time", "heat-time", 7)
    assert heat.reference == "documents/ovens.md#heat-time"
    assert heat.text == "Hot ovens bake.\n\n### How hot\n\nVery."
    assert heat.sources == ("baker-2020-shelves", "doit")
    assert (measure.title, measure.line) == ("F1, then what?", 17)
    assert measure.text == "Measure."


def test_several_lines_of_sources_add_up() -> None:
    assert sections_of("ovens", NOTE)[1].sources == ("a", "b", "c")


def test_a_section_without_sources_says_so() -> None:
    (section,) = sections_of("ovens", "## Heat\n\nSources are good, says everybody.\n")
    assert section.sources == ()
    assert section.text == "Sources are good, says everybody."


@pytest.mark.parametrize("text", ["", "# Ovens\n\nOnly an introduction.\n", "##no space\n"])
def test_a_note_without_headings_has_no_sections(text: str) -> None:
    assert sections_of("ovens", text) == []


def test_a_comment_in_a_block_of_code_is_no_heading() -> None:
    note = "## Heat\n\n```bash\n## preheat\noven on\n```\n\n## Time\n\nLong.\n"
    heat, time = sections_of("ovens", note)
    assert "## preheat\noven on" in heat.text
    assert (time.title, time.line) == ("Time", 8)
