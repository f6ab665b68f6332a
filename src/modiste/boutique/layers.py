"""Layers of a picture of a person: drawn and lit one by one, and laid on each other with their shadows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from modiste.boutique.art import svg
from modiste.boutique.body import SHOULDER, Figure
from modiste.boutique.curves import Path
from modiste.boutique.drawing import Drawing
from modiste.boutique.fabrics import Fabric
from modiste.boutique.light import CANVAS, Area, light
from modiste.boutique.render import enlarged, lit, render
from modiste.boutique.spec import Spec
from modiste.catalog.categories import PARSING_CLASSES
from modiste.types import Floats

_MARGIN = 16
"""Units around a drawing in which its shadow ends."""
SHADE = np.array([0.92, 1.0, 0.95], np.float32)
"""How much each channel loses in a shadow."""


@dataclass(frozen=True)
class Layer:
    """A drawing in one cloth, all of whose pixels belong to one class."""

    name: str
    drawing: Drawing
    fabric: Fabric
    spec: Spec | None = None
    seed: int = 0
    shadow: float = 0.3


@dataclass(frozen=True)
class Sheet:
    """A layer in colour."""

    name: str
    colour: Floats
    """Shape: (height, width, 3)."""
    cover: Floats
    """0 to 1. Shape: (height, width)."""
    area: Area
    """The window of the picture in which it is; both shapes are the window's."""
    shadow: float


@dataclass
class Canvas:
    """A picture that layers are laid on."""

    pixels: Floats
    """Red, green and blue, 0 to 255. Shape: (height, width, 3)."""
    map: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        self.map = np.zeros(self.pixels.shape[:2], np.uint8)

    def lay(self, sheet: Sheet, only: Floats | None = None) -> None:
        """Put a layer on top, or a part of it; it casts a soft shadow on the person under it."""
        if not sheet.cover.size:
            return
        cover = sheet.cover if only is None else sheet.cover * only[sheet.area]
        pixels, places = self.pixels[sheet.area], self.map[sheet.area]
        if sheet.shadow:
            depth = _fallen(cover, self.map.shape[0] / CANVAS[1]) * (places > 0) * sheet.shadow
            pixels *= 1 - depth[..., None] * SHADE
        pixels += (sheet.colour - pixels) * cover[..., None]
        places[cover > 0.5] = PARSING_CLASSES.index(sheet.name)


def drawn(layer: Layer, figure: Figure, size: tuple[int, int]) -> Sheet:
    """A layer drawn and lit."""
    seen = Drawing(tuple(part for part in layer.drawing.parts if _in_sight(part.shape)))
    area = _window(seen, size)
    if not seen.parts:
        return Sheet(layer.name, np.zeros((0, 0, 3), np.float32), np.zeros((0, 0), np.float32), area, 0)
    origin = complex(figure.placed(figure.trunk(np.array([complex(0, SHOULDER)])))[0])
    art = render(svg(layer.spec, seen, size, origin=origin, fine=0.8 * figure.scale))[area].astype(np.float32)
    lamp = light(seen, layer.fabric, layer.seed)
    grids = (enlarged(grid, size)[area] for grid in (lamp.shade, lamp.shine, lamp.texture))
    return Sheet(layer.name, lit(art[..., :3], *grids), art[..., 3] / np.float32(255), area, layer.shadow)


def _window(drawing: Drawing, size: tuple[int, int]) -> Area:
    """The pixels that a drawing and its shadow can touch."""
    if not drawing.parts:
        return slice(0, 0), slice(0, 0)
    scale, corners = size[0] / CANVAS[1], np.array([part.shape.bounds() for part in drawing.parts])
    left, top = np.maximum((corners[:, :2].min(0) - _MARGIN) * scale, 0).astype(int).tolist()
    right, bottom = np.ceil((corners[:, 2:].max(0) + _MARGIN) * scale).astype(int).tolist()
    return slice(top, min(bottom, size[0])), slice(left, min(right, size[1]))


def _in_sight(outline: Path) -> bool:
    left, top, right, bottom = outline.bounds()
    return bool(left < CANVAS[0] - 2 and top < CANVAS[1] - 2 and right > 2 and bottom > 2)


def soft(values: Floats, reach: int) -> Floats:
    """Blurred."""
    from scipy.ndimage import uniform_filter

    return np.asarray(uniform_filter(uniform_filter(values, 2 * reach + 1), 2 * reach + 1), np.float32)


def _fallen(cover: Floats, scale: float) -> Floats:
    """A layer's shadow: a little below it, and to the right."""
    down, right = max(1, round(3 * scale)), max(1, round(1.5 * scale))
    fallen = np.zeros_like(cover)
    fallen[down:, right:] = soft(cover, down)[:-down, :-right]
    return fallen
