"""A server on loopback that speaks OpenAI's protocol and does exactly what a test tells it to.

Real sockets, real HTTP, reached through the real client. Each request takes the next step of the
script; when the script is used up, `otherwise` answers. A step gets the `Exchange` and may do anything
with it, which is how faults are made.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[["Exchange"], None]
MODEL = "scripted-model"


@dataclass
class Exchange:
    """One request, and the means to answer it well or badly."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    handler: BaseHTTPRequestHandler
    gone: threading.Event
    """Set when the plug has been pulled."""

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def said(self) -> str:
        """All the text that the model was sent."""
        return "\n".join(str(item["content"]) for item in self.body["messages"])

    @property
    def rung(self) -> str:
        """Which rung of the ladder this request stands on; `stream` for a stream."""
        if self.streams:
            return "stream"
        if self.body.get("tools"):
            return "tool_call"
        return self.body.get("response_format", {}).get("type", "text")

    def send(
        self, status: int, body: bytes, kind: str = "application/json", **headers: str
    ) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def send_json(self, status: int, value: Any, **headers: str) -> None:
        self.send(status, json.dumps(value).encode(), **headers)

    def message(self, message: dict[str, Any], finish: str = "stop", usage: bool = True) -> None:
        """A whole reply that is not streamed."""
        value: dict[str, Any] = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": self.body.get("model", MODEL),
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": None, "refusal": None} | message,
                    "finish_reason": finish,
                }
            ],
        }
        if usage:
            value["usage"] = tokens(self.said, json.dumps(message))
        self.send_json(200, value)

    def begin_stream(self) -> None:
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream")
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()
        self.delta({"role": "assistant", "content": ""})

    def delta(self, delta: dict[str, Any], finish: str | None = None) -> None:
        self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def event(self, value: dict[str, Any] | str) -> None:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_790_000_000}
        data = value if isinstance(value, str) else json.dumps(head | {"model": MODEL} | value)
        payload = f"data: {data}\n\n".encode()
        self.handler.wfile.write(f"{len(payload):x}\r\n".encode() + payload + b"\r\n")
        self.handler.wfile.flush()

    def end_stream(self, said: str) -> None:
        if (self.body.get("stream_options") or {}).get("include_usage"):
            self.event({"choices": [], "usage": tokens(self.said, said)})
        self.event("[DONE]")
        self.handler.wfile.write(b"0\r\n\r\n")

    def hang_up(self) -> None:
        """Breaks the connection without a word."""
        self.handler.close_connection = True
        with suppress(OSError):
            self.handler.connection.shutdown(socket.SHUT_RDWR)


def tokens(sent: str, said: str) -> dict[str, int]:
    """Usage by a simple count of words, so that a test can compute it too."""
    prompt, completion = len(sent.split()), len(said.split())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


# --- steps ------------------------------------------------------------------------------------------


def says(text: str, *, pause: float = 0.0, usage: bool = True, finish: str = "stop") -> Step:
    """A reply of this text; streamed word by word, with `pause` seconds between words, if asked to."""

    def step(exchange: Exchange) -> None:
        if not exchange.streams:
            exchange.message({"content": text}, finish, usage)
            return
        exchange.begin_stream()
        for piece in re.findall(r"\s*\S+|\s+$", text):
            exchange.delta({"content": piece})
            if pause and exchange.gone.wait(pause):
                return
        exchange.delta({}, finish)
        exchange.end_stream(text)

    return step


def fills(value: Any) -> Step:
    """The shape, in the way in which the request asks for it: a tool call or text."""
    raw = value if isinstance(value, str) else json.dumps(value)

    def step(exchange: Exchange) -> None:
        if exchange.rung != "tool_call":
            exchange.message({"content": raw})
            return
        name = exchange.body["tools"][0]["function"]["name"]
        call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": raw}}
        exchange.message({"tool_calls": [call]}, "tool_calls")

    return step


def answers(reply: Callable[[Exchange], str]) -> Step:
    """A reply worked out from the request."""
    return lambda exchange: says(reply(exchange))(exchange)


