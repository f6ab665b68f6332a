"""Estimates of how long work will take, printed first where that is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modiste.types import Progress

import time

from modiste.cli import output

LONG = 20.0
"""Seconds of work from which on an estimate is given."""


def say_if_long(what: str, seconds: float, hint: str = "") -> None:
    """Print an estimate, if it is long."""
    if seconds >= LONG:
        output.note(f"{what}: about {duration(seconds)}{hint}")


def forecast(progress: Progress, what: str) -> Progress:
    """The same progress, which prints once how long all will take, as soon as its pace is known.

    Args:
        what: is done to how many, such as `products are looked at`.
    """
    seen: list[tuple[int, float]] = []

    def follow(done: int, total: int) -> None:
        if len(seen) < 2:  # the first part also loads networks, which is not the pace
            seen.append((done, time.perf_counter()))
            if len(seen) == 2:
                (first, then), (second, now) = seen
                say_if_long(f"{total:,} {what}", (now - then) / max(second - first, 1) * (total - second))
        progress(done, total)

    return follow


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, roughly.

    >>> duration(25), duration(150), duration(9000)
    ('25 s', '2 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
