"""Dresses, shirt dresses and jumpsuits: a bodice with a skirt or legs."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.bottoms import leg_parts
from modiste.boutique.collars import neck_parts, placket
from modiste.boutique.curves import box, curve, join, line, ribbon
from modiste.boutique.cuts import Cut, armhole, cut, hem_line, torso, torso_folds
from modiste.boutique.details import buttons, seam, stitches
from modiste.boutique.drawing import Drawing, Mark, Part, both_marks
from modiste.boutique.legs import FITS, Legs
from modiste.boutique.paints import Paints, darker
from modiste.boutique.skirts import SKIRT_LENGTHS, skirt
from modiste.boutique.spec import Spec
from modiste.boutique.tops import sleeves

_WAIST = 296.0


def drawing(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a dress or a jumpsuit."""
    measures = _bodice_cut(spec)
    behind, before = neck_parts(spec, measures, paints)
    lower = _legs(spec, measures, paints) if spec.kind == "jumpsuit" else [_skirt(spec, measures, paints)]
    belt = _belt(spec, measures, paints)
    return Drawing((*behind, *sleeves(spec, measures, paints), *lower, _bodice(spec, measures, paints), *belt, *before))


def _bodice_cut(spec: Spec) -> Cut:
    measures = replace(cut(replace(spec, length="", fit="slim"), shapely=20, hem=_WAIST), hip=69.0, waist=72.0)
    if spec.kind == "shirt dress":
        measures = replace(measures, hip=78.0, waist=80.0)
    if spec.sleeve == "sleeveless":
        measures = replace(measures, shoulder=measures.chest - 22)
    return measures


def _bodice(spec: Spec, measures: Cut, paints: Paints) -> Part:
    hole = armhole(measures)
    marks = both_marks([seam(hole, paints), stitches(hole.moved(-4, 0.5), paints, 0.6)])
    if spec.kind == "dress" and spec.fabric not in ("knit", "jersey"):
        dart = curve(
            (measures.hip * 0.5, measures.hem),
            (measures.hip * 0.48, measures.hem - 44),
            (measures.hip * 0.62, measures.armpit + 22),
        )
        marks += both_marks([seam(dart, paints, 0.9, 0.5)])
    if (spec.kind == "jumpsuit" and spec.neck == "collar") or spec.kind == "shirt dress":
        marks += placket(replace(spec, kind="shirt dress"), measures, paints)
    waist = hem_line(measures)
    marks += (seam(join(waist, waist.mirrored().reversed()), paints, 1.2),)
    return Part(
        torso(spec, measures),
        paints.main,
        marks=marks,
        folds=torso_folds(measures, spec.rng("bodice")),
        patterned=True,
        bulge=10,
        lift=0.25,
    )


def _skirt(spec: Spec, measures: Cut, paints: Paints) -> Part:
    cloth = skirt(spec, paints, measures.hip, measures.hem - 2, SKIRT_LENGTHS[spec.length] + 6)
    if spec.kind != "shirt dress":
        return cloth
    low = measures.hem + SKIRT_LENGTHS[spec.length]
    strip = (
        stitches(line((-8, measures.hem), (-8, low)), paints, 0.7),
        seam(line((8, measures.hem), (8, low + 14)), paints),
    )
    row = buttons(0, measures.hem + 26, low - 44, max(2, round(SKIRT_LENGTHS[spec.length] / 54)), paints, 3.1)
    return replace(cloth, marks=(*cloth.marks, *strip, *row))


def _legs(spec: Spec, measures: Cut, paints: Paints) -> list[Part]:
    knee, ankle = FITS[spec.fit]
    hem = measures.hem + (330 if spec.length == "cropped" else 392)
    legs = Legs(
        measures.hip, measures.hip + 27, knee + 2, ankle, measures.hem - 3, 124, hem, 54 + max(0, ankle - 30) * 0.55
    )
    return leg_parts(spec, legs, paints, waistless=True)


def _belt(spec: Spec, measures: Cut, paints: Paints) -> list[Part]:
    """A belt of the same cloth, tied or buckled; not every model has one."""
    rng = spec.rng("belt")
    if rng.random() < 0.45 or spec.fabric in ("knit", "jersey"):
        return []
    half, y = measures.hip + 1.5, measures.hem
    way = curve((-half, y - 1), (0, y + 5), (half, y - 1))
    band = Part(
        ribbon(way, 15),
        paints.trim,
        marks=(stitches(way.moved(0, -5), paints, 0.6), stitches(way.moved(0, 5), paints, 0.6)),
        bulge=5,
        lift=0.5,
    )
    if rng.random() < 0.5:
        frame = Mark(box(-11, y - 6, 11, y + 15, 4), stroke=paints.metal, width=3.4)
        rim = Mark(box(-11, y - 6, 11, y + 15, 4), stroke=darker(paints.metal, 0.4), width=0.7)
        return [replace(band, marks=(*band.marks, frame, rim))]
    tails = [curve((2, y + 6), (-10, y + 34), (-8, y + 74)), curve((4, y + 6), (15, y + 30), (19, y + 62))]
    knot = Part(box(-8, y - 6, 9, y + 15, 6), paints.trim, bulge=6, lift=0.6)
    return [band, *(Part(ribbon(tail, 8, 13), paints.trim, bulge=5, lift=0.6) for tail in tails), knot]
