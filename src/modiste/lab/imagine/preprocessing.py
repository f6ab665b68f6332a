"""Trousers, jeans and shorts of catalogue photos, cut out, on white and at one scale.

A parser finds the garment roughly, whatever else the photo shows; the difference from the studio's backdrop gives its
exact edge. Sizes in pixels are those of a photo in a frame of `parsing.SIZE`, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.backgrounds import backdrop_masks
from modiste.catalog.categories import PARSING_CLASSES
from modiste.colour import rgb_to_lab
from modiste.errors import UsageError
from modiste.images import ImageError, load_image
from modiste.imagine.pipeline import SIZE
from modiste.parsing import SIZE as FRAME_SIZE
from modiste.parsing import Frame, Parser, Seen, look
from modiste.types import Doubles, Floats, Indices, Mask, Pixels

WAIST = 40
"""Width of every waistband in a preprocessed picture."""
TOP = 6
"""Row of every waistband's upper edge there."""
BREADTH = 64
"""Columns in the middle that no garment is wider than, so that networks need draw no others."""
MARGIN = 3
"""White rows below, at least."""

MIN_WAIST = 14
"""Waistband in pixels of the original photo, at least: of a smaller one only the colour can be seen."""
MIN_AREA = 0.012
"""Least share of the photo that a whole garment covers."""
CUT_SHARE = 0.3
"""Share of its waist by which a garment that touches the photo's frame is cut off there."""
LEGS = 2.2
"""Height in waists from which a garment may be cut off at its hem by the photo's frame."""
NOTCH = 0.15
"""Share of its waist by which a hand or a bag may cover a garment's side."""
SHAPES = (0.45, 5.5)
"""Least and largest height of trousers and shorts, in waists."""

REACH = 3
"""Pixels by which a garment may exceed the parser's mask."""
DEPTH = 4
"""Pixels by which it may fall short of the parser's mask, but for the gap between two legs."""
CONTRAST = 0.4
"""Least difference of a garment's pixel from the backdrop, as a share of the garment's difference nearby."""
FAINT, STARK = 4.0, 45.0
"""Bounds of that difference (0-255): a backdrop's noise, and the depth of its shadows."""
PALE = 20.0
"""Difference under which the parser alone decides on the gap between two legs, and what else may be backdrop."""
LOST = 0.75
"""Share of the parser's mask that must differ from the backdrop; else (white on white) the parser alone counts."""
LIKE = 30
"""Difference (0-255) within which two parts are of one cloth."""

INSIDE = 3
"""Pixels at a mask's edge that may show the backdrop or its shadow."""
SAMPLE, MEANS, PASSES = 256, 3, 8
"""Pixels of a garment that are clustered, the k of k-means, and its steps."""

_TOP, _DRESS = (PARSING_CLASSES.index(name) for name in ("top", "dress"))
_ABOVE = [PARSING_CLASSES.index(name) for name in ("top", "outer")]
_GARMENT = [PARSING_CLASSES.index(name) for name in ("bottom", "skirt", "dress")]
_MISTAKEN = [PARSING_CLASSES.index(name) for name in ("accessory", "legwear", "bag")]


@dataclass(frozen=True)
class Preprocessed:
    """A garment at the common scale."""

    pixels: Pixels
    """RGB on white. Shape: (128, 96, 3)."""
    mask: Pixels
    """Coverage of each pixel by the garment, 0-255. Shape: (128, 96)."""


def preprocess(image: Image.Image, *, parser: Parser | None = None, mask: Mask | None = None) -> Preprocessed | None:
    """Cut out a photo's trousers, jeans or shorts and draw them at the common scale; None if they aren't seen whole.

    Args:
        parser: removes the person who wears them. Without it, and without a mask, everything before the backdrop is
            the garment, but for the parts of a photo in which people have their shirts and shoes.
        mask: the garment where it is known; nothing is estimated then. Shape: (h, w) of the photo.

    Raises:
        UsageError: the mask has another size than the photo.
    """
    image = image.convert("RGB")
    if mask is not None:
        if mask.shape != (image.height, image.width):
            raise UsageError(
                f"the mask is {mask.shape[1]}x{mask.shape[0]}, the photo {image.width}x{image.height}; "
                "give a mask of the photo's size"
            )
        return _scaled(np.asarray(image), mask.astype(np.bool_), (0, 0, image.width, image.height), 1.0)
    seen = None if parser is None else look(image, parser)
    frame = Frame.whole(image) if seen is None else seen.frame
    pixels = frame.cut(image) if seen is None else seen.pixels
    corners = frame.to_frame(np.array([(0, 0), (image.width, image.height)], np.float32)).round().astype(int)
    (left, top), (right, bottom) = corners.clip((0, 0), (FRAME_SIZE[1], FRAME_SIZE[0])).tolist()
    garment = _unparsed(pixels, top) if seen is None else _parsed(seen)
    enlargement = pixels.shape[0] / frame.height
    return _scaled(pixels, _smooth(garment, enlargement), (left, top, right, bottom), enlargement)


