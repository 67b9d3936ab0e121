"""The web application under test, and a candidate who talks to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from backend.bank.question import Question
from backend.grading.verdict import Grader
from backend.settings import Settings
from backend.storage.store import Store
from backend.web.app import create_app
from backend.wiring import Product, build
from tests.conftest import FakeClock, WordGrader
from tests.word_embedder import WordEmbedder

SseEvent = tuple[str, dict[str, Any]]
_keys = count(1)


@dataclass
class Site:
    """The application with its clock; `client` gives a 500 as a response instead of raising it."""

    client: TestClient
    product: Product
    clock: FakeClock
    grader: Grader

    def open(self, **wanted: Any) -> dict[str, Any]:
        wish = {"level": "mid", "mode": "mock", "questions": 2, "seed": 4} | wanted
        reply = self.client.post("/api/interviews", json=wish)
        assert reply.status_code == 201, reply.text
        return reply.json()

    def look(self, interview_id: str) -> dict[str, Any]:
        reply = self.client.get(f"/api/interviews/{interview_id}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def post(
        self, interview_id: str, text: str, key: str | None = None, intent: str | None = None
    ) -> Any:
        return self.client.post(
            f"/api/interviews/{interview_id}/turns",
            json={"text": text} | ({"intent": intent} if intent else {}),
            headers={"Idempotency-Key": key or f"key-{next(_keys):06}"},
        )

    def say(
        self, interview_id: str, text: str, key: str | None = None, intent: str | None = None
    ) -> list[SseEvent]:
        reply = self.post(interview_id, text, key, intent)
        assert reply.status_code == 200, reply.text
        assert reply.headers["content-type"].startswith("text/event-stream")
        return sse_events(reply.text)

    def question(self, view: dict[str, Any]) -> Question:
        """The question that was asked last."""
        asked = [line for line in view["lines"] if line["kind"] == "question"]
        return self.product.bank.question(asked[-1]["question_id"])

    def error(self, reply: Any) -> tuple[int, str, str]:
        """Status, code and message of a refusal, which holds nothing else."""
        assert reply.headers["content-type"] == "application/json"
        assert set(reply.json()) == {"error"}
        assert set(reply.json()["error"]) == {"code", "message"}
        error = reply.json()["error"]
        return reply.status_code, error["code"], error["message"]


@contextmanager
def running(
    folder: Path, grader: Grader | None = None, store: Store | None = None, **settled: Any
) -> Iterator[Site]:
    """A site that keeps its data below `folder`; `settled` are further settings."""
    places = {"data_dir": folder / "data", "page_dir": folder / "page"}
    settings = Settings(**places, **settled, _env_file=None)
    clock, judge = FakeClock(), grader or WordGrader()
    product = build(settings, clock=clock, grader=judge, embedder=WordEmbedder(), store=store)
    with TestClient(create_app(product), raise_server_exceptions=False) as client:
        yield Site(client, product, clock, judge)


def sse_events(body: str) -> list[SseEvent]:
    """The events of a stream in order: names with their data."""
    found: list[SseEvent] = []
    for block in body.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def spoken(events: list[SseEvent]) -> list[str]:
    """What was streamed, line by line."""
    lines: list[str] = []
    for name, data in events:
        if name == "line":
            lines.append("")
        if name == "delta":
            lines[-1] += data["text"]
    return lines


def everything_in(answer: Question) -> str:
    """An answer that the word grader finds complete, red flags excepted."""
    return " ".join(item.id for item in answer.expectations if not item.is_red_flag)
