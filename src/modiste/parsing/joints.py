"""Heat to joints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modiste.parsing.base import SIZE

REACH = 3
"""Cells on each side of the peak that the joint is the mean of."""


def joints_of(heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean place around each joint's peak, and as its confidence the heat that lies there.

    Args:
        heat: sums to at most 1 for each joint. Shape: (n, k, h, w).

    Returns:
        Column and row in a frame of `SIZE`, confidence. Shape: (n, k, 3).
    """
    n, k, height, width = heat.shape
    peak = heat.reshape(n, k, -1).argmax(2)
    rows, columns = np.divmod(peak, width)
    steps = np.arange(-REACH, REACH + 1)
    padded = np.pad(heat, ((0, 0), (0, 0), (REACH, REACH), (REACH, REACH)))
    down = (rows[..., None] + REACH + steps)[..., :, None]
    across = (columns[..., None] + REACH + steps)[..., None, :]
    frames, joints = np.ogrid[:n, :k]
    near = padded[frames[..., None, None], joints[..., None, None], down, across]
    mass = near.sum((2, 3))
    scale = 1 / np.maximum(mass, 1e-9)
    x = columns + (near.sum(2) * steps).sum(2) * scale + 0.5
    y = rows + (near.sum(3) * steps).sum(2) * scale + 0.5
    return np.stack([x * (SIZE[1] / width), y * (SIZE[0] / height), np.minimum(mass, 1)], 2).astype(np.float32)
