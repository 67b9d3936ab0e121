"""The grader with a language model: it reads, code decides what may be believed.

The model sees the claims without their kinds and ids, in an order drawn for this request, among decoys,
and the answers inside a fence. It gives one opinion for each claim with a quotation. Everything after
that is code: `consensus.py` checks the quotation and the distance to the claim, `verdict.py` counts.

The embedded grader works first and always. What it screens out (silence, echo, keyword lists, another
topic) earns nothing and is not even shown to the model. If the model fails, its verdicts stand.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import BaseModel

from backend.bank.question import Question
from backend.errors import ModelError
from backend.grading.consensus import (
    Checked,
    Opinion,
    check_opinion,
    cross_check,
    majority,
    probability,
)
from backend.grading.decoys import Decoys
from backend.grading.verdict import (
    Assessment,
    Disagreement,
    Grader,
    SuspectWords,
    Verdict,
    assessment_of,
)
from backend.llm.chat_model import ChatModel, Usage
from backend.llm.fence import new_fence
from backend.llm.prompt_library import PromptLibrary
from backend.llm.suspicion import suspicions

PROMPT = "grader.assess"
DECOYS = 2
TRIES = 2
UNTRUSTED = "judgement-set-aside"
INCOMPLETE = "verdicts-incomplete"
LONGEST_REASON = 300


class ClaimVerdict(BaseModel):
    """One verdict as the model gives it. The order of fields makes it think before it decides."""

    id: str
    reason: str
    status: Literal["met", "partial", "missed", "cannot_assess"]
    quote: str
    answer: int
    confidence: float


class ClaimVerdicts(BaseModel):
    """What the model is asked for."""

    verdicts: list[ClaimVerdict]
    suspicious: bool


@dataclass(frozen=True)
class _Vote:
    """One judgement of all claims. `opinions` is None if it did not hold each claim exactly once."""

    opinions: dict[str, Opinion] | None
    fooled: bool
    usages: tuple[Usage, ...]
    raws: tuple[str, ...]


@dataclass
class LlmGrader:
    """`Grader` on a chat model, with the embedded grader as its check and its stand-in."""

    chat: ChatModel
    prompts: PromptLibrary
    embedded: Grader
    decoys: Decoys
    votes: int = 1
    session: str | None = None
    rng: random.Random = field(default_factory=random.SystemRandom)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"model-1 ({self.chat.name}) with {self.embedded.name}"

    def within(self, session: str) -> LlmGrader:
        return replace(self, session=session)

    def prepare(self, question: Question) -> None:
        self.embedded.prepare(question)

    def assess(
        self, question: Question, answers: Sequence[str], asked: Sequence[str] = ()
    ) -> Assessment:
        """One verdict for each expectation. Never raises because of the model: `degraded` says why
        the embedded grader's verdicts stand, or why there are none."""
        base = replace(self.embedded.assess(question, answers, asked), suspicions=_suspect(answers))
        if base.flags:
            return base
        try:
            votes = self._vote(question, answers, asked)
        except ModelError as error:
            return replace(base, degraded=error.code)
        record = self._recorded(base, votes)
        complete = [vote.opinions for vote in votes if vote.opinions is not None]
        honest = [vote.opinions for vote in votes if vote.opinions and not vote.fooled]
        if honest:
            return self._agreed(record, question, answers, asked, honest)
        if complete:
            return replace(record, degraded=UNTRUSTED)
        return _unscored(record, question)

    def _vote(
        self, question: Question, answers: Sequence[str], asked: Sequence[str]
    ) -> list[_Vote]:
        """The votes that came about. Raises the `ModelError` of the first if none did."""
        with ThreadPoolExecutor(self.votes) as pool:
            running = [
                pool.submit(self._judge, question, answers, asked) for _ in range(self.votes)
            ]
        failures = [error for job in running if isinstance(error := job.exception(), ModelError)]
        if len(failures) == len(running):
            raise failures[0]
        return [job.result() for job in running if not isinstance(job.exception(), ModelError)]

    def _judge(self, question: Question, answers: Sequence[str], asked: Sequence[str]) -> _Vote:
        usages: list[Usage] = []
        raws: list[str] = []
        for _ in range(TRIES):
            names = self._names(question, answers)
            fence = new_fence([*answers, *asked])
            said = list(asked) or [question.ask]
            # An answer without a line of the interviewer before it was given to the question.
            said += [question.ask] * (len(answers) - len(said))
            messages = self.prompts.render(
                PROMPT,
                question=question.ask,
                claims=[{"id": name, "claim": claim} for name, (claim, _) in names.items()],
                asked=fence.wrap_all(said),
                answers=fence.wrap_all(answers),
                delimiter=fence.delimiter,
                mark=fence.mark,
            )
            reply = self.chat.structured(messages, ClaimVerdicts, session=self.session)
            usages.append(reply.usage)
            raws.append(reply.raw)
            found = reply.value.verdicts
            if sorted(item.id for item in found) != sorted(names):
                continue
            by_name = {item.id: item for item in found}
            fooled = any(
                by_name[name].status in ("met", "partial")
                for name, (_, expectation) in names.items()
                if expectation is None
            )
            opinions = {
                expectation: Opinion(
                    by_name[name].status,
                    by_name[name].confidence,
                    fence.unmarked(by_name[name].quote),
                    fence.unmarked(by_name[name].reason)[:LONGEST_REASON],
                )
                for name, (_, expectation) in names.items()
                if expectation is not None
            }
            return _Vote(opinions, fooled, tuple(usages), tuple(raws))
        return _Vote(None, False, tuple(usages), tuple(raws))

    def _names(
        self, question: Question, answers: Sequence[str]
    ) -> dict[str, tuple[str, str | None]]:
        """The claims under this request's names: the words, and the expectation's id or None."""
        decoys = self.decoys.choose(question, answers, DECOYS, self.rng)
        claims: list[tuple[str, str | None]] = [
            *((item.claim, item.id) for item in question.expectations),
            *((claim, None) for claim in decoys),
        ]
        self.rng.shuffle(claims)
        return {f"c{number}": claim for number, claim in enumerate(claims, start=1)}

    def _agreed(
        self,
        record: Assessment,
        question: Question,
        answers: Sequence[str],
        asked: Sequence[str],
        votes: Sequence[dict[str, Opinion]],
    ) -> Assessment:
        said = [question.ask, question.clarify, *dict.fromkeys(asked)]
        measured = _Measured(self.embedded, question, asked)
        verdicts: list[Verdict] = []
        disagreements: list[Disagreement] = []
        for item in question.expectations:
            support = measured.support(item.id)
            checked: list[Checked] = [
                check_opinion(vote[item.id], answers, said, support) for vote in votes
            ]
            verdict, disagreement = cross_check(majority(checked), record.verdict(item.id))
            verdicts.append(verdict)
            disagreements += [disagreement] if disagreement else []
        agreed = assessment_of(question, answers, verdicts, grader=self.name)
        return replace(
            record,
            grader=agreed.grader,
            verdicts=agreed.verdicts,
            disagreements=tuple(disagreements),
        )

    def _recorded(self, base: Assessment, votes: Sequence[_Vote]) -> Assessment:
        return replace(
            base,
            model=self.chat.name,
            prompt_hash=self.prompts.prompt(PROMPT).hash,
            usage=_sum([usage for vote in votes for usage in vote.usages]),
            exchange=tuple(raw for vote in votes for raw in vote.raws),
        )


