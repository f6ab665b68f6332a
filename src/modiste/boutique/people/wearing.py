"""Clothes on a body: the flat drawing of a product is bent along trunk, arms and legs.

A garment lies flatter and wider on a table than around a body. Its width becomes that of the body and some ease, or
about three quarters of the flat one, whichever is more; its lengths shrink less.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from modiste.boutique.drawing.curves import curve, shape
from modiste.boutique.drawing.parts import Drawing, Move, Part, Plane, all_bent, bent, halves, smooth
from modiste.boutique.garments.photo import flat
from modiste.boutique.garments.shoes import HEELS
from modiste.boutique.garments.spec import KINDS, Spec
from modiste.boutique.people.body import ANKLE, ARMPIT, CROTCH, HIP, KNEE, NECK, SHOULDER, SIDES, WAIST, Figure, Limb
from modiste.catalog.categories import tryon_region
from modiste.colour import Rgb

_Values = NDArray[np.float64]

_ROUND = 0.74
"""How wide a garment looks around a body, of its width on a table."""
_ROOMS = {"top": (0.0, 5.0), "outer": (4.0, 8.0)}
"""Region to how many units wider than needed a garment is, at the shoulders and from the waist down: there is something
under it."""
_HEM = 468.0
"""Where trousers end on a table."""
_TALL = 150.0
"""A part that is less high is no front, skirt or leg."""
_SLIT = np.arange(-20.0, 760.0, 12.0)
"""Heights at which a flat garment is measured."""

_FOOT = 0.33
"""Units of the body to one of a shoe's drawing."""
_OUTWARD = 0.17
"""The same along a foot, which points out and towards the viewer."""
_HATS = {"beanie": (121.0, 378.0, 29.0, 0.215), "cap": (122.0, 298.0, 27.0, 0.25), "sun hat": (95.0, 292.0, 24.0, 0.3),
         "bucket hat": (100.0, 276.0, 12.0, 0.27)}  # fmt: skip
"""Kind to half the width of its crown, a height of its drawing, where that is on the head, and how high it is drawn."""
_BAGS = {"handbag": (0.38, 214.0), "tote bag": (0.44, 206.0), "crossbody bag": (0.36, 276.0), "backpack": (0.42, 130.0)}
"""Kind to units of the body to one of its drawing, and the height at which its strap ends."""


@dataclass(frozen=True)
class Worn:
    """A garment on a body, in the pieces between which the body's own come."""

    behind: Drawing
    """What is seen behind the neck."""
    body: Drawing
    sleeves: tuple[Drawing, Drawing]
    """On the left and on the right of the picture."""


def wear(spec: Spec, figure: Figure, *, opened: bool = False, under: bool = False) -> Worn:
    """A top, a bottom, a dress or a jacket on a figure.

    Args:
        opened: whether a jacket shows what is under it.
        under: whether there is a jacket over it, whose sleeves are as wide as its own may be.
    """
    room = _ROOMS.get(tryon_region(spec.kind) or "", (0.0, 0.0))
    parts = flat(spec).parts
    sleeves = [part for part in parts if _is_sleeve(part)]
    grains = {abs(part.grain) for part in sleeves}
    cuffs = [part for part in parts if part not in sleeves and abs(part.grain) in grains and _is_low(part)]
    arms = [part for part in parts if part in sleeves or part in cuffs]
    rest = [part for part in parts if part not in arms]
    lengths = _lengths(spec, figure)
    trunk = _Trunk(
        figure,
        _main(rest),
        lengths,
        bare=not sleeves and spec.kind in _WITH_SHOULDERS,
        opened=opened,
        under=under,
        room=room,
    )
    behind = [part for at, part in enumerate(rest) if _is_behind(part, rest[:at])]
    front = [part for part in rest if part not in behind]
    pieces = [half for part in front for half in (halves(part) if opened else (part,))]
    return Worn(
        Drawing(tuple(bent(part, trunk.move, figure.scale) for part in behind)),
        Drawing(tuple(_lower(spec, pieces, trunk, figure))),
        _sleeves(arms, sleeves, trunk, under),
    )


_WITH_SHOULDERS = tuple(kind for kind, known in KINDS.items() if known.sleeves or known.necks)


