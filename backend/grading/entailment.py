"""The embedded grader: claim by claim, on this machine, with a quotation for every credit.

Sentences that merely echo the interviewer or string keywords together are taken out first. Each claim
is then measured against what is left (`features.py`) and the measurements become a probability by a
logistic model whose coefficients stand in `calibration.json` with the data that made them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.bank.question import Expectation, Question
from backend.grading.claim_model import ClaimModel
from backend.grading.features import FEATURES, Features, Match
from backend.grading.screening import is_echo, is_keyword_list, is_silence, without_repeats
from backend.grading.sentences import Window, windows_of
from backend.grading.verdict import Assessment, Evidence, Flag, Status, Verdict, assessment_of
from backend.retrieval.embedder import Embedder

CALIBRATION = Path(__file__).resolve().parent / "calibration.json"
NAME = "embedded-1"


@dataclass(frozen=True)
class Calibration:
    """Coefficients of the logistic model and the probabilities at which a verdict changes."""

    weights: tuple[float, ...]
    bias: float
    met: float
    partial: float
    red_flag: float
    off_topic: float

    def probability(self, match: Match) -> float:
        score = float(np.dot(self.weights, match.values)) + self.bias
        return 1.0 / (1.0 + float(np.exp(-score)))


def read_calibration(path: Path = CALIBRATION) -> Calibration:
    facts = json.loads(path.read_text(encoding="utf-8"))
    if tuple(facts["features"]) != FEATURES:
        raise ValueError(f"{path.name} was made for {facts['features']}, not for {FEATURES}")
    return Calibration(
        weights=tuple(facts["weights"]),
        bias=facts["bias"],
        **{name: facts["thresholds"][name] for name in ("met", "partial", "red_flag", "off_topic")},
    )


class EmbeddedGrader:
    """`Grader` without a language model: MiniLM embeddings, the claim model and a calibration."""

    def __init__(
        self,
        embedder: Embedder,
        model: ClaimModel | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self.calibration = calibration or read_calibration()
        self.features = Features(embedder, model or ClaimModel())
        self.name = NAME

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        """One verdict for each expectation, each credit with its place in the answers."""
        usable, flags = self._usable(question, answers, asked)
        if flags:
            verdicts = [_nothing(item, flags[0]) for item in question.expectations]
        else:
            claims = [item.claim for item in question.expectations]
            matches = self.features.measure(usable, claims)
            verdicts = [
                self._verdict(item, match)
                for item, match in zip(question.expectations, matches, strict=True)
            ]
        return assessment_of(question, answers, verdicts, grader=self.name, flags=flags)

    def _usable(
        self, question: Question, answers: Sequence[str], asked: Sequence[str]
    ) -> tuple[list[Window], list[Flag]]:
        if all(is_silence(text) for text in answers):
            return [], ["empty"]
        said = [question.ask, question.clarify, *dict.fromkeys(asked)]
        windows = without_repeats(windows_of(answers))
        spoken = [window for window in windows if not is_echo(window.span, said)]
        if not spoken:
            return [], ["echo"]
        usable = [window for window in spoken if not is_keyword_list(window.span)]
        if not usable:
            return [], ["keyword-list"]
        topics = [question.ask, *(item.claim for item in question.expectations)]
        if self.features.nearness(usable, topics) < self.calibration.off_topic:
            return [], ["off-topic"]
        return usable, []

    def _verdict(self, item: Expectation, match: Match) -> Verdict:
        p = self.calibration.probability(match)
        met = self.calibration.red_flag if item.is_red_flag else self.calibration.met
        status: Status = "missed"
        if p >= met:
            status = "met"
        elif p >= self.calibration.partial and not item.is_red_flag:
            status = "partial"
        best = match.best[0]
        evidence = Evidence(best.answer, best.span.start, best.span.end, best.span.text)
        reasons = {
            "met": "said in these words",
            "partial": "comes near it without saying it clearly",
            "missed": "nothing in the answer says this",
        }
        return Verdict(
            expectation_id=item.id,
            status=status,
            confidence=max(p, 1 - p) if status != "partial" else 1 - abs(2 * p - 1),
            evidence=(evidence,) if status != "missed" else (),
            reason=reasons[status],
        )


def _nothing(item: Expectation, flag: Flag) -> Verdict:
    reasons: dict[Flag, str] = {
        "empty": "the answer is empty",
        "echo": "the answer only says the question back",
        "off-topic": "the answer is about something else",
        "keyword-list": "the answer lists keywords without saying anything about them",
    }
    return Verdict(item.id, "missed", 1.0, (), reasons[flag])
