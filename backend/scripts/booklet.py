"""Which part of a kit is printed: all of it, the candidate's hand-out or one interviewer's questions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from backend.errors import BadInput
from backend.scripts.kit import Item, Kit, KitQuestion

PartName = Literal["all", "handout", "interviewer"]


@dataclass(frozen=True)
class Booklet:
    """`interviewer` is the number of the one whose questions are printed, 0 for everyone's."""

    part: PartName = "all"
    interviewer: int = 0

    def questions(self, kit: Kit) -> tuple[KitQuestion, ...]:
        """The questions that are printed, in their order."""
        return tuple(q for q in kit.questions if self.interviewer in (0, q.lead))

    def items(self, kit: Kit) -> tuple[Item, ...]:
        """The rows of the score sheet that belong to the printed questions, or all of them."""
        if not self.interviewer:
            return kit.items
        own = {question.question_id for question in self.questions(kit)}
        return tuple(item for item in kit.items if item.question_id in own)


WHOLE = Booklet()


def booklet_of(name: str, kit: Kit) -> Booklet:
    """`all`, `handout` or `interviewer-2`. Raises `BadInput` naming --part."""
    if name == "all":
        return WHOLE
    if name == "handout":
        return Booklet("handout")
    found = re.fullmatch(r"interviewer-(\d+)", name)
    if found and 1 <= int(found[1]) <= kit.request.panel:
        return Booklet("interviewer", int(found[1]))
    raise BadInput(
        f"--part: {name!r} is not a part of this kit; give all, handout or"
        f" interviewer-1 to interviewer-{kit.request.panel}"
    )
