"""From a design to its photo: SVG in flat colours, light on it, and a shadow on the studio's backdrop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from modiste.boutique.drawing.light import CANVAS, enlarged, light, lit, render, shadow
from modiste.boutique.drawing.materials import FABRICS, code, darker
from modiste.boutique.drawing.parts import Drawing, Mark, Part
from modiste.boutique.garments.accessories import draw_eyewear
from modiste.boutique.garments.accessories import draw_hat as draw_hats
from modiste.boutique.garments.bags import draw_backpack as draw_backpacks
from modiste.boutique.garments.bags import draw_bag as draw_bags
from modiste.boutique.garments.bottoms import draw_bottom as draw_bottoms
from modiste.boutique.garments.outerwear import draw_jacket as draw_jackets
from modiste.boutique.garments.outerwear import draw_tailored as draw_tailoring
from modiste.boutique.garments.patterns import paints_of, tile, weave
from modiste.boutique.garments.shoes import draw_shoes
from modiste.boutique.garments.spec import KINDS, Spec
from modiste.boutique.garments.tops import draw_dress as draw_dresses
from modiste.boutique.garments.tops import draw_top as draw_tops
from modiste.colour import Rgb
from modiste.types import Floats, Pixels

_FAMILIES = {
    "tops": draw_tops,
    "bottoms": draw_bottoms,
    "dresses": draw_dresses,
    "tailoring": draw_tailoring,
    "jackets": draw_jackets,
    "shoes": draw_shoes,
    "bags": draw_bags,
    "backpacks": draw_backpacks,
    "hats": draw_hats,
    "eyewear": draw_eyewear,
}
_STIFF = ("shoes", "bags", "backpacks", "hats", "eyewear")
_LARGEST = 1.2
"""How far a small product is enlarged; without a limit a crop top would look as long as a coat."""


def _layout(spec: Spec) -> Drawing:
    """The product's parts where they lie on the canvas: cloth is never laid out quite straight."""
    stiff = KINDS[spec.kind].family in _STIFF
    return _framed(flat(spec)).mapped(_laid(spec.rng("pose"), stiff=stiff))


def flat(spec: Spec) -> Drawing:
    """The product's parts as they are cut: in the middle of no canvas, and quite straight."""
    return _FAMILIES[KINDS[spec.kind].family](spec, paints_of(spec))


def svg(
    spec: Spec | None,
    placed: Drawing,
    size: tuple[int, int],
    *,
    origin: complex = complex(CANVAS[0] / 2, 120),
    fine: float = 1.0,
) -> str:
    """The SVG document of a product that lies on its canvas; height and width of 4 to 3 show all of it.

    Args:
        spec: whose cloth it is; skin and hair have neither pattern nor weave, and no drawn edges.
        origin: where pattern and weave begin.
        fine: how large they are, of their size on a table.
    """
    height, width = size
    layers = _layers(spec) if spec else {}
    parts = "".join(_drawn(part, layers, spec is not None) for part in placed.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {CANVAS[0]} {CANVAS[1]}"><defs>{_cloths(layers, placed, origin, fine)}</defs>{parts}</svg>'
    )


def _framed(drawing: Drawing) -> Drawing:
    """Shrunk or enlarged to fill the canvas, and moved to its middle."""
    corners = [part.shape.bounds() for part in drawing.parts]
    left, top = min(corner[0] for corner in corners), min(corner[1] for corner in corners)
    right, bottom = max(corner[2] for corner in corners), max(corner[3] for corner in corners)
    size = min((CANVAS[0] - 44) / (right - left), (CANVAS[1] - 64) / (bottom - top), _LARGEST)
    middle, rest = complex((left + right) / 2, (top + bottom) / 2), complex(*CANVAS) / 2
    return drawing.mapped(lambda point: (point - middle) * size + rest)


def _laid(rng: Random, stiff: bool) -> Callable[[complex], complex]:
    """A slight turn, and outlines that sway by a unit or two."""
    sway = 0.4 if stiff else 2.2
    phases = [rng.uniform(0, math.tau) for _ in range(4)]
    angle = rng.gauss(0, 0.004 if stiff else 0.012)
    turn, centre = complex(math.cos(angle), math.sin(angle)), complex(*CANVAS) / 2

    def move(point: complex) -> complex:
        x, y = point.real, point.imag
        across = math.sin(y / 41 + phases[0]) * 0.6 + math.sin(y / 19 + x / 60 + phases[1]) * 0.4
        down = math.sin(x / 37 + phases[2]) * 0.6 + math.sin(x / 17 + y / 70 + phases[3]) * 0.4
        return centre + (point + complex(across, down) * sway - centre) * turn

    return move


