"""Blazers, coats, jackets and puffer jackets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modiste.boutique.drawing.curves import Path, box, curve, join, line, ribbon, shape, symmetric
from modiste.boutique.drawing.details import button, buttons, ribbed_band, ribs, seam, stitches, stud, zip_marks
from modiste.boutique.drawing.materials import BRASS, Paints, darker, lighter
from modiste.boutique.drawing.parts import Drawing, Fold, Mark, Part, both, both_marks
from modiste.boutique.garments.cuts import (
    Cut,
    Sleeve,
    armhole,
    back,
    cuff,
    cut,
    hem_line,
    hood,
    neckline,
    side,
    sleeve,
    torso,
    torso_folds,
)
from modiste.boutique.garments.spec import Spec

_TAILORED_SLEEVE = Sleeve(258, 15, 26)


def draw_tailored(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a blazer or coat: lapels, flap pockets, on some two rows of buttons."""
    double = spec.kind == "trench coat" or spec.rng("rows").random() < 0.35
    hem = {"": 0, "regular": 404, "knee": 560, "midi": 640}[spec.length]
    measures = replace(cut(spec, shapely=6, hem=hem), neck=30.0, depth=118.0 if spec.kind == "blazer" else 92.0)
    measures = replace(measures, hip=measures.chest + (16 if spec.kind != "blazer" else 2))
    body = _tailored_body(spec, measures, double, paints)
    arm = sleeve(measures, _TAILORED_SLEEVE, paints, spec)
    arms = both(replace(arm, marks=(*arm.marks, *_cuff_buttons(measures, paints))))
    lining = replace(back(measures, paints, label=False), colour=lighter(paints.inside, 0.12))
    parts = [lining, *arms, body, *_belt(spec, measures, paints), *_lapels(measures, double, paints)]
    return Drawing(tuple(parts))


def _tailored_body(spec: Spec, measures: Cut, double: bool, paints: Paints) -> Part:
    foot = _rounded_front(measures) if spec.kind == "blazer" else hem_line(measures)
    outline = symmetric(neckline("v-neck", measures), armhole(measures), side(measures), foot)
    marks = both_marks([seam(armhole(measures), paints), *_flap(measures, paints, spec)])
    marks += _closing(spec, measures, double, paints)
    folds = torso_folds(measures, spec.rng("body"))
    return Part(outline, paints.main, marks=marks, folds=folds, patterned=True, bulge=10)


def _rounded_front(measures: Cut) -> Path:
    """A blazer's hem, cut away in the middle."""
    hip, hem = measures.hip, measures.hem
    return join(
        curve((hip, hem), (hip * 0.6, hem + 5), (34, hem + 5)),
        curve((34, hem + 5), (14, hem - 2), (3, hem - 34)),
        line((3, hem - 34), (0, hem - 42)),
    )


def _closing(spec: Spec, measures: Cut, double: bool, paints: Paints) -> tuple[Mark, ...]:
    """The edge of the front that lies on top, and its buttons; a blazer's breast pocket."""
    low, chest = measures.top + measures.depth, measures.armpit
    blazer = spec.kind == "blazer"
    shift, bottom = (16.0 if double else 6.0), measures.hem + (-36 if blazer else 4)
    marks: tuple[Mark, ...] = (seam(line((shift, low - 4), (shift if double else 3, bottom)), paints, 1.4, 0.95),)
    for x in (-14.0, 14.0) if double else (0.0,):
        marks += buttons(x, low + 12, low + (52 if blazer else 150), 2 if blazer else 4, paints, 5.0)
    if blazer:
        welt = shape(line((34, chest + 2), (62, chest - 4), (63, chest + 4), (35, chest + 10)))
        marks += (Mark(welt, fill=paints.seam, opacity=0.1), seam(welt, paints, 1.0))
    return marks


def _flap(measures: Cut, paints: Paints, spec: Spec) -> list[Mark]:
    y = measures.armpit + (112 if spec.kind == "blazer" else 140)
    left, right = measures.waist * 0.34, measures.waist * 0.86
    flap = shape(
        line((left, y + 3), (right, y - 1)),
        curve((right, y - 1), (right + 1, y + 15), (right - 5, y + 17)),
        line((right - 5, y + 17), (left + 4, y + 21)),
        curve((left + 4, y + 21), (left, y + 18), (left, y + 3)),
    )
    return [
        Mark(flap.moved(0.5, 2), fill=(16, 12, 20), opacity=0.22),
        Mark(flap, fill=paints.seam, opacity=0.1),
        seam(flap, paints, 1.0),
    ]


def _cuff_buttons(measures: Cut, paints: Paints) -> tuple[Mark, ...]:
    """Three buttons on the right sleeve's end."""
    x, y = measures.shoulder_point
    foot_x, foot_y = x + _TAILORED_SLEEVE.length * 0.259 - 10, y + _TAILORED_SLEEVE.length * 0.966 - 16
    return tuple(mark for i in range(3) for mark in button((foot_x - i * 2.2, foot_y - 8 * i), paints, 2.6))


