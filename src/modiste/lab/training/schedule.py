"""Which rows a step sees and how far it goes: functions of the seed and the step, so that a resume is exact."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from modiste.errors import UsageError
from modiste.lab.training.ranks import Group


def batches(
    count: int, size: int, steps: range, seed: int, group: Group | None = None
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each step's number with the rows that this process works on.

    Every epoch is a new permutation; a last batch that isn't full is left out. The same step gives the same rows
    wherever a run starts from. All processes get the same number of rows, which `gather` needs.

    Args:
        count: rows there are.
        size: rows of a step over all processes, rounded up to a multiple of their number; at most `count`.

    Raises:
        UsageError: fewer rows than processes.
    """
    group = group or Group()
    if count < group.size:
        raise UsageError(f"{group.size} processes can't share {count} examples; start at most {count}")
    size = group.size * min(math.ceil(size / group.size), count // group.size)
    per_epoch = count // size
    order, epoch = np.arange(count), -1
    for step in steps:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order = np.random.default_rng([seed, epoch]).permutation(count)
        place = step % per_epoch * size
        yield step, order[place : place + size][group.rank :: group.size]


def learning_rate(step: int, steps: int, peak: float, warm_up: int) -> float:
    """Linear warm-up, then half a cosine down to a hundredth of the peak."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    progress = (step - warm_up) / max(1, steps - warm_up)
    return peak * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