def preprocess_all(
    images: Iterable[Path], parser: Parser | None = None, masks: Iterable[Path | None] | None = None
) -> Iterator[Preprocessed | None]:
    """Preprocess files, in their order; None for those that can't be read.

    Args:
        masks: pictures of the garments' masks, white where the garment is, in the photos' order.
    """
    mask_files = iter(masks) if masks is not None else None
    for path in images:
        file = next(mask_files) if mask_files is not None else None
        try:
            image = load_image(path)
            mask = np.asarray(load_image(file).convert("L")) > 127 if file is not None else None
        except ImageError:
            yield None
            continue
        yield preprocess(image, parser=parser, mask=mask)


def dominant_colours(pixels: Pixels, masks: NDArray[Any]) -> Doubles:
    """Colour of each garment: the median of the largest of three clusters of its pixels, away from the mask's edge.

    A picture with an empty mask is taken whole, so that an empty white one is white. The same input gives the same
    colours, to the bit.

    Args:
        pixels: RGB. Shape: (n, h, w, 3).
        masks: the garment, boolean or 0-255. Shape: (n, h, w).

    Returns:
        CIE LAB. Shape: (n, 3).
    """
    samples = _samples(pixels, masks)
    centres = np.quantile(samples, (np.arange(MEANS) + 0.5) / MEANS, axis=1).swapaxes(0, 1)
    for _ in range(PASSES):
        nearest = _nearest(samples, centres)
        for number in range(MEANS):
            own = (nearest == number)[..., None]
            total = own.sum(1)
            centres[:, number] = np.where(total, (samples * own).sum(1) / np.maximum(total, 1), centres[:, number])
    nearest = _nearest(samples, centres)
    sizes = np.stack([(nearest == number).sum(1) for number in range(MEANS)], 1)
    largest = nearest == sizes.argmax(1)[:, None]
    medians = [np.median(garment[own], axis=0) for garment, own in zip(samples, largest, strict=True)]
    return np.array(medians).reshape(-1, 3)


def _unparsed(pixels: Pixels, top: int) -> Mask:
    """Garment without a parser: the foreground, and of a person who begins at the photo's upper edge the middle."""
    front = _foreground(pixels, ~backdrop_masks(pixels[None])[0])
    if front[top].sum() > 0.1 * front.shape[1]:
        rows = np.flatnonzero(front.any(1))
        height = rows[-1] - rows[0]
        front[: rows[0] + round(0.2 * height)] = False
        front[rows[-1] - round(0.08 * height) :] = False
    return front


