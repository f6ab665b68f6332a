"""The service as an ASGI app, and a server for it."""

from __future__ import annotations

import math
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi_swagger import patch_fastapi
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from modiste import __version__
from modiste.errors import ModisteError
from modiste.server import problems
from modiste.server.middleware import API, HEADER, BodyLimit, Watch, log_to_stderr
from modiste.server.routes import health, items, tryon, verbs
from modiste.server.service import Service
from modiste.server.settings import Settings
from modiste.shop import Shop

EVERYWHERE = (400, 401, 403, 408, 413, 422, 500, 503)
"""Statuses that any route under /v1 may answer."""
SWITCH = 0.0005
"""Seconds that a thread which works out an answer may keep the one that takes requests waiting."""

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
        lifespan=lambda app: service.running(),
        docs_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    problems.install(app, shop.path)
    patch_fastapi(app, redirect_from_root_to_docs=False)  # /docs, whose script doesn't come from elsewhere
    for routes in (items, verbs, tryon):
        app.include_router(routes.router, responses={status: problems.PROBLEMS[status] for status in EVERYWHERE})
    app.include_router(health.router)
    app.router.routes.append(_Last(app.router.routes[:]))
    app.add_middleware(BodyLimit, most=service.settings.max_body, wait=service.settings.body_wait)
    app.add_middleware(Watch, service=service)
    if origins := sorted(service.settings.cors_origins):
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", HEADER],
            expose_headers=[HEADER, "ETag", "Location", "Retry-After"],
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
        log_to_stderr(as_json=service.settings.access_log == "json")
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
    """With problems in its description."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schemas = super().openapi().setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = problems.PROBLEM_SCHEMA
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
        # the route with this address, but another method
        misused = next((route for route in self._routes if route.matches(dict(scope))[0] is Match.PARTIAL), None)
        ours = scope["path"] == API or scope["path"].startswith(f"{API}/") or scope["method"] == "TRACE"
        return (Match.FULL if ours or misused else Match.NONE), {"misused": misused}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["misused"]:
            await scope["misused"].handle(scope, receive, send)  # raises 405, with the methods that it takes
        if scope["method"] == "TRACE":
            raise HTTPException(405, headers={"Allow": "GET"})
        raise HTTPException(404)


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
