"""Parts of a drawing, with folds and marks, from the back to the front; and bending them.

A bent part's curves are cut short first, so that they follow a move that is no straight one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modiste.boutique.drawing.curves import Path, line
from modiste.colour import Rgb


@dataclass(frozen=True)
class Fold:
    """A ridge (height above 0) or a furrow (below) along a path."""

    path: Path
    height: float = 3.0
    width: float = 9.0
    tone: float = 0.0
    """How much brighter (above 0) or darker the cloth is along it, as where denim is worn."""


@dataclass(frozen=True)
class Mark:
    """A crisp line or shape on a part: a seam, a stitch, a button."""

    path: Path
    stroke: Rgb | None = None
    fill: Rgb | None = None
    width: float = 1.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0


@dataclass(frozen=True)
class Part:
    """A piece of cloth, leather or metal in one colour."""

    shape: Path
    colour: Rgb
    marks: tuple[Mark, ...] = ()
    folds: tuple[Fold, ...] = ()
    patterned: bool = False
    """Whether the product's pattern and weave are on it."""
    grain: float = 0.0
    """How far pattern and weave are turned, in degrees clockwise."""
    bulge: float = 8.0
    """How far in from its edge it still rises, in units of the drawing."""
    lift: float = 0.5
    """How strongly it shadows what lies under it."""
    gloss: float | None = None
    """Shine of this part where it isn't the fabric's."""
    opacity: float = 1.0

    def mapped(self, move: Callable[[complex], complex]) -> Part:
        """The whole part with every point moved."""
        return replace(
            self,
            shape=self.shape.mapped(move),
            marks=tuple(replace(mark, path=mark.path.mapped(move)) for mark in self.marks),
            folds=tuple(replace(fold, path=fold.path.mapped(move)) for fold in self.folds),
        )

    def mirrored(self) -> Part:
        """Its image in the line x = 0."""
        return replace(self.mapped(lambda point: complex(-point.real, point.imag)), grain=0.0 - self.grain)


@dataclass(frozen=True)
class Drawing:
    """Parts from the back to the front, in units of a 384 by 512 canvas whose middle is x = 0."""

    parts: tuple[Part, ...] = field(default=())

    def mapped(self, move: Callable[[complex], complex]) -> Drawing:
        """Every point moved."""
        return Drawing(tuple(part.mapped(move) for part in self.parts))


def both(part: Part) -> tuple[Part, Part]:
    """The part on the right side and its image on the left."""
    return part.mirrored(), part


def both_marks(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks on the right side and their images on the left."""
    return tuple(side for mark in marks for side in (mark, replace(mark, path=mark.path.mirrored())))


def both_folds(folds: Iterable[Fold]) -> tuple[Fold, ...]:
    """Folds on the right side and their images on the left."""
    return tuple(side for fold in folds for side in (fold, replace(fold, path=fold.path.mirrored())))


Plane = NDArray[np.complex128]
"""Points as complex numbers, x + iy."""
Move = Callable[[Plane], Plane]

_LONGEST = 26.0
"""Units of a flat drawing that are bent as one curve."""


def bent(part: Part, move: Move, size: float = 1.0, grain: float = 0.0) -> Part:
    """A part with every point moved at once.

    Args:
        size: how much smaller or larger it becomes, for what isn't made of points: folds, lines and relief.
        grain: degrees by which its pattern is turned as well.
    """
    paths = [part.shape, *(mark.path for mark in part.marks), *(fold.path for fold in part.folds)]
    pieces = [_cut(path) for path in paths]
    moved = move(np.concatenate(pieces).ravel()).reshape(-1, 4)
    ends = np.cumsum([len(piece) for piece in pieces])[:-1]
    made = [
        Path(tuple((a, b, c, d) for a, b, c, d in cubics.tolist()), path.closed)
        for cubics, path in zip(np.split(moved, ends), paths, strict=True)
    ]
    marks, folds = made[1 : 1 + len(part.marks)], made[1 + len(part.marks) :]
    return replace(
        part,
        shape=made[0],
        marks=tuple(
            replace(mark, path=path, width=mark.width * size, dash=tuple(gap * size for gap in mark.dash))
            for mark, path in zip(part.marks, marks, strict=True)
        ),
        folds=tuple(
            replace(fold, path=path, width=max(4.0, fold.width * size))
            for fold, path in zip(part.folds, folds, strict=True)
        ),
        bulge=max(2.0, part.bulge * size),
        grain=round(part.grain + grain, 1),
    )


def all_bent(parts: Iterable[Part], move: Move, size: float = 1.0) -> Drawing:
    """Parts with every point moved by one move."""
    return Drawing(tuple(bent(part, move, size) for part in parts))


def halves(part: Part) -> tuple[Part, ...]:
    """Split a part at x = 0 into its left and its right half, as far as there are any."""
    sides = ((side, _beside(part.shape, side)) for side in (-1, 1))
    return tuple(_half(part, side, shape) for side, shape in sides if shape is not None)


def smooth(values: NDArray[Any], low: float, high: float) -> NDArray[np.float64]:
    """0 up to `low`, 1 from `high`, and no corner between them."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float64)


def _cut(path: Path) -> Plane:
    """A path's cubics, the long ones in pieces. Shape: (n, 4)."""
    controls = np.array(path.cubics, np.complex128)
    counts = np.maximum(1, np.ceil(np.abs(np.diff(controls, axis=1)).sum(1) / _LONGEST)).astype(int)
    if counts.max() == 1:
        return controls
    pieces = [part for cubic, count in zip(controls, counts.tolist(), strict=True) for part in _pieces(cubic, count)]
    return np.array(pieces, np.complex128)


def _pieces(cubic: Plane, count: int) -> list[list[complex]]:
    a, b, c, d = cubic.tolist()
    x, y, z = 3 * (b - a), 3 * (a - 2 * b + c), d - 3 * c + 3 * b - a
    made, step = [], 1 / count
    for at in range(count):
        low, high = at * step, (at + 1) * step
        start, end = (a + t * (x + t * (y + t * z)) for t in (low, high))
        out, back = (x + t * (2 * y + 3 * t * z) for t in (low, high))
        made.append([start, start + out * step / 3, end - back * step / 3, end])
    return made


def _half(part: Part, side: int, shape: Path) -> Part:
    marks = []
    for mark in part.marks:
        left, _, right, _ = mark.path.bounds()
        if right - left < 16 and (right + left) * side >= -8 * side + 8:
            marks.append(mark)  # a button stays whole, on the side that lies on top
        elif right - left >= 16 and (kept := _beside(mark.path, side)) is not None:
            marks.append(replace(mark, path=kept))
    folds = [replace(fold, path=kept) for fold in part.folds if (kept := _beside(fold.path, side)) is not None]
    return replace(part, shape=shape, marks=tuple(marks), folds=tuple(folds))


def _beside(path: Path, side: int) -> Path | None:
    """The part of a path on one side of x = 0, along straight lines; None where there is none."""
    points = [(float(x), float(y)) for x, y in path.points()]
    if path.closed:
        points.append(points[0])
    kept: list[tuple[float, float]] = []
    for (x1, y1), (x2, y2) in pairwise(points):
        if x1 * side >= 0:
            kept.append((x1, y1))
        if x1 * x2 < 0:
            kept.append((0.0, y1 + (y2 - y1) * x1 / (x1 - x2)))
    if points[-1][0] * side >= 0:
        kept.append(points[-1])
    if len(kept) < 3 or max(math.dist(kept[0], point) for point in kept) < 1:
        return None
    return Path(line(*kept).cubics, path.closed)
