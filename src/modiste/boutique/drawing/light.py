"""Light and shadow: parts are inflated into a relief, folds are laid on it, and a lamp shines from the upper left.

It is computed on a coarse grid and laid over the crisp drawing: light varies slowly, outlines don't.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from modiste.boutique.drawing.materials import Fabric
from modiste.boutique.drawing.parts import Drawing, Fold, Part
from modiste.types import Floats, Pixels

CANVAS = (384, 512)
"""Width and height of a drawing."""
_SCALE = 0.5
"""Cells of the grid a unit of the drawing."""

Area = tuple[slice, slice]

_WIDTH, _HEIGHT = (round(side * _SCALE) for side in CANVAS)
_LAMP = np.array([-0.42, -0.62, 0.66], np.float32)
_HALFWAY = (_LAMP + np.array([0, 0, 1], np.float32)) / np.linalg.norm(_LAMP + np.array([0, 0, 1], np.float32))
_SHADE_COLOUR = np.array([1.0, 1.04, 0.96], np.float32)
"""How much each channel loses in the shade: it is a little bluer."""
_LAMP_COLOUR = np.array([255, 252, 245], np.float32)
_MARGIN = 12
_FINER = 4
"""Masks are drawn this much finer and averaged, so that their edges are smooth."""


@dataclass(frozen=True)
class Light:
    """Light on a drawing, on a grid of half a unit. Each shape: (256, 192)."""

    shade: Floats
    """0 where a part is lit as if it lay flat, below where it is darker."""
    shine: Floats
    """Highlight, 0 to 1."""
    texture: Floats
    """Brightness of the thread: 0 is the colour itself."""
    cover: Floats
    """1 where something lies."""


def light(drawing: Drawing, fabric: Fabric, seed: int) -> Light:
    """The light on a drawing that is placed on its canvas."""
    shade, shine, texture, cover = (np.zeros((_HEIGHT, _WIDTH), np.float32) for _ in range(4))
    rng = np.random.default_rng(seed)
    waves, speckle = _waves(rng) * fabric.fall, _speckle(rng, fabric)
    for part in drawing.parts:
        area, mask = _mask(part)
        fallen = _blur(mask, 3) * part.lift
        shade[area] -= np.roll(fallen, (3, 1), (0, 1)) * 0.45 * cover[area]
        own_shade, own_shine = _lit(_relief(part, mask, area, fabric) + waves[area] * min(1.0, part.bulge / 6), fabric)
        gloss = fabric.gloss if part.gloss is None else part.gloss
        own_texture = speckle[area] * part.patterned + _tones(part, mask.shape, area)
        for grid, own in ((shade, own_shade), (shine, own_shine * gloss), (texture, own_texture), (cover, 1.0)):
            grid[area] += (own - grid[area]) * mask
    return Light(shade, shine, texture, cover)


def shadow(cover: Floats) -> Floats:
    """Shadow on the ground under and beside a drawing, 0 to 1. Shape: (256, 192) to (128, 96)."""
    small = np.ascontiguousarray(cover.reshape(_HEIGHT // 2, 2, _WIDTH // 2, 2).mean((1, 3)))
    contact = np.roll(_blur(small, 1), (1, 1), (0, 1))
    soft = np.roll(_blur(small, 5), (4, 2), (0, 1))
    return np.asarray(np.clip(0.20 * contact + 0.30 * soft, 0, 1), np.float32)


def render(document: str) -> Pixels:
    """An SVG document as RGBA. Shape: (height, width, 4)."""
    import resvg_py

    png = bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True))
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGBA"))


def lit(colour: Floats, shade: Floats, shine: Floats, texture: Floats) -> Floats:
    """Flat colours in this light: in the shade cloth keeps its hue, in brightness it nears the lamp's white."""
    loss = np.exp(np.minimum(shade, 0)[..., None] * (1.1 * _SHADE_COLOUR))
    gain = np.clip(np.maximum(shade, 0) * 0.55 + shine, 0, 0.9)[..., None]
    dimmed = (colour + texture[..., None] * (0.6 * colour + 50)) * loss
    return np.asarray(dimmed + (_LAMP_COLOUR - dimmed) * gain, np.float32)


def enlarged(values: Floats, size: tuple[int, int]) -> Floats:
    """A coarse grid enlarged to the picture."""
    picture = Image.fromarray(values).resize((size[1], size[0]), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.float32)


