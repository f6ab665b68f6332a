"""Bodies of tops, dresses and outerwear: torso, sleeves, necklines and collars, from a handful of measures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from modiste.boutique.drawing.curves import Path, Point, box, curve, join, line, oval, ribbon, shape, symmetric
from modiste.boutique.drawing.details import button, buttons, creases, ribbed_band, ribs, seam, stitches
from modiste.boutique.drawing.materials import Paints, darker
from modiste.boutique.drawing.parts import Fold, Mark, Part, both, both_folds, both_marks
from modiste.boutique.garments.spec import Spec

_NECKS = {"crew": (33, 22), "v-neck": (32, 76), "scoop": (46, 58), "boat": (60, 15), "turtleneck": (29, 16),
         "collar": (30, 20), "hood": (34, 24)}  # fmt: skip
"""Half the width and the depth of a neckline."""
_CHEST = {"slim": -9.0, "skinny": -9.0, "relaxed": 9.0, "oversized": 18.0, "wide": 4.0}
_HEM = {"cropped": 318.0, "long": 452.0}


@dataclass(frozen=True)
class Cut:
    """Half widths and heights of a torso, in units of four to a centimetre."""

    neck: float
    depth: float
    shoulder: float
    chest: float
    waist: float
    hip: float
    top: float = 100.0
    slope: float = 19.0
    armpit: float = 200.0
    hem: float = 396.0

    @property
    def neck_point(self) -> Point:
        """Point where the shoulder seam meets the neckline."""
        return self.neck, self.top + self.slope * (self.neck / self.shoulder - 0.36)

    @property
    def shoulder_point(self) -> Point:
        """Point where the shoulder seam meets the sleeve."""
        return self.shoulder, self.top + self.slope

    @property
    def armpit_point(self) -> Point:
        """Point where the side seam meets the sleeve."""
        return self.chest, self.armpit


def cut(spec: Spec, *, shapely: float = 0.0, hem: float | None = None) -> Cut:
    """The cut of a spec's torso; women's are narrower, and `shapely` draws in the waist."""
    rng = spec.rng("cut")
    neck, depth = _NECKS[spec.neck]
    chest = 103 + _CHEST.get(spec.fit, 0) + (-9 if spec.gender == "Women" else 0) + rng.uniform(-2, 2)
    loose = spec.fit in ("oversized", "relaxed")
    shoulder = chest - 10 if not loose else chest - 3
    waist = chest - shapely - (7 if spec.gender == "Women" and not loose else 2)
    return Cut(
        neck=neck + rng.uniform(-1.5, 1.5),
        depth=depth * rng.uniform(0.92, 1.08),
        shoulder=shoulder,
        chest=chest,
        waist=waist,
        hip=chest - (1 if not loose else 0) + (2 if shapely else 0),
        armpit=206 if loose else 196,
        hem=(hem or _HEM.get(spec.length, 392.0)) + rng.uniform(-6, 6),
    )


def neckline(shape_of: str, cut: Cut) -> Path:
    """The right half of the front's edge, from the middle to the shoulder."""
    x, y = cut.neck_point
    low = cut.top + cut.depth
    if shape_of in ("v-neck", "collar"):
        return curve((0, low), (x * 0.55, low - (low - y) * 0.52), (x, y))
    if shape_of == "boat":
        return curve((0, low), (x * 0.5, low - 2), (x, y))
    return curve((0, low), (x * 0.42, low - (low - y) * 0.09), (x * 0.84, low - (low - y) * 0.48), (x, y))


def _back_neckline(cut: Cut) -> Path:
    """The right half of the back's edge, which lies higher."""
    x, y = cut.neck_point
    return curve((0, y + 7), (x * 0.55, y + 5), (x, y))


def armhole(cut: Cut, inset: float = 0.0) -> Path:
    """From the shoulder to the armpit; `inset` cuts it deeper, for tops without sleeves."""
    (sx, sy), (ax, ay) = cut.shoulder_point, cut.armpit_point
    sx -= inset
    deep = min(sx, ax) - 9 - inset * 0.15
    return curve((sx, sy), (deep, sy + (ay - sy) * 0.52), (deep + (ax - deep) * 0.32, ay - (ay - sy) * 0.16), (ax, ay))


def side(cut: Cut, sweep: float = 0.0) -> Path:
    """From the armpit to the hem; `sweep` flares it out."""
    (ax, ay), middle = cut.armpit_point, cut.armpit + min(90.0, (cut.hem - cut.armpit) * 0.55)
    hips = [(cut.waist + (cut.hip - cut.waist) * 0.6, ay + 200)] if cut.hem - ay > 260 else []
    return curve((ax, ay), (cut.waist, middle), *hips, (cut.hip + sweep, cut.hem))