class _Measured:
    """The embedded grader's view of single texts, each looked at once for all claims."""

    def __init__(self, embedded: Grader, question: Question, asked: Sequence[str]) -> None:
        self._embedded = embedded
        self._question = question
        self._asked = asked
        self._known: dict[str, Assessment] = {}

    def support(self, expectation_id: str) -> Callable[[str], float]:
        return lambda text: self._of(text, expectation_id)

    def _of(self, text: str, expectation_id: str) -> float:
        if text not in self._known:
            self._known[text] = self._embedded.assess(self._question, [text], self._asked)
        found = self._known[text]
        return 0.0 if found.flags else probability(found.verdict(expectation_id))


def _suspect(answers: Sequence[str]) -> tuple[SuspectWords, ...]:
    return tuple(
        SuspectWords(item.kind, index, item.start, item.end, text[item.start : item.end])
        for index, text in enumerate(answers)
        for item in suspicions(text)
    )


def _unscored(record: Assessment, question: Question) -> Assessment:
    why = "the model did not judge each claim exactly once"
    return replace(
        record,
        verdicts=tuple(
            Verdict(item.id, "cannot_assess", 0.0, (), why) for item in question.expectations
        ),
        degraded=INCOMPLETE,
    )


def _sum(usages: Sequence[Usage]) -> Usage:
    costs = [usage.cost_usd for usage in usages]
    known = [cost for cost in costs if cost is not None]
    return Usage(
        model=usages[0].model,
        calls=sum(usage.calls for usage in usages),
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        completion_tokens=sum(usage.completion_tokens for usage in usages),
        cost_usd=sum(known) if len(known) == len(costs) else None,
        seconds=max(usage.seconds for usage in usages),
    )
