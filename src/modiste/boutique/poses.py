"""How a person stands: angles of the limbs, and a limb as a bent strip that cloth can be laid along."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from modiste.boutique.bending import Plane


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


def _bend(told: tuple[tuple[float, float], tuple[float, float], float], rng: Random) -> Bend:
    upper, lower, short = told
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
        """Places on the limb: `along` it from its joint, and `across` it, outwards."""
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
        """One place on the limb."""
        return complex(self.at(np.array([along]), np.array([across]))[0])

    def _seen(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        over = np.maximum(along - self.upper, 0)
        return np.asarray(np.minimum(along, self.upper) + over * self.bend.short, np.float64)

    def _spun(self, theta: NDArray[np.float64]) -> Plane:
        return np.asarray(np.exp(-1j * self.side * theta), np.complex128)

    def _way(self, theta: NDArray[np.float64]) -> Plane:
        return np.asarray(1j * self._spun(theta), np.complex128)
