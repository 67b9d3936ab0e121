"""The web application: routes, error replies, and the built page."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from backend import __version__
from backend.errors import VivaError
from backend.web.candidate import router
from backend.web.security import HEADERS, Guard
from backend.wiring import Product

log = logging.getLogger(__name__)

NO_PAGE = """<!doctype html><title>Viva</title><p>The page has not been built.
Run <code>make page</code> (it needs npm), then start the server again. The API works: see /openapi.json."""


def create_app(product: Product) -> FastAPI:
    """The application over `product`. Nothing is loaded before the server starts."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        # The index and the grader are made before the first request, so that no candidate waits.
        _ = product.interviewer, product.index
        yield
        await product.interviewer.settle()
        await product.store.close()

    app = FastAPI(
        title="Viva",
        version=__version__,
        summary="Rehearses, scripts and grades interviews for machine learning engineers.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.product = product
    app.include_router(router)
    # A character may take four bytes, and JSON may escape each as six.
    app.add_middleware(Guard, max_body=product.settings.max_answer_chars * 12 + 16_384)
    app.add_exception_handler(VivaError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _failed)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"status": "ok", "version": __version__, "bank": product.bank.version}

    _serve_page(app, product)
    return app


def _serve_page(app: FastAPI, product: Product) -> None:
    folder = product.settings.page_dir
    index = folder / "index.html"
    if (folder / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=folder / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        """A file of the page, or the page itself, which knows its own paths."""
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, f"no such route: /{path}")
        file = _file_of_page(folder, path)
        if file:
            return FileResponse(file)
        if index.is_file():
            return FileResponse(index, headers={"Cache-Control": "no-cache"})
        return HTMLResponse(NO_PAGE, status_code=503)


def _file_of_page(folder: Path, path: str) -> Path | None:
    """The file at `path` inside `folder`; None where there is none, however odd the path is."""
    try:
        file = (folder / path).resolve()
        return file if file.is_file() and file.is_relative_to(folder.resolve()) else None
    except (OSError, ValueError):  # a name that is too long, or holds a null character
        return None


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VivaError)
    if error.http_status >= 500:
        log.error("%s: %s", error.code, error)
    return _reply(error.http_status, error.code, str(error))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{_field(fault)}: {fault['msg']}" for fault in error.errors())
    return _reply(422, "bad-input", faults)


def _field(fault: dict[str, Any]) -> str:
    """The name of the field at fault; 'body' where it is the body as a whole."""
    if fault["type"] == "json_invalid":
        return "body"
    return ".".join(str(part) for part in fault["loc"] if part != "body") or "body"


async def _plain(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = "too-large" if error.status_code == 413 else "http-error"
    return _reply(error.status_code, code, str(error.detail))


async def _failed(_request: Request, error: Exception) -> JSONResponse:
    """The answer to a fault of ours. It is sent outside `Guard`, so it brings its own headers."""
    message = f"something went wrong ({type(error).__name__}); the server's log has the details"
    reply = _reply(500, "viva-error", message)
    reply.headers.update(HEADERS)
    return reply


def _reply(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
