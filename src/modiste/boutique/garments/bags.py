"""Bags and backpacks."""

from __future__ import annotations

from modiste.boutique.drawing.curves import Path, box, curve, join, line, oval, ribbon, shape, symmetric
from modiste.boutique.drawing.details import creases, seam, stitches, stud
from modiste.boutique.drawing.materials import Paints, darker
from modiste.boutique.drawing.parts import Drawing, Mark, Part, both_marks
from modiste.boutique.garments.patterns import emblem
from modiste.boutique.garments.spec import Spec


def draw_bag(spec: Spec, paints: Paints) -> Drawing:
    """The parts of a bag."""
    make = {"handbag": _handbag, "tote bag": _tote}.get(spec.kind, _crossbody)
    return Drawing(tuple(make(spec, paints)))


def _body(top: float, bottom: float, wide: float, wider: float, corner: float) -> Path:
    """A soft trapezium, `wide` above and `wider` below (half widths)."""
    return symmetric(
        curve((0, top + 2), (wide * 0.6, top + 1), (wide, top)),
        curve((wide, top), (wide + (wider - wide) * 0.55, (top + bottom) / 2), (wider, bottom - corner)),
        curve((wider, bottom - corner), (wider - corner * 0.3, bottom - corner * 0.3), (wider - corner, bottom)),
        curve((wider - corner, bottom), (wider * 0.4, bottom + 3), (0, bottom + 3)),
    )


def _across(body: Path, y: float) -> Path:
    """A line across a body, sagging a little."""
    left, right = body.span(y)
    return curve((left + 1, y), ((left + right) / 2, y + 6), (right - 1, y))


def _handbag(spec: Spec, paints: Paints) -> list[Part]:
    rng = spec.rng("handbag")
    wide, wider = rng.choice([(96, 132), (112, 138), (126, 128)])
    top, bottom = 210.0, 400.0 + rng.uniform(-20, 16)
    arc = rng.uniform(84, 118)
    far, near = (
        curve((-x, top + 6), (-x * 0.86, top - arc * 0.72), (0, top - arc), (x * 0.86, top - arc * 0.72), (x, top + 6))
        for x in (54, 62)
    )
    handles = [Part(ribbon(far.moved(0, -8), 10), darker(paints.trim, 0.25), bulge=5, lift=0.2)]
    body = _body(top, bottom, wide, wider, 22)
    rim = ribbon(curve((-wide, top + 3), (0, top + 5), (wide, top + 3)), 12)
    marks = (
        stitches(body.scaled(0.95, 0.95, about=(0, (top + bottom) / 2)), paints),
        seam(_across(body, bottom - 46), paints, 1.2),
        stitches(_across(body, bottom - 51), paints, 0.8),
    )
    front = Part(
        body,
        paints.main,
        marks=marks,
        patterned=True,
        bulge=24,
        lift=0.4,
        folds=creases([(-wide * 0.7, top + 30), (-wide * 0.2, top + 44), (wide * 0.4, top + 34)], depth=1.2, width=16),
    )
    parts = [*handles, front, Part(rim, paints.trim, bulge=5, lift=0.4)]
    parts += _closure(rng.choice(["flap", "lock", "belt"]), top, bottom, wide, paints)
    parts.append(
        Part(ribbon(near, 11), paints.trim, marks=(stitches(near.moved(0, 3.4), paints, 0.7),), bulge=5, lift=0.7)
    )
    tabs = [
        Part(
            box(x - 11, top - 2, x + 11, top + 40, 8),
            paints.trim,
            marks=(*stud((x, top + 28), paints.metal, 3),),
            bulge=4,
            lift=0.5,
        )
        for x in (-62, 62)
    ]
    rings = [Part(ribbon(oval((x, top - 4), 9), 4), paints.metal, bulge=3, lift=0.5, gloss=0.7) for x in (-62, 62)]
    return [*parts, *tabs, *rings]


