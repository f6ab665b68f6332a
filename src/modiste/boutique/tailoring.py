"""Blazers, coats and trench coats."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.curves import Path, box, curve, join, line, ribbon, shape, symmetric
from modiste.boutique.cuts import (
    Cut,
    Sleeve,
    armhole,
    back,
    cut,
    hem_line,
    neckline,
    side,
    sleeve,
    torso_folds,
)
from modiste.boutique.details import button, buttons, seam, stitches
from modiste.boutique.drawing import Drawing, Mark, Part, both, both_marks
from modiste.boutique.paints import Paints, darker, lighter
from modiste.boutique.spec import Spec

_SLEEVE = Sleeve(258, 15, 26)


def drawing(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a blazer or coat: lapels, flap pockets, on some two rows of buttons."""
    double = spec.kind == "trench coat" or spec.rng("rows").random() < 0.35
    hem = {"": 0, "regular": 404, "knee": 560, "midi": 640}[spec.length]
    measures = replace(cut(spec, shapely=6, hem=hem), neck=30.0, depth=118.0 if spec.kind == "blazer" else 92.0)
    measures = replace(measures, hip=measures.chest + (16 if spec.kind != "blazer" else 2))
    body = _tailored_body(spec, measures, double, paints)
    arm = sleeve(measures, _SLEEVE, paints, spec)
    arms = both(replace(arm, marks=(*arm.marks, *_cuff_buttons(measures, paints))))
    parts = [_lining(measures, paints), *arms, body, *_belt(spec, measures, paints), *_lapels(measures, double, paints)]
    return Drawing(tuple(parts))


def _lining(measures: Cut, paints: Paints) -> Part:
    return replace(back(measures, paints, label=False), colour=lighter(paints.inside, 0.12))


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
    foot_x, foot_y = x + _SLEEVE.length * 0.259 - 10, y + _SLEEVE.length * 0.966 - 16
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
