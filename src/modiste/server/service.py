"""One shop that is served: its networks, its threads, its jobs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Lock, Thread
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Depends
from starlette.requests import HTTPConnection

from modiste.errors import ModisteError, UsageError
from modiste.server.jobs import Jobs
from modiste.server.metrics import Metrics
from modiste.server.photos import Pictures
from modiste.server.problems import Problem, without_folders
from modiste.server.settings import Settings
from modiste.shop import Shop
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.speech import Transcriber

P = ParamSpec("P")
Answer = TypeVar("Answer")

LOADING = 2
"""Seconds after which it is worth asking again while networks are loaded."""

_log = logging.getLogger("modiste.server")


class Service:
    """A shop and what it takes to serve it; `app.state.service` of the app that `create_app` makes.

    Args:
        shop: once the service is ready, it is opened again with networks that work on several requests together.
    """

    def __init__(self, shop: Shop, settings: Settings) -> None:
        self.settings, self.metrics, self.shop = settings, Metrics(), shop
        self.jobs, self.pictures = Jobs(settings, self.metrics), Pictures()
        self.writing = asyncio.Lock()
        """One writer at a time; those who wait take no thread away from those who read."""
        self.ready = False
        """Whether every network is loaded that can be."""
        self.closing = False
        """Whether it only finishes what it has accepted."""
        self.unavailable: dict[str, str] = {}
        """Verbs that this shop can't do, and why."""
        self._threads, self._single = CapacityLimiter(settings.threads), CapacityLimiter(1)
        self._long = CapacityLimiter(max(1, settings.threads // 2))
        self._transcriber: Transcriber | None = None
        self._transcriber_lock = Lock()
        self._loading: Thread | None = None
        self._deadline: float | None = None

    async def call(self, function: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """Call a function that blocks in one of the service's threads.

        Where the caller is cancelled, which only a shutdown does that has waited for long enough, the thread is left
        to itself.
        """
        return await _run(self._threads, partial(function, *args, **kwargs))

    async def call_alone(self, function: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """Call a function after the ones before it: several that are Python almost alone only hinder one another."""
        return await _run(self._single, partial(function, *args, **kwargs))

    async def call_long(self, function: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """Call a function that takes seconds in other threads, half as many, so that quick ones never wait for it."""
        return await _run(self._long, partial(function, *args, **kwargs))

    def transcriber(self) -> Transcriber:
        """The transcriber, loaded when somebody speaks for the first time.

        Raises:
            Problem: none is installed.
            UsageError: there is no such model.
        """
        from modiste.speech import load_transcriber

        with self._transcriber_lock:
            try:
                self._transcriber = self._transcriber or load_transcriber()
            except UsageError:
                raise
            except ModisteError as missing:
                raise Problem(501, str(missing)) from None
            return self._transcriber

    def start(self) -> None:
        """Begin to load the networks, in a thread of its own."""
        if not self.ready:
            self._loading = Thread(target=self.preload, name="modiste-preload")
            self._loading.start()

    def preload(self, announce: Callable[[str, float], object] | None = None, progress: Progress | None = None) -> None:
        """Load every network, and look at every photo once, so that the first request is as fast as the others.

        A verb that the shop can't do is noted in `unavailable`, such as completing outfits in a shop of bags.

        Args:
            announce: called with each verb that is ready, and how many seconds that took.
            progress: called with the number of photos that were looked at, and of all.
        """
        from modiste.server.batching import batched
        from modiste.server.preload import VERBS

        def watched(done: int, total: int) -> None:
            if self.closing:  # the only way to stop looking at photos
                raise ModisteError(f"the service was stopped after {done:,} of {total:,} photos")
            if progress:
                progress(done, total)

        try:
            self.shop = batched(self.shop, self.settings, self.metrics)
        except Exception as error:
            _log.warning("every request is worked on alone, because a network can't be loaded: %s", error)
        for verb, warm in VERBS.items():
            started = time.perf_counter()
            try:
                warm(self.shop, watched)
            except ModisteError as error:
                self.unavailable[verb] = without_folders(str(error), self.shop.path)
            except Exception:
                self.unavailable[verb] = "its networks can't be loaded; the service's log says why"
                _log.exception("%s can't be served", verb)
            if self.closing:
                return
            if announce and verb not in self.unavailable:
                announce(verb, time.perf_counter() - started)
        self.ready = True

    def close_by(self, deadline: float) -> None:
        """Finish what was accepted until this moment of `time.monotonic()`; nothing new is loaded."""
        self.closing, self._deadline = True, deadline

    async def close(self) -> None:
        """Wait for what was accepted, as long as the settings allow."""
        if self._deadline is None:
            self.close_by(time.monotonic() + self.settings.grace)
        assert self._deadline is not None
        await anyio.to_thread.run_sync(self.jobs.drain, max(0.0, self._deadline - time.monotonic()))
        if self._loading:
            await anyio.to_thread.run_sync(self._loading.join)


async def _run(limiter: CapacityLimiter, work: Callable[[], Answer]) -> Answer:
    return await anyio.to_thread.run_sync(work, limiter=limiter, abandon_on_cancel=True)


def service_at(connection: HTTPConnection) -> Service:
    """The service of an app, ready or not."""
    service: Service = connection.app.state.service
    return service


async def _service_of(connection: HTTPConnection) -> Service:
    """The service of an app, once it is ready.

    Raises:
        Problem: it isn't yet.
    """
    service = service_at(connection)
    if not service.ready:
        later = {"Retry-After": str(LOADING)}
        raise Problem(503, "the networks are still being loaded; try again in a moment", headers=later)
    return service


AnyService = Annotated[Service, Depends(service_at)]
"""The service in a route's arguments, ready or not."""
ReadyService = Annotated[Service, Depends(_service_of)]
"""The service in a route's arguments, once it is ready."""
