"""Trousers, shorts and skirts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from modiste.boutique.drawing.curves import Path, Point, box, curve, join, line, shape, symmetric
from modiste.boutique.drawing.details import button, creases, ribs, seam, stitches, stud
from modiste.boutique.drawing.materials import BRASS, Paints, darker
from modiste.boutique.drawing.parts import Drawing, Fold, Mark, Part, both, both_marks
from modiste.boutique.garments.patterns import emblem
from modiste.boutique.garments.spec import Spec


@dataclass(frozen=True)
class Legs:
    """Half widths and heights of trousers, in units of four to a centimetre."""

    waist: float
    hip: float
    knee: float
    ankle: float
    top: float = 60.0
    rise: float = 122.0
    hem: float = 462.0
    stance: float = 58.0
    """How far the middle of a foot is from the middle."""
    band: float = 17
    """Depth of the waistband."""


FITS: Mapping[str, tuple[float, float]] = {
        "skinny": (25, 18), "slim": (28, 22), "straight": (32, 31), "tapered": (35, 22), "relaxed": (38, 29),
        "regular": (36, 36), "wide": (44, 52), "flared": (28, 46)}  # fmt: skip
"""Half the width of a leg at the knee and at the ankle."""
_SHORTS = {"slim": 42, "regular": 48, "wide": 58}
_OWNERS: Mapping[str, tuple[float, float, float, float]] = {
    "Women": (69, 98, 134, 14),
    "Unisex": (76, 97, 124, 17),
    "Men": (84, 97, 112, 21),
}
"""Waist, hip, rise and waistband of further bottoms, which have to tell their owners apart by their proportions."""
_INSEAM = {"mini": 58.0, "knee": 110.0, "capri": 174.0, "cropped": 222.0, "regular": 286.0}
_PETITE = 0.86
"""Of the inseam; widths and rise lose less."""


def measures(spec: Spec) -> Legs:
    """The cut of a spec's legs."""
    if spec.size:
        return _further(spec)
    rng = spec.rng("legs")
    knee, ankle = FITS[spec.fit]
    waist, hip = 74 + rng.uniform(-2, 2), 95 + (knee - 30) * 0.3
    if spec.gender == "Men":
        waist, hip = waist + 8, hip - 1
    if spec.kind == "leggings":
        waist, hip = 62, 82
    if spec.kind == "shorts":
        wide = _SHORTS[spec.fit]
        hem = 60 + (178 if spec.length == "mini" else 246) + rng.uniform(-6, 6)
        return Legs(waist, hip, wide, wide + 3, hem=hem, stance=54 + (wide - 42) * 0.6)
    hem = {"cropped": 402, "regular": 468}[spec.length] + rng.uniform(-6, 6)
    return Legs(waist, hip, knee, ankle, hem=hem, stance=_stance(knee, ankle))


def _further(spec: Spec) -> Legs:
    """The cut of one of the further bottoms: a woman's curves out from a narrow waist, a man's falls straight."""
    rng = spec.rng("legs")
    waist, hip, rise, band = _OWNERS[spec.gender]
    knee, ankle = (_SHORTS[spec.fit], _SHORTS[spec.fit] + 3.0) if spec.kind == "shorts" else FITS[spec.fit]
    if spec.length == "capri":
        ankle = knee + (ankle - knee) * 0.55
    inseam, thin = _INSEAM[spec.length] + rng.uniform(-6, 6), 1.0
    if spec.size == "petite":
        inseam, rise, hip, thin = inseam * _PETITE, rise * 0.92, waist + (hip - waist) * 0.8, 0.88
    hip += (knee - 30) * (0.3 if spec.kind != "shorts" else 0.1)
    stance = 54 + (knee - 42) * 0.6 if spec.kind == "shorts" else _stance(knee, ankle)
    return Legs(
        waist=waist + rng.uniform(-1.5, 1.5),
        hip=hip + rng.uniform(-1.5, 1.5),
        knee=knee * thin,
        ankle=ankle * thin,
        rise=rise + rng.uniform(-3, 3),
        hem=60 + rise + inseam,
        stance=stance * (1 + thin) / 2,
        band=band,
    )


