"""The appearance generation network: codes of each garment and a map give the photo.

O-VITON, section 3.3: features of a reference are averaged over each class's own region there, the means are spread over
the regions of the generated map, and a generator paints. A mean can't carry stripes, so ours also sees the garment's
own pixels, coarsely aligned (the texture path), and says with an alpha how far to trust them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.catalog.categories import PARSING_CLASSES
from modiste.tryon.layers import Residual, Rise, convolution

CLASSES = len(PARSING_CLASSES)
LEAST = 16.0
"""Pixels that a region needs for its mean to say something; with fewer its code is the learned null."""


@dataclass(frozen=True)
class AppearanceConfig:
    """Sizes of the network."""

    codes: int = 30
    """Numbers that describe a region's colour and texture (D_t)."""
    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    """Channels at half, quarter, eighth and sixteenth of the size."""
    blocks: int = 4
    """Residual blocks at the smallest size."""


def region_means(features: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Mean features of every class over its own region (O-VITON, section 3.3).

    Args:
        features: Shape: (b, d, h, w).
        masks: of each class, 0-1. Shape: (b, k, h, w).

    Returns:
        Means, shape (b, k, d), and areas in cells, shape (b, k).
    """
    area = masks.sum((2, 3))
    sums = torch.einsum("bkhw,bdhw->bkd", masks, features)
    return sums / area.clamp_min(1e-6)[..., None], area


def broadcast(codes: Tensor, masks: Tensor) -> Tensor:
    """Spread each class's code over its region of a map. Shapes: (b, k, d), (b, k, h, w) to (b, d, h, w)."""
    return torch.einsum("bkhw,bkd->bdhw", masks, codes)


class AppearanceEncoder(nn.Module):
    """Codes of each class of a photo.

    Args of forward:
        photo: RGB 0-1. Shape: (b, 3, h, w).
        masks: the photo's own map. Shape: (b, 13, h, w).

    Returns:
        Shape: (b, 13, codes).
    """

    def __init__(self, codes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3 + CLASSES, 24, 3, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(24, 48, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(48, codes, 3, 1, 1), nn.Tanh(),
        )  # fmt: skip
        self.null = nn.Parameter(torch.zeros(CLASSES, codes))

    def forward(self, photo: Tensor, masks: Tensor) -> Tensor:
        features = self.layers(torch.cat([photo * 2 - 1, masks], 1))
        scale = (masks.shape[-1] // features.shape[-1]) ** 2
        means, area = region_means(features, F.adaptive_avg_pool2d(masks, features.shape[-2:]))
        return torch.where((area * scale >= LEAST)[..., None], means, self.null)


class AppearanceNetwork(nn.Module):
    """A rough picture, a map and codes to a finished picture.

    Args of forward:
        rough: the query with garments laid onto it and holes filled (canvas.py), 0-1. Shape: (b, 3, h, w).
        sampled: 1 where `rough` holds a reference's own pixels. Shape: (b, 1, h, w).
        changed: 1 where the picture may differ from the query. Shape: (b, 1, h, w).
        masks: the generated map, hard or soft. Shape: (b, 13, h, w).
        codes: of each class. Shape: (b, 13, codes).

    Returns:
        RGB 0-1, which is `rough` wherever nothing may change. Shape: (b, 3, h, w).
    """

    def __init__(self, config: AppearanceConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or AppearanceConfig()
        first, second, third, last = config.widths
        self.encoder = AppearanceEncoder(config.codes)
        self.enter = convolution(3 + 2 + CLASSES + config.codes, first, 2)
        self.refine = convolution(first, first)
        self.down = nn.ModuleList([convolution(first, second, 2), convolution(second, third, 2)])
        self.bottom = convolution(third, last, 2)
        self.think = nn.Sequential(*[Residual(last) for _ in range(config.blocks)])
        self.up = nn.ModuleList([Rise(last, third, third), Rise(third, second, second), Rise(second, first, first)])
        self.late = nn.Sequential(
            convolution(first // 4 + 5, 16), convolution(16, 16), nn.Conv2d(16, 4, 3, 1, 1),
        )  # fmt: skip
        for parameter in self.late[-1].parameters():  # at first the rough picture is left as it is
            nn.init.normal_(parameter, std=1e-3)

    def forward(self, rough: Tensor, sampled: Tensor, changed: Tensor, masks: Tensor, codes: Tensor) -> Tensor:
        planes = self.planes(rough, sampled, changed)
        return rough + self.stroke(*self.features(planes, masks, codes), planes)

    def planes(self, rough: Tensor, sampled: Tensor, changed: Tensor) -> Tensor:
        """What the first and the last layers see of the rough picture. Shape: (b, 5, h, w)."""
        return torch.cat([rough * 2 - 1, sampled, changed], 1)

    def features(self, planes: Tensor, masks: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        """All but the late layers. Shape: (b, 5, h, w) to (b, second, h / 4, w / 4) and (b, first, h / 2, w / 2)."""
        inputs = torch.cat([planes, masks, broadcast(codes, masks)], 1)
        x = self.refine(self.enter(inputs))
        kept = [x]
        for step in self.down:
            x = step(x)
            kept.append(x)
        x = self.think(self.bottom(x))
        for step, skip in zip(self.up, kept[:0:-1], strict=False):
            x = step(x, skip)
        return x, kept[0]

    def stroke(self, features: Tensor, early: Tensor, planes: Tensor) -> Tensor:
        """The late layers, which online refinement tunes: what is to be added to the rough picture.

        They paint, and say with an alpha how much of a reference's own pixels to paint over; what may not change gets
        nothing. The rough picture can be larger than the stroke: a stroke enlarges well, for the detail is in the
        rough. Shapes: those of `features`, and (b, 5, h, w), to (b, 3, h, w).
        """
        raised = self.up[-1](features, early)
        painted, alpha = self.late(torch.cat([F.pixel_shuffle(raised, 2), planes], 1)).split([3, 1], 1)
        sampled, changed = planes[:, 3:4], planes[:, 4:5]
        over: Tensor = 1 - torch.sigmoid(alpha) * sampled
        stroke: Tensor = changed * over * painted
        return stroke

    def late_layers(self) -> list[nn.Module]:
        """What `stroke` runs through."""
        return [self.up[-1], self.late]
