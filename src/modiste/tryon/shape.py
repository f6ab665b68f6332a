"""The shape generation network: mask codes of the chosen garments and a body model give a segmentation map.

O-VITON, section 3.2. Each class's mask is encoded alone by shared weights and pooled to a coarse grid, which takes out
the pose and the body of whoever wore it; codes of the query and of the references are put side by side, and a generator
paints the map of the query in these garments. Our masks are first laid onto the query's body (align.py), so that the
codes can be finer than the published 8x4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.tryon.body import parts, stand_in
from modiste.tryon.canvas import one_hot
from modiste.tryon.layers import Residual, Rise, convolution
from modiste.tryon.scene import OCCLUDERS, Scene, covers
from modiste.types import Map, Mask

CLASSES = len(PARSING_CLASSES)
BODY = len(KEYPOINTS) + 4 + CLASSES + 1
"""Planes of the body model: joints, coarse parts, the map with the garments taken out, and where they were."""
SPREAD = 3.0
"""Standard deviation of a joint in the body model, in pixels."""
ZONE = 5
"""Pixels by which the garments that go and come are grown to where the map is invented."""


@dataclass(frozen=True)
class ShapeConfig:
    """Sizes of the network."""

    size: tuple[int, int] = (128, 96)
    """Height and width of the map that it paints."""
    codes: int = 10
    """Numbers a class has in each cell (D_s)."""
    cells: tuple[int, int] = (16, 12)
    """Grid of the codes; 8 by 4 as published, where masks aren't aligned first."""
    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    """Channels at each depth."""


class ShapeNetwork(nn.Module):
    """Masks and a body to a map.

    Args of forward:
        body: the body model. Shape: (b, BODY, h, w).
        masks: of each class, the query's or a reference's, as they lie on the query. Shape: (b, 13, h, w).

    Returns:
        Logits. Shape: (b, 13, h, w).
    """

    def __init__(self, config: ShapeConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ShapeConfig()
        first, second, third, last = config.widths
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, 32, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(32, config.codes, 3, 1, 1),
        )  # fmt: skip
        self.enter = convolution(BODY, first)
        self.down = nn.ModuleList([convolution(first, second, 2), convolution(second, third, 2)])
        self.bottom = convolution(third, last, 2)
        self.join = convolution(last + CLASSES * config.codes, last)
        self.think = nn.Sequential(Residual(last), Residual(last), Residual(last))
        self.up = nn.ModuleList([Rise(last, third, third), Rise(third, second, second), Rise(second, first, first)])
        self.paint = nn.Conv2d(first, CLASSES, 3, 1, 1)

    def encode(self, masks: Tensor) -> Tensor:
        """Codes of each class, by shared weights. Shape: (b, 13, h, w) to (b, 13 * 10, 16, 12)."""
        count = masks.shape[0]
        alone = masks.reshape(-1, 1, *masks.shape[2:])
        coded = F.adaptive_avg_pool2d(self.encoder(alone), self.config.cells)
        return coded.reshape(count, -1, *self.config.cells)

    def forward(self, body: Tensor, masks: Tensor) -> Tensor:
        x = self.enter(body)
        kept = [x]
        for step in self.down:
            x = step(x)
            kept.append(x)
        codes = self.encode(masks)
        x = self.bottom(x)
        x = self.think(self.join(torch.cat([x, F.interpolate(codes, x.shape[-2:])], 1)))
        for step, skip in zip(self.up, reversed(kept), strict=True):
            x = step(x, skip)
        logits: Tensor = self.paint(x)
        return logits


def body_model(query: Scene, zone: Mask, size: tuple[int, int]) -> Tensor:
    """Joints as heat maps, coarse parts, the map with the zone taken out, and the zone. Shape: (BODY, h, w)."""
    height, width = size
    scale = height / query.map.shape[0]
    joints = stand_in(query.keypoints) * scale
    across, down = (
        np.exp(-((np.arange(side, dtype=np.float32) - joints[:, axis, None]) ** 2) / (2 * SPREAD**2))
        for axis, side in enumerate((width, height))
    )
    heat = down[:, :, None] * across[:, None]
    shapes = np.kron(parts(joints / 2, height // 2, width // 2), np.ones((1, 2, 2), bool))
    known = F.adaptive_avg_pool2d(one_hot(query.map) * torch.from_numpy(~zone), size)
    free = F.adaptive_avg_pool2d(torch.from_numpy(zone)[None].float(), size)
    return torch.cat([torch.from_numpy(heat), torch.from_numpy(shapes).float(), known, free])


def invented(query: Map, garments: Sequence[Mask], replaced: set[int]) -> Mask:
    """Where the map is to be invented: the garments that go and those that come, with a margin; not hair and faces."""
    goes = covers(query, replaced)
    for mask in garments:
        goes |= mask
    grown = ndimage.binary_dilation(goes, iterations=ZONE)
    over = covers(query, set(OCCLUDERS) - replaced)
    return np.asarray(grown & ~over)
