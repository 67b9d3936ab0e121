"""A server whose grader begins and then waits for a file: `gated_server.py <gate>`.

Tests kill it while it waits, which is the middle of a turn however fast the machine is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from backend.bank.question import Question
from backend.grading.verdict import Assessment
from backend.settings import read_settings
from backend.web.app import create_app
from backend.wiring import build
from tests.conftest import WordGrader


class GatedGrader(WordGrader):
    """Touches `<gate>.begun`, then waits until the gate is there."""

    def __init__(self, gate: Path) -> None:
        super().__init__()
        self._gate = gate

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        self._gate.with_suffix(".begun").touch()
        while not self._gate.exists():
            time.sleep(0.02)
        return super().assess(question, answers, asked)


def main() -> None:
    settings = read_settings()
    grader = GatedGrader(Path(sys.argv[1]))
    product = build(settings, grader=grader)
    uvicorn.run(create_app(product), host=settings.host, port=settings.port, log_level="warning")


if __name__ == "__main__":
    main()
