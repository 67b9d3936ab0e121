"""What went wrong between us and an endpoint, as one of our errors, in words that help.

Works on what an exception carries (a status, a body, its causes), so that it needs no client library
beyond HTTP. Messages are about the endpoint only; what it said goes into `detail`.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2

from backend.errors import (
    ModelAccessDenied,
    ModelBadReply,
    ModelError,
    ModelRateLimited,
    ModelRequestRefused,
    ModelServerFault,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
)

LONGEST_DETAIL = 300
NOT_THE_PROTOCOL = "is not a reply of OpenAI's protocol"
NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
TLS_WORDS = ("certificate", "ssl", "tls")


def explained(error: Exception, base_url: str) -> ModelError:
    """The `ModelError` for an exception that a call to `base_url` ended in."""
    if isinstance(error, ModelError):
        return error
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _of_status(status, error, base_url)
    causes = list(_causes(error))
    if any(isinstance(cause, (httpx2.HTTPError, OSError)) for cause in causes):
        return _of_transport(causes, base_url)
    if hasattr(error, "body"):
        return ModelServerFault("the endpoint reported a failure in mid-reply", _said(error))
    return ModelBadReply(f"what {base_url} sent {NOT_THE_PROTOCOL}", type(error).__name__)


def _of_status(status: int, error: Exception, base_url: str) -> ModelError:
    said = _said(error)
    if status == 429 and getattr(error, "code", None) in NO_MONEY:
        return ModelAccessDenied("the account behind this key has no credit left (429)", said)
    if status == 429:
        after = _retry_after(error)
        wait = "" if after is None else f", for {after:.0f} s"
        return ModelRateLimited(f"the endpoint asks for fewer requests (429){wait}", said, after)
    if status in (401, 403):
        return ModelAccessDenied(f"{base_url} does not accept the key ({status})", said)
    if status in (404, 405):
        return ModelUnknown(f"{base_url} has no such model or no such address ({status})", said)
    if status in (408, 504):
        return ModelServerFault(f"the endpoint gave up waiting ({status})", said)
    if status >= 500:
        return ModelServerFault(f"the endpoint failed ({status})", said)
    return ModelRequestRefused(f"the endpoint refused the request ({status})", said)


def _of_transport(causes: list[BaseException], base_url: str) -> ModelError:
    parts = urlsplit(base_url)
    host = parts.hostname or base_url
    port = parts.port or (443 if parts.scheme == "https" else 80)
    said = next((str(cause) for cause in reversed(causes) if str(cause)), "")[:LONGEST_DETAIL]

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(socket.gaierror):
        return ModelUnreachable(f"the name {host} cannot be resolved", said)
    if has(ssl.SSLError) or (has(httpx2.ConnectError) and _speaks_of_tls(causes)):
        return ModelUnreachable(f"no secure connection to {host}: its TLS is not accepted", said)
    if has(httpx2.ConnectTimeout, httpx2.PoolTimeout):
        return ModelUnreachable(f"{host}:{port} does not take connections in time", said)
    if has(ConnectionRefusedError):
        return ModelUnreachable(f"nothing listens at {host}:{port}", said)
    if has(httpx2.ConnectError):
        return ModelUnreachable(f"no connection to {host}:{port}", said)
    if has(httpx2.TimeoutException, TimeoutError):
        return ModelTimedOut(f"{host}:{port} did not answer in time", said)
    return ModelUnreachable(f"the connection to {host}:{port} broke", said)


def _speaks_of_tls(causes: list[BaseException]) -> bool:
    return any(word in str(cause).lower() for cause in causes for word in TLS_WORDS)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, what caused it, and the members of groups on the way."""
    seen: set[int] = set()
    left = [error]
    while left:
        current = left.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            left += list(cast("BaseExceptionGroup[BaseException]", current).exceptions)
        left += [current.__cause__, current.__context__]


def _said(error: Exception) -> str:
    """The endpoint's own words, shortened."""
    body: Any = getattr(error, "body", None)
    if isinstance(body, dict):
        fields = cast(dict[str, Any], body)
        body = fields.get("message") or fields.get("detail") or fields.get("error") or fields
    text = " ".join(str(body if body is not None else getattr(error, "message", "")).split())
    return text[:LONGEST_DETAIL]


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0.0, float(headers.get(name, "")) / unit)
        except ValueError:
            continue
    return _until(headers.get("retry-after"), headers.get("date"))


def _until(moment: str | None, now: str | None) -> float | None:
    """Seconds between two HTTP dates, both of the endpoint's clock."""
    if not moment or not now:
        return None
    try:
        wait = parsedate_to_datetime(moment) - parsedate_to_datetime(now)
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
