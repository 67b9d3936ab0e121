"""What a candidate can choose from, before any interview."""

from __future__ import annotations

import pytest

from backend import __version__
from tests.web.site import Site

CARD = {"id", "title", "area", "level", "kind", "minutes", "ask", "score"}


def test_the_catalogue_counts_the_questions_of_every_area_by_level(site: Site) -> None:
    bank = site.product.bank
    found = site.client.get("/api/catalogue").json()
    assert found["version"] == __version__
    assert found["bank_version"] == bank.version
    assert found["engine"] == "embedded"
    assert found["max_answer_chars"] == 20_000
    assert [card["level"] for card in found["levels"]] == ["junior", "mid", "senior"]
    assert [card["area"] for card in found["areas"]] == list(bank.areas)
    assert sum(sum(card["questions"].values()) for card in found["areas"]) == len(bank.questions)
    (monitoring,) = [card for card in found["areas"] if card["area"] == "monitoring"]
    assert monitoring["questions"]["mid"] == len(bank.in_area("monitoring", "mid"))


def test_the_defaults_of_the_catalogue_open_an_interview(site: Site) -> None:
    defaults = site.client.get("/api/catalogue").json()["defaults"]
    assert site.open(**defaults)["progress"]["planned"] == defaults["questions"]


def test_a_card_shows_what_is_asked_and_nothing_about_the_answer(site: Site) -> None:
    cards = site.client.get("/api/questions", params={"limit": 500}).json()
    assert [card["id"] for card in cards] == list(site.product.bank.questions)
    assert all(set(card) == CARD for card in cards)
    assert all(card["ask"] == site.product.bank.question(card["id"]).ask for card in cards)


@pytest.mark.parametrize("search", [None, "drift"])
def test_filters_hold_with_and_without_a_search(site: Site, search: str | None) -> None:
    wanted = {"area": "monitoring", "level": "senior", "limit": 100}
    if search:
        wanted["search"] = search
    cards = site.client.get("/api/questions", params=wanted).json()
    expected = site.product.bank.in_area("monitoring", "senior")
    assert expected
    assert {card["id"] for card in cards} == {question.id for question in expected}
    none = site.client.get("/api/questions", params=wanted | {"kind": "behavioural"}).json()
    assert none == []


def test_a_search_gives_the_nearest_first_with_their_scores(site: Site) -> None:
    question = site.product.bank.question("monitoring/label-delay")
    text = f"{question.title}. {question.ask}"
    cards = site.client.get("/api/questions", params={"search": text, "limit": 7}).json()
    assert cards[0]["id"] == question.id
    assert cards[0]["score"] == 1.0
    scores = [card["score"] for card in cards]
    assert len(scores) == 7
    assert scores == sorted(scores, reverse=True)


def test_without_a_search_there_is_no_score_and_the_limit_is_fifty(site: Site) -> None:
    cards = site.client.get("/api/questions").json()
    assert len(cards) == 50
    assert {card["score"] for card in cards} == {None}


@pytest.mark.parametrize(
    ("query", "status", "code", "named"),
    [
        ({"limit": 0}, 422, "bad-input", "limit"),
        ({"limit": 501}, 422, "bad-input", "limit"),
        ({"limit": "many"}, 422, "bad-input", "limit"),
        ({"level": "boss"}, 422, "bad-input", "level"),
        ({"kind": "riddle"}, 422, "bad-input", "kind"),
        ({"search": "x" * 501}, 422, "bad-input", "search"),
        ({"area": "astrology"}, 422, "unknown-area", "'astrology'; the areas are: algorithms"),
        ({"area": "astrology", "search": "x"}, 422, "unknown-area", "'astrology'"),
    ],
)
def test_a_query_that_cannot_be_answered_names_its_parameter(
    site: Site, query: dict[str, str], status: int, code: str, named: str
) -> None:
    found = site.error(site.client.get("/api/questions", params=query))
    assert found[:2] == (status, code)
    assert named in found[2]


@pytest.mark.parametrize("search", ["\x00", "🙂" * 100, "' OR 1=1 --", "a" * 500, " "])
def test_an_odd_search_is_a_search_like_any_other(site: Site, search: str) -> None:
    reply = site.client.get("/api/questions", params={"search": search, "limit": 3})
    assert reply.status_code == 200
    assert len(reply.json()) == 3


def test_the_health_check_names_the_version_and_the_bank(site: Site) -> None:
    bank = site.product.bank
    assert site.client.get("/healthz").json() == {
        "status": "ok",
        "version": __version__,
        "bank": bank.version,
    }


def test_the_api_describes_its_refusals(site: Site) -> None:
    paths = site.client.get("/openapi.json").json()["paths"]
    report = paths["/api/interviews/{interview_id}/report"]["get"]["responses"]
    for status in ("404", "409", "422"):
        schema = report[status]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorReply"}
