"""Times of a thing and of its floor, measured in turns so that noise hits both."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Milliseconds of a thing, and of the least that its answer could take."""

    p50: float
    p95: float
    floor: float

    @property
    def ratio(self) -> float:
        """Median over the floor's median."""
        return self.p50 / self.floor


def in_turns(thing: Callable[[int], object], floor: Callable[[int], object], rounds: int, warm_up: int = 3) -> Timing:
    """Call both with the number of the round, each one first in every other round.

    Args:
        warm_up: rounds before those that count.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(-warm_up, rounds):
        for which in (0, 1) if number % 2 else (1, 0):
            seconds = timed(partial((thing, floor)[which], number % rounds))
            if number >= 0:
                times[which].append(seconds)
    whole, least = (np.array(some) * 1000 for some in times)
    return Timing(float(np.median(whole)), float(np.quantile(whole, 0.95)), float(np.median(least)))


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def peak_mib() -> float:
    """The process's largest resident memory so far, in MiB."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