def _closure(style: str, top: float, bottom: float, wide: float, paints: Paints) -> list[Part]:
    middle = top + (bottom - top) * 0.5
    if style == "flap":
        flap = symmetric(
            curve((0, top - 4), (wide * 0.6, top - 4), (wide + 2, top - 1)),
            curve((wide + 2, top - 1), (wide * 0.98, middle - 22), (wide * 0.62, middle + 4), (0, middle + 14)),
        )
        lock = Part(
            box(-13, middle - 6, 13, middle + 20, 5),
            paints.metal,
            marks=(Mark(oval((0, middle + 7), 3.2), fill=darker(paints.metal, 0.6)),),
            bulge=5,
            lift=0.6,
            gloss=0.7,
        )
        return [
            Part(
                flap,
                paints.main,
                marks=(stitches(flap.scaled(0.94, 0.92, about=(0, top)), paints),),
                patterned=True,
                bulge=9,
                lift=0.9,
            ),
            lock,
        ]
    if style == "lock":
        tab = Part(
            box(-14, top - 6, 14, top + 58, 9),
            paints.trim,
            marks=(stitches(box(-10, top - 2, 10, top + 54, 6), paints, 0.7),),
            bulge=4,
            lift=0.7,
        )
        return [tab, Part(box(-11, top + 34, 11, top + 60, 4), paints.metal, bulge=5, lift=0.6, gloss=0.7)]
    strap = curve((-wide - 4, top + 54), (0, top + 60), (wide + 4, top + 54))
    belt = Part(
        ribbon(strap, 17),
        paints.trim,
        marks=(stitches(strap.moved(0, 5.5), paints, 0.7), stitches(strap.moved(0, -5.5), paints, 0.7)),
        bulge=4,
        lift=0.5,
    )
    return [belt, Part(ribbon(box(-14, top + 46, 14, top + 74, 4), 5), paints.metal, bulge=3, lift=0.6, gloss=0.7)]


def _tote(spec: Spec, paints: Paints) -> list[Part]:  # long: one drawing, part by part
    rng = spec.rng("tote")
    wide, top, bottom = 118.0 + rng.uniform(-8, 8), 200.0, 452.0 + rng.uniform(-22, 8)
    drop = rng.uniform(118, 150)
    body = _body(top, bottom, wide, wide + 5, 9)
    far, near = (
        curve((-x, top + 8), (-x + 4, top - drop * 0.62), (0, top - drop), (x - 4, top - drop * 0.62), (x, top + 8))
        for x in (50, 58)
    )
    strap = paints.second if spec.pattern in ("striped", "logo") and rng.random() < 0.4 else paints.trim
    hem = curve((-wide, top + 20), (0, top + 22), (wide, top + 20))
    marks: tuple[Mark, ...] = (stitches(hem, paints), seam(_across(body, bottom - 30), paints, 0.8, 0.4))
    marks += emblem(spec, paints, (0, (top + bottom) / 2 + 8), 48)
    inside = Part(
        symmetric(
            curve((0, top - 6), (wide * 0.6, top - 5), (wide, top)),
            curve((wide, top), (wide * 0.5, top + 8), (0, top + 8)),
        ),
        paints.inside,
        bulge=3,
        lift=0.1,
    )
    folds = creases(
        [(-wide * 0.75, top + 20), (-wide * 0.5, top + 120), (-wide * 0.7, bottom)],
        [(wide * 0.5, top + 30), (wide * 0.35, top + 130), (wide * 0.55, bottom - 20)],
        [(-wide * 0.2, bottom - 10), (0, bottom - 60), (wide * 0.1, bottom - 130)],
        depth=2.4,
        width=18,
    )
    front = Part(body, paints.main, marks=marks, folds=folds, patterned=True, bulge=14)
    feet = [
        Part(
            box(x - 12, top - 2, x + 12, top + 44, 2),
            strap,
            marks=(
                stitches(box(x - 8, top + 24, x + 8, top + 40), paints, 0.8),
                stitches(line((x - 8, top + 24), (x + 8, top + 40)), paints, 0.8),
            ),
            bulge=3,
            lift=0.4,
        )
        for x in (-58, 58)
    ]
    back_handle = Part(ribbon(far, 14), darker(strap, 0.25), bulge=4, lift=0.2)
    return [
        back_handle,
        inside,
        front,
        *feet,
        Part(ribbon(near, 15), strap, marks=(stitches(near.moved(0, 5), paints, 0.6),), bulge=5, lift=0.6),
    ]