def _lengths(spec: Spec, figure: Figure) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Heights on the table, and where they are on the body."""
    if spec.kind == "skirt":
        return (60, 90, 500), (WAIST - 28, WAIST - 2, WAIST + 380)
    if KINDS[spec.kind].family == "bottoms":
        waist = WAIST + (8 if spec.gender == "Men" else 0)
        return (40, 60, 182, _HEM), (waist - 16, waist, CROTCH + 3, CROTCH + 288)
    high = (40, 100, 119, 196), (NECK - 14, SHOULDER - 16, SHOULDER, SHOULDER + 64)
    if spec.kind == "jumpsuit":
        return (*high[0], 296, 417, 688), (*high[1], WAIST, CROTCH + 4, CROTCH + 290)
    if KINDS[spec.kind].family == "dresses":
        return (*high[0], 296, 700), (*high[1], WAIST, WAIST + 376)
    return (*high[0], 700), (*high[1], SHOULDER + 64 + 504 * 0.84)


class _Trunk:
    """The move of everything that neither arms nor legs carry."""

    def __init__(
        self,
        figure: Figure,
        main: Sequence[Part],
        lengths: tuple[tuple[float, ...], tuple[float, ...]],
        bare: bool,
        opened: bool,
        under: bool,
        room: tuple[float, float],
    ) -> None:
        self.figure, self.lengths, self.opened, self.room = figure, lengths, opened, room
        edges = [part.shape.bounds() for part in main]
        tall = np.clip(
            _SLIT, max(122.0 if 119 in lengths[0] else 0.0, min(e[1] for e in edges) + 6), max(e[3] for e in edges) - 24
        )
        flat_half = np.array([max(part.shape.span(float(y))[1] for part in main) for y in tall])
        known = flat_half > 1
        flat_half = np.interp(_SLIT, _SLIT[known], flat_half[known])
        worn = np.interp(_SLIT, *lengths)
        if under:
            self.room = (0.0, 0.0)
        cloth = (_ROUND + 0.12 * smooth(worn, HIP, CROTCH + 60)) * flat_half
        limit = 30.0 if lengths[0][-1] == _HEM else 120.0 if under else math.inf
        self.scales = tuple(
            self._scale(self._wanted(reach, cloth, worn, limit), flat_half, worn, bare) for reach in figure.reach(worn)
        )

    def _wanted(self, reach: _Values, cloth: _Values, worn: _Values, limit: float) -> _Values:
        """Half the width: the cloth's own if that covers the body, and if it isn't held in by a waist or a jacket."""
        least = reach + self._ease(worn)
        if limit < math.inf:
            cloth = np.minimum(cloth, least + 1 + limit * smooth(worn, WAIST + 10, CROTCH + 10))
        return np.asarray(np.maximum(least, cloth), np.float64)

    def _ease(self, worn: _Values) -> _Values:
        slack = np.interp(worn, (SHOULDER, SHOULDER + 66, WAIST, HIP), (0, 2.5, 2.5, 3.0))
        return np.asarray(slack + np.interp(worn, (ARMPIT, WAIST), self.room), np.float64)

    def _scale(self, wanted: _Values, flat_half: _Values, worn: _Values, bare: bool) -> _Values:
        """Factor of the flat width at each height: at the shoulders the body's, below it the cloth's."""
        below = wanted / flat_half
        shoulder = (self.figure.build.joint + 4 + self.room[0]) / flat_half[int(np.argmin(np.abs(_SLIT - 122)))]
        above = _ROUND if bare else float(np.clip(shoulder, 0.62, 0.84))
        share = smooth(worn, SHOULDER + 8, SHOULDER + 62)
        return np.asarray(_calm(above + (below - above) * share), np.float64)

    def posed(self, points: Plane) -> Plane:
        """On the posed body, in its units."""
        x, y = points.real, points.imag
        left, right = (np.interp(y, _SLIT, scale) for scale in self.scales)
        across, down = x * np.where(x < 0, left, right), np.interp(y, *self.lengths)
        if self.opened:
            across = self._opened(across, down)
        return self.figure.trunk(np.asarray(across + 1j * down, np.complex128))

    def move(self, points: Plane) -> Plane:
        """In the picture."""
        return self.figure.placed(self.posed(points))

    def _opened(self, across: _Values, down: _Values) -> _Values:
        gap = np.interp(down, (SHOULDER - 6, SHOULDER + 30, HIP, 620), (2, 22, 36, 46))
        return np.asarray(across + np.sign(across) * gap * np.exp(-np.abs(across) / 46), np.float64)


def _lower(spec: Spec, parts: Sequence[Part], trunk: _Trunk, figure: Figure) -> list[Part]:
    """The garment's body, its trouser legs on the legs."""
    legs = {side: leg for side in SIDES for leg in parts if _is_leg(spec, leg) and _side(leg) == side}
    made = []
    for part in parts:
        side = _side(part)
        if side and side in legs and part.shape.bounds()[3] > _crotch(spec) - 60:
            limb = figure.legs[(side + 1) // 2]
            made.append(bent(part, _leg(spec, legs[side], limb, trunk), figure.scale, -side * limb.bend.upper))
        else:
            made.append(bent(part, trunk.move, figure.scale))
    return made


def _leg(spec: Spec, leg: Part, limb: Limb, trunk: _Trunk) -> Move:
    """Cloth that goes over from the hips to one leg."""
    figure, side = trunk.figure, limb.side
    _, top, _, foot = leg.shape.bounds()
    levels = np.linspace(max(top + 4, _crotch(spec) + 4), foot - 7, 24)
    spans = np.array([leg.shape.span(float(y)) for y in levels])
    middles, half = spans.mean(1), np.maximum((spans[:, 1] - spans[:, 0]) / 2, 1)
    along = np.interp(levels, *trunk.lengths) - (HIP + 10)
    wide = np.maximum(figure.build.leg(along) + 2.0, half * _ROUND)

    def move(points: Plane) -> Plane:
        y = points.imag
        down = np.interp(y, *trunk.lengths)
        across = (points.real - np.interp(y, levels, middles)) * np.interp(y, levels, wide / half) * side
        on_leg = limb.at(down - (HIP + 10), across)
        share = smooth(down, CROTCH - 52, CROTCH + 30)
        return figure.placed(trunk.posed(points) * (1 - share) + on_leg * share)

    return move


def _sleeves(arms: Sequence[Part], sleeves: Sequence[Part], trunk: _Trunk, under: bool) -> tuple[Drawing, Drawing]:
    made, figure = [], trunk.figure
    for side, limb in zip(SIDES, figure.arms, strict=True):
        own = next((part for part in sleeves if _side(part) == side), None)
        if own is None:
            made.append(Drawing())
            continue
        cloth = _Sleeve(own, [part for part in arms if _side(part) == side], limb, trunk, under)
        turn = -side * (limb.bend.upper + limb.bend.lower) / 2 - own.grain
        parts = (replace(part, bulge=max(part.bulge, 12)) for part in arms if _side(part) == side)
        made.append(Drawing(tuple(bent(part, cloth.move, figure.scale, turn) for part in parts)))
    return made[0], made[1]


class _Sleeve:
    """The move of one sleeve: off the trunk at the armhole, and along the arm."""

    def __init__(self, part: Part, parts: Sequence[Part], limb: Limb, trunk: _Trunk, under: bool) -> None:
        self.limb, self.trunk, self.side = limb, trunk, limb.side
        angle = math.radians(abs(part.grain))
        self.down = complex(math.sin(angle), math.cos(angle))
        self.crown = self._right(part.shape.cubics[0][3]) - complex(1.5, 1)
        self.armpit = self._right(part.shape.cubics[-3][0])
        upright = part.shape.mapped(lambda point: complex(*reversed(self._local(self._right(point)))))
        levels = np.linspace((self.armpit - self.crown).imag * 0.9, upright.bounds()[3] - 3, 16)
        spans = np.array([upright.span(float(level)) for level in levels])
        half = np.maximum((spans[:, 1] - spans[:, 0]) / 2, 4)
        self.levels = levels
        self.middles = np.interp(levels, levels, spans[:, 1] - half)
        self.half = half
        ends = [self._local(self._right(point))[0] for each in parts for _, _, _, point in each.shape.cubics]
        self.shrink = (limb.length + 20) / max(ends) if max(ends) > 225 else 0.82
        loose = max(1.5, half[-1] * _ROUND - float(self._arm(max(levels) * self.shrink)) - 1)
        loose = min(loose, 2.0) if under else loose
        self.wide = np.maximum(
            self._arm(levels * self.shrink - 14) + 1.5 + trunk.room[0] + loose * 0.8, half * (0.4 if under else 0.6)
        )

    def move(self, points: Plane) -> Plane:
        """In the picture."""
        right = points if self.side > 0 else -np.conj(points)
        local = (right - self.crown) / self.down
        along, across = local.real, -local.imag
        over = (across - np.interp(along, self.levels, self.middles)) / np.interp(along, self.levels, self.half)
        seen = along * self.shrink - 14
        wide = np.interp(along, self.levels, self.wide)
        cap = self._arm(seen) + 3 + self.trunk.room[0] + (wide - self._arm(26.0)) * 0.6
        wide = np.where(seen < 26, np.minimum(wide, cap), wide)
        on_arm = self.limb.at(seen, over * wide)
        hole = (self.armpit - self.crown) / abs(self.armpit - self.crown)
        beyond = ((right - self.crown) / hole).imag * -1
        under = (self.armpit - self.crown).imag
        share = np.maximum(smooth(beyond, -6, 26), smooth(along, under * 0.6, under + 45))
        return self.trunk.figure.placed(self.trunk.posed(points) * (1 - share) + on_arm * share)

    def _arm(self, along: _Values | float) -> _Values:
        return self.trunk.figure.build.arm(np.asarray(along, np.float64))

    def _right(self, point: complex) -> complex:
        return complex(point.real * self.side, point.imag)

    def _local(self, point: complex) -> tuple[float, float]:
        """Distance down the sleeve, and outwards."""
        turned = (point - self.crown) / self.down
        return turned.real, -turned.imag


def _is_sleeve(part: Part) -> bool:
    first = part.shape.cubics[0][3]
    return bool(part.grain) and bool(_side(part)) and abs(first.real) > 58 and 108 < first.imag < 136 and _is_low(part)


def _is_low(part: Part) -> bool:
    return bool(_side(part)) and part.shape.bounds()[3] > 165


def _is_behind(part: Part, before: Sequence[Part]) -> bool:
    """Necks and collars at the back: what is drawn before the main part, or stands up across the middle."""
    left, top, right, bottom = part.shape.bounds()
    if bottom - top < _TALL and all(_tall(other) < _TALL for other in before):
        return True
    return left < 0 < right and bottom < 122 and top < 97


def _is_leg(spec: Spec, part: Part) -> bool:
    _, top, _, bottom = part.shape.bounds()
    return (
        (KINDS[spec.kind].family == "bottoms" or spec.kind == "jumpsuit") and bool(_side(part)) and bottom - top > 140
    )


def _tall(part: Part) -> float:
    _, top, _, bottom = part.shape.bounds()
    return bottom - top


def _crotch(spec: Spec) -> float:
    return 417.0 if spec.kind == "jumpsuit" else 182.0


def _side(part: Part) -> int:
    """-1 or 1 where a part is on one side of the middle, or 0."""
    left, _, right, _ = part.shape.bounds()
    return 1 if left > -14 and right > 14 else -1 if right < 14 and left < -14 else 0


def _main(parts: Sequence[Part]) -> list[Part]:
    """The parts that say how wide the garment is: the large ones."""
    tall = [(_tall(part), part) for part in parts]
    highest = max(height for height, _ in tall)
    return [part for height, part in tall if height > 0.3 * highest and part.shape.bounds()[2] > 40]


def _calm(values: _Values) -> _Values:
    """Without the jumps between two parts of a garment."""
    padded = np.pad(values, 2, mode="edge")
    return np.asarray(np.convolve(padded, np.array([1, 2, 3, 2, 1]) / 9, "valid"), np.float64)


def feet(spec: Spec | None, figure: Figure, skin: Rgb) -> Drawing:
    """Bare feet, in the shape that shoes give them."""
    lift = _lift(spec)
    outline = shape(
        curve((14, -14 - lift), (8, -50 - lift), (20, -106 - lift), (24, -150 - lift)),
        curve((100, -150 - lift), (108, -104 - lift), (160, -70 - lift * 0.62), (236, -42), (288, -22), (286, -6)),
        curve((286, -6), (180, -8), (90, -12 - lift * 0.8), (14, -14 - lift)),
    )
    foot = Part(outline, skin, bulge=26, lift=0.2)
    return Drawing(tuple(bent(foot, _step(limb, figure, lift), figure.scale * _FOOT) for limb in figure.legs))


def shoes(spec: Spec, figure: Figure) -> Drawing:
    """A pair of shoes on the feet, their toes turned out."""
    parts = flat(spec).parts
    pair, lift = parts[len(parts) // 2 :], _lift(spec)
    return Drawing(tuple(
        bent(part, _step(limb, figure, lift), figure.scale * _FOOT) for limb in figure.legs for part in pair
    ))  # fmt: skip


def _lift(spec: Spec | None) -> float:
    """Height by which a shoe raises the heel of the foot, in units of its drawing."""
    rise = HEELS.get(spec.heel, 0.0) if spec else 0.0
    return rise * (0.62 if spec and spec.kind == "boots" else 1.0)


def _step(limb: Limb, figure: Figure, lift: float) -> Move:
    ground = limb.point(limb.length) + 1j * (32 + lift * _FOOT * 0.9)

    def move(points: Plane) -> Plane:
        x, y = points.real - 62, points.imag
        on_foot = ground + x * _OUTWARD * limb.side + 1j * (y * _FOOT + x * 0.055)
        along = limb.length + 32 + y * _FOOT + lift * _FOOT * 0.9
        on_leg = limb.at(along, x / 58 * (figure.build.leg(along) + 3.0))
        share = smooth(-y - lift, 70, 140)
        return figure.placed(on_foot * (1 - share) + on_leg * share)

    return move


def hat(spec: Spec, figure: Figure) -> Drawing:
    """A hat on the head, a cap's visor to the side that the person looks to."""
    half, level, at, high = _HATS[spec.kind]
    side = -1 if spec.kind == "cap" and figure.pose.turn < 0 else 1

    def move(points: Plane) -> Plane:
        x = points.real * side * 37.5 / half + figure.pose.turn * 2
        return figure.placed(figure.head(x + 1j * (at + (points.imag - level) * high)))

    return all_bent(flat(spec).parts, move, figure.scale * 37.5 / half)


def _in_hand(figure: Figure) -> tuple[Limb, ...]:
    """The arms whose hand could hold a bag: those that hang down."""
    return tuple(arm for arm in figure.arms if arm.bend.short == 1.0 and -6 < arm.bend.lower < 26)


def bag(spec: Spec, figure: Figure, held: bool, side: int) -> Drawing:
    """A bag that hangs from a hand, or from a shoulder.

    Args:
        held: whether it is rather held in a hand, if one is free.
        side: from which shoulder it hangs otherwise, or which hand is preferred.
    """
    parts, (size, foot) = flat(spec).parts, _BAGS[spec.kind]
    top = min(part.shape.bounds()[1] for part in parts)
    hands = sorted(_in_hand(figure), key=lambda arm: arm.side != side)
    if held and hands and spec.kind != "crossbody bag":
        grip = hands[0].point(hands[0].length + 40)
        return _hung(parts, figure, lambda points: grip + (points - 1j * (top + 8)) * size, size)
    limb = figure.arms[(side + 1) // 2]
    hook = limb.joint + complex(-side * 13, -19)
    end = complex(side * (float(figure.build.trunk(np.array([HIP]))[0]) + 8), WAIST + 30)

    def move(points: Plane) -> Plane:
        """Below the strap as it is; the strap is drawn up to the shoulder and together."""
        share = np.clip((foot - points.imag) / (foot - top), 0, 1)
        at = end + (points.real + 1j * (points.imag - foot)) * size
        strap = end + (hook - end) * share + points.real * size * (1 - share) ** 0.7 * 0.8 + points.real * 0.06
        return np.asarray(np.where(share > 0, strap, at), np.complex128)

    return _hung(parts, figure, move, size)


def _hung(parts: Sequence[Part], figure: Figure, move: Move, size: float) -> Drawing:
    return all_bent(parts, lambda points: figure.placed(move(points)), figure.scale * size)


def hose(figure: Figure, colour: Rgb, knee: bool) -> Drawing:
    """Tights, or socks that end below the knee."""
    start = float(KNEE - HIP + 40 if knee else -4)
    along = np.linspace(start, float(ANKLE - HIP), 14)
    wide = figure.build.leg(along) + 0.8
    right = [(float(x), float(y)) for x, y in zip(wide, along, strict=True)]
    outline = shape(curve(*right), curve(*((-x, y) for x, y in reversed(right))))
    part = Part(outline, colour, bulge=20, lift=0.1)
    moves = ((lambda points, leg=leg: figure.placed(leg.at(points.imag, points.real))) for leg in figure.legs)
    return Drawing(tuple(bent(part, move, figure.scale) for move in moves))
