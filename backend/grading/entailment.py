"""The embedded grader: claim by claim, on this machine, with a quotation for every credit.

Sentences that merely echo the interviewer or string keywords together are taken out first. Each claim
is then measured against what is left (`features.py`) and the measurements become a probability by a
logistic model whose coefficients stand in `calibration.json` with the data that made them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.bank.phrasings import Phrasing
from backend.bank.question import Expectation, Question
from backend.grading.features import FEATURES, Claim, Features, Heard, Match, Rarity
from backend.grading.screening import is_echo, is_keyword_list, is_silence, without_repeats
from backend.grading.sentences import windows_of
from backend.grading.verdict import Assessment, Evidence, Flag, Status, Verdict, assessment_of
from backend.retrieval.embedder import Embedder

CALIBRATION = Path(__file__).resolve().parent / "calibration.json"
NAME = "embedded-1"


@dataclass(frozen=True)
class Calibration:
    """Coefficients of the logistic model and the probabilities at which a verdict changes.

    `behavioural` and `flagged` shift the bias for claims of behavioural questions, whose words vary
    more because they come from a person's own story, and for red flags, which are rarely said.
    """

    weights: tuple[float, ...]
    bias: float
    behavioural: float
    flagged: float
    met: float
    partial: float
    red_flag: float
    off_topic: float

    def probability(self, match: Match, *, behavioural: bool, red_flag: bool) -> float:
        """The probability, 0 to 1, that the claim is stated."""
        score = float(np.dot(self.weights, match.values)) + self.bias
        score += self.behavioural * behavioural + self.flagged * red_flag
        return 1.0 / (1.0 + float(np.exp(-score)))


def read_calibration(path: Path = CALIBRATION) -> Calibration:
    facts = json.loads(path.read_text(encoding="utf-8"))
    if tuple(facts["features"]) != FEATURES:
        raise ValueError(f"{path.name} was made for {facts['features']}, not for {FEATURES}")
    return Calibration(
        weights=tuple(facts["weights"]),
        bias=facts["bias"],
        behavioural=facts["behavioural"],
        flagged=facts["flagged"],
        **{name: facts["thresholds"][name] for name in ("met", "partial", "red_flag", "off_topic")},
    )


class EmbeddedGrader:
    """`Grader` without a language model: embeddings, rare words and a calibration."""

    def __init__(
        self,
        embedder: Embedder,
        phrasings: Mapping[str, Mapping[str, Phrasing]],
        calibration: Calibration | None = None,
    ) -> None:
        self.name = NAME
        self.calibration = calibration or read_calibration()
        self.features = Features(embedder, Rarity(snippets(phrasings)))
        self._phrasings = phrasings

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        """One verdict for each expectation, each credit with its place in the answers."""
        heard, flags = self._heard(question, answers, asked)
        if heard is None:
            verdicts = [_nothing(item, flags[0]) for item in question.expectations]
        else:
            matches = self.features.measure(heard, self._claims(question))
            verdicts = [
                self._verdict(question, item, match)
                for item, match in zip(question.expectations, matches, strict=True)
            ]
        return assessment_of(question, answers, verdicts, grader=self.name, flags=flags)

    def prepare(self, question: Question) -> None:
        """Embeds the question's claims and phrasings."""
        self.features.remember(self._claims(question))

    def _claims(self, question: Question) -> list[Claim]:
        known = self._phrasings.get(question.id, {})
        return [Claim(item.claim, known.get(item.id, Phrasing())) for item in question.expectations]

    def _heard(
        self, question: Question, answers: Sequence[str], asked: Sequence[str]
    ) -> tuple[Heard | None, list[Flag]]:
        """What counts of the answers; or nothing, and why."""
        if all(is_silence(text) for text in answers):
            return None, ["empty"]
        said = [question.ask, question.clarify, *dict.fromkeys(asked)]
        windows = without_repeats(windows_of(answers))
        spoken = [window for window in windows if not is_echo(window.span, said)]
        if not spoken:
            return None, ["echo"]
        usable = [window for window in spoken if not is_keyword_list(window.span)]
        if not usable:
            return None, ["keyword-list"]
        topics = [question.ask, *(item.claim for item in question.expectations)]
        heard = self.features.hear(usable, answers)
        if self.features.nearness(heard, topics) < self.calibration.off_topic:
            return None, ["off-topic"]
        return heard, []

    def _verdict(self, question: Question, item: Expectation, match: Match) -> Verdict:
        p = self.calibration.probability(
            match, behavioural=question.kind == "behavioural", red_flag=item.is_red_flag
        )
        met = self.calibration.red_flag if item.is_red_flag else self.calibration.met
        status: Status = "missed"
        if p >= met:
            status = "met"
        elif p >= self.calibration.partial and not item.is_red_flag:
            status = "partial"
        best = match.best
        evidence = Evidence(best.answer, best.span.start, best.span.end, best.span.text)
        reasons = {
            "met": "said in these words",
            "partial": "comes near it without saying it clearly",
            "missed": "nothing in the answer says this",
        }
        return Verdict(
            expectation_id=item.id,
            status=status,
            confidence={"met": p, "missed": 1 - p}.get(status, 1 - abs(2 * p - 1)),
            evidence=(evidence,) if status != "missed" else (),
            reason=reasons[status],
        )


def snippets(phrasings: Mapping[str, Mapping[str, Phrasing]]) -> Iterator[str]:
    """Every snippet of every claim, the true and the tempting ones."""
    for claims in phrasings.values():
        for phrasing in claims.values():
            yield from (*phrasing.said, *phrasing.near)


def _nothing(item: Expectation, flag: Flag) -> Verdict:
    reasons: dict[Flag, str] = {
        "empty": "the answer is empty",
        "echo": "the answer only says the question back",
        "off-topic": "the answer is about something else",
        "keyword-list": "the answer lists keywords without saying anything about them",
    }
    return Verdict(item.id, "missed", 1.0, (), reasons[flag])
