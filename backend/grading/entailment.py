"""The embedded grader: claim by claim, on this machine, with a quotation for every credit.

What a reader would not see is taken out of the text first; sentences that merely echo the interviewer,
string names together, speak to the grader or were taken back earn nothing, in code. Each claim is then
measured against what is left (`features.py`) and the measurements become a probability by a logistic
model whose coefficients stand in `calibration.json` with the data that made them. Near one half the
verdict is `cannot_assess`: the interviewer may ask, the score does not guess.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.bank.phrasings import Phrasing
from backend.bank.question import Expectation, Question
from backend.grading.corrections import split_at_corrections, standing
from backend.grading.features import (
    FEATURES,
    Claim,
    ClaimReader,
    Features,
    Heard,
    Match,
    Rarity,
    Values,
)
from backend.grading.plain_text import PlainText, plain_text
from backend.grading.screening import (
    is_echo,
    is_keyword_list,
    is_name_dropping,
    is_order,
    is_pleasantry,
    is_silence,
    repeated_frames,
    without_repeats,
)
from backend.grading.sentences import Window, windows_of
from backend.grading.spelling import Spelling
from backend.grading.verdict import Assessment, Evidence, Flag, Status, Verdict, assessment_of
from backend.retrieval.embedder import Embedder

CALIBRATION = Path(__file__).resolve().parent / "calibration.json"
NAME = "embedded-2"


@dataclass(frozen=True)
class Calibration:
    """Coefficients of the logistic model and the probabilities at which a verdict changes.

    `behavioural` and `flagged` shift the bias for claims of behavioural questions, whose words vary
    more because they come from a person's own story, and for red flags, which are rarely said. From
    `met` on a claim is met, below `missed` it is missed; between them nobody can tell.
    """

    weights: tuple[float, ...]
    bias: float
    behavioural: float
    flagged: float
    met: float
    missed: float
    red_flag: float
    off_topic: float

    def probability(self, values: Values, *, behavioural: bool, red_flag: bool) -> float:
        """The probability, 0 to 1, that the claim is stated."""
        score = float(np.dot(self.weights, values)) + self.bias
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
        **{name: facts["thresholds"][name] for name in ("met", "missed", "red_flag", "off_topic")},
    )


class EmbeddedGrader:
    """`Grader` without a language model: embeddings, rare words, a small claim model, a calibration."""

    def __init__(
        self,
        embedder: Embedder,
        reader: ClaimReader,
        phrasings: Mapping[str, Mapping[str, Phrasing]],
        spelling: Spelling | None,
        calibration: Calibration,
    ) -> None:
        self.name = NAME
        self.calibration = calibration
        rarity = Rarity(snippets(phrasings))
        repair = spelling.repair if spelling else str
        self.features = Features(embedder, rarity, reader, repair)
        self._phrasings = phrasings

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        """One verdict for each expectation, each credit with its place in the answers."""
        plain = [plain_text(text) for text in answers]
        heard, flags = self._heard(question, plain, asked)
        if heard is None:
            verdicts = [_nothing(item, flags[0]) for item in question.expectations]
        else:
            found = self.features.measure(heard, self.claims(question), self.calibration.weights)
            verdicts = [
                self._verdict(question, item, places, answers, plain)
                for item, places in zip(question.expectations, found, strict=True)
            ]
        return assessment_of(question, answers, verdicts, grader=self.name, flags=flags)

    def prepare(self, question: Question) -> None:
        """Embeds the question's claims and phrasings."""
        self.features.remember(self.claims(question))

    def hear(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Heard | None:
        """What counts of the answers, embedded; None if nothing does."""
        return self._heard(question, [plain_text(text) for text in answers], asked)[0]

    @staticmethod
    def topics(question: Question) -> list[str]:
        """What an answer must come near to for any of it to count."""
        return [question.ask, *(item.claim for item in question.expectations)]

    def claims(self, question: Question) -> list[Claim]:
        """The question's claims with what the bank knows of how people say them."""
        known = self._phrasings.get(question.id, {})
        return [Claim(item.claim, known.get(item.id, Phrasing())) for item in question.expectations]

    def _heard(
        self, question: Question, answers: Sequence[PlainText], asked: Sequence[str]
    ) -> tuple[Heard | None, list[Flag]]:
        """What counts of the answers; or nothing, and why."""
        texts = [answer.text for answer in answers]
        if all(is_silence(text) for text in texts):
            return None, ["empty"]
        said = [question.ask, question.clarify, *dict.fromkeys(asked)]
        windows = without_repeats(split_at_corrections(windows_of(texts)))
        spoken = [window for window in windows if not is_echo(window.span, said)]
        if not spoken:
            return None, ["echo"]
        framed = repeated_frames(spoken)
        usable = [
            window
            for place, window in enumerate(spoken)
            if place not in framed
            and not is_keyword_list(window.span)
            and not is_name_dropping(window.span)
        ]
        if not usable:
            return None, ["keyword-list"]
        usable = [w for w in usable if not is_order(w.span) and not is_pleasantry(w.span)]
        if not usable:
            return None, ["off-topic"]
        heard = self.features.hear(usable)
        if self.features.nearness(heard, self.topics(question)) < self.calibration.off_topic:
            return None, ["off-topic"]
        return heard.only(standing(usable, heard.vectors[: heard.sentences])), []

    def _verdict(
        self,
        question: Question,
        item: Expectation,
        places: Sequence[Match],
        answers: Sequence[str],
        plain: Sequence[PlainText],
    ) -> Verdict:
        behavioural = question.kind == "behavioural"
        chances = [
            self.calibration.probability(
                place.values, behavioural=behavioural, red_flag=item.is_red_flag
            )
            for place in places
        ]
        p = max(chances)
        met = self.calibration.red_flag if item.is_red_flag else self.calibration.met
        status: Status = "cannot_assess"
        if p >= met:
            status = "met"
        elif p < self.calibration.missed:
            status = "missed"
        ranked = sorted(zip(chances, range(len(places)), strict=True), key=lambda x: (-x[0], x[1]))
        shown = [place for chance, place in ranked if chance >= met] or [ranked[0][1]]
        evidence = [
            _evidence(window, answers, plain)
            for window in dict.fromkeys(w for place in shown for w in places[place].windows)
        ]
        reasons: dict[Status, str] = {
            "met": "said in these words",
            "missed": "nothing in the answer says this",
            "cannot_assess": "comes near it, and could be read either way",
        }
        return Verdict(
            expectation_id=item.id,
            status=status,
            confidence=max(p, 1 - p),
            evidence=_outermost(evidence) if status != "missed" else (),
            reason=reasons[status],
        )


def _evidence(window: Window, answers: Sequence[str], plain: Sequence[PlainText]) -> Evidence:
    start, end = plain[window.answer].original(window.span.start, window.span.end)
    return Evidence(window.answer, start, end, answers[window.answer][start:end])


def _outermost(pieces: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The pieces that lie in no other, in the order given."""
    return tuple(
        piece
        for piece in pieces
        if not any(
            other is not piece
            and other.answer == piece.answer
            and other.start <= piece.start
            and piece.end <= other.end
            for other in pieces
        )
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
