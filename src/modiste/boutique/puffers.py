"""Puffer jackets: cloth stitched across into padded channels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modiste.boutique.collars import hood
from modiste.boutique.curves import Path, curve, line, symmetric
from modiste.boutique.cuts import (
    Cut,
    Sleeve,
    armhole,
    back,
    cuff,
    cut,
    sleeve,
    torso,
)
from modiste.boutique.details import seam, zip_marks
from modiste.boutique.drawing import Fold, Part, both, both_marks
from modiste.boutique.paints import Paints
from modiste.boutique.spec import Spec


def puffer(spec: Spec, paints: Paints) -> list[Part]:
    """A padded jacket with a stand-up collar or a hood."""
    hem = {"cropped": 330, "regular": 390, "long": 540}[spec.length]
    measures = cut(replace(spec, neck="crew"), hem=hem)
    measures = replace(
        measures,
        chest=measures.chest + 12,
        hip=measures.chest + 8,
        waist=measures.chest + 8,
        shoulder=measures.shoulder + 8,
        neck=36.0,
        depth=16.0,
    )
    body = _quilted(torso(replace(spec, neck="crew"), measures), measures, paints)
    made = Sleeve(250, 15, 31)
    arm = sleeve(measures, made, paints, replace(spec, fit="regular"), puff=7, cuffed=True)
    arms = both(_quilted_sleeve(arm, made, paints))
    cuffs = both(cuff(measures, made, paints, replace(spec, fit="regular"), length=10, half=24, ribbed=True))
    behind, front = (
        hood(measures, paints, drawstring=False)
        if spec.neck == "hood"
        else ([back(measures, paints)], _funnel(measures, paints))
    )
    return [*behind, *cuffs, *arms, body, *front]


def _quilted(outline: Path, measures: Cut, paints: Paints) -> Part:
    """A body stitched across into padded channels."""
    low = measures.top + measures.depth
    rows = np.linspace(measures.top + 44, measures.hem - 20, round((measures.hem - measures.top) / 42))
    ways = [_row(outline, float(y), 4.0) for y in rows]
    marks = (*(seam(way, paints, 1.2, 0.8) for way in ways), *both_marks([seam(armhole(measures), paints)]))
    marks += zip_marks(line((0, low - 2), (0, measures.hem + 4)), paints.metal, 5)
    return Part(outline, paints.main, marks=marks, folds=_padding(ways), bulge=15, lift=0.7)


def _quilted_sleeve(arm: Part, made: Sleeve, paints: Paints) -> Part:
    """The right sleeve with the same channels; it is turned upright to find its width."""
    about = (100.0, 120.0)
    upright = arm.shape.turned(made.angle, about)
    _, top, _, bottom = upright.bounds()
    ways = [_row(upright, float(y), 3.0).turned(-made.angle, about) for y in np.linspace(top + 62, bottom - 14, 6)]
    return replace(
        arm, marks=tuple(seam(way, paints, 1.2, 0.8) for way in ways), folds=_padding(ways), patterned=False, bulge=14
    )


def _row(outline: Path, y: float, sag: float) -> Path:
    left, right = outline.span(y)
    return curve((left + 1, y - sag * 0.5), ((left + right) / 2, y + sag * 0.5), (right - 1, y - sag * 0.5))


def _padding(ways: list[Path]) -> tuple[Fold, ...]:
    """Channels sink at their seams, and pucker beside them."""
    folds = []
    for way in ways:
        folds.append(Fold(way, -8.0, 8))
        for x, y in way.points()[1:-1]:
            lean = ((x * 7 + y * 3) % 9) - 4
            folds.append(Fold(line((x, y + 2), (x + lean, y + 13)), -2.0, 5))
    return tuple(folds)


def _funnel(measures: Cut, paints: Paints) -> list[Part]:
    """A padded stand-up collar."""
    x, y = measures.neck_point
    tube = symmetric(
        curve((0, y - 34), (x * 0.7, y - 36), (x + 2, y - 40)),
        curve((x + 2, y - 40), (x + 7, y - 16), (x + 9, y + 8)),
        curve((x + 9, y + 8), (x * 0.6, y + 20), (0, y + 24)),
    )
    inside = Part(
        symmetric(
            curve((0, y - 46), (x * 0.6, y - 46), (x + 1, y - 40)),
            curve((x + 1, y - 40), (x * 0.6, y - 28), (0, y - 26)),
        ),
        paints.inside,
        bulge=3,
        lift=0.2,
    )
    seam_way = curve((-x - 6, y - 14), (0, y - 6), (x + 6, y - 14))
    marks = (seam(seam_way, paints, 1.1), *zip_marks(line((0, y - 34), (0, y + 24)), paints.metal, 5)[:2])
    return [inside, Part(tube, paints.main, marks=marks, folds=(Fold(seam_way, -6, 8),), bulge=13, lift=0.8)]
