"""The photographer: SVG becomes pixels, light falls on them, and a shadow on the studio's backdrop."""

from __future__ import annotations

import io
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.boutique.art import layout, svg
from modiste.boutique.fabrics import FABRICS
from modiste.boutique.light import light, shadow
from modiste.boutique.spec import Spec
from modiste.colour import Rgb
from modiste.types import Floats, Pixels

SIZE = (448, 336)
"""Height and width of a product's picture."""
BACKDROPS: tuple[Rgb, ...] = ((236, 234, 230), (230, 233, 235), (239, 233, 228), (231, 235, 229), (233, 230, 236))
BACKDROPS += ((240, 237, 226), (226, 228, 230), (243, 242, 240))

_SHADE = np.array([1.0, 1.04, 0.96], np.float32)
"""How much each channel loses in the shade: it is a little bluer."""
_LAMP = np.array([255, 252, 245], np.float32)
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
    return svg(spec, layout(spec), size)


def photograph(spec: Spec, size: tuple[int, int] = SIZE) -> Photo:
    """A product in the studio.

    Args:
        size: height and width in pixels, 4 to 3.
    """
    placed = layout(spec)
    art = render(svg(spec, placed, size))
    lamp = light(placed, FABRICS[spec.fabric], spec.make)
    bright = lit(
        art[..., :3].astype(np.float32), *(enlarged(grid, size) for grid in (lamp.shade, lamp.shine, lamp.texture))
    )
    there = art[..., 3:].astype(np.float32) / 255
    pixels = _ground(spec, enlarged(shadow(lamp.cover), size)) * (1 - there) + bright * there
    return Photo(np.round(np.clip(pixels, 0, 255)).astype(np.uint8), art[..., 3] > 127)


def render(document: str) -> Pixels:
    """An SVG document as RGBA. Shape: (height, width, 4)."""
    import resvg_py

    png = bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True))
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGBA"))


def lit(colour: Floats, shade: Floats, shine: Floats, texture: Floats) -> Floats:
    """Flat colours in this light: in the shade cloth keeps its hue, in brightness it nears the lamp's white."""
    loss = np.exp(np.minimum(shade, 0)[..., None] * (1.1 * _SHADE))
    gain = np.clip(np.maximum(shade, 0) * 0.55 + shine, 0, 0.9)[..., None]
    dimmed = (colour + texture[..., None] * (0.6 * colour + 50)) * loss
    return np.asarray(dimmed + (_LAMP - dimmed) * gain, np.float32)


def _ground(spec: Spec, depth: Floats) -> Floats:
    """The backdrop, brightest above the middle, with the product's shadow on it."""
    tint = np.array(Random(f"backdrop {spec.backdrop}").choice(BACKDROPS), np.float32)
    height, width = depth.shape
    away = np.hypot(
        np.linspace(-0.44, 0.56, width, dtype=np.float32)[None, :] * 0.75,
        np.linspace(-0.42, 0.58, height, dtype=np.float32)[:, None],
    )
    fall = 1.02 - 0.1 * away
    ground = tint * fall[..., None] * (1 - depth[..., None] * _GROUND_SHADE)
    return np.asarray(np.clip(ground, 0, 255), np.float32)


def enlarged(values: Floats, size: tuple[int, int]) -> Floats:
    """A coarse grid enlarged to the picture."""
    picture = Image.fromarray(values).resize((size[1], size[0]), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.float32)
