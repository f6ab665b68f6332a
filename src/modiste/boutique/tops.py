"""Tops: t-shirts, shirts, blouses, knitwear, hoodies."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.collars import neck_parts, placket
from modiste.boutique.curves import join, line, symmetric
from modiste.boutique.cuts import (
    SLEEVES,
    Cut,
    armhole,
    cuff,
    cut,
    hem_line,
    hem_marks,
    sleeve,
    torso,
    torso_folds,
)
from modiste.boutique.details import patch_pocket, ribs, seam, stitches
from modiste.boutique.drawing import Drawing, Mark, Part, both, both_marks
from modiste.boutique.paints import Paints
from modiste.boutique.patterns import emblem
from modiste.boutique.spec import Spec

_RIBBED = ("sweater", "cardigan", "hoodie", "sweatshirt")
"""Kinds with knitted cuffs and waistband."""
_PUFFS = {"blouse": 9.0, "sweater": 2.0, "hoodie": 3.0, "sweatshirt": 3.0}
"""How far a sleeve is gathered into its cuff."""


def drawing(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a top."""
    measures = cut(spec, shapely=6 if spec.kind == "blouse" and spec.fit != "relaxed" else 0)
    if spec.kind in _RIBBED:
        measures = replace(measures, hem=measures.hem - 22, hip=measures.hip - 3)
    if spec.kind == "tank top":
        measures = replace(measures, shoulder=measures.chest - 30, neck=measures.neck + 6)
    behind, before = neck_parts(spec, measures, paints)
    parts = [*behind, *sleeves(spec, measures, paints), _body(spec, measures, paints)]
    if spec.kind in _RIBBED:
        parts.append(_waistband(measures, paints))
    return Drawing((*parts, *before))


def sleeves(spec: Spec, measures: Cut, paints: Paints) -> list[Part]:
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
