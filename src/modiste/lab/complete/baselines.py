"""What CSA-Net is compared with, under the same `vector` and `scores`.

Those that learn start from the same looks through the same trunk, and learn from the same batches with the same loss.
Those that count know how often items were worn, and which together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.complete.model import CSANetConfig, Masked, Matcher, Outfits
from modiste.lab.complete.data import Rows, Wardrobe
from modiste.types import Indices


class Siamese(Masked):
    """One space for all pairs of categories."""

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """All of it."""
        return torch.ones(*sources.shape, self.config.dim, device=sources.device)


class TypeAware(Masked):
    """A free mask for each pair of categories, whichever is wanted (Vasileva et al., ECCV 2018, section 3.2)."""

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__(width, config)
        count = len(config.categories)
        self.pairs = nn.Parameter(1 + 0.1 * torch.randn(count * (count + 1) // 2, config.dim))

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """The pair's mask."""
        low, high = torch.minimum(sources, wanted), torch.maximum(sources, wanted)
        return self.pairs[high * (high + 1) // 2 + low]


class SCENetAverage(Masked):
    """Learned masks, all of which count the same (Tan et al., ICCV 2019, table 3, "average")."""

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__(width, config)
        self.subspaces = nn.Parameter(1 + 0.1 * torch.randn(config.subspaces, config.dim))

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """The root mean square of the masks: squared distances in all subspaces, averaged, are one in this."""
        return (self.subspaces**2).mean(0).sqrt().expand(*sources.shape, -1)


class SCENet(Matcher):
    """Learned masks, weighed for each pair of items by what both look like (Tan et al., ICCV 2019, section 3.2).

    The weights need both items, so that every candidate must be scored with every item of the outfit: no index.
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


class PooledProjection(Matcher):
    """The outfit's mean vector against the candidate's: the strong modern baseline."""

    def scores(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Cosines."""
        return (self._pooled(outfits)[:, None] * items).sum(2)

    def across(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Cosines."""
        return self._pooled(outfits) @ items.T

    def _pooled(self, outfits: Outfits) -> Tensor:
        return F.normalize((self.weights(outfits)[:, :, None] * outfits.vectors).sum(1), dim=1)


BASELINES: Mapping[str, type[Matcher]] = {
    "siamese": Siamese,
    "type-aware": TypeAware,
    "SCE-Net average": SCENetAverage,
    "SCE-Net": SCENet,
    "pooled projection": PooledProjection,
}


class Popularity:
    """How many outfits of the data set a candidate is in, whatever it should go with."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        self.times = wardrobe.times.astype(np.float64)

    def scores(self, outfits: Sequence[Rows], candidates: Indices) -> NDArray[np.float64]:
        """Shape: (b, g) to (b, g)."""
        return self.times[candidates]


class CoOccurrence:
    """How much more often than by chance a candidate was worn with the outfit's items.

    An item that was never seen is known by its shop's label and colour. The mean over the outfit of the pointwise
    mutual information, with a start of one pair in a hundred.
    """

    def __init__(self, wardrobe: Wardrobe, learnt: Sequence[Rows]) -> None:
        self._names = [
            (f"item {row}", f"{product.category}, {product.colour}", product.category)
            for row, product in enumerate(wardrobe.products)
        ]
        self._single: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for outfit in learnt:
            for row in outfit:
                self._single.update(self._names[row])
            for one, other in permutations(outfit, 2):
                self._pairs.update(zip(self._names[one], self._names[other], strict=True))
        self._all = max(sum(map(len, learnt)), 1)

    def scores(self, outfits: Sequence[Rows], candidates: Indices) -> NDArray[np.float64]:
        """Shape: (b, g) to (b, g)."""
        return np.array(
            [
                [np.mean([self._fit(item, row) for item in outfit]) for row in some]
                for outfit, some in zip(outfits, candidates.tolist(), strict=True)
            ]
        )

    def _fit(self, item: int, candidate: int) -> float:
        """By the finest name under which both were seen."""
        for one, other in zip(self._names[item], self._names[candidate], strict=True):
            if self._single[one] and self._single[other]:
                expected = self._single[one] * self._single[other] / self._all
                return float(np.log((self._pairs[one, other] + 0.01) / (expected + 0.01)))
        return 0.0
