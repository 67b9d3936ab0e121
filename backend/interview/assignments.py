"""What a language model is given to phrase a move: the prompt's inputs and the bounds of the line.

The one place that decides what the model may know. It gets the question, the curated line, the
conversation about this question and passages on what is settled already; of the rubric it gets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.bank.loader import Bank
from backend.bank.question import Expectation, Question
from backend.interview import moves
from backend.interview.line_guard import Bounds, Secrets
from backend.interview.moves import Move
from backend.interview.passages import Passages
from backend.interview.transcript import (
    AnswerGiven,
    Event,
    FollowUpAsked,
    HintGiven,
    Promised,
    Replied,
    RequestMade,
    State,
    Thread,
)
from backend.llm.fence import new_fence


@dataclass(frozen=True)
class Assignment:
    """One line to phrase. `line` is its curated form; `must_ask` says that it is no use without asking."""

    prompt: str
    inputs: dict[str, Any]
    line: Promised
    bounds: Bounds
    must_ask: bool


def assignment_of(
    move: Move, curated: Sequence[Event], state: State, bank: Bank, passages: Passages, tone: str
) -> Assignment | None:
    """The line of this move that a model may phrase; None if it is fixed words."""
    thread = state.thread
    if thread is None or thread.question_id not in bank.questions:
        return None
    question = bank.questions[thread.question_id]
    writer = _Writer(state, thread, question, bank, passages, tone)
    line = next((event for event in curated if isinstance(event, FollowUpAsked | HintGiven)), None)
    match move:
        case moves.Probe() if line:
            return writer.follow_up(line, "probe")
        case moves.Deepen(follow_up) if line:
            return writer.follow_up(line, follow_up.move)
        case moves.Hint(expectation) if line:
            return writer.reply(line, "hint", expectation.hint or "")
        case moves.Clarify() | moves.Repeat():
            reply = next(event for event in curated if isinstance(event, Replied))
            again = isinstance(move, moves.Repeat)
            given = state.asked if again else reply.text
            return writer.reply(reply, "repeat" if again else "clarify", given)
        case moves.Ask(following, None) if state.waiting and isinstance(
            state.waiting.event, AnswerGiven
        ):
            return writer.lead_over(following)
        case _:
            return None


@dataclass(frozen=True)
class _Writer:
    state: State
    thread: Thread
    question: Question
    bank: Bank
    passages: Passages
    tone: str

    def follow_up(self, line: Promised, move: str) -> Assignment:
        covered = self._covered()
        found = self.passages.about(covered, self.question, self._open()) if covered else []
        inputs = self._fenced(covered=covered, passages=found) | {
            "question": self.question.ask,
            "move": move,
            "line": line.text,
            "open": len([item for item in self._open() if item.kind in ("must", "should")]),
        }
        return self._assignment(
            "interviewer.follow_up", inputs, line, asks=line.text, must_ask=True
        )

    def reply(self, line: Promised, request: str, given: str) -> Assignment:
        inputs = self._fenced() | {
            "request": request,
            "question": self.question.ask,
            "line": given,
        }
        return self._assignment("interviewer.reply", inputs, line, asks=given, must_ask=False)

    def lead_over(self, following: Question) -> Assignment:
        inputs = self._fenced() | {
            "position": len(self.state.threads) + 1,
            "total": len(self.state.plan.question_ids),
            "question": following.ask,
        }
        line = Replied(question_id=self.question.id, reply="remark", text="")
        ahead = Secrets(following, following.expectations)
        return self._assignment(
            "interviewer.ask", inputs, line, asks="", must_ask=False, ahead=ahead
        )

    def _assignment(
        self,
        prompt: str,
        inputs: dict[str, Any],
        line: Promised,
        *,
        asks: str,
        must_ask: bool,
        ahead: Secrets | None = None,
    ) -> Assignment:
        answers = tuple(answer.text for answer in self.thread.answers)
        own = Secrets(self.question, tuple(self._open()), answers)
        bounds = Bounds(
            curated=line.text,
            asks=asks,
            rivals=tuple(text for text in self._questions() if text not in (asks, line.text)),
            heard=tuple(said for pair in self._conversation() for said in pair),
            secrets=(own, ahead) if ahead else (own,),
            prompt="",
        )
        level = self.state.plan.level
        return Assignment(
            prompt, inputs | {"tone": self.tone, "level": level}, line, bounds, must_ask
        )

    def _questions(self) -> list[str]:
        """Everything that could be asked about this question."""
        probes = [item.probe for item in self.question.expectations if item.probe]
        return [*probes, *(item.ask for item in self.question.follow_ups)]

    def _open(self) -> list[Expectation]:
        """The claims that have not been met, mistakes among them."""
        assessment = self.thread.assessment
        return [
            item
            for item in self.question.expectations
            if assessment is None or assessment.verdict(item.id).status != "met"
        ]

    def _covered(self) -> list[str]:
        """The candidate's own words that met a claim."""
        if self.thread.assessment is None:
            return []
        flags = {item.id for item in self.question.expectations if item.is_red_flag}
        return [
            piece.text
            for verdict in self.thread.assessment.verdicts
            if verdict.status == "met" and verdict.expectation_id not in flags
            for piece in verdict.evidence[:1]
        ]

    def _conversation(self) -> list[tuple[str, str]]:
        """What was asked and what was said to it, oldest first."""
        pairs = [(answer.asked, answer.text) for answer in self.thread.answers]
        waiting = self.state.waiting
        if waiting and isinstance(waiting.event, RequestMade):
            pairs.append((self.state.asked, waiting.event.text))
        return pairs

    def _fenced(self, **lists: list[str]) -> dict[str, Any]:
        """The inputs from outside, in a fence of this request's own."""
        pairs = self._conversation()
        lists |= {"asked": [asked for asked, _ in pairs], "answers": [said for _, said in pairs]}
        fence = new_fence([text for texts in lists.values() for text in texts])
        return {name: fence.wrap_all(texts) for name, texts in lists.items()} | {
            "delimiter": fence.delimiter,
            "mark": fence.mark,
        }
