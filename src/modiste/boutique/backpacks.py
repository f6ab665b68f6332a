"""Backpacks, seen from the front."""

from __future__ import annotations

from modiste.boutique.curves import box, curve, join, line, ribbon, shape, symmetric
from modiste.boutique.details import creases, stitches
from modiste.boutique.drawing import Drawing, Mark, Part, both_marks
from modiste.boutique.paints import Paints, darker
from modiste.boutique.patterns import emblem
from modiste.boutique.spec import Spec


def drawing(spec: Spec, paints: Paints) -> Drawing:
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
