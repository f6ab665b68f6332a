"""The discriminators, one for each stage: whether a picture is real, fits the words, and of which type it is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ATTRIBUTES = ("type", "colour", "gender")
WIDTHS = {(64, 32): (24, 48, 64, 96, 128), (128, 64): (16, 24, 48, 64, 96, 128)}
"""Channels at full size and after each halving, down to 4 x 2."""


class Verdict(NamedTuple):
    """What a critic says of pictures."""

    features: Tensor
    """Shape: (b, 128)."""
    maps: tuple[Tensor, ...]
    """On the way there; pictures are compared by them."""


class Critic(nn.Module):
    """One stage's discriminator with its auxiliary classifier (AC-GAN, section 3; ReStGAN).

    Args:
        size: height and width of its pictures.
        state: length of the state that a picture should fit.
        classes: how many types, colours and genders there are.
        words: how many words a title may have.

    Args of forward:
        picture: RGB 0 to 1. Shape: (b, 3, h, w).
    """

    def __init__(self, size: tuple[int, int], state: int, classes: Mapping[str, int], words: int) -> None:
        super().__init__()
        widths = WIDTHS[size]
        self.enter = nn.Conv2d(3, widths[0], 3, 1, 1)
        self.down = nn.ModuleList([nn.Conv2d(before, after, 4, 2, 1) for before, after in pairwise(widths)])
        self.skip = nn.ModuleList([nn.Conv2d(before, after, 1) for before, after in pairwise(widths)])
        self.gather = nn.Linear(widths[-1] * 8, 128)
        self.real = nn.Linear(128, 1)
        self.fits = nn.Linear(state, 128)
        self.words = nn.Linear(128, words)
        self.heads = nn.ModuleDict({f"{name}s": nn.Linear(128, count) for name, count in classes.items()})

    def forward(self, picture: Tensor) -> Verdict:
        x = F.leaky_relu(self.enter(picture * 2 - 1), 0.2)
        maps = []
        for down, skip in zip(self.down, self.skip, strict=True):
            x = F.leaky_relu(down(x), 0.2) + skip(F.avg_pool2d(x, 2))
            maps.append(x)
        return Verdict(F.leaky_relu(self.gather(x.flatten(1)).float(), 0.2), tuple(maps[:3]))

    def score(self, features: Tensor, state: Tensor, weight: float = 1.0) -> Tensor:
        """Above 0 for a photo that fits the words (projection discriminator; Miyato and Koyama, 2018).

        Args:
            features: of a verdict. Shape: (b, 128).
            state: Shape: (b, d).
            weight: of the words' part, which is faded in. Returns Shape: (b,).
        """
        fit = (self.fits(state) * features).sum(1) / features.shape[1] ** 0.5
        total: Tensor = self.real(features)[:, 0] + weight * fit
        return total

    def classified(self, features: Tensor) -> dict[str, Tensor]:
        """Logits of type, colour and gender. Shapes: (b, classes)."""
        return {name[:-1]: head(features) for name, head in self.heads.items()}


def moved(picture: Tensor, shift: Tensor) -> Tensor:
    """Pictures moved over their white ground (DiffAugment's translation; its colours would undo the words').

    Shapes: (b, 3, h, w), (b, 2) in shares of the size.
    """
    theta = torch.zeros(len(picture), 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta.to(picture), list(picture.shape), align_corners=False)
    return 1 - F.grid_sample(1 - picture, grid, align_corners=False)
