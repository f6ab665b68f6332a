"""CSA-Net: items in subspaces that depend on the category they have and the category that is wanted.

Lin, Tran and Davis, "Fashion Outfit Complementary Item Retrieval", CVPR 2020. The published network starts at
ResNet-18; ours starts at the frozen encoder's looks, and adds to the published attention over subspaces one over the
outfit's items. Item vectors have unit length *before* the masks, so that the whole outfit's distance to an item stays
one inner product (see `lookup.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.catalog.categories import OUTFIT_CATEGORIES
from modiste.errors import UsageError


@dataclass(frozen=True)
class CSANetConfig:
    """What is needed to build the network."""

    categories: tuple[str, ...] = OUTFIT_CATEGORIES
    """What an item can be; the published eleven, or a catalogue's own."""
    dim: int = 64
    """Length of an item's vector."""
    subspaces: int = 8
    """Learned masks (k)."""
    hidden: int = 512
    """Width of the perceptron between looks and vectors; 0 for the published single layer."""
    table: int = 64
    """Width of the network that weighs the subspaces for a pair of categories."""
    residual: bool = True
    """Masks stray from one and keep a mean square of one, so that a fresh network compares whole vectors, and scores of
    different categories compare; without, they are the published mixture."""
    attention: bool = True
    """Items of an outfit count as their category matters to the one that is wanted; without, all count the same."""
    dropout: float = 0.4
    """Share of the looks, and of the hidden layer, left out while training."""

    def __post_init__(self) -> None:
        if len(self.categories) < 2:
            raise UsageError(f"an outfit needs at least 2 categories; got {', '.join(self.categories) or 'none'}")
        if self.dim < 1 or self.subspaces < 1:
            raise UsageError(f"dim and subspaces must be at least 1; got {self.dim} and {self.subspaces}")


class Outfits(NamedTuple):
    """Outfits of which an item is wanted, padded to the longest."""

    vectors: Tensor
    """Of their items. Shape: (b, n, d)."""
    categories: Tensor
    """Shape: (b, n)."""
    there: Tensor
    """1 for items, 0 for padding. Shape: (b, n)."""
    wanted: Tensor
    """The category of the item that is wanted. Shape: (b,)."""


class Trunk(nn.Module):
    """Looks to unit vectors: what every network of this package starts with.

    Args of forward:
        looks: the encoder's features of a photo. Shape: (n, f).

    Returns:
        Shape: (n, d).
    """

    def __init__(self, width: int, dim: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.mean: Tensor
        self.deviation: Tensor
        layers = [nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout)] if hidden else []
        self.layers = nn.Sequential(nn.Dropout(dropout), *layers, nn.Linear(hidden or width, dim))

    def forward(self, looks: Tensor) -> Tensor:
        return F.normalize(self.layers((looks - self.mean) / self.deviation), dim=-1)

    @torch.no_grad()
    def measure(self, looks: Tensor) -> None:
        """Take mean and deviation of each feature from the training items. Shape: (n, f)."""
        self.mean.copy_(looks.mean(0))
        self.deviation.copy_(looks.std(0) + 1e-3)


