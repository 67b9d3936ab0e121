"""A chat model behind any endpoint that speaks OpenAI's protocol, through LangChain.

LangChain's own retries, fallbacks and parsing are left aside: a retry here knows the interview's
budget and deadline, a broken stream is never begun again, and what counts as a reply is decided in
`ladder.py`. Each act opens its own connection, so that one model serves the event loop of the page
and the threads of the grader and leaves nothing open behind.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import cached_property
from typing import Any, TypeVar, cast

import httpx2
import openai
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType]
from pydantic import BaseModel, SecretStr

from backend.errors import (
    ModelBadReply,
    ModelCutOff,
    ModelDeclined,
    ModelError,
    ModelRequestRefused,
    ModelTimedOut,
)
from backend.llm.act import Act
from backend.llm.chat_model import Message, Structured, Usage
from backend.llm.endpoint import Endpoint, Memory
from backend.llm.failures import explained
from backend.llm.ladder import RawReply, Rung, climb_down
from backend.llm.ledger import Ledger
from backend.llm.patience import Patience, until_done
from backend.llm.prompt_library import PromptLibrary
from backend.llm.request import Request, refused_parameter
from backend.llm.thinking import ThoughtFilter

T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")
NO_KEY = "none"
"""Sent where no key is set: the client insists on one, and servers of one's own ignore it."""
MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class OpenAIChat:
    """A `ChatModel`. `memory` is shared by everybody who talks to the same model."""

    def __init__(
        self,
        endpoint: Endpoint,
        ledger: Ledger,
        prompts: PromptLibrary,
        *,
        memory: Memory | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.name = endpoint.model
        self.endpoint = endpoint
        self.memory = memory or Memory()
        self._ledger = ledger
        self._prompts = prompts
        self._patience = patience or Patience()

    def structured(
        self, messages: Sequence[Message], shape: type[T], *, session: str | None = None
    ) -> Structured[T]:
        return until_done(lambda: self._structured(messages, shape, session))

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        session: str | None = None,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> AsyncIterator[str]:
        act = self._act("stream", session)
        outcome = "abandoned"
        deadline = self._patience.now() + self.endpoint.timeout
        try:
            self.memory.check_rest(self._patience.now())
            async with self._connection() as client:
                first, pieces = await self._patience.persist(
                    lambda: self._forgiving(lambda: self._open(act, client, messages, deadline)),
                    deadline,
                )
                async with aclosing(pieces):
                    yield first
                    async for piece in pieces:
                        yield piece
            outcome = "ok"
        except ModelError as error:
            outcome = error.code
            raise
        finally:
            act.close(outcome)
        if on_usage:
            on_usage(act.usage)

    async def model_names(self) -> list[str]:
        """The models that the endpoint says it has, sorted. Raises `ModelError`."""
        try:
            async with asyncio.timeout(self.endpoint.first_word), self._connection() as client:
                page: Any = await client.root_async_client.models.list()
                return sorted(str(item.id) for item in page.data)
        except TimeoutError as error:
            raise ModelTimedOut(f"{self.endpoint.base_url} did not answer in time") from error
        except Exception as error:
            raise explained(error, self.endpoint.base_url) from error

    async def _structured(
        self, messages: Sequence[Message], shape: type[T], session: str | None
    ) -> Structured[T]:
        act = self._act("structured", session)
        outcome = "abandoned"
        deadline = self._patience.now() + self.endpoint.timeout
        try:
            self.memory.check_rest(self._patience.now())
            async with asyncio.timeout(self.endpoint.timeout), self._connection() as client:

                async def ask(
                    said: Sequence[Message], rung: Rung, form: type[BaseModel], /, *, patient: bool
                ) -> RawReply:
                    return await self._patience.persist(
                        lambda: self._forgiving(lambda: self._ask(act, client, said, rung, form)),
                        deadline,
                        faults_pass=patient,
                    )

                value, raw = await climb_down(
                    messages, shape, ask=ask, memory=self.memory, prompts=self._prompts
                )
            outcome = "ok"
        except TimeoutError as error:
            outcome = ModelTimedOut.code
            limit, now = self.endpoint.timeout, self._patience.now
            raise self.memory.too_slow(self.endpoint, limit, now) from error
        except ModelError as error:
            outcome = error.code
            raise
        finally:
            act.close(outcome)
        return Structured(value, act.usage, raw)

    async def _ask(
        self,
        act: Act,
        client: ChatOpenAI,
        messages: Sequence[Message],
        rung: Rung,
        shape: type[BaseModel],
    ) -> RawReply:
        request = self._request(messages)
        act.call()
        try:
            with tracing_context(enabled=False):
                message = await client.ainvoke(
                    _outgoing(request.messages), **request.parameters, **request.form(rung, shape)
                )
        except openai.LengthFinishReasonError as error:
            act.used(error.completion.usage, request.messages, "")
            return RawReply("", finish="length")
        except openai.ContentFilterFinishReasonError as error:
            raise ModelDeclined("a content filter stopped the reply") from error
        except Exception as error:
            raise explained(error, self.endpoint.base_url) from error
        reply = _raw(message, rung)
        act.used(message.response_metadata.get("token_usage"), request.messages, reply.text)
        return reply

    async def _open(
        self, act: Act, client: ChatOpenAI, messages: Sequence[Message], deadline: float
    ) -> tuple[str, AsyncGenerator[str, None]]:
        """The first piece, and the rest to come."""
        pieces = self._pieces(act, client, messages, deadline)
        return await anext(pieces), pieces

    async def _pieces(
        self, act: Act, client: ChatOpenAI, messages: Sequence[Message], deadline: float
    ) -> AsyncGenerator[str, None]:
        request = self._request(messages)
        act.call()
        now = self._patience.now
        first_by = min(deadline, now() + self.endpoint.first_word)
        thoughts, usage, finish, said, count = ThoughtFilter(), None, None, "", 0
        chunks = client.astream(
            _outgoing(request.messages), **request.parameters, **request.streaming()
        )
        try:
            async with aclosing(cast(AsyncGenerator[Any, None], chunks)):
                while True:
                    left = (deadline if said else first_by) - now()
                    with tracing_context(enabled=False):
                        async with asyncio.timeout(max(left, 0)):
                            chunk = await anext(chunks, None)
                    if chunk is None:
                        break
                    usage = chunk.usage_metadata or usage
                    finish = chunk.response_metadata.get("finish_reason") or finish
                    count += bool(chunk.text)
                    if shown := thoughts.feed(chunk.text):
                        said += shown
                        yield shown
                    if count > self.endpoint.reply_tokens:
                        finish = "length"
                        break
            if shown := thoughts.rest():
                said += shown
                yield shown
        except TimeoutError as error:
            raise self._late(said) from error
        except Exception as error:
            fault = explained(error, self.endpoint.base_url)
            raise (
                ModelCutOff(f"in mid-reply: {fault}", fault.detail) if said else fault
            ) from error
        finally:
            act.used(usage, request.messages, said)
        _check_end(finish, said)

    async def _forgiving(self, attempt: Callable[[], Awaitable[R]]) -> R:
        """Tries again without a parameter that the endpoint does not know, and remembers it."""
        while True:
            try:
                return await attempt()
            except ModelRequestRefused as error:
                name = refused_parameter(error.detail, self.memory.refused)
                if name is None:
                    raise
                self.memory.refused.add(name)

    def _request(self, messages: Sequence[Message]) -> Request:
        return Request(messages, self.endpoint, frozenset(self.memory.refused))

    def _act(self, name: str, session: str | None) -> Act:
        now, endpoint = self._patience.now, self.endpoint
        return Act(name, endpoint.model, session, self._ledger, now, endpoint.price)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[ChatOpenAI, None]:
        endpoint = self.endpoint
        times = httpx2.Timeout(endpoint.timeout, connect=endpoint.connect)
        async with httpx2.AsyncClient(verify=self._tls, timeout=times) as http:
            yield ChatOpenAI(
                model=endpoint.model,
                base_url=endpoint.base_url,
                api_key=endpoint.key or SecretStr(NO_KEY),
                http_async_client=http,
                http_socket_options=(),
                openai_proxy=None,  # HTTPS_PROXY is respected by the client itself
                max_retries=0,
                timeout=times,
                stream_chunk_timeout=0,
                stream_usage=False,  # asked for call by call, see `Request`
                use_responses_api=False,
                output_version="v0",
                cache=False,
            )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context()

    def _late(self, said: str) -> ModelError:
        if said:
            return ModelCutOff(f"the reply was not finished in {self.endpoint.timeout:.0f} s")
        return self.memory.too_slow(self.endpoint, self.endpoint.first_word, self._patience.now)


def _outgoing(messages: Sequence[Message]) -> list[BaseMessage]:
    return [MESSAGES[message.role](content=message.text) for message in messages]


def _raw(message: AIMessage, rung: Rung) -> RawReply:
    finish = message.response_metadata.get("finish_reason")
    refusal = message.additional_kwargs.get("refusal")
    text = str(message.text)
    if rung == "tool_call" and message.tool_calls:
        text = json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    elif rung == "tool_call" and message.invalid_tool_calls:
        text = message.invalid_tool_calls[0]["args"] or ""
    return RawReply(text, finish, refusal)


def _check_end(finish: str | None, said: str) -> None:
    if finish == "content_filter":
        raise ModelDeclined("a content filter stopped the reply")
    if finish == "length":
        raise ModelCutOff("the reply reached its longest length (VIVA_MODEL_REPLY_TOKENS)")
    if not said.strip():
        raise ModelBadReply("an empty reply")
    if finish is None:
        raise ModelCutOff("the stream ended before the reply did")
