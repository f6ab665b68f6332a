"""An outfit's complement as a look-up: one vector an item, one inner product a candidate.

The mean squared distance of an outfit to a candidate s (CSA-Net, eq. 5) expands, with M_i the mask of item i,

    sum_i w_i |M_i x_i - M_i x_s|^2  =  constant - 2 <sum_i w_i M_i^2 x_i, x_s> + <sum_i w_i M_i^2, x_s^2>

so [x_s, x_s^2] is all that must be kept of an item, whatever is asked. A last coordinate fills it up to the same length
for every item (Bachrach et al., RecSys 2014): the greatest inner product is then the greatest cosine, and any vector
store finds it. The published index keeps an embedding for each partner category instead, and fuses one search for
each item of the outfit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from modiste.types import Indices, Vectors

BLOCK = 64
"""Neighbouring scores that are compared together at first."""


class Masks(Protocol):
    """What a look-up needs to know of a network."""

    table: Vectors
    """Masks by the item's category and the wanted one. Shape: (c, c, d)."""

    def weights(self, vectors: Vectors, categories: Indices, wanted: int) -> Vectors:
        """What each item of an outfit counts. Shape: (n, d) to (n,)."""


class Request(NamedTuple):
    """A search in folded vectors: a candidate's score is `scale * (vector @ candidate) + offset`."""

    vector: Vectors
    """Unit length. Shape: (2d + 1,)."""
    scale: float
    offset: float

    def scores(self, folded: Vectors) -> Vectors:
        """How well candidates fit; 1 is perfect. Shape: (m, 2d + 1) to (m,)."""
        found: Vectors = folded @ (self.scale * self.vector) + np.float32(self.offset)
        return found


def fold(vectors: Vectors) -> Vectors:
    """Unit vectors to unit vectors that hold their squares too. Shape: (n, d) to (n, 2d + 1)."""
    squares = vectors * vectors
    filled = np.sqrt(np.maximum(1 - (squares * squares).sum(1, keepdims=True), 0))
    return np.concatenate([vectors, squares, filled], 1, dtype=np.float32) / np.float32(np.sqrt(2))


def unfold(folded: Vectors) -> Vectors:
    """The vectors that were folded. Shape: (n, 2d + 1) to (n, d)."""
    vectors: Vectors = folded[:, : folded.shape[1] // 2] * np.float32(np.sqrt(2))
    return vectors


def request(masks: Masks, vectors: Vectors, categories: Indices, wanted: int) -> Request:
    """An outfit's wish for one category.

    Args:
        vectors: of the outfit's items. Shape: (n, d).
        categories: theirs. Shape: (n,).
    """
    squares = masks.table[categories, wanted] ** 2
    weights = masks.weights(vectors, categories, wanted)[:, None]
    linear, square = (weights * squares * vectors).sum(0), (weights * squares).sum(0)
    wish = np.sqrt(2) * np.concatenate([linear, -square / 2, [0.0]])
    length = max(float(np.linalg.norm(wish)), 1e-12)
    constant = float((weights * squares * vectors * vectors).sum())
    return Request((wish / length).astype(np.float32), length, 1 - constant / 2)


def voices(masks: Masks, vectors: Vectors, categories: Indices, wanted: int, candidates: Vectors) -> Vectors:
    """What each item says of each candidate, which sums to the score. Shape: (m, d) to (m, n)."""
    table = masks.table[categories, wanted]
    weights = masks.weights(vectors, categories, wanted)
    apart = (table * vectors)[None] - table[None] * candidates[:, None]
    said: Vectors = weights * (1 - (apart * apart).sum(2) / 2)
    return said


@dataclass(frozen=True)
class FoldedIndex:
    """The product: one folded vector an item, one matrix product a question."""

    masks: Masks
    slices: Sequence[Vectors]
    """By category, its items' folded vectors, which lie together: to gather them would take longer than the product.

    Shape of each: (members, 2d + 1).
    """
    members: Sequence[Indices]

    @classmethod
    def of(cls, masks: Masks, vectors: Vectors, categories: Indices) -> FoldedIndex:
        """Index items. Shapes: (n, d), (n,)."""
        members = _members(masks, categories)
        return cls(masks, [fold(vectors[rows]) for rows in members], members)

    def search(self, vectors: Vectors, categories: Indices, wanted: int, k: int) -> tuple[Indices, Vectors]:
        """The best items of the wanted category and their scores, best first."""
        asked = request(self.masks, vectors, categories, wanted)
        return _best(self.members[wanted], asked.scores(self.slices[wanted]), k)

    @property
    def bytes_per_item(self) -> float:
        """Of memory."""
        return sum(part.nbytes for part in self.slices) / max(sum(map(len, self.members)), 1)


@dataclass(frozen=True)
class PaperIndex:
    """The published index (section 3.4): an embedding for each partner category, and a search for each item."""

    masks: Masks
    slices: Sequence[Vectors]
    """By category, its items' embeddings for every partner. Shapes: (c, members, d)."""
    members: Sequence[Indices]

    @classmethod
    def of(cls, masks: Masks, vectors: Vectors, categories: Indices) -> PaperIndex:
        """Index items. Shapes: (n, d), (n,)."""
        members = _members(masks, categories)
        slices = [masks.table[:, wanted, None] * vectors[rows] for wanted, rows in enumerate(members)]
        return cls(masks, slices, members)

    def search(self, vectors: Vectors, categories: Indices, wanted: int, k: int) -> tuple[Indices, Vectors]:
        """The best items of the wanted category and their scores, best first."""
        weights = self.masks.weights(vectors, categories, wanted)
        fused = np.zeros(len(self.members[wanted]), np.float32)
        for vector, category, weight in zip(vectors, categories, weights, strict=True):
            apart = self.slices[wanted][category] - self.masks.table[category, wanted] * vector
            fused += weight * (1 - np.einsum("md,md->m", apart, apart) / 2)
        return _best(self.members[wanted], fused, k)

    @property
    def bytes_per_item(self) -> float:
        """Of memory."""
        return sum(part.nbytes for part in self.slices) / max(sum(map(len, self.members)), 1)


def _members(masks: Masks, categories: Indices) -> list[Indices]:
    return [np.flatnonzero(categories == category) for category in range(len(masks.table))]


def _best(rows: Indices, scores: Vectors, k: int) -> tuple[Indices, Vectors]:
    """The k greatest, equal ones by row. They are at least as great as the k-th greatest of the blocks' maxima."""
    whole = len(scores) // BLOCK
    near = np.arange(len(scores))
    if whole > k > 0:
        greatest = scores[: whole * BLOCK].reshape(whole, BLOCK).max(1)
        near = np.flatnonzero(scores >= np.partition(greatest, whole - k)[whole - k])
    order = near[np.lexsort((rows[near], -scores[near]))][:k]
    return rows[order], scores[order]
