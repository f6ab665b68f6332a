"""The garment on a photo, worn by somebody or lying alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.backgrounds import backdrop_masks
from modiste.catalog.categories import REGION_CLASSES, REGIONS
from modiste.errors import UsageError
from modiste.images import SIZE as SMALL
from modiste.images import fit
from modiste.parsing.base import Parser
from modiste.parsing.frame import Frame
from modiste.parsing.look import Seen, classes_of, look
from modiste.types import Mask, Pixels

WORN = 0.0015
"""Share of the frame that a garment on a person covers at least; shoes are small."""
AGREED = 0.5
"""Overlap (IoU) with what stands before the backdrop, over which a parser's garment is taken for the garment."""
RIM = 0.5
"""Share of the frame's edge over which a parser has taken the backdrop for a garment."""
COVER = (0.02, 0.75)
"""Shares of a photo between which a garment is taken to have been found."""
DARK = 100
"""Brightness under which a backdrop is seen better in the negative."""
LIKE = 0.3
"""Share of the region's classes in what a parser sees, without which it is no garment of that region."""


def garment_of(image: Image.Image, parser: Parser, region: str) -> Seen:
    """Find the garment of a region: on a person, whose whole map is given, or alone.

    A garment alone is what the parser takes for garments; where a studio's backdrop says otherwise, what stands before
    it. Either is given the region's class, whatever the parser takes it for.

    Raises:
        UsageError: no such region, or the photo doesn't show it.
    """
    classes = classes_of(region)
    seen = look(image, parser)
    if seen.people:
        if seen.mask(region).mean() < WORN:
            raise UsageError(_missing(seen, region))
        return seen
    garment = _alone(image, seen, classes)
    if garment is None:
        raise UsageError(
            f"the photo shows no {region}: neither a person nor a garment before a plain backdrop; give one that does"
        )
    told = [seen.map[garment] == value for value in classes]
    value = classes[int(np.argmax([part.sum() for part in told]))]
    return replace(seen, map=(garment * value).astype(np.uint8))


def foreground(image: Image.Image) -> NDArray[np.bool_]:
    """What stands before a studio's backdrop, everything where there is none. Shape: (height, width) of the photo."""
    scale = min(SMALL[1] / image.width, SMALL[0] / image.height)
    height, width = (
        min(limit, max(1, round(side * scale))) for limit, side in zip(SMALL, image.size[::-1], strict=True)
    )
    top, left = (SMALL[0] - height) // 2, (SMALL[1] - width) // 2
    pixels = fit(image)
    if np.median(pixels[[0, -1]]) < DARK:  # backdrops are told by their light
        pixels = 255 - pixels
    mask = backdrop_masks(pixels[None])[0][top : top + height, left : left + width]
    product = Image.fromarray((~mask).astype(np.uint8) * 255).resize(image.size, Image.Resampling.BILINEAR)
    return np.asarray(product) > 127


def _alone(image: Image.Image, seen: Seen, classes: list[int]) -> Mask | None:
    """Where the garment lies. Where the backdrop and the parser mean the same thing, the sharper edge of the two."""
    told: Mask = seen.map != 0
    front = _front(image, seen.frame)
    if front is None:  # on a street or a floor only what looks like the garment is one
        like = np.isin(seen.map, classes).sum() >= LIKE * told.sum()
        return told if told.mean() > COVER[0] and like else None
    rim = np.concatenate([told[0], told[-1], told[:, 0], told[:, -1]])
    if told.mean() <= COVER[0] or rim.mean() > RIM:
        return front
    both = (told & front).sum() / max(1, (told | front).sum())
    if both < AGREED or _contrast(seen.pixels, told) > _contrast(seen.pixels, front):
        return told
    return front


def _front(image: Image.Image, frame: Frame) -> Mask | None:
    """What stands before a studio's backdrop, or nothing where there is none."""
    mask = foreground(image)
    shown = frame.cut_map(mask.astype(np.uint8)).astype(bool)
    return shown if COVER[0] < mask.mean() < 0.97 else None


def _contrast(pixels: Pixels, mask: Mask) -> float:
    """How much the colours change along a mask's edge; at a shadow's, which a backdrop takes along, they hardly do."""
    from scipy import ndimage

    soft = ndimage.gaussian_filter(pixels.astype(np.float32), (0.7, 0.7, 0))
    steep = sum(ndimage.sobel(soft, axis) ** 2 for axis in (0, 1)).sum(2)
    rim = mask & ~ndimage.binary_erosion(mask)
    return float(np.median(ndimage.maximum_filter(steep, 3)[rim])) if rim.any() else 0.0


def _missing(seen: Seen, region: str) -> str:
    """What a photo lacks, and what could be tried on from it."""
    shown = [name for name in REGIONS if seen.mask(name).mean() >= WORN]
    there = ", ".join(shown) if shown else "nothing that can be tried on"
    said = " or ".join(REGION_CLASSES[region])
    return f"the person on the photo wears no {said} that can be seen, only {there}; give a photo that shows it"
