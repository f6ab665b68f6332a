"""Boots: ankle and knee-high, with elastic sides, laces or a zip."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.curves import box, curve, line, oval, ribbon, shape
from modiste.boutique.details import creases, seam
from modiste.boutique.drawing import Mark, Part
from modiste.boutique.paints import Paints, darker
from modiste.boutique.soles import HEELS, bed, heel, sole
from modiste.boutique.spec import Spec
from modiste.colour import Rgb

_SOLES: tuple[Rgb, ...] = ((62, 46, 38), (38, 36, 38), (108, 82, 60))


def boot(spec: Spec, paints: Paints) -> list[Part]:
    """A boot with its shaft, its fastening, sole and heel."""
    rng = spec.rng("boot")
    rise = HEELS[spec.heel] * 0.62 + (6 if spec.heel == "flat" else 0)
    ankle = spec.length == "ankle"
    top, wide = -rise - (190 if ankle else 372), (118.0 if ankle else 136.0)
    rubber = rng.choice(_SOLES)
    style = rng.choice(["chelsea", "laced", "zip"]) if ankle else "zip"
    stacked = spec if spec.heel == "flat" else replace(spec, heel="block")
    sides = {"chelsea": _elastic, "zip": _zip}.get(style)
    marks = (seam(curve((8, -rise - 84), (52, -rise - 74), (86, -rise * 0.5 - 8)), paints, 1.1),)
    behind = _loop(top, paints) if style == "chelsea" else []
    inside = Part(oval((wide / 2 + 4, top + 3), wide / 2 - 1, 8), paints.inside, bulge=2, lift=0)
    body = _upper(rise, top, wide, (*marks, *(sides(rise, top, paints) if sides else ())), paints)
    laces = _laces(rise, top) if style == "laced" else []
    return [*behind, inside, *heel(stacked, rise, rubber), body, *laces, sole(rise, 8, rubber)]


def _upper(rise: float, top: float, wide: float, marks: tuple[Mark, ...], paints: Paints) -> Part:
    back = curve((6, -rise - 4), (2, -rise - 60), (14, -rise - 130), (6, top + 6))
    rim = curve((6, top + 6), (wide * 0.5, top - 3), (wide + 2, top))
    shin = [(wide + 2, top), (116, (top - rise - 110) / 2), (118, -rise * 0.7 - 112)]
    front = curve(*shin, (160, -92), (222, -62), (284, -46), (302, -16))
    folds = creases(
        [(20, -rise - 96), (60, -rise - 104), (104, -rise - 116)],
        [(26, -rise - 116), (64, -rise - 124), (108, -rise - 138)],
        [(126, -92), (140, -74), (138, -50)],
        depth=2.0,
        width=10,
    )
    outline = shape(back, rim, front, bed(rise, 7).reversed())
    return Part(outline, paints.main, marks=marks, folds=folds, patterned=True, bulge=24, lift=0.4)


def _elastic(rise: float, top: float, paints: Paints) -> tuple[Mark, ...]:
    """The ribbed panel in a Chelsea boot's side."""
    panel = shape(
        line((38, top + 5), (88, top + 3)),
        curve((88, top + 3), (84, -rise - 100), (66, -rise - 84)),
        curve((66, -rise - 84), (44, -rise - 100), (38, top + 5)),
    )
    ways = (line((40 + 4.6 * i, top + 8), (46 + 3.6 * i, -rise - 98)) for i in range(1, 10))
    threads = tuple(Mark(way, stroke=paints.seam, width=0.8, opacity=0.4) for way in ways)
    return (Mark(panel, fill=darker(paints.main, 0.35), stroke=paints.seam), *threads)


def _zip(rise: float, top: float, paints: Paints) -> tuple[Mark, ...]:
    way = curve((46, top + 6), (48, (top - rise) / 2), (58, -rise - 26))
    pull = box(43, top + 12, 50, top + 30, 3)
    teeth = Mark(way, stroke=paints.metal, width=2.2, dash=(0.9, 1.3))
    return (teeth, seam(way.moved(5, 0), paints), Mark(pull, fill=paints.metal, stroke=darker(paints.metal, 0.5)))


def _loop(top: float, paints: Paints) -> list[Part]:
    """The tab at the back by which a boot is pulled on."""
    way = curve((6, top + 24), (-3, top - 4), (9, top - 12), (14, top + 10))
    return [Part(ribbon(way, 7), darker(paints.main, 0.3), bulge=3)]


def _laces(rise: float, top: float) -> list[Part]:
    """Rows of laces up the shin and over the instep."""
    parts = []
    for i, y in enumerate(range(int(top) + 22, int(-rise) - 70, 19)):
        on = max(0, i - 4) * 9.0
        way = curve((82 + i * 2.5 + on, y), (100 + i * 3 + on, y - 7), (118 + i * 2.6 + on, y - 4))
        parts.append(Part(ribbon(way, 6), (60, 50, 44), bulge=3, lift=0.6))
    return parts
