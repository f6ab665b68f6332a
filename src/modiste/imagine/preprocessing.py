"""Trousers, jeans and shorts of any catalogue, alone on white and all of one scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.errors import UsageError
from modiste.images import ImageError, load_image
from modiste.imagine.masking import garment_cropped, garment_seen
from modiste.parsing import Frame, Parser, look
from modiste.types import Mask, Pixels

SIZE = (128, 96)
"""Height and width of a standardised picture."""
WAIST = 40
"""How wide every waistband is drawn."""
TOP = 6
"""Row at which every waistband is drawn."""
BREADTH = 64
"""Columns in the middle that no garment is wider than, so that networks need draw no others."""
MARGIN = 3
"""What stays white below, at least."""

FINE = 14
"""Pixels of the photo that a waistband takes at least; less shows no garment, only its colour."""
LEAST = 0.012
"""Share of the photo that a whole garment covers."""
CUT_SHARE = 0.3
"""Share of its waist by which a garment that touches the photo's frame is cut off there."""
LEGS = 2.2
"""Height in waists of a garment whose hem may be cut off by the photo's frame."""
NOTCH = 0.15
"""Share of its waist by which something may stand before a garment's side."""
SHAPES = (0.45, 5.5)
"""Height in waists that trousers and shorts have."""


@dataclass(frozen=True)
class Standard:
    """A garment, standardised."""

    pixels: Pixels
    """RGB on white. Shape: (128, 96, 3)."""
    mask: Pixels
    """How much of each pixel is garment, 0-255. Shape: (128, 96)."""


