"""Outlines, on shapes that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.boutique.drawing.curves import box, curve, join, line, oval, ribbon, shape, symmetric


def test_a_curve_goes_through_its_points():
    points = [(0.0, 0.0), (30.0, 10.0), (50.0, 40.0), (45.0, 90.0)]
    path = curve(*points)
    assert [cubic[0] for cubic in path.cubics] == [complex(*point) for point in points[:-1]]
    assert path.end == points[-1]


def test_a_curve_through_points_of_a_circle_is_nearly_the_circle():
    path = curve(*((100 * np.cos(a), 100 * np.sin(a)) for a in np.linspace(0, np.pi, 7)))
    radii = np.hypot(*path.points().T)
    assert radii == pytest.approx(np.full(len(radii), 100), rel=0.005)


@pytest.mark.parametrize(
    ("path", "y", "span"),
    [
        (box(-10, 0, 30, 20), 5, (-10, 30)),
        (oval((5, 5), 10), 5, (-5, 15)),
        (shape(line((0, 0), (10, 10), (-10, 10))), 5, (-5, 5)),
        (box(-10, 0, 30, 20), 50, (0, 0)),
    ],
)
def test_span_is_how_far_a_shape_reaches(path, y, span):
    assert path.span(y) == pytest.approx(span, abs=0.1)


def test_symmetric_is_its_own_mirror_image():
    whole = symmetric(curve((0, 0), (40, 10), (60, 50)), line((60, 50), (0, 80)))
    points, mirrored = whole.points(), whole.mirrored().points()
    assert sorted(map(tuple, points.round(6) + 0.0)) == sorted(map(tuple, mirrored.round(6) + 0.0))


def test_a_ribbon_is_as_wide_as_it_says():
    left, right = ribbon(line((0, 0), (0, 100)), 12).span(50)
    assert right - left == pytest.approx(12)
    left, right = ribbon(line((0, 0), (0, 100)), 12, 6).span(50)
    assert right - left == pytest.approx(9)


def test_moves_undo_each_other():
    path = curve((1, 2), (8, 4), (9, 12))
    there_and_back = (
        path.turned(30, (4, 4)).turned(-30, (4, 4)).moved(3, 1).moved(-3, -1).scaled(2, 4).scaled(0.5, 0.25)
    )
    assert there_and_back.points() == pytest.approx(path.points())
    assert path.mirrored().mirrored() == path
    assert path.reversed().start == path.end


def test_join_bridges_a_gap_with_a_straight_line():
    path = join(line((0, 0), (10, 0)), line((10, 10), (0, 10)))
    assert len(path.cubics) == 3
    assert path.bounds() == (0, 0, 10, 10)


def test_d_is_svg():
    assert line((0, 0), (3, 0)).d() == "M0.0,0.0C1.0,0.0 2.0,0.0 3.0,0.0"
    assert box(0, 0, 1, 1).d().endswith("Z")
