"""The texture path's second step: a garment's silhouette is bent onto the generated map's.

By demons registration of the two shapes' signed distances (Thirion, "Image matching as a diffusion process", 1998).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.tryon.fields import COARSE, Field, sample
from modiste.tryon.scene import CLASS, OCCLUDERS, Scene, covers
from modiste.types import Mask

_STEPS = 12
"""Of the registration."""
_REACH = 6.0
"""Farthest that a step looks, in cells."""
_FARTHEST = 2.5
"""Cells by which a field is bent at most."""


def register(field: Field, source: Mask, target: Mask, hidden: Mask, source_hidden: Mask) -> Field:
    """Bend a field until the source's silhouette, seen through it, is the target's.

    Args:
        field: where each cell lies on the source, in pixels. Shape: (64, 48, 2).
        source: the garment on the reference. Shape: (h, w).
        target: the garment on the query. Shape: (h, w).
        hidden: where something lies over the query's garment, so that its edge isn't its own. Shape: (h, w).
        source_hidden: the same of the reference. Shape: (h, w).
    """
    scale = source.shape[0] / COARSE[0]
    if not source.any() or not target.any():
        return field
    covered, blocked = _shrink(hidden), _shrink(source_hidden)
    wide, whole = _with_hidden(_shrink(target), covered), _with_hidden(_shrink(source), blocked)
    goal, shape = _distance(wide), _distance(whole)
    down, across = np.gradient(shape)
    steep = np.maximum(np.hypot(across, down), 0.3)
    seen = torch.from_numpy(
        np.stack([shape, across / steep, down / steep, _in_sight(whole, blocked)]).astype(np.float32)
    )
    wanted = torch.from_numpy(goal)
    free = torch.from_numpy((np.abs(goal) < _REACH * 2) & _in_sight(wide, covered)).float()
    moved = start = (torch.from_numpy(field).permute(2, 0, 1) + 0.5) / scale - 0.5  # in cells of the source
    for step in range(_STEPS):
        here, *slope, open = sample(seen, moved, padding="border")
        off = (wanted - here).clamp(-_REACH, _REACH) * free * open
        moved = moved + _blurred(off * torch.stack(slope), 3.0 if step < _STEPS // 2 else 1.5)
    bent = moved - start
    length = bent.norm(dim=0).clamp_min(1e-6)
    bent = _blurred(bent * (_FARTHEST / length).clamp(max=1), 2.0)  # cloth that is drawn out farther looks like wood
    moved = start + bent
    return np.asarray(((moved + 0.5) * scale - 0.5).permute(1, 2, 0).numpy(), np.float32)


def _blurred(planes: Tensor, width: float) -> Tensor:
    """A Gaussian blur of a standard deviation in cells. Shape: (c, h, w)."""
    reach = round(3 * width)
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / width) ** 2)
    bell = bell / bell.sum()
    padded = F.pad(planes[:, None], (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(padded, bell[None, None, :, None]), bell[None, None, None])[:, 0]


def _in_sight(mask: Mask, hidden: Mask) -> Mask:
    """Cells that know how far the shape's edge is: they and the nearest of it are in sight."""
    away = [ndimage.distance_transform_edt(side, return_distances=False, return_indices=True) for side in (mask, ~mask)]
    row, column = np.where(mask, *away)
    return np.asarray(~hidden & ~ndimage.binary_dilation(hidden)[row, column])


def _with_hidden(mask: Mask, hidden: Mask) -> Mask:
    """A shape with what is hidden near it: it may go on there."""
    return np.asarray(mask | hidden & ndimage.binary_dilation(mask, iterations=2))


def _shrink(mask: Mask) -> Mask:
    height, width = mask.shape
    cell = mask.reshape(COARSE[0], height // COARSE[0], COARSE[1], width // COARSE[1])
    return np.asarray(cell.mean((1, 3)) >= 0.5)


def _distance(mask: Mask) -> NDArray[np.float32]:
    """Signed distance to a shape's edge in cells, above 0 inside."""
    inside = ndimage.distance_transform_edt(mask)
    outside = ndimage.distance_transform_edt(~mask)
    return np.asarray(np.where(mask, inside - 0.5, 0.5 - outside), np.float32)


def hides(scene: Scene, region: str) -> Mask:
    """Where something lies over a region's garment: hair, a bag, a hat, and what is worn above it."""
    above = {"top": ("outer",), "dress": ("outer",), "bottom": ("top", "outer"), "legwear": ("shoes", "bottom")}
    over = [CLASS[name] for name in above.get(region, ())]
    return covers(scene.map, [*OCCLUDERS, *over])
