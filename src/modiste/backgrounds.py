"""Studio backdrops: segmented, measured, and made white, so that photos differ in nothing but the product.

The lamp's light is fitted to the photo's frame as a smooth surface; what differs from it, or lies behind an edge as
seen from the frame, is the product. Distances are in levels of 0-255, tuned for photos of the size of `images.SIZE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from modiste.colour import rgb_to_lab
from modiste.errors import UsageError
from modiste.types import Floats, Mask, Pixels

CHUNK = 16
"""Photos in a batch: as many as a processor's cache holds."""
SMALLEST = 16
"""Least height and width of a photo whose frame can be measured."""
DEGREE = 4
"""Of the polynomial surface that models a lamp's light."""
PASSES = ((1, 20), (2, 12), (3, 8), (4, 6), (4, 6), (4, 6))
"""Degree of each fit, and the distance from it beyond which a pixel is left out of the next."""
NEAR = [(line, column) for line in range(5) for column in range(5) if 0 < abs(line - 2) + abs(column - 2) < 3]
"""The neighbours of a 5 x 5 square's middle up to two steps away."""


@dataclass(frozen=True)
class _Scene:
    """Photos beside the light in which they were taken, in the axes of `_opponent`."""

    soft: Floats
    """The photos, blurred a little against the noise of JPEG. Shape: (3, n, h, w)."""
    light: Floats
    """Colour of the backdrop alone, as fitted. Shape: (3, n, h, w)."""
    residual: Floats
    """Difference of the photo from `light`. Shape: (3, n, h, w)."""
    distance: Floats
    """Greatest absolute residual over the axes. Shape: (n, h, w)."""
    gradient: Floats
    """Greatest absolute difference between neighbours. Shape: (n, h, w)."""
    noise: Floats
    """Typical distance of the backdrop itself from `light`. Shape: (n, 1, 1)."""
    studio: Mask
    """True for photos whose frame one light explains. Shape: (n,)."""


def even_background(photos: Pixels) -> Pixels:
    """Make the backdrop of studio photos pure white; products, and photos without a backdrop, stay as they are.

    New pixels. Shape: (n, h, w, 3).
    """
    even = photos.copy()
    for chunk, mask, scene in _segmented(photos):
        if mask.any():
            _whiten(even[chunk], mask, scene)
    return even


def backdrop(photos: Pixels) -> NDArray[np.float64]:
    """Mean colour of each photo's backdrop in LAB, nan where it has none. Shape: (n, h, w, 3) to (n, 3)."""
    colours = np.full((len(photos), 3), np.nan)
    for index, mask in enumerate(backdrop_masks(photos)):
        if mask.any():
            colours[index] = rgb_to_lab(photos[index][mask].mean(0))
    return colours


def backdrop_masks(photos: Pixels) -> Mask:
    """Mask of each photo's backdrop with the soft shadows on it; empty on photos without one.

    Shape: (n, h, w, 3) to (n, h, w).
    """
    masks = np.zeros(photos.shape[:3], np.bool_)
    for chunk, mask, _ in _segmented(photos):
        masks[chunk] = mask
    return masks


def _segmented(photos: Pixels) -> Iterator[tuple[slice, Mask, _Scene]]:
    if photos.dtype != np.uint8 or photos.ndim != 4 or photos.shape[3] != 3 or min(photos.shape[1:3]) < SMALLEST:
        raise UsageError(
            f"photos must be uint8 of shape (n, h, w, 3), h and w at least {SMALLEST}; "
            f"got {photos.dtype} of shape {photos.shape}; use images.fit"
        )
    for start in range(0, len(photos), CHUNK):
        chunk = slice(start, start + CHUNK)
        inner, sides = _without_sides(photos[chunk])
        scene = _scene(inner)
        mask = _backdrop(scene) | sides if scene.studio.any() else np.zeros_like(sides)
        # A garment as white as its backdrop is better tinted than lost.
        mask[~scene.studio | (mask.mean((1, 2)) > 0.995)] = False
        yield chunk, mask, scene


