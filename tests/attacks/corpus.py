"""The attacks: files of texts that try to earn what was not said, or to be told what is secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

FOLDER = Path(__file__).parent
Aim = Literal["grader", "interviewer", "both"]


@dataclass(frozen=True)
class Attack:
    """One text. `aim` says whom it is meant to mislead."""

    id: str
    family: str
    aim: Aim
    text: str


def attacks(*aims: Aim) -> list[Attack]:
    """All attacks in a fixed order, or those with one of these aims."""
    found = [
        Attack(row["id"], content["family"], content["aim"], row["text"])
        for path in sorted(FOLDER.glob("*.yaml"))
        for content in [yaml.safe_load(path.read_text(encoding="utf-8"))]
        for row in content["attacks"]
    ]
    return [attack for attack in found if not aims or attack.aim in aims]
