"""Outlines of cut cloth: cubic curves that can be joined, mirrored, turned and warped.

Garments are drawn around the line x = 0, so that the left half is the right one's mirror image; y grows downwards.
Points are written as (x, y) and held as complex numbers, in which turning is a product.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
_Cubic = tuple[complex, complex, complex, complex]
"""Start, two handles, end."""

_STEPS = np.linspace(0, 1, 7)
_BERNSTEIN = np.stack([(1 - _STEPS) ** 3, 3 * _STEPS * (1 - _STEPS) ** 2, 3 * _STEPS**2 * (1 - _STEPS), _STEPS**3])
_CIRCLE = 0.5523
"""Length of the handles of a quarter of a unit circle."""


@dataclass(frozen=True)
class Path:
    """A chain of cubic curves."""

    cubics: tuple[_Cubic, ...]
    closed: bool = False

    @property
    def start(self) -> Point:
        """Start point."""
        return _point(self.cubics[0][0])

    @property
    def end(self) -> Point:
        """End point."""
        return _point(self.cubics[-1][3])

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of its handles, which enclose it."""
        controls = np.array(self.cubics)
        return controls.real.min(), controls.imag.min(), controls.real.max(), controls.imag.max()

    def span(self, y: float) -> tuple[float, float]:
        """Leftmost and rightmost x of a closed path at a height; (0, 0) where it has none."""
        points = self.points()
        (x1, y1), (x2, y2) = points.T, np.roll(points, -1, axis=0).T
        crosses = (y1 <= y) != (y2 <= y)
        xs = x1[crosses] + (y - y1[crosses]) / (y2 - y1)[crosses] * (x2 - x1)[crosses]
        return (float(xs.min()), float(xs.max())) if len(xs) else (0.0, 0.0)

    def mapped(self, move: Callable[[complex], complex]) -> Path:
        """Move every point and handle."""
        return Path(tuple((move(a), move(b), move(c), move(d)) for a, b, c, d in self.cubics), self.closed)

    def moved(self, x: float, y: float) -> Path:
        """Shift."""
        return self.mapped(lambda point: point + complex(x, y))

    def turned(self, degrees: float, about: Point = (0, 0)) -> Path:
        """Turn clockwise, as it looks on a screen."""
        centre, turn = complex(*about), cmath.rect(1, math.radians(degrees))
        return self.mapped(lambda point: centre + (point - centre) * turn)

    def scaled(self, x: float, y: float | None = None, about: Point = (0, 0)) -> Path:
        """Stretch, by `x` both ways unless `y` is given."""
        centre, tall = complex(*about), x if y is None else y
        return self.mapped(lambda point: centre + complex((point - centre).real * x, (point - centre).imag * tall))

    def mirrored(self) -> Path:
        """Mirror in the line x = 0; start and end stay start and end."""
        return self.mapped(lambda point: complex(-point.real, point.imag))

    def reversed(self) -> Path:
        """Reverse the direction."""
        return Path(tuple((d, c, b, a) for a, b, c, d in reversed(self.cubics)), self.closed)

    def points(self) -> NDArray[np.float64]:
        """Points along it. Shape: (n, 2)."""
        controls = np.array(self.cubics)  # (segments, 4)
        along = (controls @ _BERNSTEIN)[:, :-1].ravel()
        along = np.append(along, controls[-1, 3])
        return np.stack([along.real, along.imag], axis=1)

    def d(self) -> str:
        """Attribute `d` of an SVG path."""
        parts = [f"M{_pair(self.cubics[0][0])}"]
        at = self.cubics[0][0]
        for start, one, two, end in self.cubics:
            if abs(start - at) > 1e-6:
                parts.append(f"M{_pair(start)}")
            parts.append(f"C{_pair(one)} {_pair(two)} {_pair(end)}")
            at = end
        return "".join(parts) + ("Z" if self.closed else "")


