"""The encoder of products: EfficientNet-Lite0 for photos, an LSTM over MiniLM's token states for texts.

Photos and texts share one space (contrastive, as in CLIP: Radford et al., ICML 2021); three linear heads read a
photo's type, colour and gender.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.encoders.efficientnet import HEAD_WIDTH, TAP_WIDTHS, EfficientNetLite0, Maps

STATE_WIDTH = 384
"""Of MiniLM's token states."""
POOLED_WIDTH = TAP_WIDTHS[0] + TAP_WIDTHS[1] + HEAD_WIDTH
ATTRIBUTES = ("category", "colour", "gender")
"""Fields of a product that the heads predict."""


class ImageTower(nn.Module):
    """Photos to vectors and pooled features.

    Colour is predicted best from the low map, category from the head: the pooled feature holds the means of both and of
    the mid map.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.network = EfficientNetLite0()
        self.norm = nn.LayerNorm(POOLED_WIDTH)
        self.project = nn.Linear(POOLED_WIDTH, dim)

    def maps(self, photos: Tensor) -> Maps:
        """Maps at three depths from pixels 0-255. Shape: (b, h, w, 3)."""
        maps: Maps = self.network(scaled(photos))
        return maps

    def pooled(self, maps: Maps) -> Tensor:
        """Input of the attribute heads and of the projection. Shape: (b, 1432)."""
        means = [maps.low.mean((2, 3)), maps.mid.mean((2, 3)), self.network.pooled(maps)]
        feature: Tensor = self.norm(torch.cat(means, 1))
        return feature

    def vector(self, pooled: Tensor) -> Tensor:
        """Unit vectors. Shape: (b, dim)."""
        return F.normalize(self.project(pooled), dim=1)


class _TextTower(nn.Module):
    """Token states to unit vectors: LSTM, maximum over the tokens (as VAL's text encoder, section 3.1), projection.

    Args of forward:
        states: MiniLM's. Shape: (b, t, 384).
        mask: 1 where there is a token. Shape: (b, t).
    """

    def __init__(self, dim: int, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.lstm = nn.LSTM(STATE_WIDTH, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(hidden, dim)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        start = states.new_zeros(1, states.shape[0], self.lstm.hidden_size)
        outputs, _ = self.lstm(states, (start, start))
        outputs = outputs.masked_fill(mask[:, :, None] == 0, -1.0)  # an LSTM's output is never below -1
        return F.normalize(self.project(self.dropout(outputs.amax(1))), dim=1)


class ProductEncoder(nn.Module):
    """Both towers, the attribute heads and the temperature of the contrastive loss.

    Args:
        labels: for each of category, colour and gender the labels of its head.
        dim: length of a vector.
        hidden: width of the LSTM.
    """

    def __init__(self, labels: Mapping[str, Sequence[str]], dim: int = 256, hidden: int = 384) -> None:
        super().__init__()
        self.labels, self.dim, self.hidden = labels, dim, hidden
        self.image = ImageTower(dim)
        self.text = _TextTower(dim, hidden)
        self.heads = nn.ModuleDict({name: nn.Linear(POOLED_WIDTH, len(labels[name])) for name in ATTRIBUTES})
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def describe(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Vector, low, mid and high map, and logits of category, colour and gender of photos.

        Shape of photos: pixels 0-255, (b, h, w, 3).
        """
        maps = self.image.maps(photos)
        pooled = self.image.pooled(maps)
        return self.image.vector(pooled), *maps, *(self.heads[name](pooled) for name in ATTRIBUTES)

    @property
    def scale(self) -> Tensor:
        """Inverse temperature, at most 100 (CLIP, section 2.5)."""
        return self.log_scale.exp().clamp(max=100.0)


def scaled(photos: Tensor) -> Tensor:
    """Pixels 0-255 as the published weights expect them. Shape: (b, h, w, 3) to (b, 3, h, w)."""
    return ((photos.float() - 127.0) / 128.0).permute(0, 3, 1, 2)