def hem_line(cut: Cut, sag: float = 5.0, sweep: float = 0.0) -> Path:
    """From the side to the middle."""
    return curve((cut.hip + sweep, cut.hem), (cut.hip * 0.5, cut.hem + sag * 0.8), (0, cut.hem + sag))


def torso(spec: Spec, cut: Cut, *, inset: float = 0.0, sag: float = 5.0) -> Path:
    """The front, both halves."""
    return symmetric(neckline(spec.neck, cut), armhole(cut, inset), side(cut), hem_line(cut, sag))


def back(cut: Cut, paints: Paints, label: bool = True) -> Part:
    """The inside of the back that shows in the neck, with the label sewn in it."""
    x, y = cut.neck_point
    low = cut.top + cut.depth + 6
    outline = symmetric(
        _back_neckline(cut), line((x, y), (x + 4, y + 8)), curve((x + 4, y + 8), (x * 0.8, low), (0, low + 4))
    )
    marks = [seam(curve((-x, y + 4), (0, y + 11), (x, y + 4)), paints, 0.8, 0.4)]
    if label:
        marks.append(Mark(box(-8, y + 11, 8, y + 18), fill=(236, 231, 222)))
        marks.append(Mark(line((-5, y + 14.5), (5, y + 14.5)), stroke=(120, 112, 104), width=1.1))
    return Part(outline, paints.inside, marks=tuple(marks), bulge=2, lift=0.2)


@dataclass(frozen=True)
class Sleeve:
    """A sleeve's length from the shoulder, its angle out from straight down, and the half width at its end."""

    length: float
    angle: float
    cuff: float


SLEEVES = {"short": Sleeve(80, 38, 36), "three-quarter": Sleeve(172, 23, 26), "long": Sleeve(256, 17, 20)}


def sleeve(cut: Cut, made: Sleeve, paints: Paints, spec: Spec, *, puff: float = 0.0, cuffed: bool = False) -> Part:
    """The right sleeve; it runs on under the torso, which is drawn over it.

    Args:
        puff: how far it widens above a gathered cuff.
        cuffed: whether a cuff will cover its end; its own hem is left away then.
    """
    (sx, sy), (ax, ay) = cut.shoulder_point, cut.armpit_point
    angle = math.radians(made.angle)
    down = complex(math.sin(angle), math.cos(angle))
    out = complex(down.imag, -down.real)
    crown = complex(sx, sy)
    half = _half(made, spec)
    end = _end(cut, made, spec)
    outer, inner = end + out * (half + puff * 0.3), end - out * (half + puff * 0.3)
    elbow = crown + down * made.length * 0.5
    armpit = complex(ax, ay)
    start = (sx - 16, sy - 16 * cut.slope / cut.shoulder - 1)
    top = curve(start, (sx + 1.5, sy + 1), _at(crown + down * 24 + out * 5), _at(elbow + out * (4 + puff)), _at(outer))
    low = [_at(inner), _at((inner + armpit) / 2 + out * (-puff * 0.7 - 1) + down * 2), (ax, ay)]
    under = line((ax, ay), (ax - 24, ay + 4), (sx - 26, sy + 12), start)
    outline = shape(top, curve(_at(outer), _at(end + down * 2.5), _at(inner)), curve(*low), under)
    marks = () if cuffed else _sleeve_hem(outer, inner, down, paints)
    return Part(
        outline,
        paints.main,
        marks=marks,
        folds=_sleeve_folds(crown, armpit, end, down, out, made, spec.rng("sleeve folds")),
        patterned=True,
        grain=round(-made.angle, 1),
        bulge=min(15.0, half * 0.62),
    )


def cuff(cut: Cut, made: Sleeve, paints: Paints, spec: Spec, *, length: float, half: float, ribbed: bool) -> Part:
    """The band at the end of the right sleeve."""
    angle = math.radians(made.angle)
    down = complex(math.sin(angle), math.cos(angle))
    out = complex(down.imag, -down.real)
    end = _end(cut, made, spec)
    top = end - down * 3
    corners = [
        top + out * (half + 1.5),
        end + down * length + out * half,
        end + down * length - out * half,
        top - out * (half + 1.5),
    ]
    upper, lower = line(_at(corners[3]), _at(corners[0])), line(_at(corners[2]), _at(corners[1]))
    outline = shape(
        line(*map(_at, corners[:2])),
        curve(_at(corners[1]), _at(end + down * (length + 2)), _at(corners[2])),
        line(_at(corners[2]), _at(corners[3])),
    )
    marks = (
        ribs(upper, lower, paints, round(half / 2.2))
        if ribbed
        else (stitches(upper.moved(0, 5), paints), stitches(lower.moved(0, -4), paints))
    )
    return Part(
        outline,
        paints.trim if ribbed else paints.main,
        marks=marks,
        patterned=not ribbed,
        grain=round(-made.angle, 1),
        bulge=6,
        lift=0.35,
    )