def _without_sides(photos: Pixels) -> tuple[Pixels, Mask]:
    """Photos whose flat sides, which `images.fit` adds, are replaced by the lines next to them, and the sides' mask."""
    inner, sides = photos.copy(), np.zeros(photos.shape[:3], np.bool_)
    for photo, side in zip(inner, sides, strict=True):
        ways = [(photo, side), (photo.swapaxes(0, 1), side.T)]
        flat = [(lines, marks, inside) for lines, marks in ways if (inside := _flat_lines(lines))]
        if len(flat) == 1:  # with two, a photo is flat all around by itself
            ((lines, marks, (first, last)),) = flat
            lines[:first], lines[last:] = lines[first], lines[last - 1]
            marks[:first] = marks[last:] = True
    return inner, sides


def _flat_lines(photo: Pixels) -> tuple[int, int] | None:
    """First and last line (exclusive) between flat ones of one colour, if as many lie above as below."""
    colour, half = photo[0, 0], len(photo) // 2
    above, below = (
        next((count for count, line in enumerate(lines[:half]) if (line != colour).any()), half)
        for lines in (photo, photo[::-1])
    )
    return (above, len(photo) - below) if above and below and abs(above - below) <= 1 else None


def _scene(photos: Pixels) -> _Scene:
    soft = _blurred(photos)
    gradient = np.zeros(soft.shape[1:], np.float32)
    gradient[:, 1:-1] = np.abs(soft[:, :, 2:] - soft[:, :, :-2]).max(0)
    np.maximum(gradient[..., 1:-1], np.abs(soft[..., 2:] - soft[..., :-2]).max(0), out=gradient[..., 1:-1])
    light, share, noise = _light(soft, gradient)
    lines = [gradient[:, 2], gradient[:, -3], gradient[:, :, 2], gradient[:, :, -3]]
    grain = np.median(np.concatenate(lines, 1), 1)
    # A grainy frame must agree with the light nearly everywhere: a pale street does so here and there.
    studio = share > 0.4 + 0.2 * (np.maximum(noise - 0.7, 0) + np.maximum(grain - 0.7, 0))
    studio &= light[0].mean((1, 2)) > 100
    residual = soft - light
    scene = _Scene(soft, light, residual, np.abs(residual).max(0), gradient, noise[:, None, None], studio)
    for index in np.flatnonzero((noise > 1) & studio):
        _correct(scene, int(index))
    return scene


