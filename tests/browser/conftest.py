"""A real browser, a real server, and pictures of what was seen.

The browser lives no longer than its module: Playwright keeps an event loop running in this thread, and
asynchronous tests could not start theirs beside it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmark.server import Server, running_server

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("browser-data")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = (os.environ.get("VIVA_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium: run tests/browser/find_chromium.sh, or set VIVA_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page at desktop width that fails the test if it reaches for another host or logs an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    strays: list[str] = []
    faults: list[str] = []
    opened.on(
        "request",
        lambda r: (
            None if r.url.startswith(("http://127.0.0.1:", "data:")) else strays.append(r.url)
        ),
    )
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert strays == []
    assert faults == []


def photograph(page: Page, name: str, at: Locator | None = None) -> None:
    """Pictures at desktop and phone width: the whole page, and what is on the screen around `at`."""
    chosen = os.environ.get("VIVA_SCREENSHOTS")
    folder = Path(chosen) if chosen else SCREENSHOTS
    folder.mkdir(parents=True, exist_ok=True)
    for device, width, height in (("desktop", 1280, 860), ("phone", 360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        if at:
            at.evaluate("element => element.scrollIntoView({block: 'start', behavior: 'instant'})")
        page.screenshot(path=folder / f"{name}-{device}.png")
        if not chosen:
            page.screenshot(path=folder / f"{name}-{device}-whole.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 860})
