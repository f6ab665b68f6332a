"""The rough picture that the appearance network finishes: garments where they will be, and holes filled smoothly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.catalog.categories import PARSING_CLASSES, REPLACES
from modiste.tryon.fields import Field, enlarge, here, sample
from modiste.tryon.scene import CLASS, Scene, covers, region_classes
from modiste.types import Map, Mask, Pixels

RIM = 2
"""Pixels around what changes that are painted again, so that no seam is left."""
FOLD = 24.0
"""Pixels from a shape up to which its mirrored image is as good as the shape; at twice as many it is nothing."""
WORTH = 300
"""Pixels of a class that are to be filled, from which on its texture is continued."""
BLED = 2
"""Pixels from a garment's edge that are mixed with what lies beside it."""
FRINGE = 5
"""Pixels of background around a garment that is taken off that may show its fur, fringe or shadow."""
_LEVELS = 7


@dataclass(frozen=True)
class Canvas:
    """A query with garments laid onto it."""

    rough: Tensor
    """RGB 0-1: the query where it stays, else garments and smooth fillings. Shape: (3, h, w)."""
    sampled: Tensor
    """1 where a reference's own pixels were found for a garment. Shape: (1, h, w)."""
    changed: Tensor
    """1 where pixels may differ from the query's. Shape: (1, h, w)."""


def chosen_classes(regions: Mapping[str, object] | tuple[str, ...]) -> set[int]:
    """The values in a map of all that some regions bring with them."""
    return {value for region in regions for value in region_classes(region)}


def replaced_classes(regions: Mapping[str, object] | tuple[str, ...]) -> set[int]:
    """The values in a map of all that some regions take the place of, themselves included."""
    gone = {other for region in regions for other in (region, *REPLACES.get(region, ()))}
    return {value for region in gone for value in region_classes(region)}


def changed_mask(query: Map, wanted: Map, chosen: set[int], replaced: set[int]) -> Mask:
    """What must be painted: old garments, new ones, what differs between the maps, and a rim around these."""
    apart = covers(query, replaced) | covers(wanted, chosen) | (query != wanted)
    uncovered = covers(query, replaced) & (wanted == CLASS["background"])
    fringe = ndimage.binary_dilation(uncovered, iterations=FRINGE) & (wanted == CLASS["background"])
    return np.asarray(ndimage.binary_dilation(apart, iterations=RIM) | fringe)


def lay_out(query: Scene, wanted: Map, garments: Mapping[str, tuple[Tensor, Tensor]], changed: Mask) -> Canvas:
    """Put garments onto a query.

    Args:
        wanted: the map to reach. Shape: (h, w).
        garments: region to its pixels as they lie on the query, 0-1, shape (3, h, w), and where these are the
            reference's own, shape (1, h, w).
        changed: what may be painted. Shape: (h, w).
    """
    photo, hole = to_tensor(query.pixels), torch.from_numpy(changed)[None]
    rough, sampled = photo.clone(), torch.zeros_like(hole, dtype=torch.float32)
    worn = chosen_classes(garments)
    bare = [value for value in np.unique(wanted[changed]).tolist() if value not in worn]
    if bare:
        known = evidence(query, bare, changed)
        smooth = continued(photo.expand(len(bare), -1, -1, -1), torch.from_numpy(np.stack(known))[:, None].float())
        for value, mask, paint in zip(bare, known, smooth, strict=True):
            place = (wanted == value) & changed
            rough = torch.where(torch.from_numpy(place)[None], paint, rough)
            if goes_on(value, place):
                tall, wide = bounds(place)
                folded, trust = folded_in(here(*wanted.shape)[:, tall, wide], mask)
                trust = trust * torch.from_numpy(place[tall, wide])
                rough[:, tall, wide] = trust * sample(photo, folded) + (1 - trust) * rough[:, tall, wide]
    for region, (pixels, found) in garments.items():
        place = torch.from_numpy(covers(wanted, region_classes(region)) & changed)[None]
        own = found * place
        if own.any() and (own.sum() < place.sum()):
            pixels = pixels * own + continued(pixels[None], own[None])[0] * (1 - own)
        rough, sampled = torch.where(place, pixels, rough), torch.maximum(sampled, own)
    return Canvas(rough, sampled, hole.float())


def goes_on(value: int, place: Mask) -> bool:
    """Whether a class is continued with its texture: skin has none, and a rim shows none."""
    return value != CLASS["skin"] and bool(place.sum() >= WORTH)


