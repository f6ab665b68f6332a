"""The network that parses people, and its export: EfficientNet-Lite0 with a light decoder up to half the frame's size.

Feature pyramids: Lin et al., CVPR 2017, section 3. Joints are classified over cells, with one more class for a joint
that is out of sight: DeTone et al., "SuperPoint", CVPR workshops 2018, section 3.2, whose "dustbin" it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.encoders.efficientnet import EfficientNetLite0, imagenet
from modiste.encoders.product import scaled
from modiste.parsing.frame import MIRRORED
from modiste.weights import find

TAPS = (0, 2, 4, 10, 15)
"""Blocks of the trunk whose outputs are read, at strides 2, 4, 8, 16 and 32."""
TAP_WIDTHS = (16, 24, 40, 112, 320)
MAP_STRIDE, HEAT_STRIDE = 2, 4
FROZEN = 3
"""Blocks that stay as they were: they detect edges and colours, the same in every photo, and cost most to train."""


@dataclass(frozen=True)
class ParserConfig:
    """Sizes of the network."""

    widths: tuple[int, int, int, int, int] = (32, 48, 64, 128, 128)
    """Of the decoder at strides 2, 4, 8, 16 and 32."""


class ParserLogits(NamedTuple):
    """Logits of some frames at 256x192."""

    classes: Tensor
    """Shape: (b, 13, 128, 96)."""
    heat: Tensor
    """Of each joint's lying in each cell. Shape: (b, 17, 64, 48)."""
    absent: Tensor
    """Of each joint's being out of sight. Shape: (b, 17)."""


class ParserNetwork(nn.Module):
    """Frames to classes and joints.

    Args of forward:
        pixels: RGB 0-255. Shape: (b, h, w, 3), h and w multiples of 32.
    """

    def __init__(self, config: ParserConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = EfficientNetLite0()
        del self.trunk.head
        half, quarter, *_, deepest = config.widths
        self.laterals = nn.ModuleList(
            nn.Conv2d(tap, out, 1) for tap, out in zip(TAP_WIDTHS, config.widths, strict=True)
        )
        self.context = nn.Linear(TAP_WIDTHS[-1], deepest)
        self.smooth = nn.ModuleList(
            [
                nn.Sequential(nn.Conv2d(half, half, 5, padding=2, groups=half), nn.Conv2d(half, half, 1)),
                *(nn.Conv2d(width, width, 3, padding=1) for width in config.widths[1:]),
            ]
        )
        self.descend = nn.ModuleList(
            nn.Conv2d(above, below, 1) for below, above in zip(config.widths[:-1], config.widths[1:], strict=True)
        )
        self.classes = nn.Conv2d(half, len(PARSING_CLASSES), 1)
        self.heat = nn.Sequential(
            nn.Conv2d(quarter, quarter, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(quarter, len(KEYPOINTS), 1)
        )
        self.nowhere = nn.Linear(deepest, len(KEYPOINTS))

    def forward(self, pixels: Tensor) -> ParserLogits:
        taps = list(self._rise(scaled(pixels)))
        glance = F.relu(self.context(taps[-1].mean((2, 3))))  # the whole frame at once
        x = F.relu(self.smooth[4](F.relu(self.laterals[4](taps[4]) + glance[:, :, None, None])))
        quarter = x
        for depth in (3, 2, 1, 0):
            x = F.interpolate(self.descend[depth](x), scale_factor=2.0, mode="bilinear", align_corners=False)
            x = F.relu(self.smooth[depth](F.relu(x + self.laterals[depth](taps[depth]))))
            quarter = x if depth == 1 else quarter
        return ParserLogits(self.classes(x), self.heat(quarter), self.nowhere(glance))

    def _rise(self, photos: Tensor) -> Iterator[Tensor]:
        with torch.no_grad():
            x = self.trunk.stem(photos)
        for number, block in enumerate(self.trunk.blocks):
            with torch.set_grad_enabled(torch.is_grad_enabled() and number >= FROZEN):
                x = block(x)
            if number in TAPS:
                yield x


def build(config: ParserConfig, encoder: str, seed: int = 0) -> ParserNetwork:
    """A fresh network on the trunk of an encoder's weights, or on ImageNet's where none is named."""
    torch.manual_seed(seed)
    network = ParserNetwork(config)
    if encoder:
        named = find(encoder).tensors()
        prefix = "image.network."
        trunk = {key.removeprefix(prefix): torch.from_numpy(t) for key, t in named.items() if key.startswith(prefix)}
    else:
        trunk = imagenet().state_dict()
    network.trunk.load_state_dict({key: value for key, value in trunk.items() if not key.startswith("head.")})
    return network


class ParserExport(nn.Module):
    """Export wrapper: a network with what turns its logits into maps and heat, averaged with the mirror image's.

    Returns:
        Indices in PARSING_CLASSES, uint8, shape (b, 256, 192), and the probability of each joint's lying in each cell,
        shape (b, 17, 64, 48).
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        classes, heat = self.probabilities(pixels)
        full = F.interpolate(classes, scale_factor=2.0, mode="bilinear", align_corners=False)
        return full.argmax(1).to(torch.uint8), heat

    def probabilities(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Logarithms of the classes' probabilities, and the joints' heat. Shapes: (b, 13, 128, 96), (b, 17, 64, 48)."""
        classes, heat = self._normalised(pixels)
        mirrored_classes, mirrored_heat = self._normalised(pixels.flip(2))
        return (classes + mirrored_classes.flip(3)) / 2, (heat + mirrored_heat.flip(3)[:, list(MIRRORED)]) / 2

    def _normalised(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        logits: ParserLogits = self.network(pixels)
        heat = torch.cat([logits.heat.flatten(2), logits.absent[:, :, None]], 2).softmax(2)
        return logits.classes.log_softmax(1), heat[:, :, :-1].unflatten(2, logits.heat.shape[2:])