def _parsed(seen: Seen) -> Mask:
    """Garment in a parser's map, worn by somebody or lying alone. Shape: (256, 192)."""
    from scipy.ndimage import distance_transform_edt

    # Without hands or head, a shirt that reaches out of the photo shows that somebody wears it.
    if seen.people or np.isin(seen.map[:3], _ABOVE).sum() > 0.3 * seen.map.shape[1]:
        map = _corrected(seen.map, seen.pixels)
        parsed = map != 0
        front, garment = _foreground(seen.pixels, parsed), np.isin(map, _GARMENT)
        if (front & garment).sum() < LOST * garment.sum():
            return garment
        rows, columns = distance_transform_edt(~parsed, return_distances=False, return_indices=True)
        worn: Mask = front & np.isin(map[rows, columns], _GARMENT)  # where the map has no class, the nearest pixel's
        worn[: np.argmax(garment.any(1))] = False  # no shirt above it: a strip of one may be too small to be seen
        return worn
    alone: Mask = np.asarray(seen.map != 0)
    front = _foreground(seen.pixels, alone)
    if not alone.any() or (front & alone).sum() < LOST * alone.sum():
        return alone
    top, width = np.flatnonzero(front.any(1))[0], np.flatnonzero(front.any(0)).size
    waist = front[top : top + width // 2]
    # The pale inside of an open waistband is no backdrop: gaps are open below, not above.
    between = np.logical_or.accumulate(waist, 1) & np.logical_or.accumulate(waist[:, ::-1], 1)[:, ::-1]
    waist |= between & alone[top : top + width // 2]
    return front


def _foreground(pixels: Pixels, parsed: Mask) -> Mask:
    """Pixels in and around a parser's mask that differ from the backdrop.

    The backdrop is followed from outside as long as a pixel differs from it clearly less than the garment nearby does:
    so shadows, and the gap between two legs, are backdrop too.
    """
    from scipy.ndimage import binary_dilation, binary_erosion, binary_propagation, maximum_filter, uniform_filter

    around = binary_dilation(parsed, iterations=REACH)
    outside = ~binary_dilation(around, iterations=3)
    if not outside.any():
        return parsed
    backdrop = _backdrop(pixels, outside)
    difference = np.abs(pixels - backdrop).max(2)
    contrast = maximum_filter(uniform_filter(difference * parsed, 3), 15)
    shadow = _hem_shadow(pixels, backdrop, parsed)
    like = (difference < np.clip(CONTRAST * contrast, FAINT, STARK)) | shadow
    ground = binary_propagation(outside, mask=like | ~around)
    # The gap between two legs can be in the middle of each row alone.
    columns = np.arange(parsed.shape[1])
    first, last = np.argmax(parsed, 1), parsed.shape[1] - 1 - np.argmax(parsed[:, ::-1], 1)
    share = (columns - first[:, None]) / np.maximum(1, last - first)[:, None]
    side = (share <= 0.3) | (share >= 0.7)
    # White checks at a garment's side are its own; the gap between its legs is open below.
    closed = (np.cumsum((~ground & parsed)[::-1], 0)[::-1] > 3) | (contrast < PALE) | side
    deep = binary_erosion(parsed, iterations=DEPTH)
    front: Mask = around & (~ground | (deep & closed & ~shadow))
    return front


def _hem_shadow(pixels: Pixels, backdrop: Floats, parsed: Mask) -> Mask:
    """A shadow that looks like part of the hem: darker than a pale garment and its backdrop, in the backdrop's tint."""
    rows = np.flatnonzero(parsed.any(1))
    shadow = np.zeros_like(parsed)
    if not rows.size or (colour := np.median(pixels[parsed], 0)).min() < 110:
        return shadow
    hem = slice(rows[-1] - round(0.1 * rows.size), None)
    grey, lit = pixels[hem].mean(2), backdrop[hem].mean(2)
    tint = np.abs((pixels[hem] - grey[..., None]) - (backdrop[hem] - lit[..., None])).max(2)
    shadow[hem] = (grey < np.minimum(colour.mean(), lit) - 40) & (tint < 10)
    return shadow


def _backdrop(pixels: Pixels, outside: Mask) -> Floats:
    """The backdrop's colour everywhere, interpolated from where it is seen. Shape: (h, w, 3)."""
    from scipy.ndimage import gaussian_filter

    reduced = pixels[::4, ::4].astype(np.float32)
    weight = outside[::4, ::4].astype(np.float32)
    if not weight.any():
        return np.broadcast_to(np.median(pixels[outside], 0).astype(np.float32), pixels.shape)
    typical = np.median(reduced[weight > 0], 0)
    amount = gaussian_filter(weight, 5)[..., None] + 1e-3
    total = gaussian_filter(reduced * weight[..., None], (5, 5, 0)) + 1e-3 * typical
    smooth = Image.fromarray((total / amount).clip(0, 255).round().astype(np.uint8))
    return np.asarray(smooth.resize(pixels.shape[1::-1], Image.Resampling.BILINEAR), np.float32)


def _corrected(map: Pixels, pixels: Pixels) -> Pixels:
    """The parser's map with the parts of the garment that it took for something else, by their neighbours and colour.

    What it takes for a dress above the trousers becomes a shirt.
    """
    from scipy.ndimage import binary_dilation, find_objects, label

    garment = np.isin(map, _GARMENT)
    if not garment.any():
        return map
    map = map.copy()
    below = np.flatnonzero((garment & (map != _DRESS)).any(1))
    marks, _ = label(map == _DRESS)
    for number, (rows, columns) in enumerate(find_objects(marks), 1):
        if below.size and rows.start < below[0] - 0.1 * below.size:
            part = marks[rows, columns] == number
            map[rows, columns][part] = _TOP
            garment[rows, columns][part] = False
    size, colour = garment.sum(), np.median(pixels[garment], 0)
    for value in np.unique(map[~garment]):
        marks, count = label(map == value)
        sizes = np.bincount(marks.ravel(), minlength=count + 1)
        for number, box in enumerate(find_objects(marks), 1):
            if sizes[number] > 0.15 * size:
                continue
            rows, columns = (slice(max(0, axis.start - 1), axis.stop + 1) for axis in box)
            part = marks[rows, columns] == number
            rim = binary_dilation(np.pad(part, 1))
            rim[1:-1, 1:-1] &= ~part
            share = (rim[1:-1, 1:-1] & garment[rows, columns]).sum() / rim.sum()
            like = np.abs(np.median(pixels[rows, columns][part], 0) - colour).max() < LIKE
            if (share > 0.7 and (value or like)) or (share > 0.1 and like and value in _MISTAKEN):
                map[rows, columns][part] = _GARMENT[0]
    return map


def _smooth(garment: Mask, enlargement: float) -> Mask:
    """The mask without specks, threads and pinholes, as smooth as the photo was enlarged; two legs may be apart."""
    from scipy.ndimage import binary_opening, gaussian_filter, label

    padded = binary_opening(np.pad(garment, 4), iterations=2)
    marks, count = label(padded)
    if not count:
        return np.zeros_like(garment)
    sizes = np.bincount(marks.ravel())
    sizes[0] = 0
    padded = (sizes >= 0.1 * sizes.max())[marks] & (marks > 0)
    holes, _ = label(~padded)
    padded |= (np.bincount(holes.ravel()) < 0.01 * sizes.max())[holes]
    inner, sigma = padded[4:-4, 4:-4].astype(np.float32), 0.6 * min(enlargement, 4)
    smooth: Mask = gaussian_filter(inner, sigma, mode="nearest") > 0.5
    return smooth


def _scaled(pixels: Pixels, garment: Mask, photo: tuple[int, int, int, int], enlargement: float) -> Preprocessed | None:
    """The garment at the common scale, if it is whole.

    Args:
        photo: the part of `pixels` that the photo fills: left, top, right, bottom.
        enlargement: size of a pixel of the original photo in the given pixels.
    """
    position = None if garment.mean() < MIN_AREA else _position(garment, photo)
    if position is None or position[2] * WAIST < MIN_WAIST * enlargement:
        return None
    return _render(pixels, garment, position, max(1, min(3, round(enlargement))))


def _position(garment: Mask, photo: tuple[int, int, int, int]) -> tuple[float, float, float] | None:
    """Middle and top of the waistband, and pixels per preprocessed pixel; None if the garment isn't whole."""
    rows, columns = np.flatnonzero(garment.any(1)), np.flatnonzero(garment.any(0))
    width = columns[-1] + 1 - columns[0]
    widths = garment.sum(1)
    upper = widths[rows[0] : rows[0] + max(4, width // 4)]
    start = rows[0] + int(np.argmax(upper >= 0.6 * upper.max()))  # below what a shirt's hem leaves free at the hips
    band = slice(start, start + max(3, round(0.12 * width)))
    waist = float(np.median(widths[band]))
    height = float(rows[-1] + 1 - start)
    left, top, right, bottom = photo
    cut = CUT_SHARE * waist
    if not SHAPES[0] <= height / waist <= SHAPES[1]:
        return None
    if garment[top + 1].sum() > cut or (garment[bottom - 2].sum() > cut and height < LEGS * waist):
        return None
    if garment[:, left + 1].sum() > cut or garment[:, right - 2].sum() > cut:
        return None
    notch = _notch(garment[start : min(start + round(width * 0.8), rows[-1] + 1)])
    # A coat hangs over both sides of a waistband that has a gap.
    gap = float(np.median([np.diff(np.flatnonzero(line)).max(initial=1) - 1 for line in garment[band]]))
    if max(notch, gap) > NOTCH * waist:
        return None
    edges = [np.flatnonzero(line)[[0, -1]].mean() + 0.5 for line in garment[band] if line.any()]
    middle = float(np.median(edges))
    half = max(middle - columns[0], columns[-1] + 1 - middle)
    scale = max(waist / WAIST, height / (SIZE[0] - TOP - MARGIN), half / (BREADTH / 2 - 1))
    return middle, float(start), scale


def _notch(hips: Mask) -> int:
    """Depth in pixels to which a hand or a bag covers a garment from either side."""
    deepest = 0
    for side in (hips, hips[:, ::-1]):
        out = side.shape[1] - np.argmax(side, 1)
        above, below = np.maximum.accumulate(out), np.maximum.accumulate(out[::-1])[::-1]
        deepest = max(deepest, int((np.minimum(above, below) - out).max()))
    return deepest


def _render(pixels: Pixels, garment: Mask, position: tuple[float, float, float], rim: int) -> Preprocessed:
    """Resample the garment onto the white canvas."""
    from scipy.ndimage import binary_erosion, distance_transform_edt, gaussian_filter

    middle, top, scale = position
    soft = gaussian_filter(garment.astype(np.float32), 0.7)
    alpha = ((soft - 0.3) / 0.6).clip(0, 1)
    # The rim mixes garment and backdrop: it takes the colour of what lies further in.
    inner = binary_erosion(garment, iterations=rim)
    rows, columns = distance_transform_edt(~inner, return_distances=False, return_indices=True)
    layered = np.dstack([pixels[rows, columns], (255 * alpha).round().astype(np.uint8)])
    box = np.array([middle - scale * SIZE[1] / 2, top - scale * TOP, 0, 0])
    box[2:] = box[:2] + scale * np.array([SIZE[1], SIZE[0]])
    height, width = garment.shape
    before = np.ceil(np.maximum(0, -box[:2])).astype(int)
    after = np.ceil(np.maximum(0, box[2:] - (width, height))).astype(int)
    layered = np.pad(layered, ((before[1], after[1]), (before[0], after[0]), (0, 0)))
    left, upper, right, lower = (box + np.tile(before, 2)).tolist()
    resized = Image.fromarray(layered, "RGBA").resize(
        (SIZE[1], SIZE[0]), Image.Resampling.BICUBIC, box=(left, upper, right, lower)
    )
    shown = Image.alpha_composite(Image.new("RGBA", resized.size, "white"), resized).convert("RGB")
    return Preprocessed(np.asarray(shown), np.asarray(resized)[..., 3].copy())


def _samples(pixels: Pixels, masks: NDArray[Any]) -> Doubles:
    """Pixels spread evenly over the inside of each garment, in LAB. Shape: (n, SAMPLE, 3)."""
    if pixels.shape != (*masks.shape, 3):
        raise UsageError(f"pictures need masks of their size; got {pixels.shape} and {masks.shape}")
    inner = masks.copy() if masks.dtype == np.bool_ else masks > (0.5 if masks.dtype.kind == "f" else 127)
    inner[~inner.any((1, 2))] = True
    enough = inner.sum((1, 2)) / 4  # the edge is taken off as far as a quarter of the garment is left
    for _ in range(INSIDE):
        padded = np.pad(inner, ((0, 0), (1, 1), (1, 1)))
        eroded = inner & padded[:, :-2, 1:-1] & padded[:, 2:, 1:-1] & padded[:, 1:-1, :-2] & padded[:, 1:-1, 2:]
        large = eroded.sum((1, 2)) >= np.maximum(enough, 1)
        inner[large] = eroded[large]
    flat = pixels.reshape(len(pixels), pixels.shape[1] * pixels.shape[2], 3)
    chosen = np.empty((len(pixels), SAMPLE, 3), np.uint8)
    for row, mask in enumerate(inner.reshape(flat.shape[:2])):
        inside = np.flatnonzero(mask)
        chosen[row] = flat[row, inside[np.arange(SAMPLE) * len(inside) // SAMPLE]]
    return rgb_to_lab(chosen)


def _nearest(samples: Doubles, centres: Doubles) -> Indices:
    """Each sample's nearest centre. Shapes: (n, p, 3) and (n, k, 3) to (n, p)."""
    distances = [((samples - centres[:, None, number]) ** 2).sum(2) for number in range(centres.shape[1])]
    return np.asarray(np.argmin(np.stack(distances), axis=0))
