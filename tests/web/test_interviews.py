"""An interview over the API, from its opening to its report."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.bank.question import Question
from backend.errors import StorageError
from backend.grading.verdict import Assessment
from backend.storage.store import Draft, Opened, Record
from tests.conftest import WordGrader
from tests.web.site import Site, everything_in, running, spoken, sse_events


@dataclass
class GatedGrader(WordGrader):
    """Says that it has begun, and does not end before it may."""

    begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        self.begun.set()
        assert self.may_end.wait(60)
        return super().assess(question, answers, asked)


@dataclass
class MoodyGrader(WordGrader):
    """Fails like a full disk until it is mended."""

    broken: bool = True

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        if self.broken:
            raise RuntimeError("secret detail of the machine")
        return super().assess(question, answers, asked)


class FullStore:
    """A store on a disk that has no room left."""

    async def append(self, interview_id: str, after: int, drafts: Sequence[Draft]) -> list[Record]:
        raise StorageError("the disk is full (VIVA_DATA_DIR)")

    async def read(self, interview_id: str) -> list[Record]:
        return []

    async def interviews(self) -> list[Opened]:
        return []

    async def close(self) -> None:
        pass


def test_an_interview_opens_with_its_first_question(site: Site) -> None:
    view = site.open(level="senior", mode="practice", areas=["monitoring"], questions=3, seed=7)
    assert view["status"] == "open"
    assert (view["level"], view["mode"], view["areas"]) == ("senior", "practice", ["monitoring"])
    assert view["seed"] == 7
    assert [line["kind"] for line in view["lines"]] == ["opening", "question"]
    question = site.question(view)
    assert question.area == "monitoring"
    assert view["lines"][1]["text"] == question.ask
    assert view["progress"] == {
        "asked": 1,
        "planned": 3,
        "seconds_elapsed": 0.0,
        "seconds_planned": None,
    }
    assert view["feedback"] == []
    assert site.look(view["id"]) == view


def test_an_interview_of_some_minutes_says_how_long_it_is(site: Site) -> None:
    view = site.open(questions=None, minutes=25)
    assert view["progress"]["seconds_planned"] == 1500
    minutes = [q.minutes for q in site.product.bank.questions.values()]
    assert 25 / max(minutes) <= view["progress"]["planned"] <= 25 / min(minutes)


def test_ids_cannot_be_guessed_from_one_another(site: Site) -> None:
    ids = {site.open()["id"] for _ in range(5)}
    assert len(ids) == 5
    assert all(len(interview_id) >= 22 for interview_id in ids)


def test_a_reply_comes_as_accepted_then_lines_with_their_words_then_done(site: Site) -> None:
    view = site.open()
    events = site.say(view["id"], "something vague")
    names = [name for name, _ in events]
    words = len(names) - 3
    assert words > 3
    assert names == ["accepted", "line", *["delta"] * words, "done"]
    assert events[0][1] == {"seq": 3, "replayed": False}
    question = site.question(view)
    assert events[1][1] == {"kind": "follow-up", "question_id": question.id}
    assert spoken(events) == [question.musts[0].probe]
    assert events[-1][1] == site.look(view["id"])


def test_the_text_of_every_streamed_line_is_the_text_of_the_transcript(site: Site) -> None:
    view = site.open()
    events = site.say(view["id"], "skip")
    done = events[-1][1]
    assert [line["kind"] for line in done["lines"][2:]] == ["request", "note", "question"]
    assert spoken(events) == [line["text"] for line in done["lines"][3:]]
    assert done["progress"]["asked"] == 2


def test_an_answer_is_in_the_view_as_it_was_sent(site: Site) -> None:
    text = '  Ωμέγα 🙂 <b>bold</b> & "quotes"\n\n  second\tline\u2028end '
    view = site.open()
    site.say(view["id"], text)
    (answer,) = [line for line in site.look(view["id"])["lines"] if line["kind"] == "answer"]
    assert answer["text"] == text
    assert answer["who"] == "candidate"


@pytest.mark.parametrize(
    ("text", "intent", "kind"),
    [
        ("can you repeat the question?", None, "repeat"),
        ("what do you mean?", None, "clarify"),
        ("could I have a hint?", None, "note"),
        ("my own words", "repeat", "repeat"),
    ],
)
def test_a_request_is_answered_and_leaves_the_question_open(
    site: Site, text: str, intent: str | None, kind: str
) -> None:
    view = site.open()
    done = site.say(view["id"], text, intent=intent)[-1][1]
    assert [line["kind"] for line in done["lines"]] == ["opening", "question", "request", kind]
    assert done["progress"]["asked"] == 1


def test_the_same_key_with_the_same_text_gives_the_first_result_again(site: Site) -> None:
    view = site.open()
    first = site.say(view["id"], "my answer", "key-of-mine")
    graded = len(site.grader.calls)
    again = site.say(view["id"], "my answer", "key-of-mine")
    assert again[0] == ("accepted", {"seq": 3, "replayed": True})
    assert again[1:] == first[1:]
    assert len(site.grader.calls) == graded
    answers = [line for line in site.look(view["id"])["lines"] if line["kind"] == "answer"]
    assert [line["text"] for line in answers] == ["my answer"]


def test_a_replay_is_answered_even_after_the_end(site: Site) -> None:
    view = site.open(questions=1)
    first = site.say(view["id"], "stop", "key-of-mine")
    again = site.say(view["id"], "stop", "key-of-mine")
    assert again[0][1]["replayed"]
    assert again[1:] == first[1:]


def test_the_same_key_with_another_text_is_refused_and_changes_nothing(site: Site) -> None:
    view = site.open()
    done = site.say(view["id"], "my answer", "key-of-mine")[-1][1]
    found = site.error(site.post(view["id"], "another answer", "key-of-mine"))
    assert found[:2] == (422, "key-reused")
    assert site.look(view["id"]) == done


def test_two_interviews_may_use_the_same_key(site: Site) -> None:
    first, second = site.open(), site.open()
    site.say(first["id"], "one", "key-of-mine")
    assert site.say(second["id"], "two", "key-of-mine")[0][1]["replayed"] is False


def test_an_interview_that_has_ended_takes_no_more_answers(site: Site) -> None:
    view = site.open()
    done = site.say(view["id"], "let's stop here")[-1][1]
    assert done["status"] == "closed"
    assert done["lines"][-1]["kind"] == "closing"
    assert done["closed_at"] is not None
    assert site.error(site.post(view["id"], "one more thing"))[:2] == (409, "interview-closed")


def test_the_report_is_there_after_the_end_and_not_before(site: Site) -> None:
    view = site.open(questions=1)
    early = site.client.get(f"/api/interviews/{view['id']}/report")
    assert site.error(early)[:2] == (409, "report-not-ready")
    question = site.question(view)
    must = question.musts[0]
    text = f"I would begin with {must.id} there."
    site.say(view["id"], text)
    site.say(view["id"], "stop")
    report = site.client.get(f"/api/interviews/{view['id']}/report").json()
    assert report["interview_id"] == view["id"]
    assert (report["scored"], report["unscored"]) == (1, 0)
    assert report["grader"] == "word-grader"
    assert report["bank_version"] == site.product.bank.version
    (found,) = report["questions"]
    assert [answer["text"] for answer in found["answers"]] == [text]
    (met,) = [item for item in found["expectations"] if item["status"] == "met"]
    assert met["claim"] == must.claim
    (piece,) = met["evidence"]
    assert text[piece["start"] : piece["end"]] == piece["text"] == must.id
    assert found["earned"] == 3.0
    assert report["coverage"] == pytest.approx(3.0 / found["possible"], abs=1e-4)
    assert found["content_hash"] == question.content_hash()


def test_the_report_does_not_change_from_one_look_to_the_next(site: Site) -> None:
    view = site.open(questions=2)
    site.say(view["id"], "vague")
    site.say(view["id"], "stop")
    path = f"/api/interviews/{view['id']}/report"
    assert site.client.get(path).text == site.client.get(path).text


def test_practice_shows_feedback_on_a_question_once_it_is_finished(site: Site) -> None:
    view = site.open(mode="practice", areas=["monitoring"], questions=2)
    question = site.question(view)
    view = site.say(view["id"], everything_in(question))[-1][1]
    assert view["lines"][-1]["kind"] == "follow-up"
    assert view["feedback"] == []
    view = site.say(view["id"], "and I would measure it")[-1][1]
    assert [item["question_id"] for item in view["feedback"]] == [question.id]
    assert view["feedback"][0]["coverage"] == 1.0
    assert view["feedback"][0]["strong_answer"] == question.exemplar("strong").answer
    view = site.say(view["id"], "stop")[-1][1]
    assert len(view["feedback"]) == 2
    assert view["feedback"][1]["coverage"] is None


def test_mock_shows_feedback_after_the_end_only(site: Site) -> None:
    view = site.open(mode="mock", questions=2)
    view = site.say(view["id"], "vague")[-1][1]
    view = site.say(view["id"], "skip")[-1][1]
    assert view["progress"]["asked"] == 2
    assert view["feedback"] == []
    view = site.say(view["id"], "stop")[-1][1]
    assert len(view["feedback"]) == 2


def test_a_mock_interview_ends_when_its_time_is_up(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        view = site.open(questions=None, minutes=20)
        site.clock.forward(21)
        assert site.look(view["id"])["progress"]["seconds_elapsed"] == 1260
        done = site.say(view["id"], "a late answer")[-1][1]
        assert done["status"] == "closed"
        assert [line["kind"] for line in done["lines"][-2:]] == ["answer", "closing"]


def test_a_second_message_during_a_turn_is_refused_and_the_first_is_kept(tmp_path: Path) -> None:
    grader = GatedGrader()
    with running(tmp_path, grader) as site, ThreadPoolExecutor() as pool:
        view = site.open()
        first = pool.submit(site.post, view["id"], "the first")
        assert grader.begun.wait(60)
        second = site.error(site.post(view["id"], "the second"))
        during = site.look(view["id"])
        grader.may_end.set()
        events = sse_events(first.result().text)
        assert second[:2] == (409, "turn-in-flight")
        assert [line["text"] for line in during["lines"][2:]] == ["the first"]
        assert events[-1][0] == "done"
        assert [line["kind"] for line in events[-1][1]["lines"][2:]] == ["answer", "follow-up"]


def test_a_failure_after_acceptance_is_an_event_and_the_answer_is_kept(tmp_path: Path) -> None:
    grader = MoodyGrader()
    with running(tmp_path, grader) as site:
        view = site.open()
        events = site.say(view["id"], "my answer", "key-of-mine")
        assert [name for name, _ in events] == ["accepted", "error"]
        assert set(events[1][1]) == {"code", "message"}
        assert "your answer is kept" in events[1][1]["message"]
        assert "secret detail" not in str(events)

        failed = site.client.get(f"/api/interviews/{view['id']}")
        assert site.error(failed)[:2] == (500, "viva-error")
        assert "secret detail" not in failed.text

        grader.broken = False
        kinds = [line["kind"] for line in site.look(view["id"])["lines"]]
        assert kinds == ["opening", "question", "answer", "follow-up"]
        again = site.say(view["id"], "my answer", "key-of-mine")
        assert again[0][1] == {"seq": 3, "replayed": True}
        assert again[-1][1] == site.look(view["id"])


def test_what_cannot_be_written_is_not_acknowledged(tmp_path: Path) -> None:
    with running(tmp_path, store=FullStore()) as site:
        reply = site.client.post("/api/interviews", json={"level": "mid", "questions": 2})
        assert site.error(reply) == (503, "storage-error", "the disk is full (VIVA_DATA_DIR)")