def _crossbody(spec: Spec, paints: Paints) -> list[Part]:  # long: one drawing, part by part
    rng = spec.rng("crossbody")
    wide, top, bottom = 92.0 + rng.uniform(-6, 14), 270.0, 410.0
    way = curve(
        (-wide + 6, top + 18),
        (-wide * 0.95, top - 90),
        (-wide * 0.35, top - 186),
        (wide * 0.35, top - 186),
        (wide * 0.95, top - 90),
        (wide - 6, top + 18),
    )
    chain = rng.random() < 0.5
    strap = Part(
        ribbon(way, 7 if chain else 9),
        paints.metal if chain else paints.trim,
        bulge=3,
        lift=0.6,
        gloss=0.6 if chain else None,
        marks=(Mark(way, stroke=darker(paints.metal, 0.6), width=5, dash=(2, 4), opacity=0.8),)
        if chain
        else (stitches(way, paints, 0.7),),
    )
    round_one = rng.random() < 0.4
    body = _body(top, bottom, wide, wide + 2, 62 if round_one else 20)
    low = top + (bottom - top) * (0.62 if round_one else 0.66)
    flap = symmetric(
        curve((0, top - 5), (wide * 0.6, top - 4), (wide + 1, top)),
        curve((wide + 1, top), (wide * 0.98, top + 40), (wide * 0.7, low - 10), (0, low)),
    )
    front = Part(
        body,
        paints.main,
        marks=(stitches(body.scaled(0.93, 0.93, about=(0, (top + bottom) / 2)), paints, 0.8),),
        patterned=True,
        bulge=20,
    )
    over = Part(
        flap,
        paints.main,
        marks=(stitches(flap.scaled(0.93, 0.91, about=(0, top)), paints, 0.8),),
        patterned=True,
        bulge=11,
        lift=0.9,
    )
    clasp = Part(
        oval((0, low - 8), 12),
        paints.metal,
        marks=(Mark(oval((0, low - 8), 6), stroke=darker(paints.metal, 0.4), width=1.2),),
        bulge=6,
        lift=0.6,
        gloss=0.8,
    )
    rings = [
        Part(ribbon(oval((x, top + 14), 7), 3.4), paints.metal, bulge=2, lift=0.4, gloss=0.7)
        for x in (-wide + 6, wide - 6)
    ]
    tassel = (
        [
            Part(
                shape(line((wide - 12, top + 22), (wide - 4, top + 22), (wide + 2, top + 76), (wide - 18, top + 76))),
                paints.trim,
                marks=tuple(
                    Mark(
                        line((wide - 12 + 1.6 * i, top + 34), (wide - 17 + 3.6 * i, top + 76)),
                        stroke=paints.seam,
                        width=0.8,
                        opacity=0.5,
                    )
                    for i in range(6)
                ),
                bulge=4,
                lift=0.6,
            )
        ]
        if rng.random() < 0.35
        else []
    )
    return [strap, front, over, clasp, *rings, *tassel]


