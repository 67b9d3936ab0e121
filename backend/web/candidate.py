"""The routes a candidate uses: what there is to practise, the interview, its report."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from backend import __version__
from backend.bank.question import LEVELS, Kind, Level, Question
from backend.errors import VivaError
from backend.interview.interviewer import Turn
from backend.interview.report import Report, report_of
from backend.retrieval.index import Filter
from backend.web.wire import (
    AreaCard,
    Catalogue,
    Defaults,
    ErrorReply,
    InterviewView,
    LevelCard,
    ModelService,
    NewInterview,
    QuestionCard,
    Said,
    view_of,
)
from backend.wiring import Product

LEVEL_TEXTS: dict[Level, str] = {
    "junior": "0 to 2 years: builds with guidance, knows the concepts and the common tools",
    "mid": "3 to 5 years: owns a model end to end, chooses and justifies",
    "senior": "5 years and more: designs systems, weighs trade-offs across teams, owns the risk",
}
DEFAULTS = Defaults(level="mid", mode="practice", questions=5)
PACE = 0.012
"""Seconds between words of a reply that is known in full, so that it can be read as it comes."""

log = logging.getLogger(__name__)
router = APIRouter(
    prefix="/api",
    responses={status: {"model": ErrorReply} for status in (404, 409, 422, 503)},
)


def product_of(request: Request) -> Product:
    return request.app.state.product


Parts = Annotated[Product, Depends(product_of)]


@router.get("/catalogue")
async def catalogue(parts: Parts) -> Catalogue:
    """Levels, areas and defaults."""
    return Catalogue(
        version=__version__,
        bank_version=parts.bank.version,
        engine=parts.interviewer.engine,
        model=_service(parts),
        max_answer_chars=parts.settings.max_answer_chars,
        levels=[LevelCard(level=level, text=LEVEL_TEXTS[level]) for level in LEVELS],
        areas=[
            AreaCard(
                area=area.area,
                title=area.title,
                kind=area.kind,
                summary=area.summary,
                questions={level: len(parts.bank.in_area(area.area, level)) for level in LEVELS},
            )
            for area in parts.bank.areas.values()
        ],
        defaults=DEFAULTS,
    )


@router.get("/questions")
async def questions(
    parts: Parts,
    area: str | None = None,
    level: Level | None = None,
    kind: Kind | None = None,
    search: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[QuestionCard]:
    """Questions as a candidate may see them; with `search`, the nearest in meaning first."""
    if area:
        parts.bank.check_area(area)
    if search:
        wanted = Filter(area, level, kind)
        hits = await asyncio.to_thread(parts.index.search, "questions", search, wanted, limit)
        return [_card(parts.bank.question(hit.id), hit.score) for hit in hits]
    return [
        _card(question)
        for question in parts.bank.questions.values()
        if area in (None, question.area)
        and level in (None, question.level)
        and kind in (None, question.kind)
    ][:limit]


@router.post("/interviews", status_code=201)
async def open_interview(wanted: NewInterview, parts: Parts) -> InterviewView:
    """Opens an interview and asks its first question."""
    state = await parts.interviewer.open(wanted.wish())
    return view_of(state, parts.bank, parts.clock())


@router.get("/interviews/{interview_id}")
async def interview(interview_id: str, parts: Parts) -> InterviewView:
    """The interview as it stands; a turn that a crash cut short is finished first."""
    state = await parts.interviewer.look(interview_id)
    return view_of(state, parts.bank, parts.clock())


async def started_turn(
    interview_id: str,
    said: Said,
    parts: Parts,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=64)],
) -> Turn:
    """The turn with its words on the disk. A dependency, so that a refusal has a status of its own."""
    return await parts.interviewer.answer(interview_id, said.text, idempotency_key, said.intent)


@router.post("/interviews/{interview_id}/turns", response_class=EventSourceResponse)
async def take_turn(
    parts: Parts, turn: Annotated[Turn, Depends(started_turn)]
) -> AsyncIterable[ServerSentEvent]:
    """Says something and streams the reply: `accepted`, then `line` and `delta`, then `done`.

    `accepted` means that the text is on the disk; so is every word of a `delta`. The same
    `Idempotency-Key` with the same text gives the first result again. A failure after `accepted` comes
    as an `error` event.
    """
    accepted = {"seq": turn.number, "replayed": turn.replayed}
    yield ServerSentEvent(event="accepted", data=accepted)
    try:
        async for piece in turn.spoken():
            if piece.begins:
                opening = {"kind": piece.kind, "question_id": piece.question_id}
                yield ServerSentEvent(event="line", data=opening)
            for word in re.findall(r"\s*\S+\s*$|\s*\S+", piece.text):
                yield ServerSentEvent(event="delta", data={"text": word})
                await asyncio.sleep(PACE)
        view = view_of(await turn.outcome(), parts.bank, parts.clock())
        yield ServerSentEvent(event="done", data=view)
    except VivaError as error:
        yield ServerSentEvent(event="error", data={"code": error.code, "message": str(error)})
    except Exception:
        log.exception("the reply to event %d failed", turn.number)
        message = "the reply failed; your answer is kept: reload the page to go on"
        yield ServerSentEvent(event="error", data={"code": "viva-error", "message": message})


@router.get("/interviews/{interview_id}/report")
async def report(interview_id: str, parts: Parts) -> Report:
    """The report of an interview that has ended."""
    state = await parts.interviewer.look(interview_id)
    return report_of(state, parts.bank, parts.grader.name)


def _service(parts: Product) -> ModelService | None:
    interviewer, grader = parts.interviewer_chat, parts.grader_chat
    if interviewer is None or grader is None:
        return None
    host = urlsplit(parts.settings.endpoint).hostname or ""
    return ModelService(
        host=host,
        local=host in ("localhost", "::1") or host.startswith("127."),
        interviewer=interviewer.name,
        grader=grader.name,
    )


def _card(question: Question, score: float | None = None) -> QuestionCard:
    return QuestionCard(
        id=question.id,
        title=question.title,
        area=question.area,
        level=question.level,
        kind=question.kind,
        minutes=question.minutes,
        ask=question.ask,
        score=score,
    )