def _stance(knee: float, ankle: float) -> float:
    return 52 + max(0, ankle - 30) * 0.55 + (knee - 25) * 0.25


SKIRT_LENGTHS = {"mini": 158.0, "knee": 228.0, "midi": 304.0, "maxi": 392.0}
"""From the waist to the hem."""


@dataclass(frozen=True)
class _Cut:
    """Half widths and heights of a skirt."""

    waist: float
    top: float
    hip: float
    sweep: float
    """Half the width of the hem."""
    hem: float
    sag: float
    """How much lower the hem hangs in the middle than at the sides."""

    @property
    def foot(self) -> float:
        """The lowest point."""
        return self.hem + self.sag


def skirt(spec: Spec, paints: Paints, waist: float, top: float, length: float) -> Part:
    """A skirt that hangs from a waist of half width `waist` at the height `top`."""
    rng = spec.rng("skirt")
    flared = spec.fit != "slim"
    if flared:
        cut = _Cut(waist, top, waist + 34, waist + 34 + length * rng.uniform(0.24, 0.32), top + length, 17)
        sides = curve((waist, top), (cut.hip - 4, top + min(86.0, length * 0.45)), (cut.sweep, cut.hem))
    else:
        cut = _Cut(waist, top, waist + 22, waist + 22 - length * 0.035, top + length, 4)
        sides = curve((waist, top), (cut.hip - 3, top + 64), (cut.sweep, cut.hem))
    foot = curve((cut.sweep, cut.hem), (cut.sweep * 0.55, cut.hem + cut.sag * 0.8), (0, cut.foot))
    pleats = _pleats(cut) if flared and spec.fabric not in ("leather", "denim") and rng.random() < 0.35 else []
    folds = _pressed(pleats) if pleats else _falls(cut, rng) if flared else _pulls(cut)
    marks = (*_sewing(spec, cut, foot, flared, paints), *(seam(way, paints, 0.9, 0.5) for way in pleats))
    outline = symmetric(line((0, top + 4), (waist, top)), sides, foot)
    return Part(outline, paints.main, marks=marks, folds=folds, patterned=True, bulge=11, lift=0.4)


def _sewing(spec: Spec, cut: _Cut, foot: Path, flared: bool, paints: Paints) -> list[Mark]:
    """The hem, a slit in a narrow skirt, the front seam of a denim one."""
    whole = join(foot, foot.mirrored().reversed()).scaled(0.985, 1)
    marks = [stitches(whole.moved(0, -9), paints), stitches(whole.moved(0, -6.5), paints, 0.7)]
    if not flared:
        slit = line((cut.sweep * 0.42, cut.hem - (cut.hem - cut.top) * 0.28), (cut.sweep * 0.42, cut.hem + 2))
        marks.append(seam(slit, paints, 1.4))
    if spec.fabric == "denim":
        middle = line((0, cut.top), (0, cut.foot))
        marks += [stitches(middle, paints), seam(middle.moved(2.5, 0), paints)]
    return marks


def _pleats(cut: _Cut) -> list[Path]:
    ways = []
    for share in (-0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8):
        bottom = cut.foot - 14 * share * share
        middle = share * (cut.waist + cut.sweep) * 0.52, (cut.top + bottom) / 2
        ways.append(curve((share * cut.waist, cut.top + 3), middle, (share * cut.sweep, bottom)))
    return ways


def _pressed(pleats: list[Path]) -> tuple[Fold, ...]:
    return tuple(fold for way in pleats for fold in (Fold(way.moved(-2, 0), -4.0, 6), Fold(way.moved(5, 0), 3.5, 9)))


