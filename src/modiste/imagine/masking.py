"""Which pixels of a catalogue photo are the trousers, jeans or shorts that it sells.

A parser tells roughly where the garment is, whatever else the photo shows; the studio's backdrop tells its edge finely.
Sizes in pixels are those of a photo in a frame of `parsing.SIZE`.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from modiste.backgrounds import backdrop_masks
from modiste.catalog.categories import PARSING_CLASSES
from modiste.parsing import Seen
from modiste.types import Floats, Mask, Pixels

REACH = 3
"""By how much a garment may be larger than the parser's idea of it."""
DEPTH = 4
"""By how much it may be smaller, but for the gap between two legs."""
CONTRAST = 0.4
"""Share of a garment's difference from the backdrop that a pixel has at least to be its own."""
FAINT, STARK = 4.0, 45.0
"""Between these (0-255) lies that difference: noise of a backdrop, and the depth of its shadows."""
PALE = 20.0
"""Difference under which the gap between two legs, and what else the backdrop may show, is left to the parser."""
LOST = 0.75
"""Share of a parser's garment that the backdrop must leave; a white one on white is taken from the parser alone."""
LIKE = 30
"""Difference (0-255) within which two parts are of one cloth."""

_TOP, _DRESS = (PARSING_CLASSES.index(name) for name in ("top", "dress"))
_ABOVE = [PARSING_CLASSES.index(name) for name in ("top", "outer")]
_GARMENT = [PARSING_CLASSES.index(name) for name in ("bottom", "skirt", "dress")]
_MISTAKEN = [PARSING_CLASSES.index(name) for name in ("accessory", "legwear", "bag")]


def garment_seen(seen: Seen) -> Mask:
    """The garment where a parser looked, worn by somebody or lying alone. Shape: (256, 192)."""
    return _worn(seen) if seen.people or _shirt(seen.map) else _alone(seen)


def garment_cropped(pixels: Pixels, top: int) -> Mask:
    """What stands before the backdrop; if it begins at the photo's upper edge, a person without shirt and shoes."""
    front = ~backdrop_masks(pixels[None])[0]
    front = _front(pixels, front)
    if front[top].sum() > 0.1 * front.shape[1]:
        rows = np.flatnonzero(front.any(1))
        tall = rows[-1] - rows[0]
        front[: rows[0] + round(0.2 * tall)] = False
        front[rows[-1] - round(0.08 * tall) :] = False
    return front


def _shirt(map: Pixels) -> bool:
    """Whether something that reaches out of the photo is worn above, on a photo without hands or head."""
    return bool(np.isin(map[:3], _ABOVE).sum() > 0.3 * map.shape[1])


