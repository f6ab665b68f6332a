from __future__ import annotations

import numpy as np
import pytest

from modiste.lab.parser.data import HEAT_SIZE, inside, targets
from modiste.parsing.joints import joints_of


@pytest.mark.parametrize("place", [(50.0, 80.0), (3.1, 250.7), (191.0, 0.5), (96.4, 128.9)])
def test_what_is_drawn_is_found(place):
    """Targets and peaks are each other's inverse, at the frame's edge too."""
    keypoints = np.zeros((1, 2, 3), np.float32)
    keypoints[0, 0] = (*place, 1)
    heat, known = targets(keypoints)
    found = joints_of(heat)[0]
    assert heat.shape == (1, 2, *HEAT_SIZE)
    assert known.tolist() == [[1, 1]]
    at_edge = min(place[0], place[1], 192 - place[0], 256 - place[1]) < 12
    np.testing.assert_allclose(found[0, :2], place, atol=4 if at_edge else 0.3)
    assert found[0, 2] > 0.95
    assert found[1, 2] == 0


def test_confidence_is_the_heat_at_the_peak():
    heat = np.zeros((1, 1, *HEAT_SIZE), np.float32)
    heat[0, 0, 10, 10], heat[0, 0, 40, 40] = 0.5, 0.3
    np.testing.assert_allclose(joints_of(heat)[0, 0], [42, 42, 0.5], rtol=1e-5)


def test_unknown_joints_and_those_out_of_sight():
    keypoints = np.array([[[10, 10, -1], [10, 300, 1], [10, 10, 0]]], np.float32)
    heat, known = targets(keypoints)
    assert known.tolist() == [[0, 1, 1]]
    assert heat.sum() == 0
    assert inside(keypoints).tolist() == [[True, False, True]]
