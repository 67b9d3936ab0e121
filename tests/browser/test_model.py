"""The page with a language model connected, and what it shows when the plug is pulled in mid-sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from benchmark.server import Server, running_server
from tests.browser.conftest import photograph
from tests.browser.test_journey import PATIENCE, accessible, asked_now, send, start
from tests.live import warm_data
from tests.llm.interview_server import asked_line, holds_interview
from tests.llm.protocol_server import MODEL, ProtocolServer

pytestmark = pytest.mark.browser
FIRST = "I would put up a dashboard for the team and look at it every day."
SECOND = "I would also ask the people who answer for the service."
THIRD = "And I would write down what we found."


@pytest.fixture(scope="module")
def model() -> Iterator[ProtocolServer]:
    with ProtocolServer(otherwise=holds_interview()) as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    model: ProtocolServer,
    model_dir: Path,
    bank: Bank,
    embedder: Embedder,
) -> Iterator[Server]:
    variables = {
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "sk-test",
        "VIVA_INTERVIEWER_MODEL": MODEL,
        "VIVA_MODEL_RETRIES": "0",
    }
    folder = tmp_path_factory.mktemp("with-model") / "data"
    data_dir = warm_data(folder, model_dir, bank, embedder)
    with running_server(data_dir, variables=variables) as started:
        yield started


def lines(page: Page, url: str, kind: str) -> list[str]:
    """The transcript's lines of a kind, read from the API."""
    interview = page.url.rstrip("/").split("/")[-1]
    view = page.request.get(f"{url}/api/interviews/{interview}").json()
    return [line["text"] for line in view["lines"] if line["kind"] == kind]


def test_the_start_page_says_where_text_goes_and_lets_one_choose(
    page: Page, server: Server, model: ProtocolServer
) -> None:
    page.goto(server.url)
    sent = page.get_by_text("What you write is sent to")
    expect(sent).to_be_visible(timeout=PATIENCE)
    expect(sent).to_contain_text("127.0.0.1")
    expect(sent).to_contain_text(MODEL)
    accessible(page)
    photograph(page, "start-model")
    page.get_by_role("radio", name=re.compile("^Without a language model")).check(force=True)
    expect(sent).to_have_count(0)
    before = len(model.requests)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("/interviews/[^/]+$"), timeout=PATIENCE)
    expect(page.get_by_text("without a language model").first).to_be_visible(timeout=PATIENCE)
    send(page, FIRST)
    assert len(model.requests) == before


def test_the_plug_is_pulled_in_mid_sentence_and_nothing_is_lost(
    page: Page, server: Server, model: ProtocolServer, bank: Bank
) -> None:
    # Half a second between words: time to see the first sentence and pull the plug in the second.
    model.otherwise = holds_interview(
        lambda exchange: f"Thanks for that. {asked_line(exchange)}", pause=0.5
    )
    start(page, server.url, questions=2)
    question = bank.question(asked_now(page, server.url))
    probe = question.musts[0].probe or ""
    box = page.get_by_label("Your answer")
    box.fill(FIRST)
    box.press("Control+Enter")
    expect(page.locator("main").get_by_text("Thanks for that.")).to_be_visible(timeout=PATIENCE)
    model.stop()

    notice = page.locator("main").get_by_text("The connection to the language model broke off")
    expect(notice).to_be_visible(timeout=PATIENCE)
    said = page.locator("main").get_by_text(f"Thanks for that. {probe}")
    expect(said).to_have_count(1)
    expect(page.locator("main").get_by_text(FIRST)).to_have_count(1)
    expect(box).to_have_value("")
    assert lines(page, server.url, "follow-up") == [f"Thanks for that. {probe}"]
    assert lines(page, server.url, "answer") == [FIRST]
    accessible(page)
    photograph(page, "plug-pulled")

    # The model is away: the interview goes on with what was prepared, and says so once.
    send(page, SECOND)
    assert len(lines(page, server.url, "follow-up")) == 2
    assert len(lines(page, server.url, "notice")) == 1

    # It comes back, and is heard again.
    model.otherwise = holds_interview()
    model.start()
    send(page, THIRD)
    expect(page.locator("main").get_by_text("The language model answers again.")).to_be_visible(
        timeout=PATIENCE
    )
    assert lines(page, server.url, "answer") == [FIRST, SECOND, THIRD]
    assert len(lines(page, server.url, "question")) == 2

    # Each line stands once in the conversation; the feedback below it may quote them again.
    page.reload()
    turns = page.locator("main li.turn")
    for words in (f"Thanks for that. {probe}", FIRST, SECOND, THIRD):
        expect(turns.filter(has_text=words)).to_have_count(1, timeout=PATIENCE)
