"""Indices and recall: where the right answer stands among everything that could be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

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
    left_out = [-1] * len(right) if excluded is None else excluded
    rows = (row for block in scores for row in np.atleast_2d(np.asarray(block)))
    asked = enumerate(zip(right, left_out, rows, strict=False))
    found = [_rank(query, row, np.asarray(positions), out) for query, (positions, out, row) in asked]
    surplus = sum(1 for _ in rows)
    if not len(found) + surplus == len(right) == len(left_out):
        raise UsageError(
            f"{len(found) + surplus} rows of scores, {len(right)} of right answers and {len(left_out)} exclusions; "
            "give one of each a query"
        )
    return np.array(found, dtype=np.int64)


def score_blocks(queries: ArrayLike, gallery: ArrayLike, rows: int = 512) -> Iterator[NDArray[np.float32]]:
    """Dot products of all queries with all gallery items, a block of queries at a time.

    Args:
        queries: Shape: (q, d).
        gallery: Shape: (n, d).
        rows: queries a block; 512 against 40,000 items take 80 MB.

    Yields:
        Shape: (at most rows, n).
    """
    asked, shown = np.asarray(queries, dtype=np.float32), np.asarray(gallery, dtype=np.float32)
    if asked.ndim != 2 or shown.ndim != 2 or asked.shape[1] != shown.shape[1]:
        raise UsageError(f"queries {asked.shape} and gallery {shown.shape} must be matrices of one width")
    for start in range(0, len(asked), rows):
        yield asked[start : start + rows] @ shown.T


def same_label(queries: Iterable[Hashable], gallery: Iterable[Hashable]) -> list[Indices]:
    """For each query label the gallery positions that bear it: what is right where titles or groups decide."""
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for position, label in enumerate(gallery):
        places[label].append(position)
    return [np.array(places.get(label, ()), dtype=np.int64) for label in queries]


def recall_at(found: ArrayLike, k: int) -> float:
    """The share of queries whose best right item is among the first `k`.

    >>> recall_at([1, 3, 12, 10], 10)
    0.75
    """
    if k < 1:
        raise UsageError(f"recall is taken at 1 or more, got {k}")
    if np.size(found) == 0:
        raise UsageError("recall of no query at all has no value; give at least one rank")
    return float(np.mean(np.asarray(found) <= k))


def _rank(query: int, scores: NDArray[np.floating], right: Indices, excluded: int) -> int:
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
