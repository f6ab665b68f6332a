"""One shop that is served: its networks, its threads, its jobs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from threading import Lock, Thread
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Depends
from starlette.requests import HTTPConnection

from modiste.errors import ModisteError, UsageError
from modiste.server.batching import batched
from modiste.server.jobs import Jobs
from modiste.server.metrics import Metrics
from modiste.server.photos import Pictures
from modiste.server.problems import LOADING, Problem, without_folders
from modiste.server.settings import Settings
from modiste.shop import Shop
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.speech import Transcriber

P = ParamSpec("P")
Answer = TypeVar("Answer")

WORD = "black"
"""Known to all networks, and nothing that only some of them can draw."""

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
        self.call = _Threads(settings.threads)
        """For what blocks."""
        self.call_alone = _Threads(1)
        """For what is Python almost alone, of which several at once only hinder one another."""
        self.call_long = _Threads(max(1, settings.threads // 2))
        """For what takes seconds: other threads, so that what is quick never waits for it."""
        self._transcriber: Transcriber | None = None
        self._transcriber_lock = Lock()
        self._deadline = 0.0

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

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the networks in a thread of its own; in the end, wait for what was accepted as the settings allow."""
        loading = Thread(target=self.preload, name="modiste-preload")
        if not self.ready:
            loading.start()
        try:
            yield
        finally:
            if not self.closing:
                self.close_by(time.monotonic() + self.settings.grace)
            await anyio.to_thread.run_sync(self.jobs.drain, max(0.0, self._deadline - time.monotonic()))
            if loading.ident:
                await anyio.to_thread.run_sync(loading.join)

    def preload(self, announce: Callable[[str, float], object] | None = None, progress: Progress | None = None) -> None:
        """Load every network, and look at every photo once, so that the first request is as fast as the others.

        A verb that the shop can't do is noted in `unavailable`, such as completing outfits in a shop of bags.

        Args:
            announce: called with each verb that is ready, and how many seconds that took.
            progress: called with the number of photos that were looked at, and of all.
        """

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


class _Threads:
    """Threads for functions that block; a caller waits while all of them are taken."""

    def __init__(self, most: int) -> None:
        self._limiter = CapacityLimiter(most)

    async def __call__(self, function: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
        """Call a function in one of them.

        Where the caller is cancelled, which only a shutdown does that has waited for long enough, the thread is left
        to itself.
        """
        work = partial(function, *args, **kwargs)
        return await anyio.to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)


def _complete(shop: Shop, progress: Progress) -> None:
    from modiste.index import quote

    labels = [label for label in shop.facets()["category"] if shop.completer.category_of(label)]
    if not labels:
        raise UsageError("no product is of a category that is understood; see the column category")
    first = _first(shop, f"category = {quote(labels[0])}")
    if not shop.complete(first, k=1, progress=progress).groups:
        raise UsageError("the shop has nothing that goes with its products; it takes several categories")


def _try_on(shop: Shop, progress: Progress) -> None:
    from modiste.catalog.categories import tryon_region

    if not any(tryon_region(label) for label in shop.facets()["category"]):
        raise UsageError("no product can be tried on; see the column category")
    from modiste.tryon.pipeline import preload

    preload(shop.weights_for("tryon"))


def _first(shop: Shop, where: str | None = None) -> str:
    """The id of a product."""
    return shop.browse(where, k=1).hits[0].id


VERBS: Mapping[str, Callable[[Shop, Progress], object]] = {
    "search": lambda shop, _: shop.search(text=WORD, k=1),
    "refine": lambda shop, progress: shop.refine("in black", id=_first(shop), k=1, progress=progress),
    "complete": _complete,
    "try-on": _try_on,
    "imagine": lambda shop, _: shop.imagine(WORD, k=1),
}
"""First request of each verb, made by the service itself; it loads the networks, and raises if the shop can't do it."""


async def _service_of(connection: HTTPConnection) -> Service:
    service: Service = connection.app.state.service
    return service


AnyService = Annotated[Service, Depends(_service_of)]
"""The service in a route's arguments, ready or not."""


async def ready_service(service: AnyService) -> Service:
    """The service, once it is ready.

    Raises:
        Problem: it isn't yet.
    """
    if not service.ready:
        raise Problem(503, "the networks are still being loaded; try again in a moment", retry_after=LOADING)
    return service


ReadyService = Annotated[Service, Depends(ready_service)]
"""The service in a route's arguments, once it is ready."""