def _alone(seen: Seen) -> Mask:
    """A garment that lies alone is all that the parser sees."""
    told: Mask = np.asarray(seen.map != 0)
    front = _front(seen.pixels, told)
    if not told.any() or (front & told).sum() < LOST * told.sum():
        return told
    top, wide = np.flatnonzero(front.any(1))[0], np.flatnonzero(front.any(0)).size
    waist = front[top : top + wide // 2]
    # The pale inside of an open waistband is no backdrop: gaps are open below, not above.
    between = np.logical_or.accumulate(waist, 1) & np.logical_or.accumulate(waist[:, ::-1], 1)[:, ::-1]
    waist |= between & told[top : top + wide // 2]
    return front


def _worn(seen: Seen) -> Mask:
    """What a person wears below the waist, at the edge that the backdrop tells."""
    map = _corrected(seen.map, seen.pixels)
    told = map != 0
    front = _front(seen.pixels, told)
    garment = np.isin(map, _GARMENT)
    if (front & garment).sum() < LOST * garment.sum():
        return garment
    found: Mask = front & np.isin(_spread(map, told), _GARMENT)
    found[: np.argmax(garment.any(1))] = False  # no shirt above it: a strip of one may be too small to be seen
    return found


def _front(pixels: Pixels, told: Mask) -> Mask:
    """What differs from the backdrop at and around what a parser sees.

    The backdrop is followed from outside as long as a pixel differs from it clearly less than the garment nearby does:
    so shadows, and the gap between two legs, are backdrop too.
    """
    from scipy.ndimage import binary_dilation, binary_erosion, binary_propagation, maximum_filter, uniform_filter

    around = binary_dilation(told, iterations=REACH)
    outside = ~binary_dilation(around, iterations=3)
    if not outside.any():
        return told
    light = _light(pixels, outside)
    gap = np.abs(pixels - light).max(2)
    contrast = maximum_filter(uniform_filter(gap * told, 3), 15)
    shadow = _under_hem(pixels, light, told)
    like = (gap < np.clip(CONTRAST * contrast, FAINT, STARK)) | shadow
    ground = binary_propagation(outside, mask=like | ~around)
    deep = binary_erosion(told, iterations=DEPTH)
    # White checks at a garment's side are its own; the gap between its legs is open below.
    closed = (np.cumsum((~ground & told)[::-1], 0)[::-1] > 3) | (contrast < PALE) | ~_middle(told)
    front: Mask = around & (~ground | (deep & closed & ~shadow))
    return front


def _under_hem(pixels: Pixels, light: Floats, told: Mask) -> Mask:
    """A shadow that looks like part of the hem: darker than a pale garment and its backdrop, in the backdrop's tint."""
    rows = np.flatnonzero(told.any(1))
    shadow = np.zeros_like(told)
    if not rows.size or (core := np.median(pixels[told], 0)).min() < 110:
        return shadow
    hem = slice(rows[-1] - round(0.1 * rows.size), None)
    grey, lamp = pixels[hem].mean(2), light[hem].mean(2)
    tint = np.abs((pixels[hem] - grey[..., None]) - (light[hem] - lamp[..., None])).max(2)
    shadow[hem] = (grey < np.minimum(core.mean(), lamp) - 40) & (tint < 10)
    return shadow


def _middle(told: Mask) -> Mask:
    """The middle of each row of a garment, where the gap between its legs can be."""
    columns = np.arange(told.shape[1])
    first, last = np.argmax(told, 1), told.shape[1] - 1 - np.argmax(told[:, ::-1], 1)
    share = (columns - first[:, None]) / np.maximum(1, last - first)[:, None]
    middle: Mask = (share > 0.3) & (share < 0.7)
    return middle


def _light(pixels: Pixels, outside: Mask) -> Floats:
    """The backdrop's colour everywhere, from where it is seen. Shape: (h, w, 3)."""
    from scipy.ndimage import gaussian_filter

    few = pixels[::4, ::4].astype(np.float32)
    weight = outside[::4, ::4].astype(np.float32)
    if not weight.any():
        return np.broadcast_to(np.median(pixels[outside], 0).astype(np.float32), pixels.shape)
    typical = np.median(few[weight > 0], 0)
    amount = gaussian_filter(weight, 5)[..., None] + 1e-3
    total = gaussian_filter(few * weight[..., None], (5, 5, 0)) + 1e-3 * typical
    light = Image.fromarray((total / amount).clip(0, 255).round().astype(np.uint8))
    return np.asarray(light.resize(pixels.shape[1::-1], Image.Resampling.BILINEAR), np.float32)


def _corrected(map: Pixels, pixels: Pixels) -> Pixels:
    """The map with the garment whole: with spots on it, and what has its colour and is no shirt or shoe."""
    from scipy.ndimage import binary_dilation, find_objects, label

    garment = np.isin(map, _GARMENT)
    if not garment.any():
        return map
    map = map.copy()
    _without_dress(map, garment)
    size, colour = garment.sum(), np.median(pixels[garment], 0)
    for value in np.unique(map[~garment]):
        marks, count = label(map == value)
        sizes = np.bincount(marks.ravel(), minlength=count + 1)
        for number, place in enumerate(find_objects(marks), 1):
            if sizes[number] > 0.15 * size:
                continue
            rows, columns = (slice(max(0, some.start - 1), some.stop + 1) for some in place)
            part = marks[rows, columns] == number
            rim = binary_dilation(np.pad(part, 1))
            rim[1:-1, 1:-1] &= ~part
            share = (rim[1:-1, 1:-1] & garment[rows, columns]).sum() / rim.sum()
            like = np.abs(np.median(pixels[rows, columns][part], 0) - colour).max() < LIKE
            if (share > 0.7 and (value or like)) or (share > 0.1 and like and value in _MISTAKEN):
                map[rows, columns][part] = _GARMENT[0]
    return map


def _without_dress(map: Pixels, garment: Mask) -> None:
    """Make a shirt of what the parser takes for a dress above the trousers, in place."""
    from scipy.ndimage import find_objects, label

    below = np.flatnonzero((garment & (map != _DRESS)).any(1))
    if not below.size:
        return
    marks, _ = label(map == _DRESS)
    for number, (rows, columns) in enumerate(find_objects(marks), 1):
        if rows.start < below[0] - 0.1 * below.size:
            part = marks[rows, columns] == number
            map[rows, columns][part] = _TOP
            garment[rows, columns][part] = False


def _spread(map: Pixels, told: Mask) -> Pixels:
    """Every pixel's class, or the nearest pixel's that has one."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(~told, return_distances=False, return_indices=True)
    spread: Pixels = map[rows, columns]
    return spread
