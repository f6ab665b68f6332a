"""One shop that is served: its networks, its threads, its jobs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Annotated, ParamSpec, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Depends
from starlette.requests import HTTPConnection

from modiste.errors import ModisteError
from modiste.server.jobs import Jobs
from modiste.server.metrics import Metrics
from modiste.server.problems import Problem, without_folders
from modiste.server.settings import Settings
from modiste.shop import Shop
from modiste.types import Progress

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
        self.jobs = Jobs(settings, self.metrics)
        self.ready = False
        """Whether every network is loaded that can be."""
        self.closing = False
        """Whether it only finishes what it has accepted."""
        self.unavailable: dict[str, str] = {}
        """Verbs that this shop can't do, and why."""
        self._threads, self._one = CapacityLimiter(settings.threads), CapacityLimiter(1)
        self._long = CapacityLimiter(max(1, settings.threads // 2))
        self._loading: Thread | None = None
        self._deadline: float | None = None

    async def call(self, function: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """What a function answers that blocks, carried out in one of the service's threads.

        Where the caller is cancelled, which only a shutdown does that has waited for long enough, the thread is left
        to itself.
        """
        work = partial(function, *args, **kwargs)
        return await anyio.to_thread.run_sync(work, limiter=self._threads, abandon_on_cancel=True)

    async def call_alone(self, function: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """The same, one call after the other: several that are Python almost alone only hinder one another."""
        return await anyio.to_thread.run_sync(
            partial(function, *args, **kwargs), limiter=self._one, abandon_on_cancel=True
        )

    async def call_long(self, function: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """The same for what takes seconds: in other threads, half as many, so that what is quick never waits for it."""
        return await anyio.to_thread.run_sync(
            partial(function, *args, **kwargs), limiter=self._long, abandon_on_cancel=True
        )

    def start(self) -> None:
        """Begin to load the networks, in a thread of its own."""
        if not self.ready:
            self._loading = Thread(target=self.preload, name="modiste-preload")
            self._loading.start()

    def preload(self, told: Callable[[str, float], object] | None = None, progress: Progress | None = None) -> None:
        """Load every network, and look at every photo once, so that the first request is as fast as the others.

        What can't be done is noted in `unavailable`, such as completing outfits in a shop of bags.

        Args:
            told: called with each verb that is ready, and how many seconds that took.
            progress: called with the number of photos that were looked at, and of all.
        """
        from modiste.server.preload import VERBS

        def watched(done: int, total: int) -> None:
            self._go_on(done, total)
            if progress:
                progress(done, total)

        self._batch()
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
            if told and verb not in self.unavailable:
                told(verb, time.perf_counter() - started)
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

    def _batch(self) -> None:
        """Let networks work on several requests together, unless one of them can't be loaded."""
        from modiste.server.batching import batched

        try:
            self.shop = batched(self.shop, self.settings, self.metrics)
        except Exception as error:
            _log.warning("every request is worked on alone, because a network can't be loaded: %s", error)

    def _go_on(self, done: int, total: int) -> None:
        """Told of every photo that is looked at; the only way to stop that."""
        if self.closing:
            raise ModisteError(f"the service was stopped after {done:,} of {total:,} photos")


def service_at(connection: HTTPConnection) -> Service:
    """The service of an app, ready or not."""
    service: Service = connection.app.state.service
    return service


async def service_of(connection: HTTPConnection) -> Service:
    """The service of an app, once it is ready.

    Raises:
        Problem: it isn't yet.
    """
    service = service_at(connection)
    if not service.ready:
        later = {"Retry-After": str(LOADING)}
        raise Problem(503, "the networks are still being loaded; try again in a moment", headers=later)
    return service


Desk = Annotated[Service, Depends(service_of)]
"""Where a route gets its service."""