def curve(*points: Point) -> Path:
    """A smooth curve through the points; through two it is a straight line."""
    through = [complex(*point) for point in points]
    if len(through) == 2:
        return line(*points)
    chords = [b - a for a, b in pairwise(through)]
    tangents = [_unit(_unit(a) / max(abs(a), 1e-9) + _unit(b) / max(abs(b), 1e-9)) for a, b in pairwise(chords)]
    # An end bends as a circle would: its tangent mirrors the next one's about the chord.
    first = _unit(chords[0]) ** 2 * tangents[0].conjugate()
    last = _unit(chords[-1]) ** 2 * tangents[-1].conjugate()
    tangents = [first, *tangents, last]
    cubics = [
        (a, a + tangents[i] * abs(b - a) / 3, b - tangents[i + 1] * abs(b - a) / 3, b)
        for i, (a, b) in enumerate(pairwise(through))
    ]
    return Path(tuple(cubics))


def line(*points: Point) -> Path:
    """Straight from point to point."""
    through = [complex(*point) for point in points]
    return Path(tuple((a, a + (b - a) / 3, b - (b - a) / 3, b) for a, b in pairwise(through)))


def join(*paths: Path) -> Path:
    """One after another, with a straight line where an end and the next start differ."""
    cubics = list(paths[0].cubics)
    for path in paths[1:]:
        if abs(cubics[-1][3] - path.cubics[0][0]) > 1e-6:
            cubics.extend(line(_point(cubics[-1][3]), path.start).cubics)
        cubics.extend(path.cubics)
    return Path(tuple(cubics))


def shape(*paths: Path) -> Path:
    """Joined and closed."""
    whole = join(*paths)
    return Path(join(whole, line(whole.end, whole.start)).cubics if whole.end != whole.start else whole.cubics, True)


def symmetric(*half: Path) -> Path:
    """A closed shape from its right half, which runs from the line x = 0 back to it."""
    right = join(*half)
    return shape(right, right.mirrored().reversed())


def oval(centre: Point, across: float, down: float | None = None) -> Path:
    """An ellipse with these half axes; a circle unless `down` is given."""
    x, y = across, across if down is None else down
    quarter = [(complex(x, 0), complex(x, y * _CIRCLE), complex(x * _CIRCLE, y), complex(0, y))]
    quarter += [(complex(0, y), complex(-x * _CIRCLE, y), complex(-x, y * _CIRCLE), complex(-x, 0))]
    lower = Path(tuple(quarter))
    upper = lower.mapped(lambda point: -point)
    return Path(lower.cubics + upper.cubics, True).moved(*centre)


def box(left: float, top: float, right: float, bottom: float, corner: float = 0.0) -> Path:
    """A rectangle, its corners rounded by `corner`."""
    if corner <= 0:
        return shape(line((left, top), (right, top), (right, bottom), (left, bottom)))
    quarter = Path(((complex(0, -1), complex(_CIRCLE, -1), complex(1, -_CIRCLE), complex(1, 0)),)).scaled(corner)
    centres = [(right - corner, top + corner), (right - corner, bottom - corner)]
    centres += [(left + corner, bottom - corner), (left + corner, top + corner)]
    return shape(*(quarter.turned(90 * turn).moved(*centre) for turn, centre in enumerate(centres)))


def ribbon(path: Path, width: float, end_width: float | None = None) -> Path:
    """A band along a path, `width` wide at its start and `end_width` at its end."""
    centre = path.points()
    along = np.gradient(centre, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    half = np.linspace(width, width if end_width is None else end_width, len(centre))[:, None] / 2
    aside = np.stack([-along[:, 1], along[:, 0]], axis=1) * half
    edges = [*(centre + aside), *(centre - aside)[::-1]]
    return shape(line(*((float(x), float(y)) for x, y in edges)))


def _unit(vector: complex) -> complex:
    return vector / max(abs(vector), 1e-9)


def _point(value: complex) -> Point:
    return value.real, value.imag


def _pair(value: complex) -> str:
    return f"{value.real:.1f},{value.imag:.1f}"
