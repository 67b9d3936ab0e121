"""Everything a candidate can send wrongly gets one kind of refusal that names what to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.site import Site

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("wanted", "code", "named"),
    [
        ({}, "bad-input", "level"),
        ({"level": "boss", "questions": 2}, "bad-input", "level"),
        ({"level": None, "questions": 2}, "bad-input", "level"),
        ({"level": "mid"}, "bad-input", "'questions' and 'minutes'"),
        ({"level": "mid", "questions": 2, "minutes": 20}, "bad-input", "'questions' and 'minutes'"),
        ({"level": "mid", "questions": 0}, "bad-input", "questions"),
        ({"level": "mid", "questions": 21}, "bad-input", "questions"),
        ({"level": "mid", "questions": 2.5}, "bad-input", "questions"),
        ({"level": "mid", "questions": "several"}, "bad-input", "questions"),
        ({"level": "mid", "minutes": 4}, "bad-input", "minutes"),
        ({"level": "mid", "minutes": 121}, "bad-input", "minutes"),
        ({"level": "mid", "minutes": 10**400}, "bad-input", "minutes"),
        ({"level": "mid", "questions": 2, "mode": "exam"}, "bad-input", "mode"),
        ({"level": "mid", "questions": 2, "seed": -1}, "bad-input", "seed"),
        ({"level": "mid", "questions": 2, "areas": "monitoring"}, "bad-input", "areas"),
        ({"level": "mid", "questions": 2, "areas": [1]}, "bad-input", "areas.0"),
        ({"level": "mid", "questions": 2, "areas": ["role"] * 41}, "bad-input", "areas"),
        ({"level": "mid", "questions": 2, "colour": "red"}, "bad-input", "colour"),
        ({"level": "mid", "questions": 2, "areas": ["astrology"]}, "unknown-area", "'astrology'"),
        ({"level": "mid", "questions": 2, "areas": ["\x00"]}, "unknown-area", "areas are: "),
        ([], "bad-input", "body"),
        ("mid", "bad-input", "body"),
        (None, "bad-input", "body"),
    ],
)
def test_a_wish_that_cannot_be_met_names_its_field(
    site: Site, wanted: Any, code: str, named: str
) -> None:
    found = site.error(site.client.post("/api/interviews", json=wanted))
    assert found[:2] == (422, code)
    assert named in found[2]


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"level": "mid", "questions": 2', b"\xff\xfe", b"level=mid", b"NaN"]
)
def test_a_body_that_is_no_json_object_is_refused_as_a_whole(site: Site, body: bytes) -> None:
    found = site.error(site.client.post("/api/interviews", content=body, headers=JSON))
    assert found[0] in (400, 422)
    assert "body" in found[2]


def test_json_nested_beyond_reason_is_refused(site: Site) -> None:
    reply = site.client.post("/api/interviews", content=b"[" * 100_000, headers=JSON)
    assert site.error(reply)[0] == 400


@pytest.mark.parametrize(
    ("headers", "body", "named"),
    [
        ({}, {"text": "words"}, "idempotency-key"),
        ({"Idempotency-Key": ""}, {"text": "words"}, "idempotency-key"),
        ({"Idempotency-Key": "short"}, {"text": "words"}, "idempotency-key"),
        ({"Idempotency-Key": "k" * 65}, {"text": "words"}, "idempotency-key"),
        ({"Idempotency-Key": "key-00001"}, {}, "text"),
        ({"Idempotency-Key": "key-00001"}, {"text": None}, "text"),
        ({"Idempotency-Key": "key-00001"}, {"text": 7}, "text"),
        ({"Idempotency-Key": "key-00001"}, {"text": "words", "intent": "dance"}, "intent"),
        ({"Idempotency-Key": "key-00001"}, {"text": "words", "more": 1}, "more"),
    ],
)
def test_a_message_that_is_malformed_names_its_field(
    site: Site, headers: dict[str, str], body: Any, named: str
) -> None:
    view = site.open()
    reply = site.client.post(f"/api/interviews/{view['id']}/turns", json=body, headers=headers)
    found = site.error(reply)
    assert found[:2] == (422, "bad-input")
    assert named in found[2]
    assert site.look(view["id"]) == view


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n\t\u2003 ", "empty"),
        ("x" * 20_001, "20,001 characters; the limit is 20,000"),
        ("word " * 10_000, "50,000 characters; the limit is 20,000"),
        ("words \x00 words", "binary data"),
        ("PK\x03\x04\x14\x00\x08\ufffd\ufffd", "binary data"),
    ],
    ids=["nothing", "blanks", "one too many", "fifty thousand", "a null", "a zip file"],
)
def test_a_text_that_is_no_answer_is_refused_and_the_question_stays_open(
    site: Site, text: str, says: str
) -> None:
    view = site.open()
    found = site.error(site.post(view["id"], text, "key-00001"))
    assert found[:2] == (422, "answer-refused")
    assert says in found[2]
    assert site.look(view["id"]) == view
    assert site.say(view["id"], "a real answer", "key-00001")[0][1]["replayed"] is False


def test_half_a_character_pair_is_refused(site: Site) -> None:
    view = site.open()
    reply = site.client.post(
        f"/api/interviews/{view['id']}/turns",
        content=b'{"text": "half \\ud83d a smile"}',
        headers=JSON | {"Idempotency-Key": "key-00001"},
    )
    assert site.error(reply)[:2] == (422, "answer-refused")


def test_the_longest_answer_is_taken_even_if_every_character_is_escaped(site: Site) -> None:
    view = site.open()
    reply = site.client.post(
        f"/api/interviews/{view['id']}/turns",
        content=b'{"text": "' + b"\\ud83d\\ude42" * 20_000 + b'"}',
        headers=JSON | {"Idempotency-Key": "key-00001"},
    )
    assert reply.status_code == 200
    assert site.look(view["id"])["lines"][2]["text"] == "🙂" * 20_000


def spaces() -> Iterator[bytes]:
    for _ in range(1000):
        yield b" " * 10_000


@pytest.mark.parametrize("body", [b" " * 10_000_000, spaces()], ids=["in one piece", "in chunks"])
def test_a_huge_body_is_refused(site: Site, body: bytes | Iterator[bytes]) -> None:
    view = site.open()
    reply = site.client.post(
        f"/api/interviews/{view['id']}/turns",
        content=body,
        headers=JSON | {"Idempotency-Key": "key-00001"},
    )
    found = site.error(reply)
    assert found[:2] == (413, "too-large")
    assert "256,384 bytes" in found[2]
    assert site.look(view["id"]) == view


@pytest.mark.parametrize(
    "interview_id", ["nope", "a" * 5000, "%00", "%F0%9F%99%82", "1%20OR%201=1", "'"]
)
def test_an_unknown_interview_is_not_found(site: Site, interview_id: str) -> None:
    path = f"/api/interviews/{interview_id}"
    key = {"Idempotency-Key": "key-00001"}
    for reply in (
        site.client.get(path),
        site.client.get(f"{path}/report"),
        site.client.post(f"{path}/turns", json={"text": "words"}, headers=key),
    ):
        assert site.error(reply)[:2] == (404, "no-such-interview")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nope", "/api/catalogue/more", "/api//"])
def test_an_unknown_route_of_the_api_is_json_and_not_the_page(site: Site, path: str) -> None:
    assert site.error(site.client.get(path))[0] == 404


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/catalogue"), ("PUT", "/api/interviews"), ("POST", "/")]
)
def test_a_wrong_method_is_refused_in_the_same_form(site: Site, method: str, path: str) -> None:
    assert site.error(site.client.request(method, path))[0] == 405
