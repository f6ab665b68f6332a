"""What a shoe stands on: soles, heels and wedges; the ground is y = 0."""

from __future__ import annotations

from modiste.boutique.curves import Path, box, curve, line, shape
from modiste.boutique.drawing import Mark, Part
from modiste.boutique.paints import darker
from modiste.boutique.spec import Spec
from modiste.colour import Rgb

RUBBER: Rgb = (243, 241, 235)
INSOLE: Rgb = (214, 186, 150)
HEELS = {"flat": 12.0, "low": 46.0, "block": 74.0, "wedge": 70.0, "high": 104.0}
"""How far the heel stands above the ground."""


def bed(rise: float, thick: float = 0.0) -> Path:
    """The line under the foot, from heel to toe."""
    return curve(
        (4, -rise - thick),
        (64, -rise - thick),
        (134, -rise * 0.46 - thick),
        (206, -1 - thick),
        (262, -2 - thick),
        (296, -9 - thick),
    )


def sole(rise: float, thick: float, colour: Rgb) -> Part:
    """A thin sole under the foot's line."""
    upper, lower = bed(rise, thick), bed(rise)
    toe = curve((296, -9 - thick), (301, -8 - thick * 0.4), (296, -9))
    return Part(shape(upper, toe, lower.reversed()), colour, bulge=4, lift=0.3, gloss=0.15)


def heel(spec: Spec, rise: float, colour: Rgb) -> list[Part]:
    """What stands under the heel."""
    if spec.heel == "flat":
        return [Part(box(4, -rise - 2, 78, 1, 2), colour, bulge=4, lift=0.2, gloss=0.2)]
    if spec.heel == "wedge":
        return [_wedge(rise)]
    if spec.heel == "block":
        outline = shape(
            curve((6, -rise - 5), (9, -rise * 0.5), (11, 0)),
            line((11, 0), (70, 0)),
            curve((70, 0), (70, -rise * 0.5), (84, -rise * 0.9)),
        )
        left, right = 10, 70.5
    else:
        wide, foot = (32, 15) if spec.heel == "low" else (22, 9)
        left, right = 16, 17 + foot
        outline = shape(
            curve((6, -rise - 6), (9, -rise * 0.6), (left, 0)),
            line((left, 0), (right, 0)),
            curve((right, 0), (14 + wide * 0.62, -rise * 0.6), (16 + wide * 1.5, -rise + 1)),
        )
    return [Part(outline, colour, marks=(Mark(box(left, -5, right, 1), fill=(40, 34, 34)),), bulge=9, lift=0.3)]


def _wedge(rise: float) -> Part:
    """A wedge of cork or rope from heel to ball."""
    outline = shape(bed(rise), line((296, -9), (262, 0), (30, 1), (6, -4)))
    rows = ((float(y), outline.span(-float(y))[1]) for y in range(7, round(rise) - 4, 7))
    ropes = tuple(
        Mark(line((11, -y), (right - 4, -y)), stroke=darker(INSOLE, 0.3), width=1, opacity=0.6) for y, right in rows
    )
    return Part(outline, INSOLE, marks=ropes, bulge=7, gloss=0.05)
