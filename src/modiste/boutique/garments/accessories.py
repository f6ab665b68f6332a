"""Hats and glasses."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

from modiste.boutique.drawing.curves import Path, Point, box, curve, line, oval, ribbon, shape, symmetric
from modiste.boutique.drawing.details import ribs, seam, stitches
from modiste.boutique.drawing.materials import Paints, darker, lighter
from modiste.boutique.drawing.parts import Drawing, Fold, Mark, Part, both, both_folds, both_marks
from modiste.boutique.garments.patterns import emblem
from modiste.boutique.garments.spec import Spec
from modiste.colour import Rgb


def draw_hat(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a hat."""
    make = {"cap": _cap, "beanie": _beanie, "sun hat": _sun_hat}.get(spec.kind, _bucket)
    return Drawing(tuple(make(spec, paints)))


def _cap(spec: Spec, paints: Paints) -> list[Part]:
    """A baseball cap, its visor to the right."""
    foot = curve((116, 284), (60, 304), (-40, 312), (-128, 296))
    crown = shape(foot, curve((-128, 296), (-130, 232), (-92, 172), (-6, 148), (70, 168), (108, 224), (116, 284)))
    ridge = curve((-4, 149), (14, 210), (10, 309))
    front = curve((-4, 149), (72, 190), (100, 290))
    rear = curve((-8, 149), (-70, 196), (-92, 303))
    marks = tuple(mark for way in (ridge, front, rear) for mark in (seam(way, paints, 1.2), *_double(way, paints)))
    marks += tuple(
        Mark(oval(at, 3.2), fill=paints.inside, stroke=paints.stitch, width=1.2) for at in ((34, 196), (-42, 198))
    )
    marks += (stitches(foot.moved(0, -8), paints, 0.8),)
    marks += tuple(
        Mark(mark.path.scaled(0.82, 1, about=(60, 246)), fill=mark.fill) for mark in emblem(spec, paints, (60, 246), 25)
    )
    folds = tuple(Fold(way, -2.0, 6) for way in (ridge, front, rear))
    body = Part(crown, paints.main, marks=marks, patterned=True, bulge=36, folds=folds)
    top = Part(oval((-5, 148), 10, 5), paints.trim, bulge=4, lift=0.5)
    visor_colour = paints.second if spec.pattern == "logo" and spec.rng("brim").random() < 0.4 else paints.main
    return [top, body, _visor(visor_colour, visor_colour == paints.main, paints)]


def _double(way: Path, paints: Paints) -> tuple[Mark, ...]:
    return stitches(way.moved(-4, 1), paints, 0.7), stitches(way.moved(4, 1), paints, 0.7)


def _visor(colour: Rgb, patterned: bool, paints: Paints) -> Part:
    inner = curve((4, 306), (62, 302), (112, 283), (120, 276))
    outer = curve((120, 276), (168, 286), (206, 312), (204, 326))
    under = curve((204, 326), (150, 330), (70, 326), (4, 306))
    rows = tuple(
        stitches(
            curve((24 + 8 * i, 308 - 1.5 * i), (96 + 2 * i, 312 - 5 * i), (150 - 4 * i, 300 - 4.6 * i)).moved(
                24 - 4 * i, 6
            ),
            paints,
            0.8,
        )
        for i in range(4)
    )
    return Part(shape(inner, outer, under), colour, marks=rows, patterned=patterned, grain=12, bulge=10, lift=0.6)


def _beanie(spec: Spec, paints: Paints) -> list[Part]:
    rng = spec.rng("beanie")
    slouch = rng.uniform(0, 26)
    dome = symmetric(
        curve((0, 150 - slouch), (56, 158 - slouch), (104, 212 - slouch * 0.6), (118, 322)),
        curve((118, 322), (60, 332), (0, 335)),
    )
    lines = both_marks(
        Mark(
            curve((x * 0.1, 152 - slouch), (x * 0.66, 200 - slouch * 0.4), (x, 330)),
            stroke=paints.seam,
            width=1.3,
            opacity=0.4,
        )
        for x in range(6, 120, 11)
    )
    folds = both_folds(
        Fold(curve((x * 0.1, 154 - slouch), (x * 0.66, 200 - slouch * 0.4), (x, 328)), -1.6, 5)
        for x in (17, 39, 61, 83, 105)
    )
    cuff_edge, cuff_foot = curve((-121, 316), (0, 331), (121, 316)), curve((-120, 378), (0, 394), (120, 378))
    cuff = shape(
        cuff_edge,
        curve((121, 316), (126, 348), (120, 378)),
        cuff_foot.reversed(),
        curve((-120, 378), (-126, 348), (-121, 316)),
    )
    label = (
        Mark(box(-17, 350, 17, 368, 1.5), fill=paints.second, stroke=darker(paints.second, 0.3), width=0.8),
        Mark(line((-9, 359), (9, 359)), stroke=paints.main, width=2),
    )
    band = Part(
        cuff,
        paints.main,
        marks=(*ribs(cuff_edge, cuff_foot, paints, 34, 0.5), *(label if rng.random() < 0.6 else ())),
        patterned=False,
        bulge=13,
        lift=0.7,
    )
    parts = [Part(dome, paints.main, marks=lines, folds=folds, patterned=True, bulge=36), band]
    if rng.random() < 0.4:
        parts.insert(0, _pompom(0, 136 - slouch, rng, paints))
    return parts