def hem_marks(cut: Cut, paints: Paints, rise: float = 9.0, sag: float = 5.0) -> tuple[Mark, ...]:
    """The stitched hem of a torso."""
    half = hem_line(cut, sag)
    whole = join(half, half.mirrored().reversed())
    low = whole.scaled(0.985, 1.0).moved(0, -rise)
    return (stitches(low, paints), stitches(low.moved(0, 3), paints, 0.7))


def torso_folds(cut: Cut, rng: Random) -> tuple[Fold, ...]:
    """Furrows from the armpits to the waist, and soft waves down to the hem."""
    ax, ay = cut.armpit_point
    long = cut.hem - ay
    pulls = creases(
        [(ax - 14, ay + 6), (ax * 0.62, ay + 34), (ax * 0.42, ay + 74)],
        [(ax - 8, ay + 26), (ax * 0.72, ay + 62), (ax * 0.6, ay + 100)],
        depth=2.6,
        width=11,
    )
    falls: list[Fold] = []
    for x in (-0.72, -0.28, 0.22, 0.66):
        x += rng.uniform(-0.1, 0.1)
        start = ay + long * rng.uniform(0.35, 0.6)
        falls += creases(
            [(x * ax, start), (x * ax * 1.04 + rng.uniform(-5, 5), (start + cut.hem) / 2), (x * ax * 1.1, cut.hem + 4)],
            depth=rng.uniform(1.2, 2.4),
            width=rng.uniform(11, 17),
        )
    return (*both_folds(pulls), *falls)


def _sleeve_hem(outer: complex, inner: complex, down: complex, paints: Paints) -> tuple[Mark, ...]:
    edge = line(_at(outer - down * 8), _at(inner - down * 8))
    return (stitches(edge, paints), stitches(edge.moved(0, 2.8), paints, 0.7))


def _sleeve_folds(
    crown: complex, armpit: complex, end: complex, down: complex, out: complex, made: Sleeve, rng: Random
) -> tuple[Fold, ...]:
    folds = list(
        creases(
            [_at(armpit + out * 2), _at(armpit + out * 16 - down * 8), _at(armpit + out * 34 - down * 30)],
            depth=2.6,
            width=9,
        )
    )
    if made.length > 120:
        for share in (0.34, 0.44, 0.55, 0.66, 0.82):
            at = crown + (end - crown) * share + out * rng.uniform(-8, 2)
            reach = rng.uniform(16, 26)
            folds += creases(
                [
                    _at(at - out * reach - down * 7),
                    _at(at + down * rng.uniform(-3, 5)),
                    _at(at + out * reach * 0.7 - down * 9),
                ],
                depth=rng.uniform(1.5, 2.8),
                width=rng.uniform(8, 11),
            )
    return tuple(folds)


def _half(made: Sleeve, spec: Spec) -> float:
    """Half the width of a sleeve's end."""
    return made.cuff + {"relaxed": 4, "oversized": 4, "slim": -2}.get(spec.fit, 0)


def _end(cut: Cut, made: Sleeve, spec: Spec) -> complex:
    """The middle of a sleeve's end: its outer edge runs straight down from the shoulder."""
    angle = math.radians(made.angle)
    down = complex(math.sin(angle), math.cos(angle))
    out = complex(down.imag, -down.real)
    return complex(*cut.shoulder_point) + down * made.length + out * (2 - _half(made, spec))


def _at(value: complex) -> Point:
    return value.real, value.imag


_KNITTED = ("sweater", "cardigan", "sweatshirt", "t-shirt", "hoodie")
"""Kinds whose neck is finished with a knitted band."""


def neck_parts(spec: Spec, cut: Cut, paints: Paints) -> tuple[list[Part], list[Part]]:
    """Parts behind the torso at the neck, and parts on it."""
    if spec.neck == "turtleneck":
        return [], _roll(cut, paints)
    if spec.neck == "hood":
        return hood(cut, paints)
    if spec.neck == "collar":
        return [back(cut, paints, label=False), _stand(cut, paints)], _leaves(spec, cut, paints)
    front = [_band(spec, neckline(spec.neck, cut), paints)]
    if spec.kind == "blouse" and spec.neck == "v-neck":
        front += _tied(cut, paints)
    return [back(cut, paints), _band(spec, _back_neckline(cut), paints)], front


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
    if spec.kind in _KNITTED:
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
