"""Fields: for each cell of one picture, the place in another that it shows."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

COARSE = (64, 48)
"""Height and width of a coarse field."""

Field = NDArray[np.float32]
"""x and y in pixels of the other picture. Shape: (64, 48, 2)."""


def here(height: int, width: int) -> Tensor:
    """The field that leads everything to where it is. Shape: (2, height, width)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y]).float()


def enlarge(field: Field, height: int, width: int) -> Tensor:
    """A coarse field for every pixel. Shape: (tall, wide, 2) to (2, height, width)."""
    coarse = torch.from_numpy(field).permute(2, 0, 1)[None]
    return F.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)[0]


def sample(pixels: Tensor, field: Tensor, padding: str = "zeros") -> Tensor:
    """A picture seen through a field.

    Args:
        pixels: Shape: (c, h, w).
        field: x and y in pixels of the picture. Shape: (2, tall, wide).
        padding: what is beyond the picture: `zeros`, or its `border`.

    Returns:
        Shape: (c, tall, wide).
    """
    height, width = pixels.shape[-2:]
    x, y = (field[0] + 0.5) * 2 / width - 1, (field[1] + 0.5) * 2 / height - 1
    grid = torch.stack([x, y], -1)[None]
    return F.grid_sample(pixels[None], grid, padding_mode=padding, align_corners=False)[0]


def follow_field(first: Field, second: Field, height: int) -> Field:
    """Two fields, one behind the other: the place that the first shows where the second leads.

    Args:
        height: of the picture between them.
    """
    cells = torch.from_numpy((second + 0.5) * COARSE[0] / height - 0.5).permute(2, 0, 1)
    return sample(torch.from_numpy(first).permute(2, 0, 1), cells).permute(1, 2, 0).numpy()
