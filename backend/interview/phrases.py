"""The fixed sentences of the interviewer, read from `prompts/phrases.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from backend.bank.question import Content
from backend.bank.yaml_file import read_yaml
from backend.interview.transcript import CloseReason, Mode


class Phrases(Content):
    """What is said around the questions, by occasion."""

    opening: dict[Mode, str]
    limit: str
    passing: dict[Literal["skip", "dont-know"], str]
    repeat: str
    clarify_follow_up: str = Field(alias="clarify-follow-up")
    hint: str
    no_hint: dict[Literal["mock", "used-up"], str] = Field(alias="no-hint")
    closing: dict[CloseReason, str]
    notice: dict[str, str]


def read_phrases(folder: Path) -> Phrases:
    """The phrases in `folder`. Raises `BankError` naming file, line and field."""
    return read_yaml(folder / "phrases.yaml", "prompts/phrases.yaml", Phrases)