def fails(status: int, message: str = "it failed", code: str | None = None, **headers: str) -> Step:
    """An error as OpenAI sends it."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return lambda exchange: exchange.send_json(status, body, **headers)


def cuts_after(text: str) -> Step:
    """A stream that breaks after these words, without an end."""

    def step(exchange: Exchange) -> None:
        exchange.begin_stream()
        for piece in re.findall(r"\s*\S+", text):
            exchange.delta({"content": piece})
        exchange.hang_up()

    return step


def ends_early(text: str) -> Step:
    """A stream that ends in good order, but without saying that the reply is complete."""

    def step(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.delta({"content": text})
        exchange.handler.wfile.write(b"0\r\n\r\n")

    return step


def hangs() -> Step:
    """Takes the request and never answers."""
    return lambda exchange: exchange.hang_up() if exchange.gone.wait(60) else None


def hangs_after(text: str) -> Step:
    """Streams these words and then nothing, with the connection kept open."""

    def step(exchange: Exchange) -> None:
        exchange.begin_stream()
        for piece in re.findall(r"\s*\S+", text):
            exchange.delta({"content": piece})
        exchange.gone.wait(60)

    return step


def hangs_up() -> Step:
    return lambda exchange: exchange.hang_up()


def sends(body: str, kind: str = "application/json", status: int = 200) -> Step:
    """Any bytes at all."""
    return lambda exchange: exchange.send(status, body.encode(), kind)


def refuses(words: str) -> Step:
    """The model declines in the protocol's own way."""

    def step(exchange: Exchange) -> None:
        if not exchange.streams:
            exchange.message({"refusal": words})
            return
        exchange.begin_stream()
        exchange.delta({"refusal": words})
        exchange.delta({}, "stop")
        exchange.end_stream("")

    return step


def by_rung(steps: dict[str, Step], otherwise: Step) -> Step:
    """A kind of server: what it does on each rung of the ladder."""
    return lambda exchange: steps.get(exchange.rung, otherwise)(exchange)


# --- the server -------------------------------------------------------------------------------------


@dataclass
class ProtocolServer:
    """The server. `with ProtocolServer() as server:`, or `start` and `stop` to pull the plug."""

    otherwise: Step = field(default_factory=lambda: says("Fine."))
    models: Sequence[str] = (MODEL,)
    key: str | None = None
    root: str = "/v1"
    port: int = 0
    requests: list[Exchange] = field(default_factory=list[Exchange])
    visitors: int = 0
    """How many requests of any kind have come, the refused ones included."""

    def __post_init__(self) -> None:
        self._script: deque[Step] = deque()
        self._http: ThreadingHTTPServer | None = None
        self._open: set[socket.socket] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.root}"

    @property
    def rungs(self) -> list[str]:
        """Which rungs have been asked for, in order."""
        return [exchange.rung for exchange in self.requests]

    def then(self, *steps: Step) -> None:
        """What to do with the next requests, one step for each."""
        self._script.extend(steps)

    def start(self) -> None:
        """Listens, on the port it had before if there was one."""
        self._gone = threading.Event()
        self._http = _Listener(("127.0.0.1", self.port), _handler_of(self))
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()

    def stop(self) -> None:
        """Pulls the plug: nothing listens any more and open connections break in mid-word."""
        if self._http is None:
            return
        self._gone.set()
        self._http.shutdown()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()  # waits for the threads of the requests
        self._thread.join()
        self._http = None

    def __enter__(self) -> ProtocolServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_for_requests(self, count: int) -> None:
        deadline = time.monotonic() + 30
        while len(self.requests) < count:
            assert time.monotonic() < deadline, f"only {len(self.requests)} requests came"
            time.sleep(0.01)

    def answer(self, exchange: Exchange) -> None:
        self.visitors += 1
        if self.key is not None and exchange.headers.get("authorization") != f"Bearer {self.key}":
            fails(401, "Incorrect API key provided.", "invalid_api_key")(exchange)
        elif exchange.path == f"{self.root}/models":
            names = [{"id": name, "object": "model", "created": 1} for name in self.models]
            exchange.send_json(200, {"object": "list", "data": names})
        elif exchange.path != f"{self.root}/chat/completions":
            exchange.send_json(404, {"detail": "Not Found"})
        elif exchange.body["model"] not in self.models:
            fails(404, "The model does not exist.", "model_not_found")(exchange)
        else:
            self.requests.append(exchange)
            step = self._script.popleft() if self._script else self.otherwise
            step(exchange)


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is part of many tests; nothing to print."""


def _handler_of(server: ProtocolServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def setup(self) -> None:
            super().setup()
            server._open.add(self.connection)

        def finish(self) -> None:
            server._open.discard(self.connection)
            with suppress(OSError):
                super().finish()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._answer(json.loads(self.rfile.read(length) or b"{}"))

        def do_GET(self) -> None:
            self._answer({})

        def _answer(self, body: dict[str, Any]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            exchange = Exchange(self.path, headers, body, self, server._gone)
            with suppress(OSError):
                server.answer(exchange)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests keep their output to themselves."""

    return Handler
