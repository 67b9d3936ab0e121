"""A candidate's way through the page, in Chromium, against the real server and the real grader."""

from __future__ import annotations

import gzip
import os
import re
import signal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from backend.bank.loader import Bank
from benchmark.server import Server, free_port, running_server
from tests.browser.conftest import photograph

pytestmark = pytest.mark.browser
PATIENCE = 20_000


def start(page: Page, url: str, questions: int, mode: str = "Practice") -> None:
    page.goto(url)
    page.get_by_role("radio", name=re.compile(f"^{mode}")).check(force=True)
    page.get_by_role("spinbutton", name="Number of questions").fill(str(questions))
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("/interviews/[^/]+$"), timeout=PATIENCE)
    expect(page.get_by_label("Your answer")).to_be_visible(timeout=PATIENCE)


def send(page: Page, text: str) -> None:
    """Sends an answer and waits until the reply is complete."""
    box = page.get_by_label("Your answer")
    box.fill(text)
    box.press("Control+Enter")
    quiet = page.locator(".requests button[aria-disabled='false']").first
    ended = page.get_by_role("link", name="Read your report")
    expect(box.or_(ended).first).not_to_have_value(text, timeout=PATIENCE)
    expect(quiet.or_(ended).first).to_be_visible(timeout=PATIENCE)


def asked_now(page: Page, url: str) -> str:
    """The id of the question that is open, read from the API."""
    interview = page.url.rstrip("/").split("/")[-1]
    view = page.request.get(f"{url}/api/interviews/{interview}").json()
    return [line["question_id"] for line in view["lines"] if line["kind"] == "question"][-1]


def is_closed(page: Page, url: str) -> bool:
    interview = page.url.rstrip("/").split("/")[-1]
    return page.request.get(f"{url}/api/interviews/{interview}").json()["status"] == "closed"


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(item["id"], [node["target"] for node in item["nodes"]]) for item in found] == []


def test_a_candidate_is_interviewed_and_reads_a_report_tied_to_their_words(
    page: Page, server: Server, bank: Bank
) -> None:
    page.goto(server.url)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible(timeout=PATIENCE)
    accessible(page)
    photograph(page, "start")
    start(page, server.url, questions=3)
    answered: set[str] = set()
    for _ in range(12):
        if is_closed(page, server.url):
            break
        question = bank.question(asked_now(page, server.url))
        quality = "partial" if question.id in answered else "strong"
        answered.add(question.id)
        send(page, question.exemplar(quality).answer)
        if len(answered) == 2:
            accessible(page)
            photograph(page, "interview")
    assert len(answered) == 3
    page.get_by_role("link", name="Read your report").click()
    page.wait_for_url(re.compile("/report$"))
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible(timeout=PATIENCE)
    marks = page.locator("mark")
    assert marks.count() >= 3
    for text in marks.all_inner_texts():
        words = re.sub(r"[\d\s]+$", "", text).strip()
        assert any(
            " ".join(words.split()) in " ".join(exemplar.answer.split())
            for name in answered
            for exemplar in bank.question(name).exemplars
        ), text
    accessible(page)
    photograph(page, "report", page.get_by_role("heading", name="By area"))
    photograph(page, "evidence", marks.first)


def test_an_answer_is_followed_up_on_what_it_left_out(
    page: Page, server: Server, bank: Bank
) -> None:
    start(page, server.url, questions=1)
    question = bank.question(asked_now(page, server.url))
    send(page, question.exemplar("weak").answer)
    probes = [item.probe for item in question.expectations if item.probe]
    shown = " ".join(page.locator("main").inner_text().split())
    assert sum(probe in shown for probe in probes) == 1


def test_a_mock_interview_shows_no_feedback_and_no_hint_before_the_end(
    page: Page, server: Server, bank: Bank
) -> None:
    start(page, server.url, questions=2, mode="Mock")
    expect(page.get_by_role("button", name="Hint")).to_have_count(0)
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_text("It stays unscored")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("covered")).to_have_count(0)


def test_script_in_an_answer_is_shown_as_text_and_never_runs(page: Page, server: Server) -> None:
    start(page, server.url, questions=1)
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> I'd log it."
    send(page, attack)
    expect(page.get_by_text("<script>document.title='owned'</script>").first).to_be_visible()
    assert page.locator("img[src='x']").count() == 0
    assert "owned" not in page.title()


def test_an_unknown_interview_and_an_unknown_page_say_so(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/interviews/nowhere")
    expect(page.get_by_text("This interview does not exist here")).to_be_visible(timeout=PATIENCE)
    accessible(page)
    page.goto(f"{server.url}/nowhere")
    expect(page.get_by_text("There is no page here")).to_be_visible()


def test_a_draft_survives_a_reload(page: Page, server: Server) -> None:
    start(page, server.url, questions=1)
    page.get_by_label("Your answer").fill("half a thought about")
    expect(page.get_by_text("Draft saved in this browser")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("half a thought about", timeout=PATIENCE)


def test_after_a_kill_and_a_restart_the_interview_goes_on_with_every_answer(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    context = browser.new_context()
    page = context.new_page()
    with running_server(tmp_path, port) as first:
        start(page, first.url, questions=2)
        send(page, "I would compare the inputs of this week with those of last month.")
        page.get_by_label("Your answer").fill("typed while the server dies")
        os.kill(first.pid, signal.SIGKILL)
    page.get_by_label("Your answer").press("Control+Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("Your answer")).to_have_value("typed while the server dies")
    with running_server(tmp_path, port) as second:
        page.reload()
        shown = page.get_by_text(
            "I would compare the inputs of this week with those of last month."
        )
        expect(shown).to_have_count(1, timeout=PATIENCE)
        expect(page.get_by_label("Your answer")).to_have_value("typed while the server dies")
        page.get_by_label("Your answer").press("Control+Enter")
        expect(page.get_by_text("typed while the server dies")).to_have_count(1, timeout=PATIENCE)
        expect(page.get_by_label("Your answer")).to_have_value("", timeout=PATIENCE)
        interview = page.url.split("/")[-1]
        view = page.request.get(f"{second.url}/api/interviews/{interview}").json()
        said = [line["text"] for line in view["lines"] if line["who"] == "candidate"]
        assert said == [
            "I would compare the inputs of this week with those of last month.",
            "typed while the server dies",
        ]
    context.close()


def test_the_script_of_the_page_is_small() -> None:
    folder = Path(__file__).resolve().parents[2] / "backend" / "web" / "page" / "assets"
    size = sum(len(gzip.compress(path.read_bytes())) for path in folder.glob("*.js"))
    assert 0 < size < 100_000
