"""Confidence intervals over queries."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.measures import bootstrap


def test_interval_has_the_width_of_the_normal_approximation():
    values = np.random.default_rng(0).normal(3.0, 2.0, 2000)
    interval = bootstrap(values)
    assert interval.mean == pytest.approx(values.mean())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(2000), rel=0.1)
    assert interval.low < interval.mean < interval.high


def test_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    intervals = [bootstrap(rng.random(100) < 0.3, level=0.9, rounds=200) for _ in range(200)]
    assert sum(interval.low <= 0.3 <= interval.high for interval in intervals) == pytest.approx(180, abs=14)


def test_seed_decides_and_level_widens():
    values = np.arange(50.0)
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3) != bootstrap(values, seed=4)
    narrow, wide = bootstrap(values, level=0.5), bootstrap(values, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_interval_reads_well():
    assert str(bootstrap([0.5, 0.5])) == "0.500 [0.500, 0.500]"


@pytest.mark.parametrize(
    ("values", "level", "says"),
    [
        ([], 0.95, "at least one"),
        (np.ones((2, 2)), 0.95, r"got shape \(2, 2\)"),
        ([1.0], 95, "between 0 and 1, got 95"),
    ],
)
def test_bad_input_is_refused(values, level, says):
    with pytest.raises(UsageError, match=says):
        bootstrap(values, level=level)