def _pulls(cut: _Cut) -> tuple[Fold, ...]:
    """Creases from the middle to the hips, where a narrow skirt is tight."""
    right = [(cut.waist * 0.2, cut.top + 50), (cut.waist * 0.8, cut.top + 42), (cut.waist * 1.2, cut.top + 26)]
    left = [(-x, y + 13) for x, y in right]
    return creases(right, left, depth=1.4, width=10)


def _falls(cut: _Cut, rng: Random) -> tuple[Fold, ...]:
    """Folds that widen from the waist to the hem."""
    ways = []
    for centre in (-0.78, -0.52, -0.2, 0.12, 0.4, 0.7):
        share = centre + rng.uniform(-0.06, 0.06)
        down = rng.uniform(0.05, 0.35)
        start = share * (cut.waist + (cut.sweep - cut.waist) * down), cut.top + (cut.foot - cut.top) * down
        middle = share * (cut.waist + cut.sweep) * 0.53, (start[1] + cut.foot) / 2
        ways.append([start, middle, (share * cut.sweep * 1.02, cut.foot - 10 * share * share)])
    return creases(*ways, depth=3.2, width=14)


def draw_bottom(spec: Spec, paints: Paints) -> Drawing:
    """The parts of trousers, shorts or a skirt."""
    if spec.kind == "skirt":
        return Drawing(tuple(_skirt(spec, paints)))
    legs = measures(spec)
    return Drawing(
        (
            _inside(legs, paints),
            *leg_parts(spec, legs, paints),
            *_cuffs(spec, legs, paints),
            _waistband(spec, legs, paints),
        )
    )


def leg_parts(spec: Spec, legs: Legs, paints: Paints, waistless: bool = False) -> list[Part]:
    """Both legs, the one with the fly on top."""
    right = _leg(spec, legs, paints)
    left = right.mirrored()
    if waistless:
        return [left, right]
    return [left, Part(**{**right.__dict__, "marks": (*right.marks, *_fly(spec, legs, paints))})]


def _leg(spec: Spec, legs: Legs, paints: Paints) -> Part:
    top, crotch = legs.top, legs.top + legs.rise
    knee_y = crotch + (max(legs.hem, 380) - crotch) * 0.48
    short = legs.hem < knee_y + 30
    foot = legs.stance
    knee_x = foot * 0.93
    outer = [(legs.waist, top), (legs.hip, top + legs.rise * 0.66)]
    inner = [(1.0, crotch), (6.0, crotch + 12)]
    if not short:
        outer.append((knee_x + legs.knee, knee_y))
        inner.append((knee_x - legs.knee, knee_y))
    ends = (foot + legs.ankle, legs.hem), (foot, legs.hem + 4), (foot - legs.ankle, legs.hem + 1)
    side = curve(*outer, ends[0])
    seam_in = line(ends[2], inner[0]) if short else curve(ends[2], *reversed(inner))
    outline = shape(line((0, top), (legs.waist, top)), side, curve(*ends), seam_in, line((1.0, crotch), (0, top)))
    marks = [seam(line((0.5, top), (1.0, crotch)), paints), *_leg_marks(spec, legs, side, ends, paints)]
    return Part(
        outline,
        paints.main,
        marks=tuple(marks),
        folds=_leg_folds(spec, legs, knee_y, short),
        patterned=True,
        bulge=9 if spec.fit != "skinny" else 15,
    )