def _layers(spec: Spec) -> dict[str, str]:
    """Print and weave of patterned parts, as far as there are any."""
    colours = paints_of(spec)
    return {name: inside for name, inside in (("p", tile(spec, colours)), ("w", weave(spec, colours))) if inside}


def _cloths(layers: dict[str, str], placed: Drawing, origin: complex, fine: float) -> str:
    """Print and weave as SVG patterns, one for every way in which a part is turned."""
    scale = "" if fine == 1 else f" scale({fine:g})"
    turns = sorted({part.grain for part in placed.parts if part.patterned})
    return "".join(
        f'<pattern id="{name}{_name(turn)}" patternUnits="userSpaceOnUse"'
        f' patternTransform="translate({origin.real:g} {origin.imag:g}) rotate({turn:g}){scale}" {inside}</pattern>'
        for name, inside in layers.items()
        for turn in turns
    )


def _name(turn: float) -> str:
    return f"{turn:g}".replace("-", "m").replace(".", "d")


def _drawn(part: Part, layers: dict[str, str], edged: bool) -> str:
    outline = part.shape.d()
    opacity = f' fill-opacity="{part.opacity:g}"' if part.opacity < 1 else ""
    drawn = [f'<path d="{outline}" fill="{code(part.colour)}"{opacity}/>']
    if part.patterned:
        drawn += [f'<path d="{outline}" fill="url(#{name}{_name(part.grain)})"/>' for name in layers]
    if edged:
        drawn.append(_marked(Mark(part.shape, stroke=darker(part.colour, 0.4), width=0.8, opacity=0.55)))
    return "".join((*drawn, *(_marked(mark) for mark in part.marks)))


def _marked(mark: Mark) -> str:
    look = f'fill="{code(mark.fill)}"' if mark.fill else 'fill="none"'
    if mark.stroke:
        look += f' stroke="{code(mark.stroke)}" stroke-width="{mark.width:g}" stroke-linecap="round"'
    if mark.dash:
        look += f' stroke-dasharray="{" ".join(f"{length:g}" for length in mark.dash)}"'
    if mark.opacity < 1:
        look += f' opacity="{mark.opacity:g}"'
    return f'<path d="{mark.path.d()}" {look}/>'


SIZE = (448, 336)
"""Height and width of a product's picture."""
_BACKDROPS: tuple[Rgb, ...] = ((236, 234, 230), (230, 233, 235), (239, 233, 228), (231, 235, 229), (233, 230, 236))
_BACKDROPS += ((240, 237, 226), (226, 228, 230), (243, 242, 240))

_GROUND_SHADE = np.array([0.95, 1.0, 0.92], np.float32)


@dataclass(frozen=True)
class Photo:
    """A product's picture and where the product is on it."""

    pixels: Pixels
    """Shape: (height, width, 3)."""
    mask: NDArray[np.bool_]
    """Shape: (height, width)."""


def draw(spec: Spec, size: tuple[int, int] = SIZE) -> str:
    """A product as an SVG document: flat colours on nothing, before any light falls on it."""
    return svg(spec, _layout(spec), size)


def photograph(spec: Spec, size: tuple[int, int] = SIZE) -> Photo:
    """A product in the studio.

    Args:
        size: height and width in pixels, 4 to 3.
    """
    placed = _layout(spec)
    art = render(svg(spec, placed, size))
    lamp = light(placed, FABRICS[spec.fabric], spec.make)
    bright = lit(
        art[..., :3].astype(np.float32), *(enlarged(grid, size) for grid in (lamp.shade, lamp.shine, lamp.texture))
    )
    there = art[..., 3:].astype(np.float32) / 255
    pixels = _ground(spec, enlarged(shadow(lamp.cover), size)) * (1 - there) + bright * there
    return Photo(np.round(np.clip(pixels, 0, 255)).astype(np.uint8), art[..., 3] > 127)


def _ground(spec: Spec, depth: Floats) -> Floats:
    """The backdrop, brightest above the middle, with the product's shadow on it."""
    tint = np.array(Random(f"backdrop {spec.backdrop}").choice(_BACKDROPS), np.float32)
    height, width = depth.shape
    away = np.hypot(
        np.linspace(-0.44, 0.56, width, dtype=np.float32)[None, :] * 0.75,
        np.linspace(-0.42, 0.58, height, dtype=np.float32)[:, None],
    )
    fall = 1.02 - 0.1 * away
    ground = tint * fall[..., None] * (1 - depth[..., None] * _GROUND_SHADE)
    return np.asarray(np.clip(ground, 0, 255), np.float32)
