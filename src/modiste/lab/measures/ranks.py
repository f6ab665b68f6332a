"""Ranks of relevant gallery items, recall, and the confidence interval of a mean over queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modiste.errors import UsageError
from modiste.types import Indices


def ranks(scores: Iterable[ArrayLike], right: Sequence[ArrayLike], excluded: Sequence[int] | None = None) -> Indices:
    """The rank of each query's best right gallery item; 1 is first.

    Ties count against us: a wrong item with the same score stands before the right one, so that a system which
    scores everything alike comes last. Other right items never push the best one down.

    Args:
        scores: higher is nearer. The whole matrix, shape (queries, gallery), or blocks of its rows one after
            another, such as `score_blocks` yields, when the whole would not fit into memory.
        right: for each query the gallery positions that are right, at least one.
        excluded: for each query the one gallery position that is taken out, such as its own photo; -1 for none.

    Returns:
        Shape: (queries,).

    Raises:
        UsageError: a query without a right item, a score that is not a number, counts that don't agree.
    """
    exclusions = [-1] * len(right) if excluded is None else excluded
    rows = (row for block in scores for row in np.atleast_2d(np.asarray(block)))
    queries = enumerate(zip(right, exclusions, rows, strict=False))
    ranked = [_rank(query, row, np.asarray(positions), out) for query, (positions, out, row) in queries]
    count = len(ranked) + sum(1 for _ in rows)
    if not count == len(right) == len(exclusions):
        raise UsageError(
            f"{count} rows of scores, {len(right)} of right answers and {len(exclusions)} exclusions; "
            "give one of each a query"
        )
    return np.array(ranked, dtype=np.int64)


def score_blocks(queries: ArrayLike, gallery: ArrayLike, rows: int = 512) -> Iterator[NDArray[np.float32]]:
    """Dot products of all queries with all gallery items, a block of queries at a time.

    Args:
        queries: Shape: (q, d).
        gallery: Shape: (n, d).
        rows: queries a block; 512 against 40,000 items take 80 MB.

    Yields:
        Shape: (at most rows, n).
    """
    left, right = np.asarray(queries, dtype=np.float32), np.asarray(gallery, dtype=np.float32)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[1]:
        raise UsageError(f"queries {left.shape} and gallery {right.shape} must be matrices of one width")
    for start in range(0, len(left), rows):
        yield left[start : start + rows] @ right.T


def same_label(queries: Iterable[Hashable], gallery: Iterable[Hashable]) -> list[Indices]:
    """Gallery positions with each query's label, which are right where titles or groups decide."""
    positions: defaultdict[Hashable, list[int]] = defaultdict(list)
    for position, label in enumerate(gallery):
        positions[label].append(position)
    return [np.array(positions.get(label, ()), dtype=np.int64) for label in queries]


def recall_at(ranks: ArrayLike, k: int) -> float:
    """The share of queries whose best right item is among the first `k`.

    >>> recall_at([1, 3, 12, 10], 10)
    0.75
    """
    if k < 1:
        raise UsageError(f"recall is taken at 1 or more, got {k}")
    if np.size(ranks) == 0:
        raise UsageError("recall of no query at all has no value; give at least one rank")
    return float(np.mean(np.asarray(ranks) <= k))


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


def _rank(query: int, scores: NDArray[np.floating], right: Indices, excluded: int) -> int:
    """Rank of the best right item among those that are not excluded."""
    if np.isnan(scores).any():
        raise UsageError(f"query {query} has scores that are not numbers; look for a zero vector or a diverged model")
    right = right[right != excluded]
    if not right.size:
        raise UsageError(f"query {query} has no right item in the gallery; leave the query out")
    ahead = scores >= scores[right].max()
    ahead[right] = False
    if excluded >= 0:
        ahead[excluded] = False
    return 1 + int(np.count_nonzero(ahead))