def _light(soft: Floats, gradient: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit a smooth surface to the backdrop, from the frame inwards, leaving out whatever differs from it.

    Returns:
        The surface, the share of the frame that agrees with it, and by how much that share differs from it.
    """
    n, height, width = gradient.shape
    step = max(1, height // 32)
    rows, columns = height // step, width // step
    terms, degrees = _terms(height, width)
    sparse = (..., slice(step // 2, rows * step, step), slice(step // 2, columns * step, step))
    # Photos come first here: products of one photo's numbers alone don't change with its neighbours.
    samples, basis = soft[sparse].swapaxes(0, 1).reshape(n, 3, -1), terms[sparse].reshape(len(terms), -1)
    border = np.pad(np.zeros((rows - 2, columns - 2), np.bool_), 1, constant_values=True).ravel()
    blocks = gradient[:, : rows * step, : columns * step].reshape(n, rows, step, columns, step)
    calm = _reached(np.asarray((blocks < 3).all((2, 4))))  # a bare backdrop, but for the folds of paper
    # What an edge encloses may be the product, or a backdrop seen through a necklace: it counts, but little.
    trust = np.maximum(calm.reshape(n, -1) | border, np.float32(0.15))
    distance = np.abs(samples - np.median(samples[..., border], 2, keepdims=True)).max(1)
    weight = np.where(border, distance < 40, 0.02 * (distance < 6)).astype(np.float32)
    for degree, most in PASSES:
        used = degrees <= degree
        # A ridge keeps the terms of high degree small where little of the backdrop is visible.
        ridge = np.diag(0.05 * degrees[used] ** 2 + 1e-3).astype(np.float32)
        weighted = (weight[:, None] * basis[used]).swapaxes(1, 2)
        solved = np.linalg.solve(basis[used] @ weighted + ridge, (samples @ weighted).swapaxes(1, 2))
        coefficients = solved.swapaxes(1, 2)
        distance = np.abs(samples - coefficients @ basis[used]).max(1)
        ordered = np.sort(distance[:, border], 1)
        near = (ordered < 8).sum(1)  # can be backdrop at all: the noise is the median of these
        noise = np.where(near > 0, ordered[np.arange(n), near // 2], np.float32(8))
        weight = trust * np.maximum(1 - (distance / np.clip(4 * noise + 1, 1.5, most)[:, None]) ** 2, 0) ** 2
        if degree == 1:
            weight[:, ~border] *= 0.3
    share = (distance[:, border] < 6).mean(1, dtype=np.float32)
    light = (coefficients @ terms.reshape(len(terms), -1)).reshape(n, 3, height, width)
    return np.ascontiguousarray(light.swapaxes(0, 1)), share, noise


@lru_cache(maxsize=8)
def _terms(height: int, width: int) -> tuple[Floats, NDArray[np.int64]]:
    """Products of Legendre polynomials up to `DEGREE`, and their degrees. Shape: (terms, height, width)."""
    down, across = (
        np.polynomial.legendre.legvander((2 * np.arange(size) + 1) / size - 1, DEGREE).T for size in (height, width)
    )
    powers = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    terms = np.stack([np.outer(down[i], across[j]) for i, j in powers]).astype(np.float32)
    return terms, np.array([i + j for i, j in powers])


def _correct(scene: _Scene, index: int) -> None:
    """Follow a lamp whose white is clipped, which is no smooth surface, where no edge comes near."""
    from scipy.ndimage import uniform_filter

    like = _from_frame((scene.distance[[index]] < 12) & (scene.gradient[[index]] < 2))[0]
    amount = uniform_filter(like.astype(np.float32), 11, mode="nearest")
    for axis in range(3):
        total = uniform_filter(scene.residual[axis, index] * like, 11, mode="nearest")
        shift = np.clip(total / np.maximum(amount, 1e-3), -12, 12) * np.minimum(1, 8 * amount)
        scene.light[axis, index] += shift
        scene.residual[axis, index] -= shift
    scene.distance[index] = np.abs(scene.residual[:, index]).max(0)


def _backdrop(scene: _Scene) -> Mask:
    """Mask of the backdrop, bounded by every edge; by distance alone, with shadows, where the product is plain."""
    limit, steep = np.clip(3 * scene.noise + 0.8, 1.2, 6), np.clip(3 * scene.noise + 1, 1, 2.5)
    relative = scene.distance / limit
    open = _dilated(_from_frame(relative + scene.gradient / steep < 1), 2) & (relative < 1)
    mask = _without_specks(open, relative, scene.residual / limit)
    mask |= ~_dilated(~_dilated(mask, 2), 2) & (relative < 1)  # threads of folded paper that hang on the product
    wide = np.clip(4 * scene.noise + 2, 4, 8)
    ratio = scene.soft[0] / np.maximum(scene.light[0], 1)
    tint = np.abs(scene.soft[1:] - ratio * scene.light[1:]).max(0)
    # shadows are darker, of the same tint, without a step
    shadows = (ratio > 0.7) & (ratio < 1.01) & (tint < wide) & (scene.gradient < 10)
    inner = ~_dilated(mask, 2)
    # a white shirt on white differs from its backdrop by less than 9, most products by more than 40
    size, pale, stark = (
        (inner & kind).sum((1, 2)) for kind in (True, (scene.distance < 9) | shadows, scene.distance > 40)
    )
    plain = (pale <= 0.3 * size) | (stark >= 0.2 * size)
    if plain.any():
        relative = scene.distance / wide
        open = _from_frame((relative < 1) | (shadows & _dilated(mask, 16)))  # as far as shadows reach inside
        mask[plain] = _without_specks(open, relative, scene.residual / wide)[plain]
    return mask


def _without_specks(open: Mask, relative: Floats, residual: Floats) -> Mask:
    """Add to the pixels that the frame reaches the specks that are no product, and the product's holes."""
    labels, count = _label(~open, diagonal=True)
    inside = np.flatnonzero(labels)
    regions = labels.ravel()[inside]
    size = np.bincount(regions, minlength=count + 1)
    product = (np.bincount(regions, relative.ravel()[inside] > 3, count + 1) > 0) & (size > 3)
    mask = np.asarray(~product[labels])
    return mask | _holes((relative < 1) & ~mask, relative, residual)


def _holes(like: Mask, relative: Floats, residual: Floats) -> Mask:
    """Enclosed regions of backdrop: without a tint of their own, in a product that differs from it around them."""
    labels, count = _label(like)
    inside, rim = np.flatnonzero(like), np.flatnonzero(like & _dilated(~like))
    regions, around = labels.ravel()[inside], labels.ravel()[rim]
    size, length = (np.maximum(np.bincount(which, minlength=count + 1), 1) for which in (regions, around))
    unlike, *tints = (np.bincount(regions, part.ravel()[inside], count + 1) / size for part in (relative, *residual))
    clear, stark = (np.bincount(around, _dilated(relative > k, 3).ravel()[rim], count + 1) / length for k in (2, 4))
    tint = np.abs(tints).max(0)
    holes = ((tint < 0.35) & (unlike < 0.45) & (clear > 0.75)) | ((tint < 0.4) & (unlike < 0.5) & (stark > 0.85))
    return np.asarray((holes & (size > 3))[labels] & like)


def _whiten(photos: Pixels, mask: Mask, scene: _Scene) -> None:
    """Paint the backdrop white, and take its share out of the pixels that mix it with the product, in place.

    The pixel nearby that differs most from the backdrop has the product's own colour.
    """
    height, width = mask.shape[1:]
    size = np.where(mask, 0, np.square(scene.residual).sum(0)).ravel()
    which, rows, columns = np.nonzero(_dilated(mask, 2) & ~mask)
    above = [(which * height + (rows + by).clip(0, height - 1)) * width for by in range(-2, 3)]
    beside = [(columns + by).clip(0, width - 1) for by in range(-2, 3)]
    here = farthest = above[2] + beside[2]
    most = size[here]
    for line, column in NEAR:
        near = above[line] + beside[column]
        more = size[near] > most
        farthest, most = np.where(more, near, farthest), np.where(more, size[near], most)
    lamp = scene.light.reshape(3, -1)
    mixed, full = (_opponent(photos.reshape(-1, 3)[at].T.astype(np.float32)) - lamp[:, at] for at in (here, farthest))
    cover = ((mixed * full).sum(0) / np.maximum(np.square(full).sum(0), 1e-3)).clip(0, 1)
    white = 255 + _rgb(mixed) - cover * (255 - _rgb(lamp[:, here]))
    photos.reshape(-1, 3)[here] = np.round(white.clip(0, 255)).T.astype(np.uint8)
    np.copyto(photos, 255, where=mask[..., None])


def _opponent(rgb: Floats) -> Floats:
    """Lightness, red against green, yellow against blue: near white as even as LAB, and no roots to take."""
    red, green, blue = rgb
    return np.stack([(red + green + blue) / 3, red - green, (red + green) / 2 - blue])


def _rgb(opponent: Floats) -> Floats:
    lightness, red, yellow = opponent
    both = lightness + yellow / 3
    return np.stack([both + red / 2, both - red / 2, lightness - yellow / 1.5])


def _blurred(photos: Pixels) -> Floats:
    """Mean over 3 x 3 pixels, in the axes of `_opponent`. Shape: (n, h, w, 3) to (3, n, h, w)."""
    wide = np.pad(photos, ((0, 0), (1, 1), (1, 1), (0, 0)), "edge").astype(np.uint16)
    down = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    total = down[:, :, :-2] + down[:, :, 1:-1] + down[:, :, 2:]
    return _opponent(np.moveaxis(total, 3, 0).astype(np.float32, order="C") / 9)


def _from_frame(like: Mask) -> Mask:
    """Pixels that a path three pixels wide connects with the photo's frame."""
    return _dilated(_reached(~_dilated(~like))) & like


def _reached(like: Mask) -> Mask:
    labels, count = _label(like)
    reached = np.zeros(count + 1, np.bool_)
    for side in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        reached[side] = True
    return np.asarray(reached[labels] & like)


def _label(mask: Mask, diagonal: bool = False) -> tuple[NDArray[np.int32], int]:
    from scipy.ndimage import label

    near = np.zeros((3, 3, 3), np.bool_)
    near[1] = True if diagonal else [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    labels, count = label(mask, near)
    return labels, count


def _dilated(mask: Mask, by: int = 1) -> Mask:
    """Every pixel that has one of `mask` in the square around it, `by` pixels to each side."""
    done = 0
    while done < by:
        step = min(2 * done + 1, by - done)
        wide = mask.copy()
        wide[:, step:] |= mask[:, :-step]
        wide[:, :-step] |= mask[:, step:]
        mask = wide.copy()
        mask[:, :, step:] |= wide[:, :, :-step]
        mask[:, :, :-step] |= wide[:, :, step:]
        done += step
    return mask
