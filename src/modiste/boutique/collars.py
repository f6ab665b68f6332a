"""What happens at the neck: bands, collars, hoods, and the placket below."""

from __future__ import annotations

from modiste.boutique.curves import Path, box, curve, join, line, oval, ribbon, shape, symmetric
from modiste.boutique.cuts import Cut, back, back_neckline, neckline
from modiste.boutique.details import button, buttons, ribbed_band, seam, stitches
from modiste.boutique.drawing import Fold, Mark, Part, both, both_folds, both_marks
from modiste.boutique.paints import Paints, darker
from modiste.boutique.spec import Spec

KNITTED = ("sweater", "cardigan", "sweatshirt", "t-shirt", "hoodie")
"""Kinds whose neck is finished with a knitted band."""


def neck_parts(spec: Spec, cut: Cut, paints: Paints) -> tuple[list[Part], list[Part]]:
    """What lies behind the torso at the neck, and what lies on it."""
    if spec.neck == "turtleneck":
        return [], _roll(cut, paints)
    if spec.neck == "hood":
        return hood(cut, paints)
    if spec.neck == "collar":
        return [back(cut, paints, label=False), _stand(cut, paints)], _leaves(spec, cut, paints)
    front = [_band(spec, neckline(spec.neck, cut), paints)]
    if spec.kind == "blouse" and spec.neck == "v-neck":
        front += _tied(cut, paints)
    return [back(cut, paints), _band(spec, back_neckline(cut), paints)], front


def placket(spec: Spec, cut: Cut, paints: Paints) -> tuple[Mark, ...]:
    """The strip with buttons down the front of shirts, polos and cardigans."""
    low = cut.top + cut.depth
    if spec.kind == "polo shirt":
        return (*_strip(paints, 8, low + 2, low + 76), *buttons(0, low + 16, low + 62, 3, paints, 3.0))
    if spec.kind in ("shirt", "shirt dress") or (spec.kind == "blouse" and spec.neck == "collar"):
        foot = cut.hem + 8
        return (*_strip(paints, 8, low + 2, foot), *buttons(0, low + 20, foot - 34, 7, paints, 3.1))
    if spec.kind == "cardigan":
        return (*_strip(paints, 10, low + 2, cut.hem + 4), *buttons(0, low + 14, cut.hem - 10, 5, paints, 5.0))
    return ()


def _strip(paints: Paints, half: float, top: float, bottom: float) -> tuple[Mark, ...]:
    """A doubled strip of cloth with its edge and two rows of stitches."""
    strip = shape(line((-half, top), (half, top), (half, bottom), (-half, bottom)))
    return (
        Mark(strip, fill=paints.trim, opacity=0.35),
        seam(line((half, top), (half, bottom)), paints, 1.1),
        stitches(line((-half, top), (-half, bottom)), paints, 0.7),
        stitches(line((half - 3, top), (half - 3, bottom)), paints, 0.7),
    )


def _band(spec: Spec, half: Path, paints: Paints) -> Part:
    """The bound edge of a neckline: knitted on knitwear and jersey, a narrow facing on woven cloth."""
    whole = join(half.mirrored().reversed(), half)
    if spec.kind in KNITTED:
        width = 12.0 if spec.kind in ("sweater", "cardigan", "sweatshirt") else 8.5
        return ribbed_band(whole, width, paints, 4.0)
    edge = ribbon(whole, 5.0)
    return Part(edge, paints.main, marks=(stitches(whole, paints, 0.7),), bulge=2, lift=0.3)


def _tied(cut: Cut, paints: Paints) -> list[Part]:
    """A blouse's bow at the foot of its neckline."""
    y = cut.top + cut.depth
    tails = curve((1, y), (9, y + 32), (5, y + 78)), curve((2, y), (22, y + 26), (27, y + 62))
    loop = shape(
        curve((0, y), (18, y - 17), (40, y - 12), (43, y + 3)), curve((43, y + 3), (38, y + 13), (16, y + 9), (0, y))
    )
    pleat = Fold(curve((4, y), (20, y - 4), (34, y - 3)), -2.0, 5)
    wing = Part(loop, paints.main, folds=(pleat,), patterned=True, grain=12, bulge=6, lift=0.7)
    ends = [Part(ribbon(tail, 9, 17), paints.main, patterned=True, bulge=6, lift=0.7) for tail in tails]
    return [*ends, *both(wing), Part(box(-6, y - 6, 7, y + 7, 5), paints.main, bulge=5, lift=0.6)]