def _leg_marks(spec: Spec, legs: Legs, side: Path, ends: tuple[Point, Point, Point], paints: Paints) -> list[Mark]:
    hem = curve(*ends).moved(0, -10)
    inset = hem.scaled(0.97, 1, about=(legs.stance, legs.hem))
    marks = [] if spec.kind in ("joggers",) else [stitches(inset, paints)]
    if spec.kind == "leggings":
        return [
            *marks,
            seam(
                curve((legs.waist * 0.2, legs.top), (legs.hip * 0.5, legs.top + 100), (legs.stance, legs.hem - 60)),
                paints,
                0.8,
                0.35,
            ),
        ]
    if spec.fabric == "denim":
        marks += [stitches(side.moved(-5, 0), paints), stitches(side.moved(-7.5, 0), paints, 0.7)]
        pocket = curve(
            (legs.waist * 0.46, legs.top), (legs.waist * 0.62, legs.top + 34), (legs.hip * 0.93, legs.top + 44)
        )
        marks += [Mark(pocket, stroke=paints.seam, width=1.4, opacity=0.8), stitches(pocket.moved(0, 3), paints)]
        marks += [stitches(pocket.moved(0, 5.5), paints, 0.7)]
        marks += [*stud((legs.waist * 0.47, legs.top + 5), BRASS), *stud((legs.hip * 0.88, legs.top + 42), BRASS)]
        return marks
    slash = curve((legs.waist * 0.72, legs.top + 3), (legs.hip * 0.9, legs.top + 62))
    return [*marks, seam(slash, paints, 1.4, 0.9), stitches(slash.moved(-3, 1), paints, 0.6)]


def _fly(spec: Spec, legs: Legs, paints: Paints) -> tuple[Mark, ...]:
    """The stitched J of the fly."""
    if spec.kind in ("leggings", "joggers"):
        return ()
    low = legs.top + legs.rise * 0.7
    bend = curve((16, legs.top), (16, low - 18), (12, low - 4), (1, low + 4))
    return (
        (stitches(bend, paints), stitches(bend.moved(-2.6, -1), paints, 0.7))
        if spec.fabric == "denim"
        else (stitches(bend, paints, 0.8),)
    )


def _leg_folds(spec: Spec, legs: Legs, knee: float, short: bool) -> tuple[Fold, ...]:
    rng = spec.rng("leg folds")
    crotch, foot = legs.top + legs.rise, legs.stance
    folds = list(creases(
        [(4, crotch - 4), (legs.hip * 0.4, crotch - 14), (legs.hip * 0.8, crotch - 34)],
        [(8, crotch + 8), (legs.hip * 0.45, crotch + 14), (legs.hip * 0.85, crotch + 6)],
        depth=2.0, width=9,
    ))  # fmt: skip
    if spec.kind == "trousers":
        folds += [Fold(curve((legs.waist * 0.5, legs.top + 30), (foot * 0.98, knee), (foot, legs.hem)), 3.4, 5)]
    if spec.fabric == "denim" and not short:
        folds += [
            Fold(curve((legs.hip * 0.55, crotch - 50), (foot * 0.95, knee - 20), (foot, knee + 50)), 0, 44, tone=0.5)
        ]
    if not short:
        for share in (0.36, 0.46, 0.56, 0.9):
            y = crotch + (legs.hem - crotch) * (share + rng.uniform(-0.03, 0.03))
            reach = legs.knee * rng.uniform(0.5, 0.9)
            lean = rng.choice([-1, 1]) * rng.uniform(3, 9)
            folds += creases(
                [(foot - reach, y - lean), (foot, y + rng.uniform(-2, 3)), (foot + reach, y + lean)],
                depth=rng.uniform(1.2, 2.4),
                width=9,
            )
    fall = [(foot + rng.uniform(-14, 0), crotch + 30), (foot + rng.uniform(-8, 8), legs.hem + 4)]
    return (
        *folds,
        *creases(
            [fall[0], ((fall[0][0] + fall[1][0]) / 2 + 3, (fall[0][1] + fall[1][1]) / 2), fall[1]], depth=1.6, width=14
        ),
    )


def _inside(legs: Legs, paints: Paints) -> Part:
    """The back of the waist, seen from within."""
    half, top = legs.waist - 1, legs.top
    outline = symmetric(
        curve((0, top - 9), (half * 0.6, top - 11), (half, top - 16)),
        line((half, top - 16), (half, top + 6)),
        line((half, top + 6), (0, top + 8)),
    )
    label = Mark(box(-9, top - 7, 9, top + 3), fill=(234, 228, 218))
    return Part(outline, paints.inside, marks=(label,), bulge=2, lift=0.2)


