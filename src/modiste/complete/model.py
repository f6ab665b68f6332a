"""CSA-Net: items in subspaces that depend on the category they have and the category that is wanted.

Lin, Tran and Davis, "Fashion Outfit Complementary Item Retrieval", CVPR 2020. The published network starts at
ResNet-18; ours starts at the frozen encoder's features, and adds to the published attention over subspaces one over
the outfit's items. Item vectors have unit length *before* the masks, so that the whole outfit's distance to an item
stays one inner product (see `lookup.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.catalog.categories import OUTFIT_CATEGORIES
from modiste.encoders.efficientnet import HEAD_WIDTH, TAP_WIDTHS
from modiste.encoders.onnx import export
from modiste.encoders.pipeline import TrainedEncoder
from modiste.encoders.pipeline import load_network as load_encoder
from modiste.errors import UsageError
from modiste.images import SIZE


@dataclass(frozen=True)
class CSANetConfig:
    """Sizes and parts of the network."""

    categories: tuple[str, ...] = OUTFIT_CATEGORIES
    """Of items; the published eleven, or a catalogue's own."""
    dim: int = 64
    """Length of an item's vector."""
    subspaces: int = 8
    """Learned masks (k)."""
    hidden: int = 512
    """Width of the perceptron between features and vectors; 0 for the published single layer."""
    table: int = 64
    """Width of the network that weighs the subspaces for a pair of categories."""
    residual: bool = True
    """Masks stray from one and keep a mean square of one, so that a fresh network compares whole vectors, and scores of
    different categories compare; without, they are the published mixture."""
    attention: bool = True
    """Items of an outfit count as their category matters to the one that is wanted; without, all count the same."""
    dropout: float = 0.4
    """Share of the features, and of the hidden layer, left out while training."""

    def __post_init__(self) -> None:
        if len(self.categories) < 2:
            raise UsageError(f"an outfit needs at least 2 categories; got {', '.join(self.categories) or 'none'}")
        if self.dim < 1 or self.subspaces < 1:
            raise UsageError(f"dim and subspaces must be at least 1; got {self.dim} and {self.subspaces}")


class Outfits(NamedTuple):
    """Outfits that lack an item, padded to the longest."""

    vectors: Tensor
    """Of their items. Shape: (b, n, d)."""
    categories: Tensor
    """Shape: (b, n)."""
    present: Tensor
    """1 for items, 0 for padding. Shape: (b, n)."""
    wanted: Tensor
    """Category of the missing item. Shape: (b,)."""


class Trunk(nn.Module):
    """Features to unit vectors, the first part of CSA-Net and of its baselines.

    Args of forward:
        features: of a photo, by `Backbone`. Shape: (n, f).

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

    def forward(self, features: Tensor) -> Tensor:
        return F.normalize(self.layers((features - self.mean) / self.deviation), dim=-1)

    @torch.no_grad()
    def set_statistics(self, features: Tensor) -> None:
        """Take mean and deviation of each feature from the training items. Shape: (n, f)."""
        self.mean.copy_(features.mean(0))
        self.deviation.copy_(features.std(0) + 1e-3)


class Matcher(nn.Module):
    """Base of CSA-Net and its baselines: a trunk, a temperature, and distances under masks of pairs of categories.

    `trunk` turns the features of items into their unit vectors.
    """

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = Trunk(width, config.dim, config.hidden, config.dropout)
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    def masks(self, sources: Tensor, wanted: Tensor) -> Tensor:
        """The masks of pairs of categories; here ones, for one space. Shape: (...) and (...) to (..., d)."""
        return torch.ones(*sources.shape, self.config.dim, device=sources.device)

    def masked(self, outfits: Outfits) -> tuple[Tensor, Tensor]:
        """The masks of an outfit's items, and the items' masked vectors. Shapes: (b, n, d)."""
        masks = self.masks(outfits.categories, outfits.wanted[:, None].expand_as(outfits.categories))
        return masks, masks * outfits.vectors

    def distances(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Squared distance of every outfit item to every candidate, both masked (eq. 1 and 5).

        Shape: items (b, g, d) to (b, n, g).
        """
        masks, masked = self.masked(outfits)
        products = torch.einsum("bnd,bgd->bng", masks * masked, items)
        squares = torch.einsum("bnd,bgd->bng", masks * masks, items * items)
        return (masked * masked).sum(2, keepdim=True) - 2 * products + squares

    def item_weights(self, outfits: Outfits) -> Tensor:
        """Weight of each item of an outfit; they sum to 1. Shape: (b, n)."""
        return outfits.present / outfits.present.sum(1, keepdim=True).clamp(min=1)

    def scores(self, outfits: Outfits, items: Tensor) -> Tensor:
        """Compatibility of candidates with their outfits; 1 is perfect. Shape: items (b, g, d) to (b, g)."""
        return 1 - (self.item_weights(outfits)[:, :, None] * self.distances(outfits, items)).sum(1) / 2

    def score_matrix(self, outfits: Outfits, items: Tensor) -> Tensor:
        """The same of every outfit with every candidate, as two matrix products: the outfit's mean distance, folded.

        Shape: items (g, d) to (b, g).
        """
        weights, squares = self.item_weights(outfits)[:, :, None], self.masked(outfits)[0] ** 2
        constant = (weights * squares * outfits.vectors * outfits.vectors).sum((1, 2))
        linear = (weights * squares * outfits.vectors).sum(1)
        return 1 - constant[:, None] / 2 + linear @ items.T - (weights * squares).sum(1) @ (items * items).T / 2

    @property
    def scale(self) -> Tensor:
        """Inverse temperature, at most 100."""
        return self.log_scale.exp().clamp(max=100.0)


