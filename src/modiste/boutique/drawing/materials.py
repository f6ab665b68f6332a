"""Colours of one drawing, and fabrics: their shine, grain, fall and weave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modiste.colour import Rgb

BRASS: Rgb = (201, 164, 92)
_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (12, 12, 20)


@dataclass(frozen=True)
class Paints:
    """Colours of the parts of one product."""

    main: Rgb
    second: Rgb
    seam: Rgb
    """Where two parts meet."""
    stitch: Rgb
    """The sewing thread that shows."""
    inside: Rgb
    """The wrong side of the cloth, in shadow."""
    trim: Rgb
    """Ribbing, soles, piping: a shade off the main colour."""
    button: Rgb
    metal: Rgb


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of the way from one colour to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Rgb, share: float) -> Rgb:
    """Towards black."""
    return mix(colour, _BLACK, share)


def lighter(colour: Rgb, share: float) -> Rgb:
    """Towards white."""
    return mix(colour, _WHITE, share)


def code(colour: Rgb) -> str:
    """Hexadecimal code, as in SVG."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


@dataclass(frozen=True)
class Fabric:
    """Shine, grain, fall and weave of a fabric."""

    gloss: float = 0.0
    """Strength of the highlight, 0 to 1."""
    sharpness: float = 8.0
    """How small the highlight is."""
    grain: float = 0.012
    """Standard deviation of the speckle in brightness."""
    slub: tuple[float, float] = (0.0, 0.0)
    """How far the speckle is drawn out across and down, in units of the drawing."""
    fall: float = 1.0
    """How much the cloth waves where it lies."""
    fold: float = 1.0
    """How deep its folds are."""
    weave: str = ""
    """A tile of `WEAVES`."""
    thread: float = 0.1
    """How strongly the weave shows, 0 to 1."""


FABRICS: Mapping[str, Fabric] = {
    "cotton": Fabric(grain=0.010, fall=0.9),
    "jersey": Fabric(gloss=0.12, grain=0.01, fall=0.7, fold=0.8),
    "linen": Fabric(grain=0.035, slub=(5.0, 0.0), fall=1.5, fold=1.25, weave="plain", thread=0.1),
    "denim": Fabric(grain=0.04, slub=(0.0, 2.0), fall=0.8, fold=1.1, weave="twill", thread=0.2),
    "knit": Fabric(grain=0.015, fall=0.9, fold=0.7, weave="knit", thread=0.3),
    "wool": Fabric(grain=0.032, slub=(0.8, 0.8), fall=0.7, fold=0.75),
    "silk": Fabric(gloss=0.5, sharpness=5, grain=0.004, fall=1.7, fold=1.4),
    "satin": Fabric(gloss=0.6, sharpness=6, grain=0.004, fall=1.0, fold=1.3),
    "leather": Fabric(gloss=0.5, sharpness=12, grain=0.02, slub=(1.0, 1.0), fall=0.8),
    "suede": Fabric(grain=0.026, slub=(1.4, 1.4), fall=0.7),
    "nylon": Fabric(gloss=0.4, sharpness=9, grain=0.008, fall=1.2, fold=1.2),
    "canvas": Fabric(grain=0.022, fall=0.6, fold=0.8, weave="plain", thread=0.16),
    "mesh": Fabric(grain=0.01, fall=0.5, weave="mesh", thread=0.3),
    "straw": Fabric(grain=0.03, slub=(3.0, 0.0), fall=0.4, weave="straw", thread=0.3),
    "plastic": Fabric(gloss=0.7, sharpness=18, grain=0.0, fall=0.0),
    "metal": Fabric(gloss=0.8, sharpness=14, grain=0.0, fall=0.0),
}

WEAVES: Mapping[str, tuple[float, float, str]] = {
    "plain": (3, 3, "M0,.5H3M.5,0V3"),
    "twill": (4, 4, "M-1,3L3,-1M0,5L5,0M1,5L5,1"),
    "knit": (6, 5, "M0,0L3,3L6,0"),
    "mesh": (4, 4, "M1,1h1v1h-1zM3,3h1v1h-1z"),
    "straw": (8, 6, "M0,1.5H5M4,4.5H8M0,4.5H1M6.5,0V3M2.5,3V6"),
}
"""Name to a tile's width, height and lines."""