def draw_backpack(spec: Spec, paints: Paints) -> Drawing:  # long: one drawing, part by part
    """The parts of a backpack."""
    rng = spec.rng("backpack")
    wide, top, bottom = 104.0 + rng.uniform(-8, 6), 130.0, 432.0
    straps = [
        Part(
            ribbon(
                curve(
                    (x * 42, top + 26), (x * 104, top + 60), (x * (wide + 26), top + 170), (x * (wide - 4), bottom - 30)
                ),
                24,
                12,
            ),
            darker(paints.trim, 0.25),
            bulge=7,
            lift=0.3,
        )
        for x in (-1, 1)
    ]
    grip = Part(
        ribbon(curve((-24, top + 8), (-18, top - 24), (18, top - 24), (24, top + 8)), 10),
        paints.trim,
        bulge=5,
        lift=0.4,
    )
    dome = symmetric(
        curve((0, top), (wide * 0.62, top + 8), (wide * 0.95, top + 60)),
        curve((wide * 0.95, top + 60), (wide + 3, top + 150), (wide + 4, bottom - 36)),
        curve((wide + 4, bottom - 36), (wide - 4, bottom - 6), (wide - 30, bottom)),
        curve((wide - 30, bottom), (wide * 0.3, bottom + 3), (0, bottom + 3)),
    )
    arch = join(
        curve(
            (-wide * 0.8, top + 150),
            (-wide * 0.78, top + 70),
            (-wide * 0.5, top + 28),
            (0, top + 18),
            (wide * 0.5, top + 28),
            (wide * 0.78, top + 70),
            (wide * 0.8, top + 150),
        )
    )
    marks = (
        Mark(arch, stroke=darker(paints.main, 0.5), width=6, opacity=0.7),
        Mark(arch, stroke=paints.metal, width=2.2, dash=(0.9, 1.4)),
        *both_marks(
            [stitches(curve((wide * 0.9, top + 62), (wide - 3, top + 150), (wide - 2, bottom - 40)), paints, 0.8)]
        ),
    )
    body = Part(
        dome,
        paints.main,
        marks=marks,
        patterned=True,
        bulge=30,
        folds=creases([(-wide * 0.6, top + 90), (0, top + 100), (wide * 0.6, top + 90)], depth=1.0, width=16),
    )
    shelf = bottom - 136
    pocket = symmetric(
        curve((0, shelf), (wide * 0.5, shelf + 2), (wide * 0.76, shelf + 16)),
        curve((wide * 0.76, shelf + 16), (wide * 0.82, shelf + 60), (wide * 0.82, bottom - 34)),
        curve((wide * 0.82, bottom - 34), (wide * 0.76, bottom - 18), (wide * 0.62, bottom - 14)),
        line((wide * 0.62, bottom - 14), (0, bottom - 12)),
    )
    mouth = curve((-wide * 0.7, shelf + 34), (0, shelf + 28), (wide * 0.7, shelf + 34))
    pull = box(wide * 0.62 - 3, shelf + 34, wide * 0.62 + 4, shelf + 58, 3)
    front = Part(
        pocket,
        paints.main,
        marks=(
            Mark(mouth, stroke=darker(paints.main, 0.5), width=6, opacity=0.7),
            Mark(mouth, stroke=paints.metal, width=2.2, dash=(0.9, 1.4)),
            Mark(pull, fill=paints.metal, stroke=darker(paints.metal, 0.4), width=0.7),
            *emblem(spec, paints, (0, shelf + 76), 20),
        ),
        patterned=True,
        bulge=16,
        lift=0.9,
    )
    patch = (
        [
            Part(
                box(-16, top + 104, 16, top + 130, 3),
                paints.second,
                marks=(stitches(box(-13, top + 107, 13, top + 127, 2), paints, 0.7),),
                bulge=2,
                lift=0.4,
            )
        ]
        if spec.pattern == "solid"
        else []
    )
    base = shape(
        curve((-wide - 3, bottom - 40), (0, bottom - 32), (wide + 3, bottom - 40)),
        curve((wide + 4, bottom - 36), (wide - 4, bottom - 6), (wide - 30, bottom)),
        curve((wide - 30, bottom), (0, bottom + 3), (-wide + 30, bottom)),
        curve((-wide + 30, bottom), (-wide + 4, bottom - 6), (-wide - 4, bottom - 36)),
    )
    leather = (
        [
            Part(
                base,
                darker(paints.main, 0.28),
                marks=(
                    stitches(curve((-wide - 1, bottom - 37), (0, bottom - 28), (wide + 1, bottom - 37)), paints, 0.8),
                ),
                bulge=14,
                lift=0.1,
            )
        ]
        if rng.random() < 0.5
        else []
    )
    return Drawing((*straps, grip, body, *leather, front, *patch))
