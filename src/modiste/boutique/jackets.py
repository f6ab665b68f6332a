"""Denim jackets, bombers and puffers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modiste.boutique.curves import curve, join, line, shape, symmetric
from modiste.boutique.cuts import (
    Cut,
    Sleeve,
    armhole,
    back,
    cuff,
    cut,
    hem_line,
    neckline,
    sleeve,
    torso,
    torso_folds,
)
from modiste.boutique.details import ribbed_band, ribs, seam, stitches, stud, zip_marks
from modiste.boutique.drawing import Drawing, Fold, Mark, Part, both, both_marks
from modiste.boutique.paints import BRASS, Paints, darker
from modiste.boutique.puffers import puffer
from modiste.boutique.spec import Spec

_SLEEVE = Sleeve(240, 15, 25)


def drawing(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a jacket."""
    make = {"denim jacket": _denim, "bomber jacket": _bomber}.get(spec.kind, puffer)
    return Drawing(tuple(make(spec, paints)))


def _denim(spec: Spec, paints: Paints) -> list[Part]:
    measures = cut(replace(spec, length=spec.length), hem=318 if spec.length == "cropped" else 356)
    measures = replace(measures, hip=measures.chest - 9, neck=32.0, depth=26.0)
    low, yoke = measures.top + measures.depth, measures.armpit - 22
    half = [
        seam(armhole(measures), paints, 1.3),
        stitches(armhole(measures).moved(-4, 0), paints),
        stitches(armhole(measures).moved(-6.5, 0), paints, 0.7),
    ]
    across = line((8, yoke), (measures.chest - 13, yoke - 6))
    half += [
        seam(across, paints, 1.3),
        stitches(across.moved(0, 3), paints),
        stitches(across.moved(0, 5.5), paints, 0.7),
    ]
    for start, end in ((24, 16), (60, 40)):
        way = line((start, yoke), (end, measures.hem))
        half += [
            seam(way, paints, 1.0),
            stitches(way.moved(2.5, 0), paints, 0.8),
            stitches(way.moved(-2.5, 0), paints, 0.8),
        ]
    flap = shape(line((27, yoke + 1), (65, yoke - 2), (65, yoke + 14), (46, yoke + 23), (27, yoke + 16)))
    half += [
        Mark(flap.moved(0.5, 2), fill=(14, 14, 28), opacity=0.25),
        Mark(flap, fill=paints.main, stroke=paints.seam, width=1),
        stitches(flap.scaled(0.87, 0.82, about=(46, yoke + 9)), paints, 0.8),
        *stud((46, yoke + 16), BRASS, 2.8),
    ]
    marks = both_marks(half)
    strip = (
        seam(line((9, low), (9, measures.hem)), paints, 1.3),
        stitches(line((6, low), (6, measures.hem)), paints),
        stitches(line((-7, low), (-7, measures.hem)), paints),
    )
    studs = tuple(mark for y in np.linspace(low + 14, measures.hem - 14, 5) for mark in stud((1, float(y)), BRASS, 3.8))
    folds = (
        *torso_folds(measures, spec.rng("body")),
        *(Fold(curve((s * 46, yoke + 30), (s * 44, yoke + 110)), 0, 40, tone=0.45) for s in (-1, 1)),
    )
    body = Part(
        torso(spec, measures), paints.main, marks=(*marks, *strip, *studs), folds=folds, patterned=True, bulge=10
    )
    made = replace(_SLEEVE, length=236, cuff=25)
    arms = both(sleeve(measures, made, paints, spec, cuffed=True))
    cuffs = both(cuff(measures, made, paints, spec, length=22, half=24, ribbed=False))
    return [back(measures, paints), *arms, *cuffs, body, _waist(measures, paints, False), *_points(measures, paints)]


