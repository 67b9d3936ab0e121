"""Every format holds the whole kit, gives the same bytes twice, and can be opened by others."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pypdfium2
import pytest
from docx import Document

from backend.bank.loader import Bank
from backend.errors import BadInput, CannotPrint
from backend.scripts.booklet import WHOLE, Booklet, booklet_of
from backend.scripts.kit import Kit
from backend.scripts.kit_file import read_kit
from backend.scripts.pdf import pdf_bytes
from backend.scripts.render import format_of, render
from tests.conftest import ROOT
from tests.scripts.test_script import ALL_PLANS, kit_of


class Words(HTMLParser):
    """The text of a page, without style."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.styled = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.styled = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.styled = False

    def handle_data(self, data: str) -> None:
        if not self.styled:
            self.text.append(data)


def squeezed(text: str) -> str:
    """Letters and digits only: layout may break lines and marks anywhere."""
    return re.sub(r"[^a-z0-9]", "", unescape(text).lower())


def html_words(data: bytes) -> str:
    reader = Words()
    reader.feed(data.decode())
    return squeezed("".join(reader.text))


def word_words(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    texts = [paragraph.text for paragraph in document.paragraphs]
    texts += [c.text for table in document.tables for row in table.rows for c in row.cells]
    return squeezed(" ".join(texts))


def must_be_printed(kit: Kit) -> Iterator[str]:
    yield from (kit.purpose, kit.job_link, kit.opening, kit.closing, kit.level_meaning)
    yield from (*kit.before, *kit.rating_scale, *kit.legal, *kit.consensus, *kit.behavioural)
    yield from (row.text for row in (*kit.rating_errors, *kit.not_asked))
    yield from (*kit.handout.expect, *kit.handout.prepare, *kit.handout.rights)
    for question in kit.questions:
        yield from (question.title, question.why, question.ask, question.clarify)
        yield from (probe.ask for probe in question.probes)
        yield from (tick.claim for tick in (*question.ticks, *question.red_flags))
        yield from (tick.reference_title for tick in question.ticks)
        yield from (anchor.text for anchor in question.anchors)
        for example in question.examples:
            yield from (example.answer, *example.snippets)
    for stage in kit.stages:
        yield from (stage.title, stage.purpose, stage.brief, *stage.steps, *stage.asks)
        yield from stage.deliver
        for row in stage.rubric:
            yield from (row.dimension, row.weak, row.solid, row.excellent)
    yield from (item.key for item in kit.items)


def lacking(kit: Kit, words: str) -> list[str]:
    """Paragraphs and list items that are not there; a page may number its lists by itself."""
    return [
        piece
        for text in must_be_printed(kit)
        for piece in re.split(r"\n[ \t]*\n|(?m:^(?:\d+\.|[-*]) )", text)
        if squeezed(piece) not in words
    ]


def test_markdown_html_and_word_hold_everything(kit: Kit) -> None:
    assert lacking(kit, squeezed(render(kit, "md").decode())) == []
    assert lacking(kit, html_words(render(kit, "html"))) == []
    assert lacking(kit, word_words(render(kit, "docx"))) == []


@pytest.mark.parametrize("form", ["md", "html", "docx", "json", "csv", "pdf"])
def test_the_same_kit_gives_the_same_bytes(kit: Kit, form: Any) -> None:
    booklet = Booklet("handout") if form == "pdf" else WHOLE
    assert render(kit, form, booklet) == render(kit, form, booklet)


def test_a_word_file_carries_no_time_of_making(kit: Kit) -> None:
    with zipfile.ZipFile(io.BytesIO(render(kit, "docx"))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")


@pytest.mark.parametrize("name", ALL_PLANS)
def test_a_kit_of_every_blueprint_is_made_in_every_format(
    bank: Bank, name: str, tmp_path: Path
) -> None:
    kit = kit_of(bank, name)
    files = {form: render(kit, form) for form in ("md", "html", "docx", "json", "csv", "pdf")}
    assert lacking(kit, squeezed(files["md"].decode())) == []
    assert lacking(kit, html_words(files["html"])) == []
    assert lacking(kit, word_words(files["docx"])) == []
    schema = json.loads((ROOT / "question_bank/schema/kit.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(files["json"]), schema)
    (tmp_path / "kit.json").write_bytes(files["json"])
    assert read_kit(tmp_path / "kit.json") == kit
    assert len(files["csv"].decode("utf-8-sig").splitlines()) == 1 + kit.request.panel * len(
        kit.items
    )
    document = pypdfium2.PdfDocument(files["pdf"])
    assert 15 <= len(document) <= 60
    blank = [i for i, page in enumerate(document, 1) if ink(page) < 0.002]
    assert blank == []
    shapes = {tuple(round(side) for side in page.get_size()) for page in document}
    assert shapes == {(595, 842)}
    document.close()


def ink(page: Any) -> float:
    """The share of a rendered page that is not white."""
    pixels = page.render(scale=0.5, grayscale=True).to_numpy()
    return float((pixels < 200).mean())


def test_one_interviewers_booklet_holds_only_their_questions(kit: Kit) -> None:
    words = html_words(render(kit, "html", booklet_of("interviewer-2", kit)))
    for question in kit.questions:
        assert (squeezed(question.ask) in words) == (question.lead == 2)


def test_the_handout_is_for_the_candidate(kit: Kit) -> None:
    words = html_words(render(kit, "html", booklet_of("handout", kit)))
    assert squeezed(kit.handout.welcome) in words
    assert squeezed(kit.handout.dimensions[0]) in words
    assert not any(squeezed(question.ask) in words for question in kit.questions)
    assert not any(squeezed(stage.purpose) in words for stage in kit.stages)


@pytest.mark.parametrize("name", ["interviewer-4", "interviewer-0", "solutions"])
def test_a_part_that_is_not_there_is_refused(kit: Kit, name: str) -> None:
    with pytest.raises(BadInput, match=r"--part: .* is not a part of this kit"):
        booklet_of(name, kit)


def test_a_page_loads_nothing_from_elsewhere(kit: Kit) -> None:
    text = render(kit, "html").decode()
    assert set(re.findall(r'(?:src|href)="([^"]*)"', text)) == set()
    assert set(re.findall(r'url\("([a-z]+:)', text)) == {"data:"}


def test_content_cannot_become_markup(kit: Kit) -> None:
    bad = "<script>alert(1)</script> & more words"
    question = kit.questions[0].model_copy(update={"ask": bad, "why": bad})
    changed = kit.model_copy(update={"questions": (question, *kit.questions[1:])})
    text = render(changed, "html").decode()
    assert "<script>" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_a_file_name_says_the_format_or_is_refused() -> None:
    assert format_of(Path("kit.DOCX")) == "docx"
    with pytest.raises(BadInput, match=r"--out kit.odt: the name must end with one of \.md"):
        format_of(Path("kit.odt"))


def test_without_pango_and_browser_the_error_names_what_to_install() -> None:
    def load() -> Any:
        raise OSError("cannot load library 'libpango-1.0-0'")

    with pytest.raises(CannotPrint, match="apt-get install libpango") as refused:
        pdf_bytes("<p>x</p>", load=load, find_browser=lambda: None)
    assert "libpango-1.0-0'" in str(refused.value)
    with pytest.raises(CannotPrint, match="did not print"):
        pdf_bytes("<p>x</p>", load=load, find_browser=lambda: "/nowhere/chromium")
