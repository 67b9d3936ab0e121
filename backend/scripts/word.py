"""The kit as a Word document, to be edited before it is printed; the one place with python-docx."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import docx.oxml
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from backend.scripts.booklet import Booklet
from backend.scripts.kit import Kit
from backend.scripts.word_sections import write_kit

_oxml: Any = docx.oxml

FONT = "Georgia"
ACCENT = RGBColor(0x1E, 0x35, 0x90)
SOFT = RGBColor(0x57, 0x59, 0x63)
EPOCH = datetime(2000, 1, 1)
BOX = "☐"


class Writer:
    """A document that grows from top to bottom, in the few shapes that a kit needs."""

    def __init__(self, title: str, footer: str) -> None:
        self._document: Any = Document()
        self._styles()
        properties = self._document.core_properties
        properties.title, properties.author, properties.last_modified_by = title, "Viva", "Viva"
        properties.comments, properties.revision = "", 1
        properties.created = properties.modified = EPOCH
        section = self._document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
        section.top_margin = section.bottom_margin = Cm(2)
        line = section.footer.paragraphs[0]
        line.add_run(f"{footer}\t\t").font.size = Pt(8)
        _field(line, "PAGE")
        self._fresh = True

    def heading(self, text: str, level: int = 1) -> None:
        self._document.add_heading(text, level)
        self._fresh = False

    def page(self) -> None:
        """The next thing starts on a new page."""
        if not self._fresh:
            self._document.add_page_break()
        self._fresh = True

    def text(self, text: str, *, soft: bool = False, bold: str = "", size: float = 0) -> None:
        """A paragraph, or several where the text has empty lines; `bold` stands before it."""
        for index, part in enumerate(text.split("\n\n")):
            paragraph = self._document.add_paragraph()
            if bold and index == 0:
                paragraph.add_run(f"{bold} ").bold = True
            run = paragraph.add_run(part)
            if soft:
                run.italic, run.font.color.rgb = True, SOFT
            if size:
                run.font.size = Pt(size)
        self._fresh = False

    def aloud(self, text: str) -> None:
        """What is read out: larger, with a line at its left."""
        for part in text.split("\n\n"):
            paragraph = self._document.add_paragraph(style="Intense Quote")
            paragraph.add_run(part)

    def code(self, text: str) -> None:
        paragraph = self._document.add_paragraph()
        run = paragraph.add_run(text)
        run.font.name, run.font.size = "Consolas", Pt(8)

    def bullets(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._document.add_paragraph(line, style="List Bullet")

    def numbered(self, lines: Sequence[tuple[str, str]]) -> None:
        """Numbered by hand, so that every list starts at 1; the second part is set softly."""
        for number, (line, note) in enumerate(lines, start=1):
            self._hanging(f"{number}.", line, note)

    def boxes(self, lines: Sequence[tuple[str, str, str]]) -> None:
        """A box to tick, a mark, the text and a soft note."""
        for mark, line, note in lines:
            self._hanging(f"{BOX} {mark}", line, note)

    def table(
        self, heading: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """A ruled table; `widths` are in centimetres. The heading is repeated on every page."""
        made = self._document.add_table(rows=0, cols=len(widths))
        made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.LEFT, False
        for index, row in enumerate([heading, *rows] if heading else rows):
            added = made.add_row()
            _once(added, "w:cantSplit")
            if heading and index == 0:
                _once(added, "w:tblHeader")
            for cell, text, width in zip(added.cells, row, widths, strict=True):
                cell.width = Cm(width)
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(1)
                run = paragraph.add_run(text)
                run.font.size = Pt(9)
                if heading and index == 0:
                    run.italic, run.font.color.rgb = True, SOFT
        self._document.add_paragraph().paragraph_format.space_after = Pt(2)
        self._fresh = False

    def notes(self, lines: int) -> None:
        """Empty ruled lines to write on."""
        made = self._document.add_table(rows=lines, cols=1)
        for row in made.rows:
            row.height = Cm(0.85)
            _bottom_line(row.cells[0])
        self._document.add_paragraph().paragraph_format.space_after = Pt(2)

    def bytes(self) -> bytes:
        """The file; the same document gives the same bytes, so the archive carries no times and is
        not compressed (libraries for compressing differ from one machine to the next)."""
        buffer = io.BytesIO()
        self._document.save(buffer)
        out = io.BytesIO()
        with (
            zipfile.ZipFile(buffer) as made,
            zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as fixed,
        ):
            for name in made.namelist():
                fixed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), made.read(name))
        return out.getvalue()

    def _hanging(self, mark: str, line: str, note: str) -> None:
        paragraph = self._document.add_paragraph()
        shape = paragraph.paragraph_format
        shape.left_indent, shape.first_line_indent = Cm(1.1), Cm(-1.1)
        shape.space_after = Pt(3)
        shape.tab_stops.add_tab_stop(Cm(1.1))
        paragraph.add_run(f"{mark}\t{line}")
        if note:
            run = paragraph.add_run(f"  {note}")
            run.italic, run.font.size, run.font.color.rgb = True, Pt(8.5), SOFT
        self._fresh = False

    def _styles(self) -> None:
        styles = self._document.styles
        for name in ("Normal", "Heading 1", "Heading 2", "Heading 3", "Title", "Intense Quote"):
            _set_font(styles[name])
        styles["Normal"].font.size = Pt(10)
        styles["Normal"].paragraph_format.space_after = Pt(5)
        for name, size in (("Heading 1", 18), ("Heading 2", 13), ("Heading 3", 10.5)):
            styles[name].font.size = Pt(size)
            styles[name].font.bold = name == "Heading 3"
            styles[name].font.color.rgb = ACCENT
            styles[name].paragraph_format.space_before = Pt(10)
            styles[name].paragraph_format.space_after = Pt(4)
        quote = styles["Intense Quote"]
        quote.font.size, quote.font.italic, quote.font.bold = Pt(12.5), False, False
        quote.font.color.rgb = RGBColor(0x1B, 0x1C, 0x20)
        quote.paragraph_format.left_indent = quote.paragraph_format.right_indent = Cm(0.5)


def docx_bytes(kit: Kit, booklet: Booklet) -> bytes:
    """The kit, or the part of it, as a .docx file."""
    writer = Writer(kit.title, f"{kit.role} · form {kit.request.form} · kit {kit.id}")
    write_kit(writer, kit, booklet)
    return writer.bytes()


def _set_font(style: Any) -> None:
    style.font.name = FONT
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(name), FONT)
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        fonts.attrib.pop(qn(name), None)


def _field(paragraph: Any, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(8)
        element: Any = _oxml.OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _once(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(_oxml.OxmlElement(name))


def _bottom_line(cell: Any) -> None:
    borders: Any = _oxml.OxmlElement("w:tcBorders")
    line: Any = _oxml.OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "4"), ("color", "B9BAC0")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)
