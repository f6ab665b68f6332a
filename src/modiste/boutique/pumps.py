"""Heels, ballet flats and sandals."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.curves import Point, box, curve, line, oval, ribbon, shape
from modiste.boutique.details import creases, stitches
from modiste.boutique.drawing import Part
from modiste.boutique.paints import Paints, darker, mix
from modiste.boutique.soles import HEELS, INSOLE, bed, heel, sole
from modiste.boutique.spec import Spec


def pump(spec: Spec, paints: Paints) -> list[Part]:
    """A closed shoe on a heel, plain or with a bow or an ankle strap."""
    rng = spec.rng("pump")
    rise = HEELS[spec.heel]
    pointed = rng.random() < 0.6
    toe_x = 312 if pointed else 298
    back = curve((6, -rise - 3), (2, -rise - 34), (12, -rise - 62))
    topline = curve((12, -rise - 62), (60, -rise * 0.86 - 38), (130, -rise * 0.45 - 30), (186, -44), (206, -50))
    vamp = curve((206, -50), (244, -44), (284, -26 if pointed else -34), (toe_x, -8))
    upper = shape(back, topline, vamp, bed(rise, 4).reversed())
    inside = Part(
        shape(topline, curve((206, -50), (150, -62), (90, -rise * 0.8 - 54), (12, -rise - 62))),
        mix(INSOLE, paints.main, 0.3),
        bulge=2,
        lift=0,
    )
    marks = (stitches(topline.moved(0.5, 4), paints, 0.6),)
    parts = [
        inside,
        *heel(spec, rise, paints.trim),
        Part(upper, paints.main, marks=marks, patterned=True, bulge=15, lift=0.4),
        sole(rise, 4, darker(INSOLE, 0.35)),
    ]
    style = rng.choice(["plain", "strap", "bow"])
    if style == "strap":
        far, _, *near = _ankle_strap(rise, paints)
        parts = [
            far,
            *parts,
            *near,
            Part(ribbon(curve((10, -rise - 50), (8, -rise - 70), (10, -rise - 86)), 9), paints.main, bulge=4),
        ]
    elif style == "bow":
        parts += _bow((212, -50), 17, paints)
    return parts


def ballerina(spec: Spec, paints: Paints) -> list[Part]:
    """A ballet flat with a bow or a darker toe."""
    back = curve((8, -12), (2, -40), (12, -66))
    topline = curve((12, -66), (60, -40), (130, -32), (188, -38), (206, -46))
    vamp = curve((206, -46), (248, -46), (286, -34), (302, -12))
    upper = shape(back, topline, vamp, bed(6, 5).reversed())
    inside = Part(shape(topline, curve((206, -46), (140, -56), (70, -62), (12, -66))), INSOLE, bulge=2, lift=0)
    edge = Part(ribbon(topline, 5), paints.trim, bulge=3, lift=0.3)
    parts = [
        inside,
        *heel(spec, 8, (60, 48, 42)),
        Part(
            upper,
            paints.main,
            folds=creases([(196, -44), (204, -28), (198, -14)], depth=1.2, width=7),
            patterned=True,
            bulge=15,
            lift=0.4,
        ),
        edge,
        sole(6, 5, (72, 58, 50)),
    ]
    style = spec.rng("ballerina").random()
    if style < 0.6:
        parts += _bow((210, -46), 15, paints)
    else:
        cap = shape(
            curve((252, -4), (246, -28), (256, -45)),
            curve((256, -45), (286, -34), (302, -12)),
            line((302, -12), (252, -4)),
        )
        parts.insert(-1, Part(cap, darker(paints.main, 0.45), bulge=10, lift=0.2))
    return parts


def sandal(spec: Spec, paints: Paints) -> list[Part]:
    """A sandal or a slide: a bed with straps over it."""
    rng = spec.rng("sandal")
    rise = HEELS[spec.heel] if spec.heel != "flat" else 10.0
    style = (
        rng.choice(["slide", "strappy", "gladiator"]) if spec.heel == "flat" else rng.choice(["strappy", "two straps"])
    )
    straps = {
        "slide": [(138, 250, -66, -40)],
        "strappy": [(188, 206, -64, -57), (226, 248, -49, -41)],
        "two straps": [(196, 218, -62, -54), (234, 256, -46, -36)],
        "gladiator": [(232, 252, -46, -38), (184, 206, -66, -58), (132, 154, -86, -78)],
    }
    ground = sole(max(0.0, rise - 4), 7, darker(INSOLE, 0.5))
    parts = [*([] if spec.heel == "flat" else heel(spec, rise, paints.trim)), ground, sole(rise, 9, INSOLE)]
    ankle = [] if style == "slide" else _ankle_strap(rise, paints)
    far = [
        replace(_strap(a - 6, b - 6, c + 7, d + 7, rise, paints), colour=darker(paints.main, 0.35))
        for a, b, c, d in straps[style]
    ]
    near = [_strap(a, b, c, d, rise, paints) for a, b, c, d in straps[style]]
    return [*ankle[:1], *far, *parts, *near, *ankle[1:]]


def _bow(centre: Point, size: float, paints: Paints) -> list[Part]:
    x, y = centre
    wings = [
        shape(
            curve((x, y), (x + s * size * 0.8, y - size * 0.75), (x + s * size * 1.25, y - size * 0.2)),
            curve((x + s * size * 1.25, y - size * 0.2), (x + s * size * 1.1, y + size * 0.55), (x, y)),
        )
        for s in (-1, 1)
    ]
    return [
        *(Part(wing, paints.trim, bulge=5, lift=0.6) for wing in wings),
        Part(oval((x, y), size * 0.26), paints.main, bulge=4, lift=0.6),
    ]


def _strap(left: float, right: float, top_left: float, top_right: float, rise: float, paints: Paints) -> Part:
    """A strap over the foot: its near half, from the sole up to where it goes over."""
    ground = [-rise * max(0.0, (200 - x) / 200) ** 1.5 - 7 for x in (left, right)]
    lean = 16.0
    rim = curve(
        (left + lean, top_left + ground[0] + 8),
        ((left + right) / 2 + lean, (top_left + top_right) / 2 + ground[0] + 1),
        (right + lean, top_right + ground[1] + 8),
    )
    sides = (
        curve((left, ground[0] + 4), (left + lean * 0.25, (top_left + ground[0]) / 2), rim.start),
        curve(rim.end, (right + lean * 0.4, (top_right + ground[1]) / 2), (right, ground[1] + 4)),
    )
    marks = tuple(stitches(way.moved(dx, 0), paints, 0.7) for way, dx in zip(sides, (3.5, -3.5), strict=True))
    return Part(shape(sides[0], rim, sides[1]), paints.main, marks=marks, patterned=True, bulge=8, lift=0.6)


def _ankle_strap(rise: float, paints: Paints) -> list[Part]:
    """A strap around the ankle, its far half first, held by a counter behind the heel."""
    y = -rise - 82
    far = Part(
        ribbon(curve((8, y), (24, y - 11), (64, y - 11), (84, y + 2)), 8), darker(paints.main, 0.35), bulge=3, lift=0.2
    )
    counter = shape(
        curve((4, -rise - 8), (0, -rise - 46), (6, y - 4)),
        line((6, y - 4), (19, y - 4)),
        curve((19, y - 4), (16, -rise - 46), (30, -rise - 8)),
    )
    way = curve((8, y), (28, y + 13), (66, y + 13), (84, y + 2))
    near = Part(ribbon(way, 10), paints.main, bulge=4, lift=0.6)
    buckle = Part(ribbon(box(46, y + 4, 62, y + 21, 3), 3), paints.metal, bulge=2, lift=0.5, gloss=0.6)
    return [far, Part(counter, paints.main, patterned=True, bulge=6, lift=0.3), near, buckle]
