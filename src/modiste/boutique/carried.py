"""What a person wears or carries that isn't bent to the body: shoes, hats and bags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modiste.boutique.art import flat
from modiste.boutique.bending import Move, Plane, all_bent, bent, smooth
from modiste.boutique.body import ANKLE, HIP, KNEE, WAIST, Figure
from modiste.boutique.curves import curve, shape
from modiste.boutique.drawing import Drawing, Part
from modiste.boutique.poses import Limb
from modiste.boutique.soles import HEELS
from modiste.boutique.spec import Spec
from modiste.colour import Rgb

_FOOT = 0.33
"""Units of the body to one of a shoe's drawing."""
_OUTWARD = 0.17
"""The same along a foot, which points out and towards the viewer."""
_HATS = {"beanie": (121.0, 378.0, 29.0, 0.215), "cap": (122.0, 298.0, 27.0, 0.25), "sun hat": (95.0, 292.0, 24.0, 0.3),
         "bucket hat": (100.0, 276.0, 12.0, 0.27)}  # fmt: skip
"""Kind to half the width of its crown, a height of its drawing, where that is on the head, and how high it is drawn."""
_BAGS = {"handbag": (0.38, 214.0), "tote bag": (0.44, 206.0), "crossbody bag": (0.36, 276.0), "backpack": (0.42, 130.0)}
"""Kind to units of the body to one of its drawing, and the height at which its strap ends."""


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
    """How far a shoe raises the heel of the foot, in units of its drawing."""
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


def in_hand(figure: Figure) -> tuple[Limb, ...]:
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
    hands = sorted(in_hand(figure), key=lambda arm: arm.side != side)
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
