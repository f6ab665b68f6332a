"""Try-on jobs: the feed-forward picture is there at once, the refined one comes later.

A job lives in the process that accepted it, in memory alone. One lock guards everything that changes; networks run
and pictures are packed outside of it.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Thread
from typing import TYPE_CHECKING, Literal, get_args

from modiste.errors import ModisteError, UsageError
from modiste.images import made_png
from modiste.server.problems import without_folders
from modiste.tryon.model import MOST_STEPS

if TYPE_CHECKING:
    from modiste.server.metrics import Metrics
    from modiste.server.settings import Settings
    from modiste.tryon.pipeline import Fitting

KEPT = 64
"""Finished jobs that are kept at most; the oldest goes first."""
KEPT_BYTES = 512 << 20
"""What their pictures may weigh together."""
LAST_STEP = 10.0
"""Seconds that a cancelled refinement is given at the end to come to its next step."""
LONGEST_WAIT = 3600.0
"""Seconds; locks can't wait for years."""
FAILED = (
    "the refinement failed, and the log of the service says why; the feed-forward picture is still there. Ask again, "
    "or with refine_steps 0"
)

State = Literal["waiting", "running", "done", "cancelled", "failed"]

log = logging.getLogger(__name__)


class BusyError(ModisteError):
    """No further job is taken now; later perhaps."""


@dataclass(eq=False)
class Job:
    """One try-on. Whoever reads it while it runs reads `state` first: what a state promises is there before it."""

    id: str
    of: int
    """Steps of refinement that were asked for."""
    notes: tuple[str, ...]
    """Assumptions."""
    made_by: str
    """The weights that drew it."""
    pictures: dict[str, bytes]
    """PNG files: `feed_forward`, `changed` (white where it may differ from the photo) and, once it is, `refined`."""
    state: State = "waiting"
    steps: int = 0
    """Steps that are done."""
    gain: float | None = None
    """Share by which refinement lowered the error inside the garments."""
    detail: str = ""
    """Reason why it failed, and what to do."""
    listeners: set[Callable[[], object]] = field(default_factory=set)
    """See `Jobs.listening`."""
    fitting: Fitting | None = None
    """Holds the photo; dropped when the job ends."""
    stopped: bool = False
    """Whether somebody has cancelled it."""
    ended: float = 0.0
    """Moment of its end, by the jobs' clock."""

    @property
    def over(self) -> bool:
        """Return whether nothing of it will change any more."""
        return self.state in ("done", "cancelled", "failed")