def _lapels(measures: Cut, double: bool, paints: Paints) -> list[Part]:
    """Collar and lapels with the notch between them."""
    x, y = measures.neck_point
    low = measures.top + measures.depth
    tip = (x + 40, y + 50) if double else (x + 35, y + 58)
    notch = (x + 17, y + 52)
    lapel = shape(
        curve((1, low + 2), (x * 0.62, low - (low - y) * 0.55), (x, y - 1)),
        line((x, y - 1), notch, tip),
        curve(tip, (x + 22, y + (low - y) * 0.66), (1, low + 2)),
    )
    edge = curve(tip, (x + 22, y + (low - y) * 0.66), (1, low + 2)).moved(-3.5, -0.5)
    collar = shape(
        curve((x * 0.9, y + 10), (x - 2, y - 4), (x - 6, y - 15)),
        curve((x - 6, y - 15), (x + 9, y - 9), (x + 17, y + 3)),
        curve((x + 17, y + 3), (x + 27, y + 24), (x + 33, y + 42)),
        line((x + 33, y + 42), notch, (x * 0.9, y + 10)),
    )
    rear = symmetric(
        curve((0, y - 17), (x * 0.6, y - 17), (x - 5, y - 15)),
        line((x - 5, y - 15), (x + 2, y + 10)),
        curve((x + 2, y + 10), (x * 0.5, y + 12), (0, y + 13)),
    )
    parts = list(
        both(
            Part(lapel, paints.main, marks=(stitches(edge, paints, 0.6),), patterned=True, grain=-14, bulge=4, lift=0.9)
        )
    )
    parts.append(Part(rear, darker(paints.main, 0.12), bulge=5, lift=0.4))
    parts += both(Part(collar, paints.main, patterned=True, grain=-30, bulge=4, lift=0.8))
    return parts


def _belt(spec: Spec, measures: Cut, paints: Paints) -> list[Part]:
    if spec.kind != "trench coat":
        return []
    half, y = measures.waist + 3, measures.armpit + 96
    way = curve((-half, y - 2), (0, y + 5), (half, y - 2))
    band = Part(
        ribbon(way, 18),
        paints.main,
        marks=(stitches(way.moved(0, -6), paints, 0.7), stitches(way.moved(0, 6), paints, 0.7)),
        bulge=5,
        lift=0.8,
    )
    buckle = Mark(box(-13, y - 8, 15, y + 17, 4), stroke=darker(paints.button, 0.2), width=4)
    tail = Part(ribbon(curve((10, y + 4), (22, y + 30), (20, y + 72)), 15), paints.main, bulge=5, lift=0.8)
    x, top = measures.shoulder_point
    tab = shape(line((x - 44, top - 12), (x - 2, top + 3), (x - 6, top + 14), (x - 46, top - 1)))
    epaulette = Part(
        tab,
        paints.main,
        marks=(
            stitches(tab.scaled(0.86, 0.7, about=(x - 25, top + 1)), paints, 0.6),
            *buttons(x - 40, top - 5, top - 5, 1, paints, 2.6),
        ),
        bulge=3,
        lift=0.7,
    )
    return [*both(epaulette), tail, replace(band, marks=(*band.marks, buckle))]


_JACKET_SLEEVE = Sleeve(240, 15, 25)


def draw_jacket(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a jacket."""
    make = {"denim jacket": _denim, "bomber jacket": _bomber}.get(spec.kind, _puffer)
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
    made = replace(_JACKET_SLEEVE, length=236, cuff=25)
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
    made = replace(_JACKET_SLEEVE, length=240, cuff=26)
    arms = both(sleeve(measures, made, paints, spec, puff=6, cuffed=True))
    cuffs = both(cuff(measures, made, paints, spec, length=22, half=20, ribbed=True))
    half_neck = neckline("crew", measures)
    collar = ribbed_band(join(half_neck.mirrored().reversed(), half_neck), 20, paints, 4.5, bulge=7, lift=0.7)
    x, y = measures.neck_point
    rear = ribbed_band(curve((-x - 1, y - 3), (0, y + 4), (x + 1, y - 3)), 20, paints, 4.5)
    return [back(measures, paints), rear, *arms, *cuffs, body, _waist(measures, paints, True, 26), collar]


def _gathers(measures: Cut, folds: tuple[Fold, ...]) -> tuple[Fold, ...]:
    """Short furrows where the cloth is gathered into the band."""
    xs = np.linspace(-0.9, 0.9, 13) * measures.hip
    return (
        *folds,
        *(Fold(line((float(x), measures.hem - 26), (float(x) * 1.0, measures.hem + 4)), -2.2, 6) for x in xs),
    )


def _puffer(spec: Spec, paints: Paints) -> list[Part]:
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
