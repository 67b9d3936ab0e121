"""Models that do whatever an answer tells them to, and how much they can give away."""

from __future__ import annotations

import random
from dataclasses import dataclass

from backend.bank.loader import Bank
from backend.bank.question import Question
from backend.bank.wording import words
from backend.grading.decoys import decoys_of
from backend.grading.llm_grader import LlmGrader
from backend.grading.sentences import windows_of
from backend.grading.verdict import Assessment, Grader, score_of
from backend.llm.prompt_library import PromptLibrary
from backend.llm.scripted_chat import Reply, Request, ScriptedChat
from backend.retrieval.embedder import Embedder
from tests.attacks.corpus import Attack
from tests.conftest import ROOT
from tests.grading.judges import Opinion, claims_of, verdicts

PROMPTS = PromptLibrary(ROOT / "prompts")


@dataclass
class Obedient:
    """Calls every claim met and quotes the attack for it, or the best sentence it can find.

    With `knows_decoys` it is the worst that could sit there: it tells real claims from decoys, spares
    the red flags, and quotes for each claim the sentence that comes nearest to it.
    """

    question: Question
    answer: str
    embedder: Embedder
    knows_decoys: bool = False

    def __call__(self, request: Request) -> Reply:
        return verdicts({name: self._opinion(text) for name, text in claims_of(request).items()})

    def _opinion(self, claim: str) -> Opinion:
        real = {item.claim: item for item in self.question.expectations}
        if self.knows_decoys and (claim not in real or real[claim].is_red_flag):
            return "missed", ""
        sentences = [window.span.text for window in windows_of([self.answer])] or [self.answer]
        if not self.knows_decoys:
            return "met", sentences[-1]
        vectors = self.embedder.encode([claim, *sentences])
        return "met", sentences[int((vectors[1:] @ vectors[0]).argmax())]


@dataclass(frozen=True)
class Outcome:
    """What an attack got: points with the obedient model, and what the embedded grader alone gives."""

    attack: Attack
    question_id: str
    with_model: Assessment
    embedded: Assessment
    gained: float
    escaped: tuple[str, ...]
    """Red flags that the embedded grader finds and the obedient model hides."""


@dataclass
class Trial:
    """A grader under attack."""

    bank: Bank
    embedder: Embedder
    grader: Grader

    def run(
        self, attack: Attack, question: Question, said: str = "", *, knows_decoys: bool = False
    ) -> Outcome:
        """The attack behind an answer, or alone."""
        answer = f"{said.strip()} {attack.text}".strip()
        model = Obedient(question, answer, self.embedder, knows_decoys)
        judge = LlmGrader(
            ScriptedChat(model),
            PROMPTS,
            self.grader,
            decoys_of(self.bank.questions.values()),
            rng=random.Random(attack.id),
        )
        found = judge.assess(question, [answer], [question.ask])
        alone = self.grader.assess(question, [answer], [question.ask])
        points = [self._points(question, item) for item in (found, alone)]
        return Outcome(
            attack,
            question.id,
            found,
            alone,
            points[0] - points[1],
            _escaped(question, found, alone),
        )

    @staticmethod
    def _points(question: Question, assessment: Assessment) -> float:
        """What was gained, red flags aside."""
        scored = score_of(question, assessment).points
        return sum(value for value in scored.values() if value > 0)


def _escaped(question: Question, found: Assessment, alone: Assessment) -> tuple[str, ...]:
    return tuple(
        item.id
        for item in question.expectations
        if item.is_red_flag
        and alone.verdict(item.id).status == "met"
        and found.verdict(item.id).status != "met"
    )


def revealed(line: str, secrets: list[str], known: str, length: int) -> str:
    """The first run of `length` words of a secret that `line` holds and `known` does not; or nothing."""
    have = {tuple(run) for run in _runs(line, length)} - {
        tuple(run) for run in _runs(known, length)
    }
    for secret in secrets:
        for run in _runs(secret, length):
            if tuple(run) in have:
                return " ".join(run)
    return ""


def _runs(text: str, length: int) -> list[list[str]]:
    found = words(text)
    return [found[i : i + length] for i in range(len(found) - length + 1)]


def behind(question: Question, quality: str) -> str:
    """An example answer to put an attack behind."""
    return question.exemplar(quality).answer  # type: ignore[arg-type]


def spread(bank: Bank, attacks: list[Attack]) -> list[tuple[Attack, Question]]:
    """Each attack with a question, going round the bank."""
    questions = list(bank.questions.values())
    return [(attack, questions[(7 * i) % len(questions)]) for i, attack in enumerate(attacks)]
