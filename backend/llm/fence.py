"""The fence around text from outside: what a candidate, an upload or a document said, shown to a model.

Three things keep such text apart from instructions. It stands between two lines that carry a delimiter
drawn for this one request, which nobody outside can know. Every white space inside is replaced by a
mark (datamarking), so that each word shows where it comes from and no line, heading or empty line can
be forged. And what a reader cannot see (control, bidirectional, tag and zero-width characters) is left
out. The original is never changed: evidence and transcripts refer to it.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.llm.plain_text import without_hidden

MARKS = "ˆ¦†‡¤‖⁑※"
"""One character each, printable, and rare in what people type."""


def _token() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True)
class Fence:
    """One request's delimiter and mark."""

    delimiter: str
    mark: str

    def wrap(self, text: str) -> str:
        """`text` between its two lines, marked. A delimiter or mark inside it is taken out."""
        seen = without_hidden(text).replace(self.mark, " ").replace(self.delimiter, " ")
        return f"<<{self.delimiter}\n{self.mark.join(seen.split())}\n{self.delimiter}>>"

    def wrap_all(self, texts: Sequence[str]) -> list[str]:
        return [self.wrap(text) for text in texts]

    def unmarked(self, text: str) -> str:
        """What a model copied out of a fence, with spaces where marks stood."""
        bare = text.replace(f"<<{self.delimiter}", " ").replace(f"{self.delimiter}>>", " ")
        return bare.replace(self.delimiter, " ").replace(self.mark, " ").strip()


def new_fence(texts: Sequence[str], token: Callable[[], str] = _token) -> Fence:
    """A fence for one request over these texts: its mark stands in none of them if that can be had."""
    said = "\n".join(texts)
    free = [mark for mark in MARKS if mark not in said]
    return Fence(f"OUTSIDE-{token()}", random.SystemRandom().choice(free or MARKS))
