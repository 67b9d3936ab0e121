"""No route tells a candidate what a question expects before that question is finished."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from backend.bank.question import Question
from tests.web.site import Site, everything_in, spoken, sse_events


@dataclass
class Overheard:
    """All that the server has sent: as it was sent, with its JSON decoded, and with words joined."""

    texts: set[str] = field(default_factory=set)

    def hear(self, reply: Any) -> None:
        heard = [reply.text, json.dumps(dict(reply.headers))]
        if reply.headers["content-type"].startswith("text/event-stream"):
            events = sse_events(reply.text)
            heard += spoken(events)
            heard += strings_in([data for _, data in events])
        elif reply.headers["content-type"].startswith("application/json"):
            heard += strings_in(reply.json())
        self.texts.update(" ".join(text.split()) for text in heard)

    def holds(self, secret: str) -> bool:
        wanted = " ".join(secret.split())
        return any(wanted in text for text in self.texts)


def strings_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings_in(part)]
    if isinstance(value, list):
        return [text for item in value for text in strings_in(item)]
    return []


def secrets_of(question: Question, asked: Iterable[str] = ()) -> list[str]:
    """What only a finished question may show. `asked` are the probes and hints that were given."""
    texts = [question.why]
    texts += [item.claim for item in question.expectations]
    texts += [item.probe for item in question.expectations if item.probe]
    texts += [item.hint for item in question.expectations if item.hint]
    texts += [item.ask for item in question.follow_ups]
    texts += [item.answer for item in question.exemplars]
    return [text for text in texts if text not in set(asked)]


def hear_every_route(site: Site, overheard: Overheard, interview_id: str) -> None:
    question = site.product.bank.question("monitoring/label-delay")
    for path in (
        "/openapi.json",
        "/healthz",
        "/api/catalogue",
        "/api/questions?limit=500",
        f"/api/interviews/{interview_id}",
        f"/api/interviews/{interview_id}/report",
        f"/api/questions/{question.id}",
        f"/questions/{question.id}.yaml",
        f"/question_bank/questions/{question.id}.yaml",
    ):
        overheard.hear(site.client.get(path))
    search = {"search": question.expectations[0].claim[:500], "limit": 500}
    overheard.hear(site.client.get("/api/questions", params=search))
    assert all(overheard.holds(item.ask) for item in site.product.bank.questions.values())
    assert any(interview_id in text for text in overheard.texts)


def test_a_mock_interview_gives_nothing_away_before_its_end(site: Site) -> None:
    bank = site.product.bank
    overheard = Overheard()
    view = site.open(mode="mock", questions=4, areas=["monitoring", "collaboration"])
    hear_every_route(site, overheard, view["id"])
    said = [
        "something vague",
        "could I have a hint?",
        "what do you mean?",
        "repeat the question please",
        "a little less vague",
        "skip",
        everything_in(bank.question(view["lines"][1]["question_id"])),
        "I don't know",
    ]
    for text in said:
        overheard.hear(site.post(view["id"], text))
        hear_every_route(site, overheard, view["id"])
    overheard.hear(site.post(view["id"], ""))
    overheard.hear(site.post(view["id"], "x" * 50_000))

    view = site.look(view["id"])
    assert view["status"] == "open"
    assert view["progress"]["asked"] >= 3
    assert view["feedback"] == []
    probed = [line["text"] for line in view["lines"] if line["kind"] == "follow-up"]
    assert probed
    leaked = [
        (question.id, secret)
        for question in bank.questions.values()
        for secret in secrets_of(question, probed)
        if overheard.holds(secret)
    ]
    assert leaked == []

    # The same search finds all of it once the interview has ended: it can find what is there.
    site.say(view["id"], "stop")
    overheard.hear(site.client.get(f"/api/interviews/{view['id']}/report"))
    answered = bank.question(view["lines"][1]["question_id"])
    assert all(overheard.holds(item.claim) for item in answered.expectations)
    assert overheard.holds(answered.exemplar("strong").answer)


def test_practice_gives_away_finished_questions_only(site: Site) -> None:
    bank = site.product.bank
    overheard = Overheard()
    view = site.open(mode="practice", questions=2, areas=["monitoring"])
    first = site.question(view)
    overheard.hear(site.post(view["id"], "something vague"))
    overheard.hear(site.post(view["id"], "could I have a hint?"))
    hear_every_route(site, overheard, view["id"])
    view = site.look(view["id"])
    asked = [line["text"] for line in view["lines"] if line["kind"] == "follow-up"]
    hints = [item.hint for item in first.expectations if item.hint]
    given = [hint for hint in hints if overheard.holds(hint)]
    assert len(given) == 1
    assert view["feedback"] == []
    assert [s for s in secrets_of(first, [*asked, *given]) if overheard.holds(s)] == []

    overheard.hear(site.post(view["id"], "skip"))
    hear_every_route(site, overheard, view["id"])
    view = site.look(view["id"])
    second = site.question(view)
    assert second != first
    assert [item["question_id"] for item in view["feedback"]] == [first.id]
    assert all(overheard.holds(item.claim) for item in first.expectations)
    others = [question for question in bank.questions.values() if question != first]
    assert [q.id for q in others if any(overheard.holds(s) for s in secrets_of(q))] == []


def test_another_interview_gives_no_feedback_on_this_one(site: Site) -> None:
    """The same question, finished in practice, stays closed in a mock interview of somebody else."""
    wish = {"areas": ["monitoring"], "questions": 1, "seed": 11}
    practice, mock = site.open(mode="practice", **wish), site.open(mode="mock", **wish)
    assert site.question(practice) == site.question(mock)
    site.say(practice["id"], "stop")
    assert site.look(practice["id"])["feedback"]
    assert site.look(mock["id"])["feedback"] == []
    assert len(site.look(mock["id"])["lines"]) == 2
