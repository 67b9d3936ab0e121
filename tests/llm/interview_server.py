"""What a protocol server says when an interview asks it: verdicts for the grader, lines for the interviewer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.llm.protocol_server import Exchange, Step, fills, says


def claims_in(exchange: Exchange) -> dict[str, str]:
    """The claims that the grader's prompt holds: their names in it, and their words."""
    system = str(exchange.body["messages"][0]["content"])
    return dict(re.findall(r"^- `(c\d+)`: (.+)$", system, flags=re.MULTILINE))


def judges(opinions: Mapping[str, tuple[str, str]] | None = None) -> Step:
    """Verdicts: what `opinions` holds under a claim's words, and `missed` for all others."""

    def step(exchange: Exchange) -> None:
        found = {
            name: (opinions or {}).get(claim, ("missed", ""))
            for name, claim in claims_in(exchange).items()
        }
        rows = [
            {
                "id": name,
                "reason": "as I see it",
                "status": status,
                "quote": quote,
                "answer": 0,
                "confidence": 0.9,
            }
            for name, (status, quote) in found.items()
        ]
        fills({"verdicts": rows, "suspicious": False})(exchange)

    return step


def asked_line(exchange: Exchange) -> str:
    """The curated line that the interviewer's prompt asks to be phrased."""
    system = str(exchange.body["messages"][0]["content"])
    found = re.search(r"as a reply to what the candidate just said:\n(.+)\n", system)
    return found[1] if found else ""


def holds_interview(
    line: Callable[[Exchange], str] = lambda exchange: f"Thanks for that. {asked_line(exchange)}",
    *,
    judge: Step | None = None,
    pause: float = 0.0,
) -> Step:
    """Grades with `judge`, and says `line`, with `pause` seconds between words."""

    def step(exchange: Exchange) -> None:
        if exchange.streams:
            says(line(exchange), pause=pause)(exchange)
        else:
            (judge or judges())(exchange)

    return step
