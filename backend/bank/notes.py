"""Reference notes: `documents/<area>.md`, split into headed sections that claims refer to.

A note is a `# Title`, a short introduction and `## Heading` sections. Every section ends with a line
`Sources: key, key` whose keys stand in `sources.yaml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^##\s+(?P<title>.+?)\s*$")
_SOURCES = re.compile(r"^Sources:\s*(?P<keys>.+?)\s*$")


@dataclass(frozen=True)
class Section:
    """One section of a note. `reference` is what claims write; `line` is that of the heading."""

    area: str
    anchor: str
    title: str
    text: str
    sources: tuple[str, ...]
    line: int

    @property
    def reference(self) -> str:
        return f"documents/{self.area}.md#{self.anchor}"


def anchor_of(title: str) -> str:
    """The anchor of a heading: lower case, words joined by hyphens, nothing else."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


def sections_of(area: str, markdown: str) -> list[Section]:
    """The `##` sections of a note in order. Text before the first one is the introduction."""
    sections: list[Section] = []
    title, start, body = "", 0, list[str]()

    def close() -> None:
        if not title:
            return
        keys: tuple[str, ...] = ()
        kept: list[str] = []
        for line in body:
            if found := _SOURCES.match(line):
                keys += tuple(key.strip(" .`") for key in found["keys"].split(","))
            else:
                kept.append(line)
        text = "\n".join(kept).strip()
        sections.append(Section(area, anchor_of(title), title, text, keys, start))

    fenced = False
    for number, line in enumerate(markdown.splitlines(), start=1):
        fenced ^= line.startswith("```")
        if not fenced and (found := _HEADING.match(line)):
            close()
            title, start, body = found["title"], number, []
        else:
            body.append(line)
    close()
    return sections