def _mask(part: Part) -> tuple[Area, Floats]:
    """The cells that a part covers, and the window of the grid around them."""
    points = part.shape.points() * _SCALE
    left, top = np.maximum(np.floor(points.min(0)).astype(int) - _MARGIN, 0)
    right, bottom = np.ceil(points.max(0)).astype(int) + _MARGIN
    width, height = max(1, min(right, _WIDTH) - left), max(1, min(bottom, _HEIGHT) - top)
    window = Image.new("L", (width * _FINER, height * _FINER))
    corners = (points - (left, top)) * _FINER
    ImageDraw.Draw(window).polygon([(x, y) for x, y in corners.tolist()], fill=255)
    mask = np.asarray(window.reduce(_FINER), np.float32) / np.float32(255)
    return (slice(top, top + height), slice(left, left + width)), mask


def _relief(part: Part, mask: Floats, area: Area, fabric: Fabric) -> Floats:
    """Height over the ground in cells."""
    reach = max(1, round(part.bulge * _SCALE))
    # A corner's blur is a quarter, a straight edge's a half: both shall rise, the corner a little later.
    rise = np.clip((_blur(mask, reach) - 0.2) / 0.8, 0, 1)
    height = np.sqrt(1 - (1 - rise) ** 2) * reach * 0.8
    for folds, spread in _by_width([fold for fold in part.folds if fold.height]):
        lines = _drawn(folds, [fold.height for fold in folds], mask.shape, area)
        height += _blur(lines, spread) * fabric.fold * spread * 0.55
    return np.asarray(height, np.float32)


def _tones(part: Part, size: tuple[int, ...], area: Area) -> Floats:
    """Brightness of the cloth itself, lighter or darker along folds."""
    total = np.zeros(size, np.float32)
    for folds, spread in _by_width([fold for fold in part.folds if fold.tone]):
        total += _blur(_drawn(folds, [fold.tone for fold in folds], size, area), spread)
    return total


def _by_width(folds: list[Fold]) -> list[tuple[list[Fold], int]]:
    spreads = [max(1, round(fold.width * _SCALE / 3)) for fold in folds]
    return [
        ([f for f, s in zip(folds, spreads, strict=True) if s == spread], spread) for spread in sorted(set(spreads))
    ]


def _drawn(folds: list[Fold], values: list[float], size: tuple[int, ...], area: Area) -> Floats:
    """Folds as lines that rise to their value and sink again along their way."""
    canvas = Image.new("F", (size[1], size[0]))
    pen = ImageDraw.Draw(canvas)
    origin = np.array([area[1].start, area[0].start])
    for fold, value in zip(folds, values, strict=True):
        points = fold.path.points() * _SCALE - origin
        heights = value * np.sin(np.linspace(0.08, 0.92, len(points) - 1) * np.pi) ** 0.7
        thick = max(1, round(fold.width * _SCALE * 0.6))
        for start, end, height in zip(points[:-1], points[1:], heights, strict=True):
            pen.line([tuple(start), tuple(end)], fill=float(height), width=thick)
    return np.asarray(canvas, np.float32)


def _lit(height: Floats, fabric: Fabric) -> tuple[Floats, Floats]:
    down, across = np.gradient(height)
    length = np.sqrt(across**2 + down**2 + 1)
    facing = (-across * _LAMP[0] - down * _LAMP[1] + _LAMP[2]) / length
    towards = np.clip((-across * _HALFWAY[0] - down * _HALFWAY[1] + _HALFWAY[2]) / length, 0, 1)
    shine = towards**fabric.sharpness - float(_HALFWAY[2]) ** fabric.sharpness
    return np.asarray(facing - _LAMP[2], np.float32), np.asarray(np.clip(shine, 0, 1), np.float32)


def _waves(rng: np.random.Generator) -> Floats:
    """Cloth never lies quite flat: broad waves, longer down than across."""
    broad = rng.normal(size=(9, 8)).astype(np.float32) * 1.1
    fine = rng.normal(size=(20, 17)).astype(np.float32) * 0.3
    return enlarged(broad, (_HEIGHT, _WIDTH)) + enlarged(fine, (_HEIGHT, _WIDTH))


def _speckle(rng: np.random.Generator, fabric: Fabric) -> Floats:
    values = rng.standard_normal((_HEIGHT, _WIDTH), np.float32)
    for axis, drawn_out in zip((1, 0), fabric.slub, strict=True):
        reach = round(drawn_out * _SCALE)
        if reach:
            values = _run(values, reach, axis) * np.float32(np.sqrt(2 * reach + 1))
    return values * np.float32(fabric.grain)


def _blur(values: Floats, reach: int) -> Floats:
    """Three boxes in a row are nearly a Gauss curve."""
    for _ in range(3):
        values = _run(_run(values, reach, 0), reach, 1)
    return values


def _run(values: Floats, reach: int, axis: int) -> Floats:
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(values, 2 * reach + 1, axis=axis, mode="constant"), np.float32)
