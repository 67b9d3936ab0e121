"""PDF: the kit's HTML printed by WeasyPrint, or by a headless Chromium where WeasyPrint cannot load.

WeasyPrint needs Pango, a library of the system. The same kit gives the same bytes: dates and the
file's identifier come from the kit.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.errors import CannotPrint

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 120
"""Seconds that a browser gets to print."""

NOTHING_PRINTS = (
    "PDF needs Pango for WeasyPrint, or a Chromium: install one of them"
    " (Debian: `apt-get install libpango-1.0-0 libpangoft2-1.0-0`, or `apt-get install chromium`;"
    " macOS: `brew install pango`), or write .html and print it from a browser"
)


def pdf_bytes(
    html: str,
    *,
    load: Callable[[], Any] | None = None,
    find_browser: Callable[[], str | None] | None = None,
) -> bytes:
    """`html` as a PDF document. Raises `CannotPrint` naming what to install if nothing can print."""
    try:
        weasyprint = (load or _weasyprint)()
    except (ImportError, OSError) as error:
        browser = (find_browser or _browser)()
        if browser is None:
            raise CannotPrint(f"{NOTHING_PRINTS} ({error})") from error
        return _by_browser(browser, html)
    return _by_weasyprint(weasyprint, html)


def _weasyprint() -> Any:
    with warnings.catch_warnings():
        # What its own dependencies call outdated is nothing that a user of ours can act on.
        warnings.simplefilter("ignore")
        return importlib.import_module("weasyprint")


def _by_weasyprint(weasyprint: Any, html: str) -> bytes:
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made: bytes = weasyprint.HTML(string=html, url_fetcher=_only_data(weasyprint)).write_pdf(
            pdf_identifier=identifier
        )
    return made


def _only_data(weasyprint: Any) -> Any:
    """A kit brings its fonts along, so printing never opens a file or an address."""
    return weasyprint.urls.URLFetcher(allowed_protocols=("data",))


def _browser() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _by_browser(browser: str, html: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "kit.html", Path(folder) / "kit.pdf"
        source.write_text(html, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 - a fixed command
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotPrint(f"{browser} did not print: {error}; {NOTHING_PRINTS}") from error
        if done.returncode or not target.is_file():
            tail = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise CannotPrint(f"{browser} did not print: {' '.join(tail)}; {NOTHING_PRINTS}")
        return _without_times(target.read_bytes())


def _without_times(pdf: bytes) -> bytes:
    """The dates that a browser writes into a PDF, replaced by a fixed one of the same length."""
    return re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", rb"\g<1>20000101000000", pdf)
