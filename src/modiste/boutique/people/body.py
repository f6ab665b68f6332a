"""How a person stands: angles of the limbs, and a limb as a bent strip that cloth can be laid along."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random

import numpy as np
from numpy.typing import NDArray

from modiste.boutique.drawing.curves import Path, curve, line, shape, symmetric
from modiste.boutique.drawing.materials import darker, mix
from modiste.boutique.drawing.parts import Drawing, Mark, Move, Part, Plane, all_bent, bent
from modiste.colour import Rgb


@dataclass(frozen=True)
class Bend:
    """Of an arm or a leg: degrees outward from straight down, of its upper and its lower half."""

    upper: float
    lower: float
    short: float = 1.0
    """How long the lower half looks, where it points towards the viewer."""


@dataclass(frozen=True)
class Pose:
    """A way to stand. Pairs are the left side of the picture, then the right."""

    arms: tuple[Bend, Bend]
    legs: tuple[Bend, Bend]
    lean: float = 0.0
    """How far the chest is to the side of the hips, in units of the body."""
    shoulders: float = 0.0
    """Slope of the shoulders' line."""
    hips: float = 0.0
    """Slope of the hips' line."""
    turn: float = 0.0
    """To which side the person looks, -1 to 1."""
    nod: float = 0.0
    """Degrees by which the head is tilted."""


_ARMS = {
    "hanging": ((7, 13), (2, 9), 1.0),
    "held away": ((18, 30), (10, 24), 1.0),
    "on the hip": ((38, 46), (-40, -33), 1.0),
    "in the pocket": ((15, 20), (-9, -4), 0.94),
    "bent": ((8, 15), (-96, -66), 0.78),
    "raised": ((28, 44), (34, 80), 0.92),
    "forward": ((10, 16), (20, 40), 0.72),
}
_OFTEN = {"hanging": 5.0, "held away": 2.0, "on the hip": 2.0, "in the pocket": 2.0, "bent": 1.0, "raised": 0.8}
_OFTEN["forward"] = 0.7
_LEGS = {
    "together": ((1.0, 2.5), (0.0, 1.5), (1.0, 2.5), (0.0, 1.5)),
    "apart": ((5.0, 9.0), (4.0, 8.0), (5.0, 9.0), (4.0, 8.0)),
    "one bent": ((1.0, 3.0), (-1.0, 1.0), (9.0, 15.0), (-4.0, 3.0)),
    "stepping": ((2.0, 4.0), (0.0, 2.0), (4.0, 7.0), (-5.0, -2.0)),
}


def design_pose(rng: Random) -> Pose:
    """A natural way to stand."""
    names = rng.choices(list(_OFTEN), list(_OFTEN.values()), k=2)
    if rng.random() < 0.35:
        names[1] = names[0]
    arms = [_bend(_ARMS[name], rng) for name in names]
    thigh, shin, other, lower = (rng.uniform(*span) for span in _LEGS[rng.choice(list(_LEGS))])
    legs, weight = [Bend(thigh, shin), Bend(other, lower)], 1
    if rng.random() < 0.5:
        legs, weight = legs[::-1], -1
    sway = rng.uniform(0, 1) ** 1.5
    return Pose(
        arms=(arms[0], arms[1]),
        legs=(legs[0], legs[1]),
        lean=weight * sway * 9,
        shoulders=-weight * sway * 0.07 + rng.uniform(-0.02, 0.02),
        hips=weight * sway * 0.08,
        turn=max(-1.0, min(1.0, rng.gauss(0, 0.45))),
        nod=rng.gauss(0, 3.0),
    )


def _bend(spans: tuple[tuple[float, float], tuple[float, float], float], rng: Random) -> Bend:
    upper, lower, short = spans
    return Bend(rng.uniform(*upper), rng.uniform(*lower), short)