def _roll(cut: Cut, paints: Paints) -> list[Part]:
    """A turtleneck: a tube, folded over."""
    x, y = cut.neck_point
    wide, high = x + 3, y - 46
    inside = Part(oval((0, high + 3), wide - 5, 7), paints.inside, bulge=2, lift=0.1)
    outline = symmetric(
        curve((0, high + 8), (wide * 0.6, high + 5), (wide - 4, high - 1)),
        curve((wide - 4, high - 1), (wide - 1, y - 26), (wide + 5, y + 6)),
        curve((wide + 5, y + 6), (wide * 0.62, y + 19), (0, y + 25)),
    )
    columns = [i / 9 for i in range(10)]
    marks = both_marks(
        Mark(
            curve(
                (c * (wide - 5), high + 8 - 8 * c * c), (c * (wide - 2), y - 24), (c * (wide + 3), y + 24 - 17 * c * c)
            ),
            stroke=paints.seam,
            width=1.0,
            opacity=0.3,
        )
        for c in columns
    )
    fold = Fold(curve((-wide, y - 2), (0, y + 11), (wide, y - 2)), -2.5, 7)
    return [inside, Part(outline, paints.trim, marks=marks, folds=(fold,), bulge=13, lift=0.7)]


def _stand(cut: Cut, paints: Paints) -> Part:
    """The back of a shirt collar, standing up behind the neck."""
    x, y = cut.neck_point
    outline = symmetric(
        curve((0, y - 13), (x * 0.6, y - 12), (x + 1, y - 7)),
        line((x + 1, y - 7), (x + 4, y + 6)),
        curve((x + 4, y + 6), (x * 0.6, y + 13), (0, y + 15)),
    )
    marks = (seam(curve((-x, y + 1), (0, y + 6), (x, y + 1)), paints, 0.9, 0.5),)
    label = shape(line((-7, y - 7), (7, y - 7), (7, y), (-7, y)))
    return Part(outline, darker(paints.main, 0.2), marks=(*marks, Mark(label, fill=(236, 231, 222))), bulge=4, lift=0.3)


def _leaves(spec: Spec, cut: Cut, paints: Paints) -> list[Part]:
    """The two halves of a shirt collar, folded down over the front."""
    x, y = cut.neck_point
    low = cut.top + cut.depth
    point = spec.rng("collar").uniform(40, 54)
    outline = shape(
        curve((1, low + 1), (x * 0.55, low - (low - y) * 0.5), (x * 0.99, y - 9)),
        curve((x * 0.99, y - 9), (x + 10, y - 2), (x + 12, y + 10)),
        curve((x + 12, y + 10), (x + 7, y + point * 0.62), (x + 1, y + point)),
        curve((x + 1, y + point), (x * 0.42, low + 10), (1, low + 1)),
    )
    edge = stitches(line((6, low + 4), (x, y + point - 5), (x + 8, y + 11)), paints, 0.7)
    leaf = Part(outline, paints.main, marks=(edge,), patterned=spec.pattern != "logo", grain=-28, bulge=4, lift=0.8)
    parts = list(both(leaf))
    if spec.kind in ("shirt", "shirt dress"):
        top = button((0, low + 6), paints, 3.0)
        parts.append(Part(oval((0, low + 6), 3.0), paints.button, marks=top, bulge=1, lift=0.2))
    return parts


def hood(cut: Cut, paints: Paints, drawstring: bool = True) -> tuple[list[Part], list[Part]]:
    """A hood that lies spread out behind the neck, and its edges on the front."""
    x, y = cut.neck_point
    low = cut.top + cut.depth + 12
    outer = symmetric(
        curve((0, y - 66), (x * 1.1, y - 58), (x * 1.75, y - 22), (x * 1.72, y + 14)),
        curve((x * 1.72, y + 14), (x, y + 40), (0, low + 6)),
    )
    shell = Part(
        outer,
        paints.main,
        marks=(seam(line((0, y - 66), (0, y - 40)), paints),),
        patterned=False,
        bulge=20,
        folds=both_folds([Fold(curve((x * 1.3, y - 34), (x * 1.45, y - 6), (x * 1.1, y + 18)), -2.5, 12)]),
    )
    lining = symmetric(
        curve((0, y - 40), (x * 0.8, y - 34), (x * 1.16, y - 8), (x * 0.9, y + 18)),
        curve((x * 0.9, y + 18), (x * 0.5, low - 4), (0, low + 4)),
    )
    inside = Part(lining, paints.inside, bulge=10, lift=-0.2)
    edge = curve((x * 1.24, y - 12), (x * 1.1, y + 16), (x * 0.5, low + 2), (1, low + 12))
    flap = ribbon(edge, 17, 12)
    rim = Part(flap, paints.main, marks=(stitches(edge.moved(3, 3), paints, 0.7),), bulge=7, lift=0.7)
    front = list(both(rim))
    if drawstring:
        front += both(_cord(x, low, paints))
    return [shell, inside], front


def _cord(x: float, low: float, paints: Paints) -> Part:
    way = curve((x * 0.42, low + 8), (x * 0.46, low + 42), (x * 0.38, low + 78))
    foot = ribbon(line((x * 0.38, low + 76), (x * 0.375, low + 86)), 5)
    eyelet = Mark(oval((x * 0.42, low + 8), 3.2), fill=paints.metal, stroke=darker(paints.metal, 0.5), width=0.7)
    cord = ribbon(way, 3.6)
    marks = (eyelet, Mark(foot, fill=paints.metal, stroke=darker(paints.metal, 0.5), width=0.6))
    return Part(cord, (240, 238, 232), marks=marks, bulge=2, lift=0.7)
