"""What the networks of try-on are built of."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GROUPS = 8


def convolution(width: int, out: int, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution, group norm and a leaky ReLU. Shape: (b, width, h, w) to (b, out, h / stride, w / stride)."""
    return nn.Sequential(
        nn.Conv2d(width, out, 3, stride, 1, bias=False), nn.GroupNorm(GROUPS, out), nn.LeakyReLU(0.2, inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions beside an identity. Shape: (b, c, h, w)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolution(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.GroupNorm(GROUPS, width))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.second(self.first(x))
        return F.leaky_relu(x + y, 0.2)


class Rise(nn.Module):
    """Twice the size, joined with a map from the way down. Shapes: (b, c, h, w), (b, s, 2h, 2w) to (b, out, 2h, 2w)."""

    def __init__(self, width: int, skip: int, out: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(width, out, 1)  # before enlarging, where it costs a quarter
        self.join = convolution(out + skip, out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        larger = F.interpolate(self.narrow(x), skip.shape[-2:], mode="nearest")
        joined: Tensor = self.join(torch.cat([larger, skip], 1))
        return joined


class PatchDiscriminator(nn.Module):
    """Tells real from made, patch by patch, given what was asked for (pix2pix, section 3.2.2).

    Args of forward:
        given: the condition. Shape: (b, g, h, w).
        image: Shape: (b, c, h, w).

    Returns:
        1 for real, 0 for made. Shape: (b, 1, h / 8, w / 8).
    """

    def __init__(self, given: int, image: int, width: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        widths = [given + image, width, width * 2, width * 4]
        for number, (before, after) in enumerate(pairwise(widths)):
            layers.append(nn.Conv2d(before, after, 4, 2, 1))
            layers += [nn.GroupNorm(GROUPS, after)] if number else []
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers, nn.Conv2d(width * 4, 1, 3, 1, 1))

    def forward(self, given: Tensor, image: Tensor) -> Tensor:
        return self.layers(torch.cat([given, image], 1))  # type: ignore[no-any-return]
