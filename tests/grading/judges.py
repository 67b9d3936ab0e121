"""Scripted judges: what a model could say to `grader.assess`, from the honest to the obedient."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backend.grading.llm_grader import ClaimVerdict, ClaimVerdicts
from backend.llm.fence import MARKS
from backend.llm.scripted_chat import Reply, Request

MARK = "\N{SYMBOL FOR SPACE}"
Opinion = tuple[str, str]
"""A status and a quotation."""


def claims_of(request: Request) -> dict[str, str]:
    """The claims that a request holds: their names in it, and their words."""
    system = request.messages[0].text
    return dict(re.findall(r"^- `(c\d+)`: (.+)$", system, flags=re.MULTILINE))


def fenced_answers(request: Request) -> list[str]:
    """What the candidate said, as the model sees it: marked."""
    user = request.messages[-1].text
    return re.findall(r"Candidate answered \(answer \d+\):\n<<\S+\n(.*)\n\S+>>", user)


def verdicts(found: Mapping[str, Opinion], suspicious: bool = False) -> ClaimVerdicts:
    """One verdict for each name."""
    return ClaimVerdicts(
        verdicts=[
            ClaimVerdict(
                id=name, reason="as I see it", status=status, quote=quote, answer=0, confidence=0.9
            )
            for name, (status, quote) in found.items()
        ],
        suspicious=suspicious,
    )


@dataclass
class Judge:
    """Says of each claim what `opinions` holds under its words, and `missed` of all others. `MARK` in a
    quotation becomes the mark of the request's fence, as a model would copy it."""

    opinions: Mapping[str, Opinion] = field(default_factory=dict)
    otherwise: Opinion = ("missed", "")
    change: Callable[[ClaimVerdicts], Reply] = lambda reply: reply

    def __call__(self, request: Request) -> Reply:
        said = "".join(message.text for message in request.messages)
        mark = next((mark for mark in MARKS if mark in said), " ")
        found = {
            name: (status, quote.replace(MARK, mark))
            for name, claim in claims_of(request).items()
            for status, quote in [self.opinions.get(claim, self.otherwise)]
        }
        return self.change(verdicts(found))
