"""Distances between sets of features, on Gaussians whose distance is known and against naive loops."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.measures import frechet_distance, kernel_distance

RNG = np.random.default_rng(0)


def gaussian(mean, deviations, count=500):
    """A sample that has exactly this mean and these deviations along the axes."""
    sample = RNG.normal(size=(count, len(mean)))
    sample -= sample.mean(0)
    sample = sample @ np.linalg.inv(np.linalg.cholesky(np.cov(sample, rowvar=False))).T
    return sample * np.asarray(deviations) + np.asarray(mean)


@pytest.mark.parametrize(
    ("shift", "deviations"),
    [((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), ((3.0, -4.0, 0.0), (1.0, 1.0, 1.0)), ((1.0, 0.0, 2.0), (2.0, 0.5, 3.0))],
)
def test_frechet_distance_of_axis_aligned_gaussians(shift, deviations):
    first, second = gaussian((0, 0, 0), (1, 1, 1)), gaussian(shift, deviations)
    closed = sum(value**2 for value in shift) + sum((deviation - 1) ** 2 for deviation in deviations)
    assert frechet_distance(first, second) == pytest.approx(closed, abs=1e-9)


def test_frechet_distance_does_not_change_under_rotation():
    first, second = gaussian((0, 0, 0), (1, 2, 3)), gaussian((1, 1, 0), (3, 1, 1))
    turn = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    assert frechet_distance(first @ turn, second @ turn) == pytest.approx(frechet_distance(first, second))


def test_frechet_distance_with_fewer_vectors_than_dimensions():
    few = RNG.normal(size=(5, 20))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(few, few + 1) == pytest.approx(20)


def test_kernel_distance_agrees_with_a_loop():
    first, second = RNG.normal(size=(7, 3)), RNG.normal(1.0, 2.0, size=(5, 3))

    def kernel(x, y):
        return (x @ y / 3 + 1) ** 3

    def within(x):
        pairs = [kernel(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j]
        return np.mean(pairs)

    across = np.mean([kernel(x, y) for x in first for y in second])
    assert kernel_distance(first, second) == pytest.approx(within(first) + within(second) - 2 * across)


def test_kernel_distance_is_unbiased():
    halves = [RNG.normal(size=(2, 30, 4)) for _ in range(300)]
    distances = [kernel_distance(*half) for half in halves]
    assert np.mean(distances) == pytest.approx(0, abs=3 * np.std(distances) / np.sqrt(300))
    assert min(distances) < 0 < kernel_distance(halves[0][0], halves[0][1] + 2)


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (np.ones((1, 3)), np.ones((4, 3)), "at least two vectors on each side make a distribution, got 1 and 4"),
        (np.ones((4, 3)), np.ones((4, 2)), r"one width, got \(4, 3\) and \(4, 2\)"),
        (np.ones(3), np.ones((4, 3)), "must be two matrices"),
    ],
)
def test_what_has_no_distance_is_refused(distance, first, second, says):
    with pytest.raises(UsageError, match=says):
        distance(first, second)
