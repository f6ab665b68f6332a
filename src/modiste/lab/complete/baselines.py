"""Baselines of CSA-Net: networks, counts, and the published index beside the folded one.

The networks start from the same features through the same trunk, and learn from the same batches with the same loss.
The counts are how often items were worn, and which together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.complete.lookup import MaskTable, fold
from modiste.complete.model import CSANetConfig, Matcher, Outfits
from modiste.lab.complete.data import ItemTable, Rows
from modiste.lab.complete.metrics import Scorer
from modiste.types import Doubles, Indices, Vectors

BLOCK = 64
"""Neighbouring scores whose maximum is compared first when the best are searched."""


class _TypeAware(Matcher):
    """A free mask for each unordered pair of categories (Vasileva et al., ECCV 2018, section 3.2)."""

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__(width, config)
        count = len(config.categories)
        self.pairs = nn.Parameter(1 + 0.1 * torch.randn(count * (count + 1) // 2, config.dim))

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """The pair's mask."""
        low, high = torch.minimum(sources, wanted), torch.maximum(sources, wanted)
        return self.pairs[high * (high + 1) // 2 + low]


class _SCENetAverage(Matcher):
    """Learned masks of equal weight (Tan et al., ICCV 2019, table 3, "average")."""

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__(width, config)
        self.subspaces = nn.Parameter(1 + 0.1 * torch.randn(config.subspaces, config.dim))

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """The root mean square of the masks, under which distances are the mean of those in all subspaces."""
        return (self.subspaces**2).mean(0).sqrt().expand(*sources.shape, -1)


class _SCENet(Matcher):
    """Learned masks, weighed for each pair of items by both vectors (Tan et al., ICCV 2019, section 3.2).

    The weights need both items, so that every candidate must be scored with every item of the outfit, without an index.
    """

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__(width, config)
        self.subspaces = nn.Parameter(1 + 0.1 * torch.randn(config.subspaces, config.dim))
        self.mine = nn.Linear(config.dim, config.table)
        self.theirs = nn.Linear(config.dim, config.table)
        self.weigh = nn.Linear(config.table, config.subspaces)

    def distances(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Squared distances between masked vectors."""
        both = F.relu(self.mine(outfits.vectors)[:, :, None] + self.theirs(items)[:, None])
        masks = torch.softmax(self.weigh(both), -1) @ self.subspaces
        apart = masks * (outfits.vectors[:, :, None] - items[:, None])
        return (apart * apart).sum(-1)

    def score_matrix(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Scores of every outfit with every candidate, pair by pair."""
        return self.scores(outfits, items.expand(len(outfits.wanted), -1, -1))


class _PooledProjection(Matcher):
    """The outfit's mean vector against the candidate's: the strong modern baseline."""

    def scores(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Cosines."""
        return (self._pooled(outfits)[:, None] * items).sum(2)

    def score_matrix(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Cosines."""
        return self._pooled(outfits) @ items.T

    def _pooled(self, outfits: Outfits) -> Tensor:
        return F.normalize((self.item_weights(outfits)[:, :, None] * outfits.vectors).sum(1), dim=1)


BASELINES: Mapping[str, type[Matcher]] = {
    "siamese": Matcher,  # one space for all pairs of categories
    "type-aware": _TypeAware,
    "SCE-Net average": _SCENetAverage,
    "SCE-Net": _SCENet,
    "pooled projection": _PooledProjection,
}


def popularity(table: ItemTable) -> Scorer:
    """Number of outfits of the data set that a candidate is in, whatever the outfit."""
    times = table.times.astype(np.float64)
    return lambda outfits, candidates: times[candidates]


def co_occurrence(table: ItemTable, outfits: Sequence[Rows]) -> Scorer:
    """Mean over the outfit of the pointwise mutual information of item and candidate, with 0.01 pairs added.

    An item that was never seen is known by its shop's label and colour, or else by its label.
    """
    names = [
        (f"item {row}", f"{product.category}, {product.colour}", product.category)
        for row, product in enumerate(table.products)
    ]
    single, pairs = Counter[str](), Counter[tuple[str, str]]()
    for outfit in outfits:
        for row in outfit:
            single.update(names[row])
        for first, second in permutations(outfit, 2):
            pairs.update(zip(names[first], names[second], strict=True))
    total = max(sum(map(len, outfits)), 1)

    def information(item: int, candidate: int) -> float:
        """By the finest names under which both were seen."""
        for first, second in zip(names[item], names[candidate], strict=True):
            if single[first] and single[second]:
                expected = single[first] * single[second] / total
                return float(np.log((pairs[first, second] + 0.01) / (expected + 0.01)))
        return 0.0

    def scores(outfits: Sequence[Rows], candidates: Indices) -> Doubles:
        table = zip(outfits, candidates.tolist(), strict=True)
        return np.array(
            [[np.mean([information(item, row) for item in outfit]) for row in rows] for outfit, rows in table]
        )

    return scores


@dataclass(frozen=True)
class FoldedIndex:
    """One folded vector an item, and one matrix product a query."""

    masks: MaskTable
    slices: Sequence[Vectors]
    """By category, its items' folded vectors, which lie together: to gather them would take longer than the product.

    Shape of each: (members, 2d + 1).
    """
    members: Sequence[Indices]
    """Rows of each category's items."""

    @classmethod
    def of(cls, masks: MaskTable, vectors: Vectors, categories: Indices) -> FoldedIndex:
        """Index items. Shapes: (n, d), (n,)."""
        members = _members(masks, categories)
        return cls(masks, [fold(vectors[rows]) for rows in members], members)

    def search(self, vectors: Vectors, categories: Indices, wanted: int, k: int) -> tuple[Indices, Vectors]:
        """The best items of the wanted category and their scores, best first."""
        query = self.masks.query(vectors, categories, wanted)
        return _best(self.members[wanted], query.scores(self.slices[wanted]), k)

    @property
    def bytes_per_item(self) -> float:
        """Memory."""
        return sum(part.nbytes for part in self.slices) / max(sum(map(len, self.members)), 1)


class PaperIndex(FoldedIndex):
    """The published index (section 3.4): an embedding for each partner category, and a search for each item.

    Shape of each slice: (c, members, d).
    """

    @classmethod
    def of(cls, masks: MaskTable, vectors: Vectors, categories: Indices) -> PaperIndex:
        """Index items. Shapes: (n, d), (n,)."""
        members = _members(masks, categories)
        slices = [masks.table[:, wanted, None] * vectors[rows] for wanted, rows in enumerate(members)]
        return cls(masks, slices, members)

    def search(self, vectors: Vectors, categories: Indices, wanted: int, k: int) -> tuple[Indices, Vectors]:
        """The best items of the wanted category and their scores, best first."""
        weights = self.masks.item_weights(vectors, categories, wanted)
        fused = np.zeros(len(self.members[wanted]), np.float32)
        for vector, category, weight in zip(vectors, categories, weights, strict=True):
            apart = self.slices[wanted][category] - self.masks.table[category, wanted] * vector
            fused += weight * (1 - np.einsum("md,md->m", apart, apart) / 2)
        return _best(self.members[wanted], fused, k)


def _members(masks: MaskTable, categories: Indices) -> list[Indices]:
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
