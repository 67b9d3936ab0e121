"""Markdown and HTML from the templates beside this module; the one place of the scripts with Jinja2."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from backend.scripts.booklet import Booklet
from backend.scripts.kit import Kit, KitQuestion
from backend.scripts.script import STAGE_TITLES

FOLDER = Path(__file__).resolve().parent / "templates"
TIERS = {"weak": "Weak", "middling": "Middling", "good": "Good", "excellent": "Excellent"}
MOVES = {
    "deepen": "goes deeper",
    "edge-case": "an edge case",
    "trade-off": "a trade-off",
    "measure": "how it would be measured",
}
CHARACTERS, LARGE_CHARACTERS, PAGE_LINES, LINES_A_NOTE = 96, 78, 52, 1.65
"""A printed page: characters a line, lines a page, and how many lines of text a line for notes takes."""
FEWEST_NOTES, MOST_NOTES = 4, 16
NOTE = " unless box 1 is ticked"
"""About as long as the soft note behind a probe."""
LEVELS = {"junior": "junior level", "mid": "mid level", "senior": "senior level"}


def markdown_text(kit: Kit, booklet: Booklet) -> str:
    """The kit, or the part of it, as Markdown."""
    text = _environment(html=False).get_template("kit.md.jinja").render(**_values(kit, booklet))
    # Loops leave empty lines behind; Markdown needs one between blocks and never two.
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def html_text(kit: Kit, booklet: Booklet) -> str:
    """One page of HTML with style and fonts inside, for the screen and for paper."""
    text = _environment(html=True).get_template("kit.html.jinja").render(**_values(kit, booklet))
    return re.sub(r"\n\s*\n+", "\n", text).strip() + "\n"


def clock(minutes: int) -> str:
    """Minutes from the start as they stand on a clock that was set to zero: 75 is 1:15."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def note_lines(question: KitQuestion) -> int:
    """How many ruled lines fill the rest of the question's page, by an estimate of what is above."""
    above = 9.0 + 1.2 * -(-len(question.ask) // LARGE_CHARACTERS)
    texts = [question.why, question.clarify, *(f"{probe.ask}{NOTE}" for probe in question.probes)]
    texts += [f"{tick.claim}{NOTE * 2}" for tick in (*question.ticks, *question.red_flags)]
    above += sum(0.25 - (-len(text) // CHARACTERS) for text in texts)
    return max(FEWEST_NOTES, min(MOST_NOTES, int((PAGE_LINES - above) / LINES_A_NOTE)))


def _values(kit: Kit, booklet: Booklet) -> dict[str, Any]:
    return {
        "kit": kit,
        "part": booklet.part,
        "booklet": booklet.interviewer,
        "questions": booklet.questions(kit),
        "items": booklet.items(kit),
        "level": LEVELS[kit.request.level],
        "stage_titles": STAGE_TITLES,
        "tiers": TIERS,
        "moves": MOVES,
        "note_lines": note_lines,
    }


@cache
def _environment(*, html: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 - Markdown has nothing to escape into
        trim_blocks=html,
        lstrip_blocks=html,
        keep_trailing_newline=True,
    )
    made.filters["clock"] = clock
    made.filters["quoted"] = quoted
    made.filters["prose"] = prose
    made.globals["style"] = _style if html else ""  # type: ignore[assignment]
    return made


def quoted(text: str) -> str:
    """The text as a Markdown quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def prose(text: str) -> Markup:
    """Paragraphs, lists, tables and code of a content text as HTML; everything else is escaped."""
    blocks: list[str] = []
    for block in _blocks(text.strip()):
        blocks.append(_block(block))
    return Markup("\n".join(blocks))  # noqa: S704 - every part has been escaped


def _blocks(text: str) -> list[str]:
    found: list[str] = []
    fenced = False
    for paragraph in re.split(r"\n[ \t]*\n", text):
        if fenced:
            found[-1] += f"\n\n{paragraph}"
        else:
            found.append(paragraph)
        fenced ^= paragraph.count("```") % 2 == 1
    return found


def _block(block: str) -> str:
    if fence := re.fullmatch(r"\s*```\w*\n(.*?)\n?```\s*", block, re.DOTALL):
        return f"<pre><code>{escape(fence[1])}</code></pre>"
    lines = block.splitlines()
    if all(line.startswith("|") for line in lines) and len(lines) > 2:
        return _table(lines)
    for pattern, tag in ((r"[-*] ", "ul"), (r"\d+\. ", "ol")):
        if re.match(pattern, lines[0]):
            items = re.split(rf"(?m)^{pattern}", block)[1:]
            return f"<{tag}>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + f"</{tag}>"
    return f"<p>{_inline(block)}</p>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _inline(text: str) -> str:
    parts: list[str] = []
    end = 0
    for found in re.finditer(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*", text):
        parts.append(str(escape(text[end : found.start()])))
        tag, inner = ("code", found[1]) if found[1] else ("strong", found[2])
        parts.append(f"<{tag}>{escape(inner)}</{tag}>")
        end = found.end()
    parts.append(str(escape(text[end:])))
    return " ".join("".join(parts).split())


@cache
def _style() -> Markup:
    css = (FOLDER / "kit.css").read_text(encoding="utf-8")

    def inside(found: re.Match[str]) -> str:
        data = base64.b64encode((FOLDER / "fonts" / found[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{data}")'

    return Markup(re.sub(r"url\(\"fonts/([^\"]+)\"\)", inside, css))  # noqa: S704 - our own file
