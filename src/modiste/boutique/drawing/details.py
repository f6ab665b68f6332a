"""Seams, stitches, buttons, zips, pockets and ribbing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from modiste.boutique.drawing.curves import Path, Point, box, curve, line, oval, ribbon, shape
from modiste.boutique.drawing.materials import Paints, darker, lighter
from modiste.boutique.drawing.parts import Fold, Mark, Part
from modiste.colour import Rgb


def seam(path: Path, paints: Paints, width: float = 1.1, opacity: float = 0.75) -> Mark:
    """The line where two pieces meet."""
    return Mark(path, stroke=paints.seam, width=width, opacity=opacity)


def stitches(path: Path, paints: Paints, width: float = 0.9) -> Mark:
    """A row of stitches."""
    return Mark(path, stroke=paints.stitch, width=width, dash=(3.2, 2.2), opacity=0.9)


def button(centre: Point, paints: Paints, radius: float = 3.4) -> tuple[Mark, ...]:
    """A button with its shadow, rim and holes."""
    x, y = centre
    holes = tuple(
        Mark(oval((x + dx, y + dy), radius * 0.15), fill=darker(paints.button, 0.6))
        for dx in (-radius * 0.26, radius * 0.26)
        for dy in (-radius * 0.26, radius * 0.26)
    )
    return (
        Mark(oval((x + 0.6, y + 1.2), radius * 1.08), fill=(20, 16, 24), opacity=0.3),
        Mark(oval(centre, radius), fill=paints.button, stroke=darker(paints.button, 0.3), width=0.7),
        Mark(oval((x, y - radius * 0.1), radius * 0.66), stroke=lighter(paints.button, 0.45), width=0.6),
        *holes,
    )


def buttons(x: float, top: float, bottom: float, count: int, paints: Paints, radius: float = 3.4) -> tuple[Mark, ...]:
    """A row of buttons, one under the other."""
    return tuple(mark for y in np.linspace(top, bottom, count) for mark in button((x, float(y)), paints, radius))


def stud(centre: Point, metal: Rgb, radius: float = 2.0) -> tuple[Mark, ...]:
    """A rivet or a metal button."""
    x, y = centre
    return (
        Mark(oval((x + 0.4, y + 0.7), radius * 1.1), fill=(20, 16, 24), opacity=0.35),
        Mark(oval(centre, radius), fill=metal, stroke=darker(metal, 0.45), width=0.6),
        Mark(oval((x - radius * 0.3, y - radius * 0.3), radius * 0.35), fill=lighter(metal, 0.7)),
    )


def zip_marks(path: Path, metal: Rgb, width: float = 4.0) -> tuple[Mark, ...]:
    """A closed zip: tape, teeth, and the slider at its start."""
    x, y = path.start
    slider = box(x - width * 0.55, y, x + width * 0.55, y + width * 2, width * 0.4)
    pull = box(x - width * 0.3, y + width * 1.8, x + width * 0.3, y + width * 4.4, width * 0.3)
    return (
        Mark(path, stroke=darker(metal, 0.75), width=width, opacity=0.8),
        Mark(path, stroke=metal, width=width * 0.55, dash=(0.9, 1.5)),
        Mark(slider, fill=metal, stroke=darker(metal, 0.5), width=0.6),
        Mark(pull, fill=lighter(metal, 0.15), stroke=darker(metal, 0.5), width=0.6),
    )


def ribs(area: Path, other: Path, paints: Paints, count: int, opacity: float = 0.35) -> tuple[Mark, ...]:
    """Ribbing: lines from one edge of a band to the other edge."""
    ends = zip(_along(area, count), _along(other, count), strict=True)
    return tuple(Mark(line(a, b), stroke=paints.seam, width=1.0, opacity=opacity) for a, b in ends)


def ribbed_band(path: Path, width: float, paints: Paints, spacing: float = 4.5, **part: float) -> Part:
    """A knitted band along a path, with ribs across it."""
    points = path.points()
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    band = ribbon(path, width)
    edge, other = _band_edges(path, width)
    marks = ribs(edge, other, paints, max(3, round(length / spacing)))
    return Part(band, paints.trim, marks=marks, bulge=part.get("bulge", 4.0), lift=part.get("lift", 0.5))


def _band_edges(path: Path, width: float) -> tuple[Path, Path]:
    """The two long edges of a ribbon, both in its direction."""
    corners = [cubic[0] for cubic in ribbon(path, width).cubics]
    half = len(corners) // 2
    edges = [[(corner.real, corner.imag) for corner in side] for side in (corners[:half], corners[: half - 1 : -1])]
    return line(*edges[0]), line(*edges[1])


def patch_pocket(left: float, top: float, right: float, bottom: float, paints: Paints) -> tuple[Mark, ...]:
    """A sewn-on pocket with a pointed foot."""
    middle, foot = (left + right) / 2, bottom + (right - left) * 0.16
    outline = line((left, top), (left, bottom), (middle, foot), (right, bottom), (right, top))
    hem = (top + (bottom - top) * 0.17,)
    return (
        Mark(shape(outline), fill=paints.seam, opacity=0.10),
        seam(shape(outline), paints, 1.0),
        stitches(line((left + 2, hem[0]), (right - 2, hem[0])), paints, 0.8),
    )


def creases(*paths: Iterable[Point], depth: float = 3.0, width: float = 10.0) -> tuple[Fold, ...]:
    """Furrows with the cloth risen beside them."""
    folds = []
    for points in paths:
        way = curve(*points)
        folds += [Fold(way, -depth, width), Fold(way.moved(width * 0.55, width * 0.15), depth * 0.8, width)]
    return tuple(folds)


def _along(path: Path, count: int) -> list[Point]:
    """Points at even distances."""
    points = path.points()
    walked = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    stops = np.linspace(0, walked[-1], count)
    xs, ys = (np.interp(stops, walked, points[:, axis]) for axis in (0, 1))
    return [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