def _pompom(x: float, y: float, rng: Random, paints: Paints) -> Part:
    """A ball of yarn ends."""
    tufts = []
    for i in range(70):
        far, turn = 34 * math.sqrt((i + 0.5) / 70), i * 137.5
        end = line((x, y - far * 0.72), (x + rng.uniform(-2, 2), y - far)).turned(turn, (x, y))
        shade = darker(paints.trim, 0.22) if i % 2 else lighter(paints.trim, 0.25)
        tufts.append(Mark(end, stroke=shade, width=1.6, opacity=0.6))
    edge = curve(*(oval((x, y), 34 + 3 * (i % 2)).points()[i] for i in range(24)))
    return Part(shape(edge), paints.trim, marks=tuple(tufts), bulge=22, lift=0.4)


def _sun_hat(spec: Spec, paints: Paints) -> list[Part]:
    rng = spec.rng("sun hat")
    deep = rng.uniform(54, 72)
    brim = oval((0, 300), 172, deep)
    rings = tuple(
        Mark(oval((0, 300), 172 * s, deep * s), stroke=paints.seam, width=1.0, opacity=0.35)
        for s in (0.96, 0.9, 0.84, 0.78, 0.72)
    )
    plate = Part(
        brim,
        paints.main,
        marks=rings,
        patterned=True,
        bulge=13,
        folds=(Fold(curve((-150, 318), (-60, 344), (60, 346), (150, 318)), 3, 22),),
    )
    crown = symmetric(curve((0, 168), (58, 174), (84, 212), (96, 292)), curve((96, 292), (50, 312), (0, 316)))
    dome_rings = tuple(
        Mark(
            curve((-60 - i * 7, 186 + i * 20), (0, 196 + i * 22), (60 + i * 7, 186 + i * 20)),
            stroke=paints.seam,
            width=1,
            opacity=0.35,
        )
        for i in range(5)
    )
    dome = Part(crown, paints.main, marks=dome_rings, patterned=True, bulge=34, lift=0.8)
    way = curve((-94, 276), (-50, 294), (0, 299), (50, 294), (94, 276))
    band = Part(ribbon(way, 26), paints.second, bulge=9, lift=0.4, gloss=0.3)
    tails = [
        Part(ribbon(curve((78, 286), (100, 306), (126, 312)), 9, 15), paints.second, bulge=4, lift=0.7, gloss=0.3),
        Part(ribbon(curve((76, 288), (90, 320), (100, 342)), 9, 15), paints.second, bulge=4, lift=0.7, gloss=0.3),
        Part(oval((78, 285), 10, 12), paints.second, bulge=6, lift=0.6, gloss=0.3),
    ]
    return [plate, dome, band, *(tails if rng.random() < 0.6 else [])]


def _bucket(spec: Spec, paints: Paints) -> list[Part]:
    brim = symmetric(
        curve((0, 282), (60, 280), (98, 270)),
        curve((98, 270), (130, 310), (152, 346)),
        curve((152, 346), (90, 376), (0, 384)),
    )
    rows = tuple(
        stitches(curve((-(104 + 9 * i), 284 + 13 * i), (0, 298 + 16.5 * i), (104 + 9 * i, 284 + 13 * i)), paints, 0.8)
        for i in range(6)
    )
    low = Part(
        brim,
        paints.main,
        marks=rows,
        patterned=True,
        bulge=13,
        lift=0.4,
        folds=both_folds([Fold(curve((60, 290), (84, 330), (96, 366)), 2.4, 18)]),
    )
    crown = symmetric(
        curve((0, 168), (58, 166), (76, 178)),
        curve((76, 178), (90, 220), (101, 276)),
        curve((101, 276), (50, 292), (0, 296)),
    )
    top = curve((-76, 180), (0, 194), (76, 180))
    marks = (
        seam(top, paints, 1.2),
        stitches(top.moved(0, 4), paints, 0.8),
        *both_marks([Mark(oval((84, 232), 3), fill=paints.inside, stroke=paints.stitch, width=1)]),
        *emblem(spec, paints, (0, 240), 22),
    )
    return [low, Part(crown, paints.main, marks=marks, patterned=True, bulge=26, lift=0.6)]


