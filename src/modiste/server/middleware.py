"""Around every request: limits on its body, its count, its line in the log, and an answer whatever happens."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import sys
import time
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modiste.server.problems import LOADING, Problem, problem_of, request_id
from modiste.server.service import Service

API = "/v1"
HEADER = "X-Request-ID"
PAGE_POLICY = "frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
"""Policy of a page; its scripts are put together in the browser, so that the policy doesn't speak of them."""

_GONE = 499
"""Status that is counted for a client that didn't wait for its answer."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are counted as one, as routes are that there aren't: names that clients make up would fill the memory."""
_CLOSE = {"Connection": "close"}
"""The rest of a body that was given up isn't read."""

_log = logging.getLogger("modiste.access")


class Watch:
    """Counts and logs every request, and answers where something unexpected happened.

    HEAD is answered as GET is, without the body.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service, self._shop = app, service, service.shop.path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, status, size, started = scope["method"], 0, 0, time.perf_counter()
        scope = {**scope, "method": "GET"} if method == "HEAD" else scope
        given = Headers(scope=scope).get(HEADER, "")
        id = given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else secrets.token_hex(8)
        request_id.set(id)

        async def noting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), id)
            elif method == "HEAD":
                message = {**message, "body": b""}
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            status = _GONE
        except (Exception, asyncio.CancelledError) as error:
            # Requests are cancelled where a shutdown has waited for long enough.
            if status or (isinstance(error, asyncio.CancelledError) and not self._service.closing):
                raise
            if isinstance(error, Exception):
                problem = problem_of(error, self._shop)
            else:
                problem = Problem(503, "the service shut down before this was done; ask again", retry_after=LOADING)
            await problem.answer(scope)(scope, receive, noting)
        finally:
            self._note(id, method, _route(scope), status or _GONE, size, time.perf_counter() - started)

    def _note(self, id: str, method: str, route: str, status: int, size: int, seconds: float) -> None:
        """Count and log a request. Texts, names, addresses and keys are in none of the line's fields."""
        method = method if method in _METHODS else "OTHER"
        self._service.metrics.requests.labels(route, method, str(status)).inc()
        self._service.metrics.seconds.labels(route).observe(seconds)
        line = {"id": id, "method": method, "route": route, "status": status, "bytes": size}
        line["milliseconds"] = milliseconds = round(1000 * seconds, 1)
        _log.info("%s %s %s %s %gms %s", method, route, status, size, milliseconds, id, extra={"access": line})


class BodyLimit:
    """Refuses bodies over a limit: those that say how large they are at once, others as soon as they are.

    Args:
        most: bytes.
        wait: seconds that the next piece of a body may take.
    """

    def __init__(self, app: ASGIApp, most: int, wait: float) -> None:
        self._app, self._most, self._wait = app, most, wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > self._most:
            await self._too_large().answer(scope)(scope, receive, send)
            return
        size, whole, answered = 0, False, False
        refusal: Problem | None = None

        async def counting() -> Message:
            nonlocal size, whole, refusal
            try:  # after the body, what is waited for is that the client goes away
                message = await asyncio.wait_for(receive(), None if whole else self._wait)
            except TimeoutError:
                late = f"nothing of the body came for {self._wait:g} seconds; send it again"
                refusal = Problem(408, late, headers=_CLOSE)
                raise _RefusedError from None
            whole = not message.get("more_body", False)
            size += len(message.get("body", b""))
            if size > self._most:
                refusal = self._too_large()
                raise _RefusedError
            return message

        async def refusing(message: Message) -> None:
            nonlocal answered
            if refusal and not answered:
                raise _RefusedError  # whatever the app makes of a body that it couldn't read
            answered = True
            await send(message)

        try:
            await self._app(scope, counting, refusing)
        except _RefusedError:
            if answered or refusal is None:
                raise
            await refusal.answer(scope)(scope, receive, send)

    def _too_large(self) -> Problem:
        limit = f"{self._most / 2**20:.3g} MiB" if self._most >= 2**20 else f"{self._most:,} bytes"
        return Problem(413, f"the body is larger than {limit}; shrink the photos, or send fewer")


def log_to_stderr(*, as_json: bool) -> None:
    """Write a line for every request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(as_json))
    _log.handlers[:] = [handler]
    _log.setLevel(logging.INFO)
    _log.propagate = False


class _RefusedError(Exception):
    """A body grew over the limit while it was read, or the rest of it didn't come."""


class _Lines(logging.Formatter):
    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        if self._as_json:
            return json.dumps({"time": time, **record.__dict__["access"]})
        return f"{time} {record.getMessage()}"


def _add_headers(headers: MutableHeaders, id: str) -> None:
    """Add the headers of every answer: its request's id, and the policies for browsers."""
    headers[HEADER] = id
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", PAGE_POLICY)


def _route(scope: Scope) -> str:
    """The route of a request as it is written in the code: an address holds ids of products and of jobs."""
    path: str | None = getattr(scope.get("route"), "path", None)
    if not path:
        return "unknown"
    # A router that is part of another one doesn't know that one's prefix.
    return f"{API}{path}" if scope["path"].startswith(f"{API}/") and not path.startswith(API) else path
