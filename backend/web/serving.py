"""Starting the server: the address is checked first, so that a clash is one clear sentence."""

from __future__ import annotations

import errno
import logging
import socket

import uvicorn

from backend.errors import CannotServe
from backend.settings import Settings
from backend.web.app import create_app
from backend.wiring import build


def run_server(settings: Settings) -> None:
    """Serves until interrupted. Raises `CannotServe`, `StorageError` or `BankError` before it listens."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("chromadb", "httpx", "httpx2", "sentence_transformers", "torch.onnx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    listener = _listen(settings.host, settings.port)
    try:
        product = build(settings)
        # Loading here rather than inside the server turns a fault into a message and an exit code.
        count = len(product.bank.questions)
        _ = product.store, product.interviewer, product.index
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        print(f"Viva serves {count} questions on http://{host}:{settings.port}", flush=True)
        config = uvicorn.Config(
            create_app(product),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=10,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            message = f"port {port} on {host} is in use; set VIVA_PORT or --port to another one"
        elif number in (errno.EACCES, errno.EPERM):
            message = f"port {port} on {host} may not be used; set VIVA_PORT or --port above 1023"
        else:
            message = f"cannot listen on {host}:{port} (VIVA_HOST, VIVA_PORT): {error}"
        raise CannotServe(message) from error
    return listener
