"""SIGKILL at the worst moments: every acknowledged answer is there once, and the interview goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from tests.live import Server, turn, wait_until, warm_data
from tests.web.site import sse_events


@pytest.fixture
def data_dir(tmp_path: Path, model_dir: Path, bank: Bank, embedder: Embedder) -> Path:
    return warm_data(tmp_path / "data", model_dir, bank, embedder)


def answers(view: dict[str, Any]) -> list[str]:
    return [line["text"] for line in view["lines"] if line["kind"] == "answer"]


def kinds(view: dict[str, Any]) -> list[str]:
    return [line["kind"] for line in view["lines"]]


def gated(gate: Path) -> list[str]:
    return [sys.executable, "-m", "tests.web.gated_server", str(gate)]


@contextmanager
def accepted(server: Server, interview_id: str, text: str, key: str) -> Iterator[None]:
    """Sends `text` and reads the stream just far enough to know that it was accepted."""
    with server.http.stream("POST", **turn(interview_id, text, key)) as reply:
        assert reply.status_code == 200
        heard = ""
        for chunk in reply.iter_text():
            heard += chunk
            if "\n\n" in heard:
                break
        assert sse_events(heard)[0][0] == "accepted"
        yield


def test_a_server_killed_between_turns_goes_on_where_it_was(data_dir: Path) -> None:
    with Server(data_dir) as first:
        view = first.open(mode="practice")
        first.say(view["id"], "I would look at the data first.", "key-00001")
        first.say(view["id"], "skip", "key-00002")
        before = first.look(view["id"])
        first.kill()

    with Server(data_dir) as second:
        after = second.look(view["id"])
        assert after["lines"] == before["lines"]
        assert after["feedback"] == before["feedback"]
        assert answers(after) == ["I would look at the data first."]

        again = sse_events(second.say(view["id"], "I would look at the data first.", "key-00001"))
        assert again[0][1]["replayed"] is True
        assert second.look(view["id"])["lines"] == before["lines"]

        second.say(view["id"], "Then I would talk to its owners.", "key-00003")
        second.say(view["id"], "stop", "key-00004")
        done = second.look(view["id"])
        assert answers(done) == [
            "I would look at the data first.",
            "Then I would talk to its owners.",
        ]
        assert done["status"] == "closed"
        report = second.http.get(f"/api/interviews/{view['id']}/report").raise_for_status().json()
        assert report["scored"] == 2


@pytest.mark.parametrize("moment", ["right after acceptance", "while grading"])
def test_a_server_killed_in_the_middle_of_a_turn_keeps_the_answer_and_replies_after_all(
    data_dir: Path, tmp_path: Path, moment: str
) -> None:
    gate = tmp_path / "gate"
    with Server(data_dir, gated(gate)) as first:
        view = first.open()
        with accepted(first, view["id"], "said just before the end", "key-00001"):
            if moment == "while grading":
                wait_until(gate.with_suffix(".begun").exists, "the grader")
            first.kill()

    with Server(data_dir) as second:
        after = second.look(view["id"])
        assert answers(after) == ["said just before the end"]
        assert kinds(after) == ["opening", "question", "answer", "follow-up"]
        assert second.look(view["id"])["lines"] == after["lines"]

        # The page never saw the reply, so it sends the same again: nothing is doubled.
        events = sse_events(second.say(view["id"], "said just before the end", "key-00001"))
        assert events[0][1] == {"seq": 3, "replayed": True}
        assert events[-1][0] == "done"
        assert events[-1][1]["lines"] == after["lines"]

        second.say(view["id"], "and this after it", "key-00002")
        assert answers(second.look(view["id"])) == ["said just before the end", "and this after it"]


def test_a_server_killed_again_while_it_makes_up_for_the_reply_loses_nothing(
    data_dir: Path, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    begun = gate.with_suffix(".begun")
    with Server(data_dir, gated(gate)) as first:
        view = first.open()
        with accepted(first, view["id"], "my only words", "key-00001"):
            wait_until(begun.exists, "the grader")
            first.kill()

    begun.unlink()
    with Server(data_dir, gated(gate)) as second, ThreadPoolExecutor() as pool:
        looking = pool.submit(second.look, view["id"])
        wait_until(begun.exists, "the grader")
        second.kill()
        assert isinstance(looking.exception(), httpx2.TransportError)

    gate.touch()
    with Server(data_dir, gated(gate)) as third:
        after = third.look(view["id"])
        assert kinds(after) == ["opening", "question", "answer", "follow-up"]
        assert answers(after) == ["my only words"]
        third.say(view["id"], "and more", "key-00002")
        assert answers(third.look(view["id"])) == ["my only words", "and more"]


def test_a_refused_answer_is_not_there_after_a_restart(data_dir: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    with Server(data_dir, gated(gate)) as first:
        view = first.open()
        reply = first.http.post(**turn(view["id"], "x" * 50_000, "key-00001"))
        assert reply.status_code == 422
        first.kill()
    with Server(data_dir, gated(gate)) as second:
        assert second.look(view["id"])["lines"] == view["lines"]