def _waist(measures: Cut, paints: Paints, ribbed: bool, depth: float = 24) -> Part:
    """The band at the foot of a jacket."""
    foot = replace(measures, hem=measures.hem + depth, hip=measures.hip - 5)
    upper, lower = hem_line(measures), hem_line(foot)
    outline = symmetric(upper.reversed(), line(upper.start, lower.start), lower)
    edges = [join(half, half.mirrored().reversed()) for half in (upper, lower)]
    if ribbed:
        return Part(
            outline, paints.trim, marks=ribs(edges[0], edges[1], paints, round(measures.hip / 2.4)), bulge=6, lift=0.3
        )
    marks = (
        seam(edges[0], paints, 1.3),
        stitches(edges[0].moved(0, 4).scaled(0.98, 1), paints),
        stitches(edges[1].moved(0, -4).scaled(0.98, 1), paints),
        *stud((1, measures.hem + 17), BRASS, 3.8),
    )
    return Part(outline, paints.main, marks=marks, patterned=True, bulge=5, lift=0.3)


def _points(measures: Cut, paints: Paints) -> list[Part]:
    """A wide pointed collar."""
    x, y = measures.neck_point
    low = measures.top + measures.depth
    leaf = shape(
        curve((2, low), (x * 0.6, low - 20), (x - 3, y - 12)),
        curve((x - 3, y - 12), (x + 13, y - 6), (x + 19, y + 8)),
        line((x + 19, y + 8), (x + 16, y + 50)),
        curve((x + 16, y + 50), (x * 0.6, low + 18), (2, low)),
    )
    edge = line((x + 16, y + 10), (x + 13, y + 45)), curve((x + 13, y + 45), (x * 0.62, low + 13), (7, low + 1))
    leaf_part = Part(
        leaf,
        paints.main,
        marks=tuple(stitches(way, paints, 0.8) for way in edge),
        patterned=True,
        grain=-25,
        bulge=4,
        lift=0.9,
    )
    rear = symmetric(
        curve((0, y - 15), (x * 0.6, y - 15), (x - 2, y - 12)),
        line((x - 2, y - 12), (x + 2, y + 10)),
        curve((x + 2, y + 10), (x * 0.5, y + 12), (0, y + 13)),
    )
    return [Part(rear, darker(paints.main, 0.15), bulge=4, lift=0.4), *both(leaf_part)]


def _bomber(spec: Spec, paints: Paints) -> list[Part]:
    measures = replace(cut(spec, hem=362), neck=34.0, depth=24.0)
    measures = replace(measures, hip=measures.chest - 1)
    low = measures.top + measures.depth
    pocket = line((measures.waist * 0.45, measures.hem - 78), (measures.waist * 0.74, measures.hem - 34))
    half = [
        seam(armhole(measures), paints, 1.2),
        Mark(pocket, stroke=paints.seam, width=6, opacity=0.35),
        *zip_marks(pocket, paints.metal, 2.6),
    ]
    marks = (*both_marks(half), *zip_marks(line((0, low + 2), (0, measures.hem + 4)), paints.metal, 5))
    body = Part(
        torso(spec, measures),
        paints.main,
        marks=marks,
        folds=_gathers(measures, torso_folds(measures, spec.rng("body"))),
        patterned=True,
        bulge=13,
    )
    made = replace(_SLEEVE, length=240, cuff=26)
    arms = both(sleeve(measures, made, paints, spec, puff=6, cuffed=True))
    cuffs = both(cuff(measures, made, paints, spec, length=22, half=20, ribbed=True))
    half_neck = neckline("crew", measures)
    collar = ribbed_band(join(half_neck.mirrored().reversed(), half_neck), 20, paints, 4.5, bulge=7, lift=0.7)
    x, y = measures.neck_point
    rear = ribbed_band(curve((-x - 1, y - 3), (0, y + 4), (x + 1, y - 3)), 20, paints, 4.5)
    return [back(measures, paints), rear, *arms, *cuffs, body, _waist(measures, paints, True, 26), collar]


def _gathers(measures: Cut, folds: tuple[Fold, ...]) -> tuple[Fold, ...]:
    """Short furrows where the cloth is gathered into the band."""
    places = np.linspace(-0.9, 0.9, 13) * measures.hip
    return (
        *folds,
        *(Fold(line((float(x), measures.hem - 26), (float(x) * 1.0, measures.hem + 4)), -2.2, 6) for x in places),
    )
