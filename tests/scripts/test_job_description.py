"""A job description leads to areas, and every area shows the sentences that led to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.bank.loader import Bank
from backend.errors import BadInput
from backend.retrieval.embedder import Embedder
from backend.scripts.job_description import derive, read_job_description, sentences_of

JOB = """
About us
We are a friendly company with fresh fruit, a dog and a view of the river.

Your tasks
- You put models into production with Docker and Kubernetes and keep them running.
- You automate testing, retraining and release of models with GitHub Actions.
- You watch data drift and model accuracy in live traffic and raise alerts.
- You work with product managers, analysts and software engineers every day.
Are you married? It does not matter.
"""


def test_sentences_lead_to_areas_and_show_why(bank: Bank, embedder: Embedder) -> None:
    found = derive(JOB, bank, embedder, level="senior", minutes=60)
    assert {"mlops", "monitoring", "collaboration"} <= set(found.areas)
    assert sum(found.shares.values()) == pytest.approx(1, abs=0.01)
    assert {link.area for link in found.links} == set(found.areas)
    said = {link.sentence: link for link in found.links}
    assert not any("fruit" in sentence or "married" in sentence for sentence in said)
    docker = next(link for sentence, link in said.items() if "Docker" in sentence)
    assert docker.area == "mlops"
    assert docker.question_id is not None
    assert bank.question(docker.question_id).area == "mlops"
    assert docker.expectation in [x.text for x in bank.areas["mlops"].expectations.values()]


def test_a_text_about_nothing_we_know_is_refused(bank: Bank, embedder: Embedder) -> None:
    with pytest.raises(BadInput, match="no sentence speaks of a skill"):
        derive("We bake bread in a stone oven.", bank, embedder, level="mid", minutes=60)
    with pytest.raises(BadInput, match="three words"):
        derive("Bread.", bank, embedder, level="mid", minutes=60)


def test_bullets_and_sentences_are_told_apart() -> None:
    text = "Your tasks\n- Train models for us. Explain them well!\n1. Write tests every day\n"
    assert sentences_of(text) == [
        "Train models for us.",
        "Explain them well!",
        "Write tests every day",
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    empty, latin = tmp_path / "empty.txt", tmp_path / "latin.txt"
    empty.write_text(" \n", encoding="utf-8")
    latin.write_bytes("Straße".encode("latin-1"))
    with pytest.raises(BadInput, match="the file is empty"):
        read_job_description(empty)
    with pytest.raises(BadInput, match="not UTF-8 text"):
        read_job_description(latin)
    with pytest.raises(BadInput, match=r"--job-description .*No such file"):
        read_job_description(tmp_path / "none.txt")