class Matcher(nn.Module):
    """What CSA-Net and its baselines share: a trunk, a temperature, and scores that are negative distances."""

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = Trunk(width, config.dim, config.hidden, config.dropout)
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    def vector(self, looks: Tensor) -> Tensor:
        """Items to unit vectors. Shape: (n, f) to (n, d)."""
        vectors: Tensor = self.trunk(looks)
        return vectors

    def distances(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Squared distance of every outfit item to every candidate. Shape: items (b, g, d) to (b, n, g)."""
        raise NotImplementedError

    def weights(self, outfits: Outfits) -> Tensor:
        """What each item of an outfit counts; they sum to 1. Shape: (b, n)."""
        return outfits.there / outfits.there.sum(1, keepdim=True).clamp(min=1)

    def scores(self, outfits: Outfits, items: Tensor) -> Tensor:
        """How well candidates fit their outfits; 1 is perfect. Shape: items (b, g, d) to (b, g)."""
        return 1 - (self.weights(outfits)[:, :, None] * self.distances(outfits, items)).sum(1) / 2

    def across(self, outfits: Outfits, items: Tensor) -> Tensor:
        """The same for candidates that all outfits share. Shape: items (g, d) to (b, g)."""
        return self.scores(outfits, items.expand(len(outfits.wanted), -1, -1))

    def masked(self, outfits: Outfits) -> tuple[Tensor, Tensor]:
        """The masks of an outfit's items, and what they leave of them. Shapes: (b, n, d)."""
        return torch.ones_like(outfits.vectors), outfits.vectors

    @property
    def scale(self) -> Tensor:
        """Inverse temperature, at most 100."""
        return self.log_scale.exp().clamp(max=100.0)


class Masked(Matcher):
    """A matcher that multiplies item and candidate by a mask for their pair of categories, and compares those."""

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """The masks of pairs of categories. Shape: (...) and (...) to (..., d)."""
        raise NotImplementedError

    def distances(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Squared distances between masked vectors (eq. 1 and 5)."""
        masks, masked = self.masked(outfits)
        across = torch.einsum("bnd,bgd->bng", masks * masked, items)
        own = torch.einsum("bnd,bgd->bng", masks * masks, items * items)
        return (masked * masked).sum(2, keepdim=True) - 2 * across + own

    def across(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Every outfit against every candidate as two matrix products: the outfit's mean distance, folded."""
        weights, squares = self.weights(outfits)[:, :, None], self.masked(outfits)[0] ** 2
        constant = (weights * squares * outfits.vectors * outfits.vectors).sum((1, 2))
        linear = (weights * squares * outfits.vectors).sum(1)
        return 1 - constant[:, None] / 2 + linear @ items.T - (weights * squares).sum(1) @ (items * items).T / 2

    def masked(self, outfits: Outfits) -> tuple[Tensor, Tensor]:
        """The masks of an outfit's items, and what they leave of them."""
        masks = self.masks(outfits.categories, outfits.wanted[:, None].expand_as(outfits.categories))
        return masks, masks * outfits.vectors


class CSANet(Masked):
    """Subspace attention (section 3.1): learned masks, weighed for the pair of categories.

    Args:
        width: features of a photo.
    """

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__(width, config)
        count = len(config.categories)
        # Masks near zero would put all items in one place, where the hinge stands at its margin.
        start = 0.0 if config.residual else 1.0
        self.subspaces = nn.Parameter(start + 0.1 * torch.randn(config.subspaces, config.dim))
        self.table = nn.Sequential(
            nn.Linear(2 * count, config.table), nn.ReLU(), nn.Linear(config.table, config.subspaces)
        )
        self.attention = nn.Parameter(torch.zeros(count, count))
        self.voice = nn.Linear(config.dim, 1, bias=False)
        nn.init.zeros_(self.voice.weight)

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """Mixtures of the subspaces' masks."""
        count = len(self.config.categories)
        pairs = torch.cat([F.one_hot(sources, count), F.one_hot(wanted, count)], -1).float()
        mixed: Tensor = torch.softmax(self.table(pairs), -1) @ self.subspaces
        if not self.config.residual:
            return mixed
        masks = 1 + mixed
        return masks / masks.square().mean(-1, keepdim=True).sqrt()

    def weights(self, outfits: Outfits) -> Tensor:
        """Attention over the outfit's items: what their category means to the wanted one, and what they look like."""
        if not self.config.attention:
            return super().weights(outfits)
        logits = self.attention[outfits.categories, outfits.wanted[:, None].expand_as(outfits.categories)]
        logits = logits + self.voice(outfits.vectors)[..., 0]
        return torch.softmax(logits.masked_fill(outfits.there == 0, -1e4), 1)


def padded(outfits: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Rows of items as one array, 0 where there is none, and where there are items. Shapes: (b, n)."""
    longest = max(map(len, outfits), default=0)
    rows = torch.zeros(len(outfits), longest, dtype=torch.long)
    there = torch.zeros(len(outfits), longest)
    for place, items in enumerate(outfits):
        rows[place, : len(items)] = torch.tensor(items, dtype=torch.long)
        there[place, : len(items)] = 1
    return rows, there
