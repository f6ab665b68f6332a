"""Jobs: what comes when, what stops them, what is kept of them and for how long."""

from __future__ import annotations

import gc
import io
import logging
import threading
import time
import weakref

import pytest
from PIL import Image

from modiste.errors import UsageError
from modiste.server import jobs as module
from modiste.server.jobs import FAILED, BusyError, Job, Jobs
from modiste.server.metrics import Metrics
from modiste.server.settings import Settings
from tests.fakes import COLOURS
from tests.server.fittings import PATIENCE, FakeFitting, colour_of

BY = "fake-tryon"


class Clock:
    """Time as a test says."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def hired(clock):
    """Jobs with other settings, all of which are drained at the end."""
    made = []

    def hire(real=False, **settings):
        metrics = Metrics()
        jobs = Jobs(Settings(replica="abc123", **settings), metrics, time.monotonic if real else clock)
        jobs.counters = metrics.registry
        made.append(jobs)
        return jobs

    yield hire
    for jobs in made:
        jobs.drain(0)


@pytest.fixture
def jobs(hired):
    return hired()


def until(come):
    """Wait for something that another thread does."""
    last = time.monotonic() + PATIENCE
    while not come():
        assert time.monotonic() < last, "it never came"
        time.sleep(0.002)


def counted(jobs):
    """What the metrics say: state to jobs."""
    return {
        sample.labels["state"]: int(sample.value)
        for family in jobs.counters.collect()
        if family.name == "modiste_jobs"
        for sample in family.samples
        if sample.value
    }


def test_the_feed_forward_picture_comes_at_once_and_the_refined_one_later(jobs):
    fitting = FakeFitting("red", "blue", notes=("2 people are there",), held=True)
    job = jobs.start(fitting, 3, by=BY)
    assert job.id.startswith("abc123-")
    assert (job.of, job.made_by, job.gain) == (3, "fake-tryon", None)
    assert job.notes == ("2 people are there",)
    assert set(job.pictures) == {"feed_forward", "changed"}
    assert colour_of(job.pictures["feed_forward"]) == COLOURS["red"]
    for step in (1, 2):
        fitting.allow(1)
        until(lambda step=step: job.steps == step)
        assert (job.state, set(job.pictures)) == ("running", {"feed_forward", "changed"})
    fitting.allow(1)
    until(lambda: job.over)
    assert (job.state, job.steps, job.gain, job.detail) == ("done", 3, 0.25, "")
    assert colour_of(job.pictures["refined"]) == COLOURS["blue"]
    assert colour_of(job.pictures["feed_forward"]) == COLOURS["red"]
    assert jobs.get(job.id) is job


def test_pictures_say_that_a_network_made_them(jobs):
    job = jobs.start(FakeFitting(), 1, by=BY)
    until(lambda: job.over)
    for name in ("feed_forward", "refined", "changed"):
        said = Image.open(io.BytesIO(job.pictures[name])).info
        assert "fake-tryon" in said["Source"]
        assert ("compositeWithTrained" in said["XML:com.adobe.xmp"]) == (name != "changed")


def test_refinement_that_settles_early_is_done_with_fewer_steps(jobs):
    job = jobs.start(FakeFitting(settles=4), 30, by=BY)
    until(lambda: job.over)
    assert (job.state, job.steps, job.of) == ("done", 4, 30)


def test_without_steps_a_job_is_done_at_once(jobs):
    job = jobs.start(FakeFitting(), 0, by=BY)
    assert (job.state, job.steps, job.of, job.gain) == ("done", 0, 0, None)
    assert set(job.pictures) == {"feed_forward", "changed"}
    assert job.fitting is None


@pytest.mark.parametrize("steps", [-1, 201, 10**9])
def test_steps_have_bounds(steps, jobs):
    with pytest.raises(UsageError, match=f"refine_steps must be from 0 to 200; got {steps}"):
        jobs.start(FakeFitting(), steps, by=BY)
    assert counted(jobs) == {}


def test_cancelling_stops_at_the_next_step(jobs):
    fitting = FakeFitting(held=True)
    job = jobs.start(fitting, 30, by=BY)
    fitting.allow(2)
    until(lambda: job.steps == 2)
    jobs.cancel(job.id)
    assert job.state == "running"
    fitting.allow(30)
    until(lambda: job.over)
    assert (job.state, job.steps, fitting.steps) == ("cancelled", 3, 3)
    assert set(job.pictures) == {"feed_forward", "changed"}
    assert job.gain is None


def test_a_job_that_waits_is_cancelled_at_once(jobs):
    first, second = FakeFitting(held=True), FakeFitting()
    running, waiting = jobs.start(first, 1, by=BY), jobs.start(second, 1, by=BY)
    until(lambda: running.state == "running")
    jobs.cancel(waiting.id)
    assert (waiting.state, waiting.fitting, second.steps) == ("cancelled", None, 0)
    first.allow(1)
    until(lambda: running.over)
    assert (running.state, waiting.state) == ("done", "cancelled")


def test_what_is_over_or_unknown_is_not_cancelled(jobs):
    job = jobs.start(FakeFitting(), 0, by=BY)
    jobs.cancel(job.id)
    jobs.cancel("abc123-00")
    assert job.state == "done"


@pytest.mark.parametrize("when", ["waiting", "running", "done"])
def test_what_is_forgotten_is_stopped_and_gone(when, jobs):
    blocking, fitting = FakeFitting(held=True), FakeFitting(held=True)
    if when == "waiting":
        jobs.start(blocking, 1, by=BY)
    job = jobs.start(fitting, 0 if when == "done" else 5, by=BY)
    if when == "running":
        until(lambda: job.state == "running")
    jobs.forget(job.id)
    with pytest.raises(UsageError, match=f'no job "{job.id}" here; a finished one is kept for 15 minutes'):
        jobs.get(job.id)
    fitting.allow(5)
    blocking.allow(1)
    until(lambda: job.over)
    assert fitting.steps <= 1
    until(lambda: counted(jobs) == ({"done": 1} if when == "waiting" else {}))


def test_jobs_take_turns_and_their_states_are_counted(jobs):
    fittings = [FakeFitting(held=True) for _ in range(3)]
    started = [jobs.start(fitting, 1, by=BY) for fitting in fittings]
    until(lambda: started[0].state == "running")
    assert [job.state for job in started] == ["running", "waiting", "waiting"]
    assert counted(jobs) == {"running": 1, "waiting": 2}
    fittings[0].allow(1)
    until(lambda: started[1].state == "running")
    assert [job.state for job in started] == ["done", "running", "waiting"]
    assert counted(jobs) == {"done": 1, "running": 1, "waiting": 1}
    for fitting in fittings:
        fitting.allow(1)
    until(lambda: all(job.over for job in started))
    assert counted(jobs) == {"done": 3}


def test_the_queue_is_bounded(hired):
    jobs = hired(jobs=2)
    fittings = [FakeFitting(held=True) for _ in range(3)]
    started = [jobs.start(fitting, 1, by=BY) for fitting in fittings]
    with pytest.raises(
        BusyError, match=r"the queue of try-ons that wait to be refined is full \(2\); ask again in a while"
    ):
        jobs.start(FakeFitting(), 1, by=BY)
    with pytest.raises(BusyError):
        jobs.check_capacity(1)
    assert jobs.start(FakeFitting(), 0, by=BY).state == "done"  # waits for nothing
    fittings[0].allow(1)
    until(lambda: started[0].over)
    assert jobs.start(FakeFitting(), 1, by=BY).state == "waiting"
    for fitting in fittings:
        fitting.allow(1)


def test_two_jobs_at_once_do_not_mix(hired):
    jobs = hired(job_threads=2)
    colours = [("red", "green"), ("blue", "yellow")]
    fittings = [FakeFitting(*pair, held=True) for pair in colours]
    started = [jobs.start(fitting, 4, by=BY) for fitting in fittings]
    until(lambda: [job.state for job in started] == ["running", "running"])
    fittings[1].allow(3)
    until(lambda: started[1].steps == 3)
    assert started[0].steps == 0
    for fitting in fittings:
        fitting.allow(4)
    until(lambda: all(job.over for job in started))
    for job, (first, then) in zip(started, colours, strict=True):
        assert colour_of(job.pictures["feed_forward"]) == COLOURS[first]
        assert colour_of(job.pictures["refined"]) == COLOURS[then]
    assert started[0].id != started[1].id


def test_many_clients_at_once(hired):
    jobs = hired(jobs=50, job_threads=3)
    started: list[Job] = []

    def ask(turn):
        job = jobs.start(FakeFitting(), turn % 5, by=BY)
        started.append(job)
        if turn % 3 == 0:
            jobs.cancel(job.id)

    threads = [threading.Thread(target=ask, args=(turn,)) for turn in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: all(job.over for job in started))
    assert len({job.id for job in started}) == 40
    for job in started:
        assert ("refined" in job.pictures) == (job.state == "done" and job.of > 0)
    assert sum(counted(jobs).values()) == 40


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (RuntimeError("out of memory in layer 3"), FAILED),
        (UsageError("the garment is too small; give a larger photo"), "the garment is too small; give a larger photo"),
    ],
    ids=["unexpected", "expected"],
)
def test_what_fails_says_what_to_do_and_keeps_the_feed_forward_picture(error, says, jobs, caplog):
    with caplog.at_level(logging.ERROR):
        job = jobs.start(FakeFitting("red", fails=error), 5, by=BY)
        until(lambda: job.over)
    assert (job.state, job.detail, job.steps) == ("failed", says, 1)
    assert colour_of(job.pictures["feed_forward"]) == COLOURS["red"]
    assert "refined" not in job.pictures
    assert job.id in caplog.text
    assert "Traceback" in caplog.text
    assert str(error) in caplog.text
    after = jobs.start(FakeFitting(), 1, by=BY)
    until(lambda: after.over)
    assert after.state == "done"


@pytest.mark.parametrize("end", ["done", "cancelled", "failed"])
def test_the_photo_is_freed_when_a_job_ends(end, jobs, monkeypatch):
    monkeypatch.setattr(module.log, "disabled", True)  # pytest keeps what is logged, and with a traceback the photo
    fitting = FakeFitting(held=True, fails=RuntimeError("no") if end == "failed" else None)
    job, photo = jobs.start(fitting, 3, by=BY), weakref.ref(fitting)
    until(lambda: job.state == "running")
    if end == "cancelled":
        jobs.cancel(job.id)
    fitting.allow(3)
    until(lambda: job.over)
    assert job.state == end
    del fitting
    until(lambda: gc.collect() >= 0 and photo() is None)


def test_a_finished_job_is_kept_for_its_minutes(hired, clock):
    jobs = hired(job_minutes=15)
    early = jobs.start(FakeFitting(), 0, by=BY)
    clock.now += 600
    late = jobs.start(FakeFitting(), 0, by=BY)
    clock.now += 299
    assert jobs.get(early.id) is early
    clock.now += 2
    with pytest.raises(UsageError, match="try on again"):
        jobs.get(early.id)
    assert jobs.get(late.id) is late
    assert counted(jobs) == {"done": 1}


def test_an_unfinished_job_never_expires(hired, clock):
    jobs = hired(job_minutes=1)
    fitting = FakeFitting(held=True)
    job = jobs.start(fitting, 1, by=BY)
    clock.now += 3600
    assert jobs.get(job.id) is job
    fitting.allow(1)
    until(lambda: job.over)
    assert jobs.get(job.id) is job


def test_pictures_are_freed_though_nobody_asks(hired):
    jobs = hired(real=True, job_minutes=0.1 / 60)
    kept = weakref.ref(jobs.start(FakeFitting(), 1, by=BY))
    until(lambda: gc.collect() >= 0 and kept() is None)
    assert counted(jobs) == {}


def test_the_list_of_jobs_does_not_grow(jobs, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 3)
    started = [jobs.start(FakeFitting(), 0, by=BY) for _ in range(10)]
    assert list(jobs._jobs) == [job.id for job in started[-3:]]
    assert counted(jobs) == {"done": 3}
    with pytest.raises(UsageError, match="only the last 3 are"):
        jobs.get(started[0].id)


@pytest.mark.parametrize(("most", "left"), [(2.5, 2), (0.5, 1)], ids=["some", "always the last one"])
def test_finished_pictures_weigh_so_much_at_most(most, left, jobs, monkeypatch):
    one = sum(map(len, jobs.start(FakeFitting(), 0, by=BY).pictures.values()))
    monkeypatch.setattr(module, "KEPT_BYTES", int(most * one))
    started = [jobs.start(FakeFitting(), 0, by=BY) for _ in range(5)]
    assert list(jobs._jobs) == [job.id for job in started[-left:]]


def test_draining_finishes_what_was_accepted(jobs):
    fittings = [FakeFitting(held=True) for _ in range(3)]
    started = [jobs.start(fitting, 2, by=BY) for fitting in fittings]
    drained = threading.Thread(target=jobs.drain, args=(PATIENCE,))
    drained.start()
    until(lambda: jobs._closed)
    for steps in (0, 1):
        with pytest.raises(BusyError, match="the service is shutting down"):
            jobs.start(FakeFitting(), steps, by=BY)
    for fitting in fittings:
        fitting.allow(2)
    drained.join(PATIENCE)
    assert [job.state for job in started] == ["done"] * 3
    assert all("refined" in job.pictures for job in started)
    until(lambda: not any(thread.is_alive() for thread in jobs._threads))


def test_draining_cancels_what_the_grace_is_too_short_for(jobs):
    fittings = [FakeFitting(held=True) for _ in range(2)]
    started = [jobs.start(fitting, 30, by=BY) for fitting in fittings]
    until(lambda: started[0].state == "running")
    drained = threading.Thread(target=jobs.drain, args=(0.05,))
    drained.start()
    until(lambda: started[0].stopped)
    fittings[0].allow(30)
    drained.join(PATIENCE)
    assert [job.state for job in started] == ["cancelled", "cancelled"]
    assert [fitting.steps for fitting in fittings] == [1, 0]


def test_draining_does_not_wait_for_ever(jobs, monkeypatch, caplog):
    monkeypatch.setattr(module, "LAST_STEP", 0.05)
    fitting = FakeFitting(held=True)
    job = jobs.start(fitting, 2, by=BY)
    until(lambda: job.state == "running")
    jobs.drain(0.05)
    assert job.state == "running"
    assert "didn't stop within 0.05 seconds, and end with the process: 1" in caplog.text
    fitting.allow(2)
    until(lambda: job.over)


def test_listeners_hear_of_every_change_until_they_leave(jobs):
    fitting, heard = FakeFitting(held=True), []
    job = jobs.start(fitting, 3, by=BY)
    until(lambda: job.state == "running")
    with jobs.listening(job, lambda: heard.append((job.state, job.steps))):
        fitting.allow(1)
        until(lambda: job.steps == 1)
    fitting.allow(2)
    until(lambda: job.over)
    assert heard == [("running", 1)]


def test_a_job_of_another_replica_is_elsewhere(jobs):
    with pytest.raises(UsageError, match='is in the replica "fff000", and this is "abc123"; send the request there'):
        jobs.get("fff000-0011223344556677")
    with pytest.raises(UsageError, match='no job "nonsense" here'):
        jobs.get("nonsense")


def test_a_feed_forward_picture_that_fails_makes_no_job(jobs, monkeypatch):
    monkeypatch.setattr(module, "made_png", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.start(FakeFitting(), 3, by=BY)
    assert jobs._jobs == {}
