"""The page and the headers around it: what is served, what stays outside, what every reply carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backend.bank.question import Question
from backend.grading.verdict import Assessment
from tests.conftest import WordGrader
from tests.web.site import Site, running

SECRET = "outside the page"


class BrokenGrader(WordGrader):
    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        raise RuntimeError("out of memory")


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a built page, and a file beside the page's folder that is none of it."""
    folder = tmp_path_factory.mktemp("paged")
    (folder / "page" / "assets").mkdir(parents=True)
    (folder / "page" / "index.html").write_text("<title>the page</title>", encoding="utf-8")
    (folder / "page" / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    (folder / "page" / "assets" / "app.js").write_text("let page = 1", encoding="utf-8")
    (folder / "page" / "way-out").symlink_to(folder / "secret.txt")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    (folder / "page-of-others").mkdir()
    (folder / "page-of-others" / "secret.txt").write_text(SECRET, encoding="utf-8")
    with running(folder) as site:
        yield site


@pytest.mark.parametrize("path", ["/", "/interview/abc", "/report/abc", "/practise?area=role"])
def test_every_path_of_the_page_is_the_page(paged: Site, path: str) -> None:
    reply = paged.client.get(path)
    assert reply.status_code == 200
    assert reply.text == "<title>the page</title>"
    assert reply.headers["cache-control"] == "no-cache"


def test_files_of_the_page_are_served_as_what_they_are(paged: Site) -> None:
    script = paged.client.get("/assets/app.js")
    assert script.text == "let page = 1"
    assert "javascript" in script.headers["content-type"]
    assert paged.client.get("/favicon.svg").headers["content-type"] == "image/svg+xml"


def test_a_missing_asset_is_not_found_instead_of_the_page(paged: Site) -> None:
    assert paged.error(paged.client.get("/assets/old.js"))[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%2fpage-of-others/secret.txt",
        "/..%5csecret.txt",
        "/....//secret.txt",
        "/way-out",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/..%2fdata%2fviva.db",
    ],
)
def test_no_path_leads_out_of_the_page(paged: Site, path: str) -> None:
    reply = paged.client.get(path)
    assert SECRET not in reply.text
    assert "root:" not in reply.text
    assert "SQLite" not in reply.text
    assert reply.text == "<title>the page</title>" or paged.error(reply)[0] == 404


@pytest.mark.parametrize("path", ["/%00", "/a%00.js", "/" + "a" * 5000, "/" + "a/" * 2500])
def test_a_path_that_can_be_no_file_is_the_page(paged: Site, path: str) -> None:
    assert paged.client.get(path).text == "<title>the page</title>"


def test_without_a_built_page_one_says_how_to_build_it_and_the_api_works(site: Site) -> None:
    reply = site.client.get("/")
    assert reply.status_code == 503
    assert "make page" in reply.text
    assert site.client.get("/api/catalogue").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/assets/app.js", 200),
        ("/assets/old.js", 404),
        ("/healthz", 200),
        ("/openapi.json", 200),
        ("/api/catalogue", 200),
        ("/api/questions?limit=0", 422),
        ("/api/interviews/nope", 404),
        ("/api/nope", 404),
    ],
)
def test_every_reply_carries_the_security_headers(paged: Site, path: str, status: int) -> None:
    reply = paged.client.get(path)
    assert reply.status_code == status
    check_headers(reply.headers)


def test_streams_refused_bodies_and_failures_carry_them_too(tmp_path: Path, site: Site) -> None:
    view = site.open()
    check_headers(site.post(view["id"], "words").headers)
    check_headers(site.post(view["id"], "x" * 300_000).headers)
    with running(tmp_path, BrokenGrader()) as broken:
        view = broken.open()
        broken.say(view["id"], "words")
        failed = broken.client.get(f"/api/interviews/{view['id']}")
        assert broken.error(failed)[0] == 500
        check_headers(failed.headers)


def check_headers(headers: dict[str, str]) -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
