"""Tops, dresses and jumpsuits."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.drawing.curves import box, curve, join, line, ribbon, symmetric
from modiste.boutique.drawing.details import buttons, patch_pocket, ribs, seam, stitches
from modiste.boutique.drawing.materials import Paints, darker
from modiste.boutique.drawing.parts import Drawing, Mark, Part, both, both_marks
from modiste.boutique.garments.bottoms import FITS, SKIRT_LENGTHS, Legs, leg_parts, skirt
from modiste.boutique.garments.cuts import (
    SLEEVES,
    Cut,
    armhole,
    cuff,
    cut,
    hem_line,
    hem_marks,
    neck_parts,
    placket,
    sleeve,
    torso,
    torso_folds,
)
from modiste.boutique.garments.patterns import emblem
from modiste.boutique.garments.spec import Spec

_RIBBED = ("sweater", "cardigan", "hoodie", "sweatshirt")
"""Kinds with knitted cuffs and waistband."""
_PUFFS = {"blouse": 9.0, "sweater": 2.0, "hoodie": 3.0, "sweatshirt": 3.0}
"""How far a sleeve is gathered into its cuff."""


def draw_top(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a top."""
    measures = cut(spec, shapely=6 if spec.kind == "blouse" and spec.fit != "relaxed" else 0)
    if spec.kind in _RIBBED:
        measures = replace(measures, hem=measures.hem - 22, hip=measures.hip - 3)
    if spec.kind == "tank top":
        measures = replace(measures, shoulder=measures.chest - 30, neck=measures.neck + 6)
    behind, before = neck_parts(spec, measures, paints)
    parts = [*behind, *_sleeves(spec, measures, paints), _body(spec, measures, paints)]
    if spec.kind in _RIBBED:
        parts.append(_waistband(measures, paints))
    return Drawing((*parts, *before))


def _sleeves(spec: Spec, measures: Cut, paints: Paints) -> list[Part]:
    """Both sleeves with their cuffs; none on a sleeveless top."""
    if spec.sleeve == "sleeveless":
        return []
    made, long = SLEEVES[spec.sleeve], spec.sleeve == "long"
    ribbed = (spec.kind in _RIBBED and long) or spec.kind == "polo shirt"
    cuffed = ribbed or spec.kind == "blouse" or (spec.kind in ("shirt", "shirt dress") and long)
    puff = _PUFFS.get(spec.kind, 0.0) if cuffed else 0.0
    parts = list(both(sleeve(measures, made, paints, spec, puff=puff, cuffed=cuffed)))
    if cuffed:
        half = made.cuff - (2 if long else 1) - (3 if spec.kind == "blouse" else 0)
        parts += both(cuff(measures, made, paints, spec, length=22 if long else 9, half=half, ribbed=ribbed))
    return parts


def _body(spec: Spec, measures: Cut, paints: Paints) -> Part:
    rng = spec.rng("body")
    bare = spec.sleeve == "sleeveless"
    curved = 12.0 if spec.kind == "shirt" and spec.fit != "oversized" else 5.0
    marks: tuple[Mark, ...] = ()
    if spec.kind not in _RIBBED:
        marks += hem_marks(measures, paints, sag=curved)
    hole = armhole(measures)
    if bare:
        marks += both_marks([stitches(hole.moved(-6, 1), paints)])
    else:
        marks += both_marks([seam(hole, paints), stitches(hole.moved(-3.5, 0.5), paints, 0.6)])
    marks += placket(spec, measures, paints)
    marks += _extras(spec, measures, paints)
    return Part(
        torso(spec, measures, sag=curved),
        paints.main,
        marks=marks,
        folds=torso_folds(measures, rng),
        patterned=True,
        bulge=10,
        lift=0.5,
    )


def _extras(spec: Spec, measures: Cut, paints: Paints) -> tuple[Mark, ...]:
    """Pockets and prints."""
    rng = spec.rng("extras")
    chest = measures.armpit + 14
    if spec.kind == "polo shirt":
        return emblem(spec, paints, (measures.chest * 0.5, chest - 20), 9)
    if spec.pattern == "logo":
        size = rng.choice([26.0, 40.0])
        return emblem(spec, paints, (0, chest + (16 if spec.kind != "hoodie" else 4)), size)
    if spec.kind == "shirt" or (spec.kind == "t-shirt" and rng.random() < 0.25):
        return patch_pocket(26, chest - 12, 62, chest + 26, paints)
    return ()


def _waistband(measures: Cut, paints: Paints) -> Part:
    """The knitted band at the foot of a sweater."""
    foot = replace(measures, hem=measures.hem + 24, hip=measures.hip - 7)
    upper, lower = hem_line(measures), hem_line(foot)
    outline = symmetric(upper.reversed(), line(upper.start, lower.start), lower)
    edge = join(upper, upper.mirrored().reversed())
    other = join(lower, lower.mirrored().reversed())
    return Part(outline, paints.trim, marks=ribs(edge, other, paints, round(measures.hip / 2.6)), bulge=5, lift=0.2)


_WAIST = 296.0


def draw_dress(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a dress or a jumpsuit."""
    measures = _bodice_cut(spec)
    behind, before = neck_parts(spec, measures, paints)
    lower = _legs(spec, measures, paints) if spec.kind == "jumpsuit" else [_skirt(spec, measures, paints)]
    belt = _belt(spec, measures, paints)
    return Drawing(
        (*behind, *_sleeves(spec, measures, paints), *lower, _bodice(spec, measures, paints), *belt, *before)
    )


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
