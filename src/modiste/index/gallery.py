"""Exact search: all vectors in one matrix, one matrix product with the query, the filter first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from modiste.index import rows
from modiste.index.base import Query, SearchResult, items_of
from modiste.types import Indices, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

WORDS_WEIGHT = 0.3
"""Weight of the best match of the words themselves beside a cosine."""

BLOCK = 64
"""Neighbouring scores that are compared together at first."""

_ROUNDING = np.float32(1e-6)
"""Error that a score can have in a matrix product."""


@dataclass(frozen=True)
class Gallery:
    """Products in memory: their rows, and their photos' vectors."""

    items: pa.Table
    ids: list[str]
    row_ids: NDArray[np.uint64]
    """The store's own id of each product, ascending. Shape: (n,)."""
    matrix: Vectors
    """All photos' vectors, product after product. Shape: (photos, dim)."""
    starts: Indices | None
    """First row of each product in the matrix, and the end; None when each has one photo. Shape: (n + 1,)."""

    @classmethod
    def of(cls, table: pa.Table, dim: int) -> Gallery:
        """Read a table of the store that has `_rowid`."""
        vectors = table[rows.VECTORS].combine_chunks()
        flat = vectors.flatten().flatten().to_numpy(zero_copy_only=False)
        matrix = flat.reshape(-1, dim)
        counts = np.diff(vectors.offsets.to_numpy())
        starts = None if (counts == 1).all() else np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        row_ids = table["_rowid"].to_numpy()
        internal = [name for name in table.column_names if name in rows.INTERNAL or name.startswith("_")]
        items = table.drop_columns(internal).combine_chunks()
        return cls(items, items["id"].to_pylist(), row_ids, matrix, starts)

    def __len__(self) -> int:
        return len(self.row_ids)

    @cached_property
    def title_words(self) -> frozenset[str]:
        """Every word of the products' titles, in lower case."""
        import pyarrow.compute as pc

        words = pc.split_pattern_regex(pc.utf8_lower(self.items["title"]), r"[^\p{L}\p{N}]+")
        return frozenset(pc.unique(pc.list_flatten(words)).to_pylist()) - {""}

    def positions(self, row_ids: NDArray[np.uint64]) -> Indices:
        """Positions of the store's rows here."""
        return np.searchsorted(self.row_ids, row_ids)

    def position(self, id: str) -> int:
        """Position of a product, or -1."""
        import pyarrow.compute as pc

        position: int = pc.index(self.items["id"], id).as_py()
        return position

    def vectors(self, position: int) -> Vectors:
        """A product's vectors. Shape: (photos, dim)."""
        if self.starts is None:
            return self.matrix[position : position + 1]
        return self.matrix[self.starts[position] : self.starts[position + 1]]

    def named(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of the products named, those that are absent left out. Shape of each: (photos, dim)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        present = pc.is_in(self.items["id"], value_set=pa.array(ids, pa.string())).to_numpy()
        return {self.ids[position]: self.vectors(position) for position in np.flatnonzero(present).tolist()}

    def scores(self, vector: Vectors, among: Indices | None) -> Vectors:
        """Each product's score, the cosine of its best photo, to about 1e-7. Shape: (dim,) to (n,) or (among,)."""
        if among is None:
            return _best_photo(self.matrix @ vector, self.starts)
        if 2 * len(among) > len(self):
            return self.scores(vector, None)[among]
        photos, starts = (among, None) if self.starts is None else photos_of(self.starts, among)
        return _best_photo(self.matrix[photos] @ vector, starts)

    def same_scores(self, vector: Vectors, among: Indices) -> Vectors:
        """The scores of single products, the same to the last bit for the same photos.

        A matrix product sums in an order that depends on the row, so that copies of a photo differ by a hair.
        """
        photos, starts = (among, None) if self.starts is None else photos_of(self.starts, among)
        return _best_photo(np.einsum("pd,d->p", self.matrix[photos], vector), starts)


def photos_of(starts: Indices, among: Indices) -> tuple[Indices, Indices]:
    """Rows of these products' photos, and the first of each product among them. Shapes: (photos,), (among + 1,).

    Args:
        starts: first row of every product's photos, and the end. Shape: (n + 1,).
    """
    counts = np.diff(starts)[among]
    within = np.concatenate([[0], np.cumsum(counts)])
    return np.repeat(starts[among] - within[:-1], counts) + np.arange(within[-1]), within


def rank(gallery: Gallery, query: Query, among: Indices | None = None, matches: Vectors | None = None) -> SearchResult:
    """The page of products that a query asks for: greatest first, equal ones by id.

    Args:
        among: products that pass the filter; None for all.
        matches: match of each product's words with the query's, from 0 to 1. Shape: (n,).
    """
    scores = gallery.scores(query.vector, among)
    if query.min_score is not None or query.without:
        passes = np.ones(len(scores), bool) if query.min_score is None else scores >= query.min_score
        for position in map(gallery.position, query.without):
            if among is not None:
                passes[among == position] = False
            elif position >= 0:
                passes[position] = False
        kept = np.flatnonzero(passes)
        scores, among = scores[kept], kept if among is None else among[kept]
    order = scores
    if matches is not None:
        order = scores + WORDS_WEIGHT * (matches if among is None else matches[among])
    near = _at_least(order, query.offset + query.k)
    positions, total = near if among is None else among[near], len(scores)
    scores = gallery.same_scores(query.vector, positions)
    order = scores if matches is None else scores + WORDS_WEIGHT * matches[positions]
    ids = [gallery.ids[position] for position in positions.tolist()]
    ranked = sorted(zip((-order).tolist(), ids, range(len(ids)), strict=True))[query.offset : query.offset + query.k]
    best = np.array([index for _, _, index in ranked], np.int64)
    items = items_of(gallery.items.take(positions[best]))
    return SearchResult([id for _, id, _ in ranked], scores[best].tolist(), items, total)


def _best_photo(scores: Vectors, starts: Indices | None) -> Vectors:
    """The greatest of each product's scores. Shape: (photos,) to (products,)."""
    if starts is None or len(starts) == 1:
        return scores
    best: Vectors = np.maximum.reduceat(scores, starts[:-1])
    return best


def _at_least(order: Vectors, count: int) -> Indices:
    """Indices of all values that are as great as the `count`-th greatest, or smaller by a rounding error.

    That one is at least as great as the `count`-th greatest of the blocks' maxima, which leaves few to look at.
    """
    whole = len(order) // BLOCK
    candidates = np.arange(len(order))
    if whole > count:
        greatest = order[: whole * BLOCK].reshape(whole, BLOCK).max(1)
        candidates = np.flatnonzero(order >= np.partition(greatest, whole - count)[whole - count] - _ROUNDING)
    if len(candidates) <= count:
        return candidates
    left = order[candidates]
    bar = np.partition(left, len(left) - count)[len(left) - count]
    kept: Indices = candidates[left >= bar - _ROUNDING]
    return kept