@dataclass(frozen=True)
class Limb:
    """An arm or a leg: a line from its joint that bends round in the middle."""

    joint: complex
    side: int
    """-1 on the left of the picture, 1 on the right."""
    bend: Bend
    upper: float
    """Length of its upper half."""
    lower: float
    radius: float = 24.0
    """Along how much of either half it bends."""

    @property
    def length(self) -> float:
        """From the joint to the wrist or ankle, along the limb."""
        return self.upper + self.lower

    def at(self, along: NDArray[np.float64], across: NDArray[np.float64]) -> Plane:
        """Points on the limb: `along` it from its joint, and `across` it, outwards."""
        along, first = self._seen(along), math.radians(self.bend.upper)
        change = math.radians(self.bend.lower) - first
        reach = self.radius
        turned = np.clip((along - self.upper + reach) / (2 * reach), 0, 1)
        theta = first + change * turned
        if abs(change) < 1e-6:
            arc = self._way(np.full_like(turned, first)) * 2 * reach * turned
        else:
            arc = -2 * reach / (self.side * change) * (self._spun(theta) - self._spun(np.full_like(theta, first)))
        straight = self._way(np.full_like(theta, first)) * np.minimum(along, self.upper - reach)
        beyond = self._way(theta) * np.maximum(along - self.upper - reach, 0)
        outward = -1j * self._way(theta) * self.side
        return np.asarray(self.joint + straight + arc + beyond + outward * across, np.complex128)

    def point(self, along: float, across: float = 0.0) -> complex:
        """One point on the limb."""
        return complex(self.at(np.array([along]), np.array([across]))[0])

    def _seen(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        over = np.maximum(along - self.upper, 0)
        return np.asarray(np.minimum(along, self.upper) + over * self.bend.short, np.float64)

    def _spun(self, theta: NDArray[np.float64]) -> Plane:
        return np.asarray(np.exp(-1j * self.side * theta), np.complex128)

    def _way(self, theta: NDArray[np.float64]) -> Plane:
        return np.asarray(1j * self._spun(theta), np.complex128)


CHIN, NECK, SHOULDER, ARMPIT, WAIST, HIP, CROTCH, KNEE, ANKLE, GROUND = 90, 97, 120, 188, 264, 326, 356, 488, 646, 680
"""Heights of the upright body's landmarks, downwards."""
_JOINT = SHOULDER + 14
_UPPER_ARM, _FOREARM = 116.0, 100.0
SIDES = (-1, 1)

_ARM = ((-14, 5), (-8, 12), (0, 16), (18, 19), (60, 18), (112, 14), (140, 15.5), (170, 13.5), (216, 9), (228, 9))
"""How thick an arm is, along it: half its width."""
_LEG = ((0, 36), (24, 34), (80, 29.5), (150, 20), (168, 19.5), (205, 21.5), (240, 18), (285, 12.5), (316, 11.5))
_TRUNK = ((92, 20, 20), (104, 21, 23), (112, 32, 34), (118, 50, 56), (128, 64, 74), (150, 66, 77), (188, 61, 70),
          (228, 53, 64), (264, 48, 60), (300, 61, 64), (326, 69, 67), (356, 70, 68))  # fmt: skip
"""Height, and half the width of a woman's and of a man's trunk."""


@dataclass(frozen=True)
class Build:
    """Proportions of a body."""

    gender: str
    breadth: float = 1.0
    """Of bones and shoulders."""
    weight: float = 1.0
    """Of waist, hips and limbs."""

    @property
    def joint(self) -> float:
        """Distance of the shoulder's joint from the middle."""
        return (59.0 if self.gender == "Women" else 69.0) * self.breadth

    def trunk(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Half the trunk's width at a height."""
        levels = np.array(_TRUNK, np.float64)
        wide = np.interp(y, levels[:, 0], levels[:, 1 if self.gender == "Women" else 2])
        soft = np.interp(y, (120, 200, 264, 326), (self.breadth, *(self.weight * 0.6 + self.breadth * 0.4,) * 3))
        return np.asarray(wide * soft, np.float64)

    def arm(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        """Half an arm's width."""
        slim = 0.9 if self.gender == "Women" else 1.08
        return np.asarray(np.interp(along, *np.array(_ARM, np.float64).T) * slim * (0.5 + 0.5 * self.weight))

    def leg(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        """Half a leg's width."""
        return np.asarray(np.interp(along, *np.array(_LEG, np.float64).T) * (0.4 + 0.6 * self.weight))


@dataclass(frozen=True)
class Figure:
    """A body in its pose, and its position in a picture."""

    build: Build
    pose: Pose
    scale: float = 0.65
    """Units of the picture to one of the body."""
    left: float = 192.0
    """x of the middle of the person."""
    top: float = 40.0
    """y of the crown if the person stood straight."""

    def placed(self, points: Plane) -> Plane:
        """From the body's units to the picture's."""
        return np.asarray(points * self.scale + complex(self.left, self.top), np.complex128)

    def trunk(self, points: Plane) -> Plane:
        """Points of the upright trunk, and of what hangs on it, moved with the spine."""
        x, y = points.real, points.imag
        half = self.build.trunk(np.clip(y, SHOULDER, CROTCH)) * 1.25
        front = np.clip(1 - (x / half) ** 2, 0, 1)
        ease = np.interp(y, (60, SHOULDER, CROTCH, KNEE), (0.2, 1, 1, 0.6))
        across = x * (1 - 0.05 * abs(self.pose.turn)) + self.pose.turn * 9 * front * ease
        slope = np.interp(y, (SHOULDER, WAIST, HIP, KNEE), (self.pose.shoulders, 0, self.pose.hips, 0))
        return np.asarray(across + self._spine(y) + 1j * (y + x * slope), np.complex128)

    def head(self, points: Plane) -> Plane:
        """Points of the upright head, tilted on the neck."""
        neck = complex(0, NECK)
        root = complex(self._spine(np.array([float(NECK)]))[0], NECK)
        turn = np.exp(1j * np.radians(self.pose.nod + self.pose.turn * 2))
        return np.asarray(root + (points - neck) * turn, np.complex128)

    @cached_property
    def arms(self) -> tuple[Limb, Limb]:
        """On the left and on the right of the picture."""
        left, right = (self._limb(side, self.build.joint, _JOINT, arm=True) for side in SIDES)
        return left, right

    @cached_property
    def legs(self) -> tuple[Limb, Limb]:
        """On the left and on the right of the picture."""
        left, right = (self._limb(side, 34 * self.build.weight**0.6, HIP + 10, arm=False) for side in SIDES)
        return left, right

    def reach(self, y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Reach of trunk and legs to the left and to the right of the trunk's own middle, at upright heights."""
        trunk = self.build.trunk(y)
        ends = []
        for side, leg in zip(SIDES, self.legs, strict=True):
            along = y - (HIP + 10)
            edge = leg.at(along, self.build.leg(along)).real - self._spine(y)
            ends.append(np.where(y < CROTCH, trunk, np.maximum(edge * side, 4)))
        return ends[0], ends[1]

    def _limb(self, side: int, x: float, y: float, arm: bool) -> Limb:
        joint = complex(self.trunk(np.array([complex(side * x, y)]))[0])
        bends = self.pose.arms if arm else self.pose.legs
        bend = bends[(side + 1) // 2]
        if arm:
            return Limb(joint, side, bend, _UPPER_ARM, _FOREARM)
        return Limb(joint, side, bend, KNEE - HIP - 10.0, float(ANKLE - KNEE), 30.0)

    def _spine(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shift of the trunk's middle to the side; below the hips it follows the legs."""
        lean, share = self.pose.lean, np.clip((HIP - y) / (HIP - SHOULDER), -0.2, 1.2)
        feet = sum(np.sin(np.radians(leg.upper)) * side for leg, side in zip(self.pose.legs, SIDES, strict=True))
        hang = np.maximum(y - HIP, 0) * 0.35 * feet
        return np.asarray(lean * (share**2 * (3 - 2 * np.clip(share, 0, 1)) - 0.5) + hang, np.float64)


def skin_of(figure: Figure, tone: Rgb) -> tuple[Drawing, Drawing, tuple[Drawing, Drawing]]:
    """Trunk with neck, legs with feet, and both arms with hands."""
    size = figure.scale
    torso = Part(_torso(figure.build), tone, marks=_collarbones(tone), bulge=26, lift=0.3)
    neck = Part(_neck(figure.build), tone, bulge=13, lift=0.0, marks=(_throat(tone),))
    trunk = all_bent((torso, neck), lambda points: figure.placed(figure.trunk(points)), size)
    legs = []
    for leg in figure.legs:
        parts = (Part(_strip(figure.build.leg, -6, leg.length + 6), tone, bulge=20, lift=0.5, marks=_kneecap(tone)),)
        legs += [bent(part, _along(figure, leg), size)
                 for part in parts]  # fmt: skip
    arms = []
    for arm in figure.arms:
        pieces = (Part(_strip(figure.build.arm, -14, arm.length + 6), tone, bulge=14, lift=0.5), *_hand(tone, arm))
        arms.append(Drawing(tuple(
            bent(part, _along(figure, arm), size)
            for part in pieces
        )))  # fmt: skip
    return trunk, Drawing(tuple(legs)), (arms[0], arms[1])


def joints(figure: Figure) -> dict[str, complex]:
    """Positions of KEYPOINTS in the picture; left is the person's own left, on the right of the picture."""
    turn = figure.pose.turn * 9
    face = {"nose": (turn * 1.25, 61), "left_eye": (13 + turn, 48), "right_eye": (-13 + turn, 48),
            "left_ear": (31 - turn * 0.3, 53), "right_ear": (-31 - turn * 0.3, 53)}  # fmt: skip
    found = {name: complex(figure.head(np.array([complex(*at)]))[0]) for name, at in face.items()}
    for name, arm, leg in zip(("right", "left"), figure.arms, figure.legs, strict=True):
        found |= {f"{name}_shoulder": arm.point(0), f"{name}_elbow": arm.point(arm.upper)}
        found |= {f"{name}_wrist": arm.point(arm.length), f"{name}_hip": leg.point(0)}
        found |= {f"{name}_knee": leg.point(leg.upper), f"{name}_ankle": leg.point(leg.length)}
    return {name: complex(figure.placed(np.array([at]))[0]) for name, at in found.items()}


def _along(figure: Figure, limb: Limb) -> Move:
    """From a limb's outline, which runs down along y, to the picture."""
    return lambda points: figure.placed(limb.at(points.imag, points.real))


def _torso(build: Build) -> Path:
    heights = np.array([112.0, 118, 128, 150, 188, 228, 264, 300, 326, 352])
    side = [(float(x), float(y)) for x, y in zip(build.trunk(heights), heights, strict=True)]
    return symmetric(line((0, 108), side[0]), curve(*side), curve(side[-1], (20, 362), (0, 366)))


def _neck(build: Build) -> Path:
    wide = float(build.trunk(np.array([98.0]))[0])
    return symmetric(line((0, 70), (wide, 70)), curve((wide, 70), (wide, 98), (wide + 4, 108), (wide + 20, 118)),
                     curve((wide + 20, 118), (wide * 0.7, 128), (0, 134)))  # fmt: skip


def _throat(tone: Rgb) -> Mark:
    """The chin's shadow on the neck."""
    return Mark(
        symmetric(line((0, 76), (20, 76)), curve((20, 76), (22, 96), (0, 108))), fill=_shade(tone), opacity=0.35
    )


def _collarbones(tone: Rgb) -> tuple[Mark, ...]:
    ways = (curve((s * 8, 132), (s * 26, 127), (s * 48, 122)) for s in SIDES)
    return tuple(Mark(way, stroke=_shade(tone), width=1.8, opacity=0.35) for way in ways)


def _kneecap(tone: Rgb) -> tuple[Mark, ...]:
    return (Mark(curve((-9, 163), (0, 168), (9, 162)), stroke=_shade(tone), width=1.8, opacity=0.3),)


def _strip(half: Callable[[NDArray[np.float64]], NDArray[np.float64]], start: float, end: float) -> Path:
    """A limb's outline, along y and across x."""
    along = np.linspace(start, end, 16)
    wide = half(along)
    right = [(float(x), float(y)) for x, y in zip(wide, along, strict=True)]
    left = [(-x, y) for x, y in reversed(right)]
    return shape(curve(*right), line(right[-1], left[0]), curve(*left))


def _hand(tone: Rgb, arm: Limb) -> tuple[Part, ...]:
    """A relaxed hand, its thumb towards the body."""
    t = arm.length
    palm = shape(
        curve((8.5, t - 4), (11, t + 14), (11, t + 30), (8, t + 50), (3, t + 61), (-3, t + 60), (-6, t + 44)),
        curve((-6, t + 44), (-11, t + 24), (-8.5, t - 4)),
    )
    thumb = shape(curve((-6, t + 8), (-13, t + 20), (-14, t + 36), (-11, t + 40), (-8, t + 30), (-4, t + 22)))
    ways = (curve((x, t + 30), (x * 0.9 - 0.5, t + 44), (x * 0.6, t + 57)) for x in (-1.5, 2.2, 6.0))
    lines = tuple(Mark(way, stroke=_shade(tone), width=1.3, opacity=0.55) for way in ways)
    return Part(thumb, tone, bulge=5, lift=0.3), Part(palm, tone, marks=lines, bulge=8, lift=0.3)


def _shade(tone: Rgb) -> Rgb:
    return mix(darker(tone, 0.38), (150, 60, 40), 0.25)