_TINTS: tuple[Rgb, ...] = ((52, 54, 60), (94, 66, 48), (52, 74, 66), (74, 64, 92), (48, 66, 98))
_CLEAR: Rgb = (240, 246, 249)


def draw_eyewear(spec: Spec, paints: Paints) -> Drawing:
    """Temples behind, lenses, rims and the bridge."""
    rng = spec.rng("frame")
    lens = _lens(rng.choice(["round", "square", "aviator", "cat-eye"]))
    dark = spec.kind == "sunglasses"
    tint = rng.choice(_TINTS) if dark else _CLEAR
    thick = 5.0 if spec.fabric == "metal" else (13.0 if dark else 10.0)
    rim = Part(ribbon(lens, thick), paints.main, bulge=thick * 0.6, lift=0.6, gloss=0.7)
    left, top, right, _ = lens.bounds()
    hinge = right - 1, top + 24
    screw = Mark(oval(hinge, 2), fill=paints.metal)
    corner = Part(oval(hinge, thick * 0.75, thick * 0.62), paints.main, marks=(screw,), bulge=4, lift=0.4, gloss=0.7)
    heights = [(2, 30, 17), (10, 8, 4)] if spec.fabric == "metal" else [(2, 30, 17)]
    bridges = [curve((-left - out, top + low), (0, top + high), (left + out, top + low)) for out, low, high in heights]
    bars = [Part(ribbon(way, thick * 0.8), paints.main, bulge=4, lift=0.5, gloss=0.7) for way in bridges]
    temple, pane = _temple(hinge, thick, paints), _pane(lens, tint, dark)
    return Drawing((*both(temple), *both(pane), *both(rim), *bars, *both(corner)))


def _temple(hinge: Point, thick: float, paints: Paints) -> Part:
    """The right arm, folded back behind the lens, seen from above."""
    x, y = hinge
    way = curve((x - 2, y), (x + 13, y - 26), (x + 8, y - 66), (x - 12, y - 100), (x - 42, y - 118), (x - 66, y - 118))
    return Part(ribbon(way, thick * 1.1, thick), darker(paints.main, 0.15), bulge=5, lift=0.3, gloss=0.5)


def _pane(lens: Path, tint: Rgb, dark: bool) -> Part:
    """The right glass with a reflection on it."""
    glare = shape(
        curve((52, 236), (66, 226), (84, 224)),
        curve((84, 224), (70, 250), (56, 276)),
        curve((56, 276), (50, 258), (52, 236)),
    )
    marks = (Mark(glare, fill=(255, 255, 255), opacity=0.16 if dark else 0.5),)
    return Part(lens, tint, marks=marks, opacity=0.95 if dark else 0.7, bulge=8 if dark else 1, lift=0, gloss=0.5)


def _lens(style: str) -> Path:
    """The right lens, clockwise from its upper inner corner."""
    if style == "round":
        return oval((84, 262), 58, 56)
    if style == "aviator":
        return replace(
            shape(
                curve((26, 226), (80, 212), (140, 224)),
                curve((140, 224), (150, 262), (116, 318), (84, 322)),
                curve((84, 322), (40, 306), (22, 262), (26, 226)),
            ),
            closed=True,
        )
    if style == "cat-eye":
        return shape(
            curve((26, 238), (80, 224), (152, 206)),
            curve((152, 206), (150, 264), (118, 304), (84, 308)),
            curve((84, 308), (40, 300), (24, 270), (26, 238)),
        )
    return shape(
        curve((28, 218), (84, 212), (142, 218)),
        curve((142, 218), (148, 228), (144, 262), (136, 296)),
        curve((136, 296), (126, 308), (84, 310)),
        curve((84, 310), (46, 308), (34, 296)),
        curve((34, 296), (26, 262), (22, 228), (28, 218)),
    )