class CSANet(Matcher):
    """Subspace attention (section 3.1): learned masks, weighed for the pair of categories.

    Args:
        width: features of a photo.
    """

    def __init__(self, width: int, config: CSANetConfig) -> None:
        super().__init__(width, config)
        count = len(config.categories)
        # Masks near zero would map all items to one point, where the hinge loss stays at its margin.
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

    def item_weights(self, outfits: Outfits) -> Tensor:
        """Attention over the outfit's items, by their pair of categories and by their vectors."""
        if not self.config.attention:
            return super().item_weights(outfits)
        logits = self.attention[outfits.categories, outfits.wanted[:, None].expand_as(outfits.categories)]
        logits = logits + self.voice(outfits.vectors)[..., 0]
        return torch.softmax(logits.masked_fill(outfits.present == 0, -1e4), 1)


class Backbone(nn.Module):
    """Pixels to the features that CSA-Net starts from.

    These are the encoder's vector, its head's pooled feature, and mean and deviation of each channel of its low and its
    mid map.

    Args of forward:
        photos: RGB, 0-255. Shape: (b, h, w, 3).

    Returns:
        Shape: (b, f).
    """

    def __init__(self, encoder: TrainedEncoder) -> None:
        super().__init__()
        self.image = load_encoder(encoder.weights).image
        self.width = encoder.dim + HEAD_WIDTH + 2 * (TAP_WIDTHS[0] + TAP_WIDTHS[1])

    def forward(self, photos: Tensor) -> Tensor:
        maps = self.image.maps(photos)
        parts = [self.image.vector(self.image.pooled(maps)), self.image.network.pooled(maps)]
        for channels in (maps.low, maps.mid):
            mean = channels.mean((2, 3))
            variance = ((channels - mean[:, :, None, None]) ** 2).mean((2, 3))
            parts += [mean, torch.sqrt(variance + 1e-6)]
        return torch.cat(parts, 1)


class _GalleryGraph(nn.Module):
    """Export wrapper: pixels with even backgrounds to the vectors that are searched (as `lookup.fold`)."""

    def __init__(self, network: CSANet, backbone: Backbone) -> None:
        super().__init__()
        self.network, self.backbone = network, backbone

    def forward(self, photos: Tensor) -> Tensor:
        vectors = self.network.trunk(self.backbone(photos))
        squares = vectors * vectors
        filled = torch.sqrt((1 - (squares * squares).sum(1, keepdim=True)).clamp(min=0))
        return torch.cat([vectors, squares, filled], 1) / 2**0.5


def export_gallery(network: CSANet, encoder: TrainedEncoder, path: Path) -> None:
    """Write the graph from photos to folded vectors."""
    photos = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
    graph = _GalleryGraph(network, Backbone(encoder)).eval()
    export(graph, (photos,), ["photos"], ["vector"], {"photos": {0: "n"}, "vector": {0: "n"}}, path)
