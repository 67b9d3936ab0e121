"""The product as its users start it: the command, and a server that can be killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx2

from backend.bank.loader import Bank
from backend.retrieval.embedder import Embedder
from backend.retrieval.index import open_index
from backend.wiring import index_contents
from tests.conftest import ROOT

PATIENCE = 120.0
"""Seconds after which a process that does not come up or end counts as hanging."""


def warm_data(target: Path, model_dir: Path, bank: Bank, embedder: Embedder) -> Path:
    """`target` as a data folder whose model is exported and whose bank is indexed already."""
    open_index(model_dir / "index", embedder, index_contents(bank))
    target.mkdir(parents=True)
    (target / "models").symlink_to(model_dir / "models")
    shutil.copytree(model_dir / "index", target / "index")
    return target


def environment(data_dir: Path, changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without its VIVA_ and OPENAI_ variables, and with ours."""
    foreign = ("VIVA_", "OPENAI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    ours = {"PYTHONPATH": str(ROOT), "VIVA_DATA_DIR": str(data_dir), "COLUMNS": "200"}
    return kept | ours | dict(changed or {})


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "backend.cli", *arguments]


@dataclass
class Viva:
    """The command line over one data folder, started where there is no .env file."""

    data_dir: Path

    def __call__(
        self, *arguments: str, stdin: str | bytes = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs it to its end. Whatever happens, nobody gets to see a traceback."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            command(*arguments),
            input=given,
            cwd=self.data_dir.parent,
            env=environment(self.data_dir, variables),
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in out + err, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.data_dir.parent,
            env=environment(self.data_dir, {"PYTHONUNBUFFERED": "1", **variables}),
        )


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Returns once `condition` holds; fails if it does not within `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The whole message of a failed command, which is one line."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("viva: ")
    return line


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """A server in a process of its own. Leaving the `with` block kills it."""

    data_dir: Path
    program: Sequence[str] = field(default_factory=lambda: command("serve"))
    port: int = field(default_factory=free_port)

    def __enter__(self) -> Server:
        self._log: IO[bytes] = (self.data_dir.parent / f"server-{self.port}.log").open("w+b")
        self._process = subprocess.Popen(
            self.program,
            cwd=self.data_dir.parent,
            env=environment(self.data_dir, {"VIVA_PORT": str(self.port)}),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE)
        try:
            wait_until(self._is_healthy, f"the server on port {self.port}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.http.close()
        self._log.close()

    def kill(self) -> None:
        """SIGKILL: the process gets no chance to tidy up. Returns when it is gone."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE)

    def open(self, **wanted: Any) -> dict[str, Any]:
        wish = {"level": "mid", "mode": "mock", "questions": 3, "seed": 4} | wanted
        return self.http.post("/api/interviews", json=wish).raise_for_status().json()

    def look(self, interview_id: str) -> dict[str, Any]:
        return self.http.get(f"/api/interviews/{interview_id}").raise_for_status().json()

    def say(self, interview_id: str, text: str, key: str) -> str:
        """The whole stream of the reply."""
        reply = self.http.post(**turn(interview_id, text, key))
        return reply.raise_for_status().text

    def _is_healthy(self) -> bool:
        if self._process.poll() is not None:
            self._log.seek(0)
            raise AssertionError(f"the server did not come up: {self._log.read().decode()}")
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx2.TransportError:
            return False


def turn(interview_id: str, text: str, key: str) -> dict[str, Any]:
    """A turn as arguments of a request."""
    return {
        "url": f"/api/interviews/{interview_id}/turns",
        "json": {"text": text},
        "headers": {"Idempotency-Key": key},
    }
