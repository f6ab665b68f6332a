"""Sneakers, low and high."""

from __future__ import annotations

from modiste.boutique.curves import Path, Point, curve, line, oval, ribbon, shape
from modiste.boutique.details import creases, stitches
from modiste.boutique.drawing import Mark, Part
from modiste.boutique.paints import Paints, darker
from modiste.boutique.soles import RUBBER
from modiste.boutique.spec import Spec
from modiste.colour import Rgb


def sneaker(spec: Spec, paints: Paints) -> list[Part]:
    """A laced sneaker with its overlays and its rubber sole."""
    rng = spec.rng("sneaker")
    high = rng.random() < 0.25
    chunky = rng.random() < 0.5
    sole = 30 if chunky else 22
    collar = -178 if high else -118
    rubber = rng.choice([RUBBER, RUBBER, paints.second, darker(paints.main, 0.3)])
    back = curve((14, -sole + 4), (6, -70), (14, collar + 2))
    opening = curve((14, collar + 2), (22, collar - 6), (58, collar + 18), (96, collar - 4), (112, collar - 14))
    vamp = curve((112, collar - 14), (146, collar * 0.72 - 16), (196, -78), (246, -58), (288, -40), (296, -sole + 2))
    upper = shape(back, opening, vamp, line((296, -sole + 2), (14, -sole + 4)))
    inside = Part(
        shape(opening.moved(2, -3), curve((114, collar - 18), (72, collar + 30), (16, collar + 2))),
        paints.inside,
        bulge=2,
        lift=0,
    )
    tongue = Part(
        shape(
            curve((92, collar - 4), (96, collar - 24), (112, collar - 30)),
            curve((112, collar - 30), (128, collar - 22), (124, collar - 2)),
            line((124, collar - 2), (92, collar - 4)),
        ),
        paints.trim,
        bulge=6,
        lift=0.3,
    )
    toe = shape(
        curve((232, -sole), (226, -44), (240, -62)),
        curve((240, -62), (284, -44), (297, -sole + 2)),
        line((297, -sole + 2), (232, -sole)),
    )
    stay = shape(
        curve((100, collar - 8), (112, collar - 14), (146, collar * 0.72 - 16), (190, -80)),
        line((190, -80), (178, -68)),
        curve((178, -68), (130, collar * 0.6), (92, collar + 24)),
        line((92, collar + 24), (100, collar - 8)),
    )
    counter = shape(
        back.moved(-1, 0),
        curve((14, collar + 2), (40, collar + 32), (52, -64), (64, -sole + 2)),
        line((64, -sole + 2), (14, -sole + 4)),
    )
    overlays = [
        (toe, rng.choice([paints.main, paints.trim, paints.second])),
        (counter, rng.choice([paints.main, paints.trim, paints.second])),
        (stay, paints.trim),
    ]
    marks = tuple(
        mark
        for outline, colour in overlays
        for mark in (
            Mark(outline, fill=colour, stroke=paints.seam, width=0.9),
            stitches(outline.scaled(0.93, 0.9, about=_middle(outline)), paints, 0.6),
        )
    )
    marks += _flash(spec, paints, sole, rng.randrange(4))
    body = Part(
        upper,
        paints.main,
        marks=marks,
        folds=creases([(196, -74), (204, -56), (200, -40)], [(212, -68), (219, -52), (214, -38)], depth=1.4, width=7),
        patterned=True,
        bulge=17,
        lift=0.5,
    )
    return [inside, tongue, body, *_laces(collar), _rubber(sole, chunky, rubber, paints)]


def _flash(spec: Spec, paints: Paints, sole: float, which: int) -> tuple[Mark, ...]:
    """The label's sign on the side."""
    if which == 0:
        bars = (line((96 + i * 22, -sole - 4), (122 + i * 20, -sole - 54 + i * 6)) for i in range(3))
        return tuple(Mark(ribbon(bar, 10, 9), fill=paints.second) for bar in bars)
    if which == 1:
        sweep = shape(
            curve((70, -66), (120, -40), (190, -62)), curve((190, -62), (130, -sole - 6), (84, -40), (70, -66))
        )
        return (Mark(sweep, fill=paints.second),)
    if which == 2:
        return (Mark(oval((112, -66), 17), fill=paints.second), Mark(oval((112, -66), 10), fill=paints.main))
    return ()


def _laces(collar: float) -> list[Part]:
    cord: Rgb = (246, 245, 240)
    rows = []
    for i in range(5):
        share = i / 4
        x, y = 112 + 62 * share, (collar - 12) + (-86 - collar + 12) * share + 3 * (share - share * share) * -12
        rows.append(
            Part(
                ribbon(curve((x - 11, y + 20 - 6 * share), (x - 2, y + 8), (x + 9, y - 3)), 7),
                cord,
                bulge=4,
                lift=0.7,
                gloss=0.0,
            )
        )
    bow = [
        curve((110, collar - 12), (94, collar - 6), (84, collar + 12)),
        curve((112, collar - 12), (112, collar + 6), (104, collar + 22)),
    ]
    return [*rows, *(Part(ribbon(way, 4.5), cord, bulge=3, lift=0.6, gloss=0.0) for way in bow)]


def _rubber(sole: float, chunky: bool, colour: Rgb, paints: Paints) -> Part:
    heel = -sole - (6 if chunky else 0)
    outline = shape(
        curve((6, heel), (120, -sole + (4 if chunky else 2)), (230, -sole + 1), (300, -sole - 4)),
        curve((300, -sole - 4), (308, -sole * 0.5), (296, -2)),
        curve((296, -2), (150, 0), (12, 0)),
        curve((12, 0), (0, -sole * 0.5), (6, heel)),
    )
    marks: tuple[Mark, ...] = (
        Mark(
            curve((4, -sole * 0.42), (150, -sole * 0.36), (303, -sole * 0.5)),
            stroke=darker(colour, 0.3),
            width=1.3,
            opacity=0.7,
        ),
    )
    if chunky:
        marks += tuple(
            Mark(line((20 + 20 * i, 0), (24 + 20 * i, -7)), stroke=darker(colour, 0.35), width=1.6, opacity=0.6)
            for i in range(14)
        )
    return Part(outline, colour, marks=marks, bulge=7, lift=0.4, gloss=0.1)


def _middle(path: Path) -> Point:
    left, top, right, bottom = path.bounds()
    return (left + right) / 2, (top + bottom) / 2
