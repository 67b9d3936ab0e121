"""Putting a move into words: what the interviewer says next, as events ready to be written.

In embedded mode the words are curated: the question, its probes, hints and follow-ups, and the fixed
phrases around them. With a language model they are what is said if the model says nothing usable.
"""

from __future__ import annotations

from backend.bank.loader import Bank
from backend.interview import moves
from backend.interview.moves import Move
from backend.interview.phrases import Phrases
from backend.interview.transcript import (
    Event,
    FollowUpAsked,
    HintGiven,
    InterviewClosed,
    QuestionAsked,
    Replied,
    Skipped,
    State,
)


def reply_events(move: Move, state: State, bank: Bank, say: Phrases) -> list[Event]:
    """The move, put into words, as the events that make it happen."""
    thread = state.thread
    question_id = thread.question_id if thread else ""
    events: list[Event] = []
    if isinstance(move, moves.Ask | moves.Close) and move.passing:
        events.append(Skipped(question_id=question_id, reason=move.passing))
        note = say.passing[move.passing]
        events.append(Replied(question_id=question_id, reply="note", text=note))
    match move:
        case moves.Ask(question):
            asked = QuestionAsked(
                question_id=question.id,
                version=question.version,
                content_hash=question.content_hash(),
                text=question.ask,
            )
            events.append(asked)
        case moves.Probe(expectation):
            probe = FollowUpAsked(
                question_id=question_id,
                expectation_id=expectation.id,
                text=expectation.probe or "",
            )
            events.append(probe)
        case moves.Deepen(follow_up):
            deeper = FollowUpAsked(
                question_id=question_id, follow_up_id=follow_up.id, text=follow_up.ask
            )
            events.append(deeper)
        case moves.Repeat():
            text = say.repeat.format(asked=state.asked)
            events.append(Replied(question_id=question_id, reply="repeat", text=text))
        case moves.Clarify():
            events.append(
                Replied(question_id=question_id, reply="clarify", text=_clarified(state, bank, say))
            )
        case moves.Hint(expectation):
            text = say.hint.format(hint=expectation.hint)
            hint = HintGiven(question_id=question_id, expectation_id=expectation.id, text=text)
            events.append(hint)
        case moves.Refuse(why):
            events.append(Replied(question_id=question_id, reply="note", text=say.no_hint[why]))
        case moves.Close(reason):
            events.append(InterviewClosed(reason=reason, text=say.closing[reason]))
    return events


def _clarified(state: State, bank: Bank, say: Phrases) -> str:
    thread = state.thread
    if thread and not thread.follow_ups and thread.question_id in bank.questions:
        return bank.questions[thread.question_id].clarify
    return say.clarify_follow_up.format(asked=state.asked)
