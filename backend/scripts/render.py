"""A kit in every format: Markdown, HTML, DOCX, PDF, JSON and the CSV score sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from backend.errors import BadInput
from backend.scripts.booklet import WHOLE, Booklet
from backend.scripts.kit import Kit
from backend.scripts.pdf import pdf_bytes
from backend.scripts.sheet import blank_sheet, csv_text
from backend.scripts.templates import html_text, markdown_text
from backend.scripts.word import docx_bytes

Format = Literal["md", "html", "docx", "pdf", "json", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)


def format_of(path: Path) -> Format:
    """The format that a file's name asks for. Raises `BadInput` naming --out and the formats."""
    suffix = path.suffix.lower().lstrip(".")
    for known in FORMATS:
        if suffix == known:
            return known
    named = ", ".join(f".{known}" for known in FORMATS)
    raise BadInput(f"--out {path}: the name must end with one of {named}")


def render(kit: Kit, form: Format, booklet: Booklet = WHOLE) -> bytes:
    """The bytes of a file in this format. Raises `CannotPrint` if nothing here can make a PDF."""
    makers: dict[Format, Callable[[], bytes]] = {
        "md": lambda: markdown_text(kit, booklet).encode(),
        "html": lambda: html_text(kit, booklet).encode(),
        "docx": lambda: docx_bytes(kit, booklet),
        "pdf": lambda: pdf_bytes(html_text(kit, booklet)),
        "json": lambda: (kit.model_dump_json(indent=2) + "\n").encode(),
        "csv": lambda: csv_text(blank_sheet(kit)).encode("utf-8-sig"),
    }
    if booklet != WHOLE and form in ("json", "csv"):
        raise BadInput(f"--part: a .{form} file always holds the whole kit; leave out --part")
    return makers[form]()
