"""Refinement in the background: started, watched and given up for one visitor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from nicegui import background_tasks

from modiste.errors import UsageError

if TYPE_CHECKING:
    from modiste.server.jobs import Job
    from modiste.showroom.visit import Visit
    from modiste.tryon.pipeline import Fitting

STEPS = 30
"""Of refinement."""
OFTEN = 0.3
"""Seconds between two looks at a job."""


class Refinement:
    """At most one job at a time, which ends with the page and when the visitor leaves the room.

    Args:
        tell: called when the job has moved on, and a last time when it is over.
    """

    def __init__(self, visit: Visit, tell: Callable[[Job], None]) -> None:
        self._visit, self._tell = visit, tell
        self._job: Job | None = None
        self._closed = False
        visit.client.on_delete(self.close)

    async def start(self, fitting: Fitting, by: str, wanted: Callable[[], bool]) -> Job:
        """Give somebody in garments to the service, and watch what comes of it.

        Args:
            by: the weights.
            wanted: whether somebody still waits for it.

        Raises:
            BusyError: the service refines enough for others.
        """
        self.drop()
        jobs = self._visit.service.jobs
        job = await self._visit.call(jobs.start, fitting, STEPS, by=by)
        if self._closed or not wanted():
            jobs.forget(job.id)
        else:
            self._job = job
            background_tasks.create(self._watch(job), name="try-on")
        return job

    def stop(self) -> None:
        """Let it end at its next step; it is told of then."""
        if self._job:
            self._visit.service.jobs.cancel(self._job.id)

    def drop(self) -> None:
        """Give it up, and keep nothing of it."""
        job, self._job = self._job, None
        if job:
            with suppress(UsageError):  # it may be forgotten already
                self._visit.service.jobs.forget(job.id)

    def close(self) -> None:
        """The page is gone."""
        self._closed = True
        self.drop()

    async def _watch(self, job: Job) -> None:
        seen: tuple[str, int] | None = None
        while job is self._job:
            if self._visit.state.room != "tryon":
                self.stop()
            over, now = job.over, (job.state, job.steps)
            if now != seen:
                seen = now
                self._tell(job)
            if over:
                self.drop()
            await asyncio.sleep(OFTEN)