def bounds(place: Mask) -> tuple[slice, slice]:
    """The rows and columns that a mask spans."""
    rows, columns = np.flatnonzero(place.any(1)), np.flatnonzero(place.any(0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def evidence(query: Scene, values: Sequence[int], changed: Mask) -> list[Mask]:
    """What tells how each class looks: its own pixels; for legwear skin's, else all that stays. Shapes: (h, w)."""
    sure = ndimage.binary_erosion(~changed)
    found = []
    for value in values:
        own, skin = (query.map == value) & sure, (query.map == CLASS["skin"]) & sure
        found.append(own if own.any() else skin if value == CLASS["legwear"] and skin.any() else sure)
    return found


def continued(values: Tensor, known: Tensor) -> Tensor:
    """`spread` at a quarter of the size, which is as smooth and much faster. Shapes as there."""
    weight = F.avg_pool2d(known, 4)
    small = F.avg_pool2d(values * known, 4) / weight.clamp_min(1e-6)
    filled = spread(small, (weight > 0).float())
    return F.interpolate(filled, values.shape[-2:], mode="bilinear", align_corners=False)


def spread(values: Tensor, known: Tensor) -> Tensor:
    """Continue images smoothly from where they are known to all of the plane, by pyramids (push and pull).

    Source: Gortler and others, "The Lumigraph", SIGGRAPH 1996, section 3.4.

    Args:
        values: Shape: (b, c, h, w), or without b.
        known: 1 where values count, 0 where not. Shape: (b, 1, h, w), or without b.
    """
    if values.dim() == 3:
        return spread(values[None], known[None])[0]
    sums, weights = [values * known], [known]
    while len(sums) < _LEVELS and min(sums[-1].shape[-2:]) > 2:
        sums.append(F.avg_pool2d(sums[-1], 2, ceil_mode=True, count_include_pad=False))
        weights.append(F.avg_pool2d(weights[-1], 2, ceil_mode=True, count_include_pad=False))
    total = weights[-1].sum((2, 3), keepdim=True).clamp_min(1e-6)
    filled = (sums[-1].sum((2, 3), keepdim=True) / total).expand_as(sums[-1])
    for level_sum, weight in zip(reversed(sums), reversed(weights), strict=True):
        if filled.shape[-2:] != level_sum.shape[-2:]:
            filled = F.interpolate(filled, level_sum.shape[-2:], mode="bilinear", align_corners=False)
        share = (weight * 4).clamp(0, 1)
        filled = share * level_sum / weight.clamp_min(1e-6) + (1 - share) * filled
    return filled


def tightened(pixels: Pixels, mask: Mask, band: int = 4) -> Mask:
    """A mask whose edge is where the colours change: a pixel near it goes to the side that its colour is nearer to.

    Args:
        pixels: Shape: (h, w, 3).
        mask: Shape: (h, w).
        band: how far off the edge may be, in pixels.
    """
    inner = ndimage.binary_erosion(mask, iterations=band)
    outer = ~ndimage.binary_dilation(mask, iterations=band)
    if not inner.any() or not outer.any():
        return mask
    photo = to_tensor(pixels)
    sides = torch.from_numpy(np.stack([inner, outer]))[:, None].float()
    away = ((photo - spread(photo.expand(2, -1, -1, -1), sides)) ** 2).sum(1).numpy()
    return np.asarray(inner | ~outer & (away[0] < away[1]))


def laid(reference: Scene, region: str, field: Field, place: Mask | None = None) -> tuple[Tensor, Tensor]:
    """A garment's pixels as they lie on the query, and where it has any to give. Shapes as in `lay_out`.

    Args:
        place: where they are wanted; everywhere by default. Shape: (h, w).
    """
    dense = enlarge(field, *reference.map.shape)
    pixels, found = torch.zeros(3, *dense.shape[1:]), torch.zeros(1, *dense.shape[1:])
    if place is None or place.any():
        tall, wide = (slice(None), slice(None)) if place is None else bounds(place)
        inside = ndimage.binary_erosion(reference.mask(region), iterations=BLED)
        folded, found[:, tall, wide] = folded_in(dense[:, tall, wide], inside)
        pixels[:, tall, wide] = sample(to_tensor(reference.pixels), folded)
    return pixels, found


def folded_in(dense: Tensor, inside: Mask, reach: float = FOLD) -> tuple[Tensor, Tensor]:
    """A field that doesn't leave a shape: where it would, it is folded back at the shape's edge, as in a mirror.

    So a garment that is to cover more than its photo shows goes on in its own cloth, and a wall in its own bricks.

    Args:
        dense: Shape: (2, tall, wide).
        inside: the shape, in the picture that the field leads to. Shape: (h, w).
        reach: pixels from the shape up to which its image is as good as the shape; at twice as many it is nothing.

    Returns:
        The field, and how far it can be trusted: 1 in the shape and near it, 0 far off. Shape: (1, tall, wide).
    """
    half = inside[::2, ::2]
    if not half.any():
        return dense, torch.zeros_like(dense[:1])
    rows, columns = ndimage.distance_transform_edt(~half, return_distances=False, return_indices=True)
    height, width = inside.shape
    known, places = torch.from_numpy(inside), torch.from_numpy(np.stack([columns, rows])).float() * 2
    x, y = dense[0].round().long().clamp(0, width - 1), dense[1].round().long().clamp(0, height - 1)
    nearest = torch.where(known[y, x], dense, places[:, y // 2, x // 2])
    # an edge of pixels is jagged, and its mirror image would be a row of spikes
    blur = 2 * int(reach / 8) + 1
    offset = F.avg_pool2d((nearest - dense)[None], blur, 1, blur // 2, count_include_pad=False)[0]
    mirrored = dense + 2 * offset
    back_x, back_y = mirrored.round().long()
    there = known[back_y.clamp(0, height - 1), back_x.clamp(0, width - 1)]
    folded = torch.where(known[y, x], dense, torch.where(there, mirrored, nearest))
    away = (nearest - dense).norm(dim=0)
    return folded, (2 - away / reach).clamp(0, 1)[None]


def to_tensor(pixels: Pixels) -> Tensor:
    """RGB 0-255, shape (h, w, 3), to 0-1, shape (3, h, w)."""
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def to_pixels(image: Tensor) -> Pixels:
    """The way back, rounded."""
    return (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def one_hot(map: Map) -> Tensor:
    """A map as planes. Shape: (h, w) to (13, h, w)."""
    values = torch.arange(len(PARSING_CLASSES), dtype=torch.uint8)
    return (torch.from_numpy(map)[None] == values[:, None, None]).float()