def _waistband(spec: Spec, legs: Legs, paints: Paints) -> Part:
    half, top = legs.waist, legs.top
    deep = 24 if spec.kind in ("leggings", "joggers") else legs.band
    upper = curve((0, top - 4), (half * 0.6, top - 8), (half + 0.5, top - 16))
    lower = curve((0, top + deep - 4), (half * 0.6, top + deep - 8), (half + 2.5, top + deep - 15))
    outline = symmetric(upper, line(upper.end, lower.end), lower.reversed())
    whole = [join(half_line.mirrored().reversed(), half_line) for half_line in (upper, lower)]
    if spec.kind in ("leggings", "joggers"):
        marks = (
            ribs(whole[0], whole[1], paints, round(half / 2.6), 0.3)
            if spec.kind == "joggers"
            else (stitches(whole[1].moved(0, -4), paints),)
        )
        cord = _drawstring(top + deep - 8) if spec.kind == "joggers" else ()
        return Part(
            outline,
            paints.trim if spec.kind == "joggers" else paints.main,
            marks=(*marks, *cord),
            patterned=spec.kind == "leggings",
            bulge=7,
            lift=0.3,
        )
    shares = () if spec.kind == "skirt" and spec.fabric != "denim" else (0.42, 0.86)
    corners = [(x * half, top - 5 - 9 * x * x) for x in shares]
    loops = both_marks(
        Mark(box(x - 3, y - 3, x + 3, y + deep + 3, 1), fill=paints.main, stroke=paints.seam, width=0.9)
        for x, y in corners
    )
    edges = (stitches(whole[0].moved(0, 3), paints, 0.7), stitches(whole[1].moved(0, -2.5), paints, 0.7))
    fastening = stud((3, top + 4), BRASS, 4.2) if spec.fabric == "denim" else button((3, top + 4), paints, 4)
    marks = (*edges, seam(line((12, top - 5), (12, top + deep - 5)), paints, 0.9), *loops, *fastening)
    return Part(outline, paints.main, marks=marks, patterned=True, bulge=4, lift=0.35)


def _drawstring(y: float) -> tuple[Mark, ...]:
    cord = (238, 236, 230)
    ways = curve((-4, y), (-9, y + 26), (-6, y + 58)), curve((4, y), (10, y + 30), (9, y + 66))
    shadows = tuple(Mark(way.moved(1, 1.5), stroke=(20, 16, 24), width=3.4, opacity=0.3) for way in ways)
    return (
        *shadows,
        *(Mark(way, stroke=cord, width=3.2) for way in ways),
        *(Mark(way, stroke=darker(cord, 0.2), width=3.2, dash=(0.8, 2.6), opacity=0.5) for way in ways),
    )


def _cuffs(spec: Spec, legs: Legs, paints: Paints) -> list[Part]:
    """The knitted ends of joggers; their print."""
    if spec.kind != "joggers":
        return []
    foot, half, hem = legs.stance, legs.ankle - 4, legs.hem
    upper, lower = (
        line((foot - half - 1, hem - 1), (foot + half + 1, hem - 2)),
        line((foot - half + 1, hem + 26), (foot + half - 1, hem + 25)),
    )
    cuff = Part(shape(upper, lower.reversed()), paints.trim, marks=ribs(upper, lower, paints, 11), bulge=7, lift=0.2)
    sign = [
        Part(mark.path, mark.fill or paints.second, bulge=1, lift=0)
        for mark in emblem(spec, paints, (legs.hip * 0.62, legs.top + 96), 13)
    ]
    return [*both(cuff), *sign]


def _skirt(spec: Spec, paints: Paints) -> list[Part]:
    """A skirt with its waistband."""
    waist, top = 66.0, 90.0
    legs = Legs(waist, 0, 0, 0, top=top)
    cloth = skirt(spec, paints, waist, top, SKIRT_LENGTHS[spec.length])
    return [_inside(legs, paints), cloth, _waistband(spec, legs, paints)]
