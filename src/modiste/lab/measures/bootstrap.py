"""Confidence interval of a mean over queries: percentile bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from modiste.errors import UsageError


@dataclass(frozen=True)
class Interval:
    """A mean and its confidence interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap(values: ArrayLike, *, level: float = 0.95, rounds: int = 1000, seed: int = 0) -> Interval:
    """Confidence interval of the mean over queries, from resampling the queries with replacement.

    To compare two systems give their difference on every query: they differ when 0 lies outside.

    Args:
        values: one number a query, such as `ranks <= 10`. Shape: (queries,).
        level: share of the resampled means in the interval.
        rounds: number of resamples.
        seed: the same seed gives the same interval.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not sample.size:
        raise UsageError(f"the bootstrap takes one value a query, at least one; got shape {sample.shape}")
    if not 0 < level < 1:
        raise UsageError(f"level lies between 0 and 1, got {level}")
    rng = np.random.default_rng(seed)
    means = [sample[rng.integers(sample.size, size=sample.size)].mean() for _ in range(rounds)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(sample.mean()), float(low), float(high))