def standardise(image: Image.Image, *, parser: Parser | None = None, mask: Mask | None = None) -> Standard | None:
    """Cut out a photo's trousers, jeans or shorts and draw them as all others are; nothing if they aren't seen whole.

    Args:
        parser: takes away the person who wears them. Without it, and without a mask, what stands before the backdrop
            is the garment, but for the parts of a photo in which people have their shirts and shoes.
        mask: where the garment is known to be; nothing is guessed then. Shape: (h, w) of the photo.

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
        pixels = np.asarray(image)
        inside = (0, 0, image.width, image.height)
        return _drawn(pixels, mask.astype(np.bool_), inside, 1.0)
    if parser is None:
        frame = Frame.whole(image)
        pixels = frame.cut(image)
        garment = garment_cropped(pixels, _photo(frame, image)[1])
    else:
        seen = look(image, parser)
        frame, pixels = seen.frame, seen.pixels
        garment = garment_seen(seen)
    coarse = pixels.shape[0] / frame.height
    return _drawn(pixels, _whole(garment, coarse), _photo(frame, image), coarse)


def standardise_all(
    images: Iterable[Path], parser: Parser | None = None, masks: Iterable[Path | None] | None = None
) -> Iterator[Standard | None]:
    """Standardise files, in their order; nothing for those that can't be read.

    Args:
        masks: pictures of the garments' masks, white where the garment is, in the photos' order.
    """
    drawn = iter(masks) if masks is not None else None
    for path in images:
        where = next(drawn) if drawn is not None else None
        try:
            image = load_image(path)
            mask = np.asarray(load_image(where).convert("L")) > 127 if where is not None else None
        except ImageError:
            yield None
            continue
        yield standardise(image, parser=parser, mask=mask)


def _photo(frame: Frame, image: Image.Image) -> tuple[int, int, int, int]:
    """Which part of a frame the photo fills: left, top, right, bottom."""
    from modiste.parsing import SIZE as WHOLE

    corners = frame.to_frame(np.array([(0, 0), (image.width, image.height)], np.float32)).round().astype(int)
    (left, top), (right, bottom) = corners.clip((0, 0), (WHOLE[1], WHOLE[0])).tolist()
    return left, top, right, bottom


def _drawn(pixels: Pixels, garment: Mask, inside: tuple[int, int, int, int], coarse: float) -> Standard | None:
    """The garment at its scale and place, if it is whole; a pixel of the photo is `coarse` of the given ones."""
    if garment.mean() < LEAST:
        return None
    place = _place(garment, inside)
    if place is None or place[2] * WAIST < FINE * coarse:
        return None
    return _render(pixels, garment, place, max(1, min(3, round(coarse))))


def _whole(garment: Mask, coarse: float) -> Mask:
    """The garment without specks, threads and pinholes, as smooth as the photo is coarse; two legs may be apart."""
    from scipy.ndimage import binary_opening, gaussian_filter, label

    wide = np.pad(garment, 4)
    wide = binary_opening(wide, iterations=2)
    marks, count = label(wide)
    if not count:
        return np.zeros_like(garment)
    sizes = np.bincount(marks.ravel())
    sizes[0] = 0
    wide = (sizes >= 0.1 * sizes.max())[marks] & (marks > 0)
    holes, count = label(~wide)
    wide |= (np.bincount(holes.ravel()) < 0.01 * sizes.max())[holes]
    smooth: Mask = gaussian_filter(wide[4:-4, 4:-4].astype(np.float32), 0.6 * min(coarse, 4), mode="nearest") > 0.5
    return smooth


def _place(garment: Mask, inside: tuple[int, int, int, int]) -> tuple[float, float, float] | None:
    """The waist's middle, the garment's top, and pixels per pixel drawn; nothing if it isn't whole."""
    rows, columns = np.flatnonzero(garment.any(1)), np.flatnonzero(garment.any(0))
    wide = columns[-1] + 1 - columns[0]
    widths = garment.sum(1)
    upper = widths[rows[0] : rows[0] + max(4, wide // 4)]
    start = rows[0] + int(np.argmax(upper >= 0.6 * upper.max()))  # below what a shirt's hem leaves free at the hips
    band = slice(start, start + max(3, round(0.12 * wide)))
    waist = float(np.median(widths[band]))
    tall = float(rows[-1] + 1 - start)
    left, top, right, bottom = inside
    cut = CUT_SHARE * waist
    hem = garment[bottom - 2].sum() > cut
    if not SHAPES[0] <= tall / waist <= SHAPES[1] or garment[top + 1].sum() > cut or (hem and tall < LEGS * waist):
        return None
    if garment[:, left + 1].sum() > cut or garment[:, right - 2].sum() > cut:
        return None
    hips = garment[start : min(start + round(wide * 0.8), rows[-1] + 1)]
    if max(_notched(hips), _parted(garment[band])) > NOTCH * waist:
        return None
    edges = [np.flatnonzero(line)[[0, -1]].mean() + 0.5 for line in garment[band] if line.any()]
    middle = float(np.median(edges))
    half = max(middle - columns[0], columns[-1] + 1 - middle)
    scale = max(waist / WAIST, tall / (SIZE[0] - TOP - MARGIN), half / (BREADTH / 2 - 1))
    return middle, float(start), scale


def _notched(hips: Mask) -> int:
    """How deep a hand or a bag cuts into a garment from either side, in pixels."""
    deepest = 0
    for side in (hips, hips[:, ::-1]):
        out = side.shape[1] - np.argmax(side, 1)
        above, below = np.maximum.accumulate(out), np.maximum.accumulate(out[::-1])[::-1]
        deepest = max(deepest, int((np.minimum(above, below) - out).max()))
    return deepest


def _parted(waistband: Mask) -> float:
    """How wide a gap the waistband has, in pixels: a coat hangs over what is left and right of it."""
    gaps = [np.diff(np.flatnonzero(line)).max(initial=1) - 1 for line in waistband]
    return float(np.median(gaps))


def _render(pixels: Pixels, garment: Mask, place: tuple[float, float, float], rim: int) -> Standard:
    from scipy.ndimage import binary_erosion, distance_transform_edt, gaussian_filter

    middle, top, scale = place
    soft = gaussian_filter(garment.astype(np.float32), 0.7)
    cover = ((soft - 0.3) / 0.6).clip(0, 1)
    # The rim mixes garment and backdrop: it takes the colour of what lies further in.
    inner = binary_erosion(garment, iterations=rim)
    rows, columns = distance_transform_edt(~inner, return_distances=False, return_indices=True)
    layered = np.dstack([pixels[rows, columns], (255 * cover).round().astype(np.uint8)])
    box = np.array([middle - scale * SIZE[1] / 2, top - scale * TOP, 0, 0])
    box[2:] = box[:2] + scale * np.array([SIZE[1], SIZE[0]])
    high, wide = garment.shape
    before = np.ceil(np.maximum(0, -box[:2])).astype(int)
    after = np.ceil(np.maximum(0, box[2:] - (wide, high))).astype(int)
    layered = np.pad(layered, ((before[1], after[1]), (before[0], after[0]), (0, 0)))
    left, upper, right, lower = (box + np.tile(before, 2)).tolist()
    small = Image.fromarray(layered, "RGBA").resize(
        (SIZE[1], SIZE[0]), Image.Resampling.BICUBIC, box=(left, upper, right, lower)
    )
    white = Image.new("RGBA", small.size, "white")
    shown = Image.alpha_composite(white, small).convert("RGB")
    return Standard(np.asarray(shown), np.asarray(small)[..., 3].copy())
