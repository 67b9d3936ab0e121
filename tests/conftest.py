"""Fakes and fixtures that every test may use. Fakes are written by hand; nothing is patched."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.bank.loader import Bank, load_bank
from backend.bank.question import Question
from backend.grading.claim_model import ClaimModel
from backend.grading.entailment import EmbeddedGrader, read_calibration
from backend.grading.verdict import Assessment, Evidence, Status, Verdict, assessment_of
from backend.retrieval.embedder import Embedder, load_embedder
from backend.settings import PACKAGED_MODEL, Settings
from backend.wiring import Product, build
from training.remember import RememberingEmbedder, RememberingReader

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@dataclass
class WordGrader:
    """Meets an expectation when the answer holds its id as a word; counts how often it was asked."""

    name: str = "word-grader"
    calls: list[str] = field(default_factory=list)

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        self.calls.append(question.id)
        verdicts = [self._verdict(item.id, answers) for item in question.expectations]
        return assessment_of(question, answers, verdicts, grader=self.name)

    def prepare(self, question: Question) -> None:
        """Nothing to get ready."""

    @staticmethod
    def _verdict(name: str, answers: Sequence[str]) -> Verdict:
        for index, text in enumerate(answers):
            start = text.find(name)
            if start >= 0:
                status: Status = "met"
                piece = Evidence(index, start, start + len(name), name)
                return Verdict(name, status, 0.9, (piece,), "said")
        return Verdict(name, "missed", 0.9)


@pytest.fixture(scope="session", autouse=True)
def no_endpoint_of_the_developer() -> Iterator[None]:
    """No test may reach the endpoint that this machine's user has set up."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OPENAI_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def bank() -> Bank:
    return load_bank(ROOT / "question_bank")


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the embedding model has been exported once for all tests."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def embedder(model_dir: Path) -> Embedder:
    return load_embedder(PACKAGED_MODEL, model_dir)


@pytest.fixture(scope="session")
def embedded(embedder: Embedder, model_dir: Path) -> EmbeddedGrader:
    """The grader as the product has it, which remembers what it has embedded and read."""
    product = build(
        Settings(data_dir=model_dir, _env_file=None),
        embedder=RememberingEmbedder(embedder),
        claim_reader=RememberingReader(ClaimModel()),
    )
    return product.embedded_grader_with(read_calibration())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def grader() -> WordGrader:
    return WordGrader()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", _env_file=None)


@pytest.fixture
async def product(
    settings: Settings, clock: FakeClock, grader: WordGrader, embedder: Embedder
) -> AsyncIterator[Product]:
    built = build(settings, clock=clock, grader=grader, embedder=embedder)
    yield built
    await built.interviewer.settle()
    await built.store.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-goldens",
        action="store_true",
        help="write tests/goldens from what the product does now, instead of comparing",
    )
