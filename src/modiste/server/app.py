"""The service as an ASGI app, and a server for it."""

from __future__ import annotations

import asyncio
import math
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi_swagger import patch_fastapi
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modiste import __version__
from modiste.errors import ModisteError
from modiste.server import access, problems
from modiste.server.limits import BodyLimit
from modiste.server.metrics import UNKNOWN, shown_method
from modiste.server.routes import health, items, tryon, verbs
from modiste.server.service import LOADING, Service
from modiste.server.settings import Settings
from modiste.shop import Shop

API = "/v1"
SWITCH = 0.0005
"""Seconds that a thread which works out an answer may keep the one that takes requests waiting."""
GONE = 499
"""Status that is counted for a client that didn't wait for its answer."""

PAGE_POLICY = "frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
"""Policy of a page; its scripts are put together in the browser, so that the policy doesn't speak of them."""

_ABOUT = """Visual product discovery for fashion, on one shop's catalogue: search it by words or a photo, refine a
product by what should be different, complete an outfit, try it on, imagine a product that isn't there.

Hits are `{id, score, item}` with honest totals. What is wrong is answered as `application/problem+json`, whose
`detail` says what to do. Uploads are held in memory only."""


def create_app(shop: Shop, settings: Settings | None = None) -> FastAPI:
    """The service of a shop.

    Its networks are loaded when it starts; until then `/readyz` and all under /v1 answer 503.

    Args:
        settings: by default those of the environment.
    """
    service = Service(shop, settings or Settings())
    app = _App(
        title="Modiste",
        version=__version__,
        description=_ABOUT,
        lifespan=_lifespan,
        docs_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    problems.install(app, shop.path)
    patch_fastapi(app, redirect_from_root_to_docs=False)  # /docs, whose script doesn't come from elsewhere
    for routes in (items, verbs, tryon, health):
        app.include_router(routes.router)
    app.router.routes.append(_Last(app.router.routes[:]))
    app.add_middleware(BodyLimit, most=service.settings.max_body, wait=service.settings.body_wait)
    app.add_middleware(_Watch, service=service)
    if origins := sorted(service.settings.cors_origins):
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", access.HEADER],
            expose_headers=[access.HEADER, "ETag", "Location", "Retry-After"],
        )
    return app


def run(
    app: FastAPI, host: str = "127.0.0.1", port: int = 8000, announce: Callable[[str], object] | None = None
) -> None:
    """Serve an app until SIGTERM or Ctrl-C, then finish what was accepted; Ctrl-C again ends at once.

    Args:
        port: 0 for any that is free.
        announce: called with the address, as soon as requests are taken.

    Raises:
        ModisteError: the address is taken or isn't this machine's.
    """
    service: Service = app.state.service
    grace = math.ceil(service.settings.grace)
    sys.setswitchinterval(SWITCH)
    if service.settings.access_log != "off":
        access.log_to_stderr(as_json=service.settings.access_log == "json")
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=grace)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModisteError(
            f"nothing can be served at {host}, port {port} ({reason}); give another --host or --port"
        ) from None
    with closing(bound) as listener:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listener.getsockname()[1]}"
        _Server(config, service, lambda: announce and announce(address)).run(sockets=[listener])


class _App(FastAPI):
    """With problems in its description, where FastAPI would have its own."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = super().openapi()
            for path, operations in schema["paths"].items():
                if path.startswith(API):
                    for operation in operations.values():
                        answers = operation["responses"]
                        answers.update({str(status): problems.PROBLEMS[status] for status in problems.EVERYWHERE})
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = problems.PROBLEM_SCHEMA
            for own in ("HTTPValidationError", "ValidationError"):
                schemas.pop(own, None)
        return self.openapi_schema or {}


class _Last(BaseRoute):
    """Comes after all routes of the service, so that what is mounted later isn't asked about what is none of its own.

    Args:
        routes: of the service.
    """

    def __init__(self, routes: list[BaseRoute]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        path = scope["path"]
        ours = path == API or path.startswith(f"{API}/") or scope["method"] == "TRACE"
        return (Match.FULL if ours or self._misused(scope) else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        misused = self._misused(scope)
        if misused is not None:
            await misused.handle(scope, receive, send)  # raises 405, with the methods that it takes
        if scope["method"] == "TRACE":
            raise HTTPException(405, headers={"Allow": "GET"})
        raise HTTPException(404)

    def _misused(self, scope: Scope) -> BaseRoute | None:
        """The route with this address, but another method."""
        for route in self._routes:
            if route.matches(dict(scope))[0] is Match.PARTIAL:
                return route
        return None


class _Watch:
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
        id = access.id_of(scope)
        access.request_id.set(id)

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
            status = GONE
        except (Exception, asyncio.CancelledError) as error:
            # Requests are cancelled where a shutdown has waited for long enough.
            if status or (isinstance(error, asyncio.CancelledError) and not self._service.closing):
                raise
            if isinstance(error, Exception):
                problem = problems.problem_of(error, self._shop)
            else:
                later = {"Retry-After": str(LOADING)}
                problem = problems.Problem(503, "the service shut down before this was done; ask again", headers=later)
            await problem.answer(scope)(scope, receive, noting)
        finally:
            seconds, route = time.perf_counter() - started, _template(scope) or UNKNOWN
            self._service.metrics.answered(route, method, status or GONE, seconds)
            access.Access(id, shown_method(method), route, status or GONE, size, round(1000 * seconds, 1)).write()


class _Server(uvicorn.Server):
    """Ends with exit code 0 after a signal, once what was accepted is done."""

    def __init__(self, config: uvicorn.Config, service: Service, started: Callable[[], object]) -> None:
        super().__init__(config)
        self._service, self._announce = service, started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # uvicorn would raise them again in the end, and die of them

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.close_by(time.monotonic() + self._service.settings.grace)
        await super().shutdown(sockets)


def _add_headers(headers: MutableHeaders, id: str) -> None:
    """Add the headers of every answer: its request's id, and the policies for browsers."""
    headers[access.HEADER] = id
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", PAGE_POLICY)


def _template(scope: Scope) -> str | None:
    """The route of a request as it is written in the code; nothing where there is none."""
    path: str | None = getattr(scope.get("route"), "path", None)
    # A router that is part of another one doesn't know that one's prefix.
    return f"{API}{path}" if path and scope["path"].startswith(f"{API}/") and not path.startswith(API) else path


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.start()
    try:
        yield
    finally:
        await service.close()
