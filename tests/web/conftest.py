"""One site for all tests of a module: its interviews do not see each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.site import Site, running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site")) as opened:
        yield opened
