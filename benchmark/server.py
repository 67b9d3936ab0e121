"""A real server process to measure: started on a free port, watched until it serves the page."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 180.0


@dataclass(frozen=True)
class Server:
    """A running server, how long it took to serve the page (seconds), and its process id."""

    url: str
    started_in: float
    pid: int

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as reply:
            return reply.read()

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), headers=headers, method="POST"
        )
        return urllib.request.urlopen(request, timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    data_dir: Path, port: int | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The server on `data_dir`, stopped at the end; `variables` are set in its environment besides.

    Raises `RuntimeError` if it never serves.
    """
    port = port or free_port()
    places = {"VIVA_PORT": str(port), "VIVA_DATA_DIR": str(data_dir)}
    environment = os.environ | places | dict(variables or {})
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "backend.cli", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                with urllib.request.urlopen(url + "/", timeout=5) as reply:
                    reply.read()
                break
            except OSError:
                if process.poll() is not None:
                    said = process.stderr.read().decode() if process.stderr else ""
                    raise RuntimeError(f"the server ended: {said}") from None
                if time.perf_counter() - began > PATIENCE:
                    raise RuntimeError(f"no page within {PATIENCE:g} s") from None
                time.sleep(0.02)
        yield Server(url, time.perf_counter() - began, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stderr:
            process.stderr.close()