class Jobs:
    """The jobs of one process, and the threads that refine them."""

    def __init__(self, settings: Settings, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._changed = Condition()
        self._jobs: dict[str, Job] = {}
        self._queue: deque[Job] = deque()
        self._running: set[Job] = set()
        self._threads: list[Thread] = []
        self._closed = False
        for state in get_args(State):
            metrics.jobs.labels(state).set_function(partial(self._count, state))

    def start(self, fitting: Fitting, steps: int, *, by: str) -> Job:
        """Accept a try-on, of which the feed-forward picture is then ready; it blocks as long as that is packed.

        Args:
            steps: of refinement; with none the job is done at once.
            by: the weights that draw it.

        Raises:
            UsageError: no such number of steps.
            BusyError: as many jobs wait as may.
        """
        if not 0 <= steps <= MOST_STEPS:
            raise UsageError(f"refine_steps must be from 0 to {MOST_STEPS}; got {steps}")
        self.check_capacity(steps)
        first = fitting.feed_forward
        pictures = {"feed_forward": made_png(first.photo, by, composite=True), "changed": made_png(first.changed, by)}
        id = f"{self._settings.replica}-{secrets.token_hex(8)}"
        job = Job(id, steps, first.notes, by, pictures, fitting=fitting)
        with self._changed:
            self.check_capacity(steps)
            self._jobs[id] = job
            if steps:
                self._queue.append(job)
            else:
                self._end(job, "done")
            if len(self._threads) < self._settings.job_threads:
                thread = Thread(target=self._work, name=f"modiste-job-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()
        return job

    def check_capacity(self, steps: int) -> None:
        """Refuse a job before anything is done for it.

        Raises:
            BusyError: as many jobs wait as may, or the service is shutting down.
        """
        with self._changed:
            if self._closed:
                raise BusyError("the service is shutting down; ask again, and another one will answer")
            waiting = len(self._queue) + len(self._running) - self._settings.job_threads
            if steps and waiting >= self._settings.jobs:
                raise BusyError(
                    f"the queue of try-ons that wait to be refined is full ({waiting}); ask again in a while, or with "
                    "refine_steps 0"
                )

    def get(self, id: str) -> Job:
        """The job of an id.

        Raises:
            UsageError: it is of another replica, or isn't kept any more.
        """
        replica, _, token = id.rpartition("-")
        if replica and token and replica != self._settings.replica:
            raise UsageError(
                f'the job "{id}" is in the replica "{replica}", and this is "{self._settings.replica}"; send the '
                "request there"
            )
        with self._changed:
            self._sweep()
            if id not in self._jobs:
                raise UsageError(
                    f'no job "{id}" here; a finished one is kept for {self._settings.job_minutes:g} minutes, and only '
                    f"the last {KEPT} are: try on again"
                )
            return self._jobs[id]

    @contextmanager
    def listening(self, job: Job, listener: Callable[[], object]) -> Iterator[None]:
        """Call a listener at every change of a job, from other threads; it may only take notice."""
        with self._changed:
            job.listeners.add(listener)
        try:
            yield
        finally:
            with self._changed:
                job.listeners.discard(listener)

    def cancel(self, id: str) -> None:
        """Stop a job at its next step; one that is over, or forgotten, is left alone."""
        with self._changed:
            if job := self._jobs.get(id):
                self._stop(job)

    def forget(self, id: str) -> None:
        """Stop a job and keep nothing of it.

        Raises:
            UsageError: as `get`.
        """
        with self._changed:
            job = self.get(id)
            self._stop(job)
            self._jobs.pop(id, None)  # unless it ended at once, and was swept

    def drain(self, grace: float) -> None:
        """Take no more jobs, finish the others within so many seconds, and cancel what is left; it blocks till then."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(self._idle, grace)
            for job in (*self._queue, *self._running):
                self._stop(job)
            self._changed.wait_for(self._idle, LAST_STEP)
            left = len(self._running)
        if left:
            log.warning("refinements that didn't stop within %g seconds, and end with the process: %d", LAST_STEP, left)

    def _count(self, state: State) -> int:
        """Number of jobs in a state, for the metrics; one that is forgotten counts until its thread lets go of it."""
        with self._changed:
            return sum(job.state == state for job in {*self._jobs.values(), *self._running})

    # What follows is called under the lock, up to the threads' own work.

    def _idle(self) -> bool:
        return not self._queue and not self._running

    def _stop(self, job: Job) -> None:
        if job.over:
            return
        job.stopped = True
        if job in self._queue:
            self._queue.remove(job)
            self._end(job, "cancelled")

    def _end(self, job: Job, state: State, detail: str = "") -> None:
        """The last change of a job; the photo goes."""
        self._running.discard(job)
        job.fitting, job.detail, job.ended = None, detail, self._clock()
        job.state = state
        self._notify(job)
        self._sweep()

    def _notify(self, job: Job) -> None:
        self._changed.notify_all()
        for listener in tuple(job.listeners):
            listener()

    def _sweep(self) -> None:
        """Forget what ended long ago, and of the rest the oldest where there is too much."""
        ended = sorted((job for job in self._jobs.values() if job.over), key=lambda job: job.ended)
        weights = [sum(map(len, job.pictures.values())) for job in ended]
        before = self._clock() - 60 * self._settings.job_minutes
        for number, job in enumerate(ended):
            rest = len(ended) - number
            if job.ended > before and rest <= KEPT and (sum(weights[number:]) <= KEPT_BYTES or rest == 1):
                break
            del self._jobs[job.id]

    def _until_sweep(self) -> float | None:
        """Seconds till the next finished job is to be forgotten; nothing while there is none."""
        ends = [job.ended for job in self._jobs.values() if job.over]
        left = min(ends, default=0.0) + 60 * self._settings.job_minutes - self._clock()
        return min(max(left, 0.0), LONGEST_WAIT) if ends else None

    def _work(self) -> None:
        """Refine the jobs that have waited longest, one after the other, and forget old ones meanwhile."""
        while True:
            with self._changed:
                while not self._queue:
                    if self._closed:
                        return
                    self._sweep()
                    self._changed.wait(self._until_sweep())
                job = self._queue.popleft()
                self._running.add(job)
                job.state = "running"
                self._notify(job)
            self._refine(job)
            del job  # an idle thread holds no pictures

    def _refine(self, job: Job) -> None:
        assert job.fitting is not None

        def step(done: int, _: int) -> bool:
            with self._changed:
                job.steps = done
                self._notify(job)
                return not job.stopped

        try:
            refined = job.fitting.refined(job.of, step)
            picture = b"" if job.stopped else made_png(refined.photo, job.made_by, composite=True)
        except Exception as error:  # whatever it is, the thread and the other jobs live on
            log.exception("the refinement of job %s failed", job.id)
            with self._changed:
                self._end(job, "failed", without_folders(str(error)) if isinstance(error, ModisteError) else FAILED)
            return
        with self._changed:
            job.steps = refined.steps
            if job.stopped:
                self._end(job, "cancelled")
            else:
                job.pictures["refined"], job.gain = picture, refined.gain
                self._end(job, "done")
