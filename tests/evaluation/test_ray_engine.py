"""Ray Data gives the same bytes as this machine alone; without Ray the message says how to get it."""

from __future__ import annotations

import functools
import importlib.util

import pytest

from backend.errors import BadInput
from backend.evaluation.engines import LocalEngine
from backend.evaluation.ray_engine import RayEngine
from backend.evaluation.run_folder import CHUNK
from tests.conftest import ROOT
from tests.evaluation.conftest import Batch
from tests.evaluation.fakes import make_judge, rows

INSTALLED = importlib.util.find_spec("ray") is not None


@pytest.mark.skipif(INSTALLED, reason="Ray is installed")
def test_without_ray_the_message_says_what_to_install(batch: Batch) -> None:
    with pytest.raises(BadInput, match=r"pip install 'viva-interview\[ray\]'"):
        RayEngine(make_judge, 1, batch.folder / "ray")


@pytest.mark.skipif(not INSTALLED, reason="the extra viva-interview[ray] is not installed")
@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_bytes_as_the_local_engine(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = list(rows(5 * CHUNK + 3))
    batch.run(made, "local", engine=LocalEngine(make_judge, 1))
    ray = RayEngine(functools.partial(make_judge), 2, batch.folder / "on-ray" / "ray")
    batch.run(made, "on-ray", engine=ray)
    assert batch.bytes_of("on-ray") == batch.bytes_of("local")
    assert not (batch.folder / "on-ray" / "ray").exists()
