"""Devices, batches and learning rates."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.lab.training import Group, batches, pick_device, set_rates


def test_an_epoch_shows_every_row_once_in_a_new_order():
    seen = [rows for _, rows in batches(12, 4, range(6), seed=3)]
    assert sorted(np.concatenate(seen[:3])) == sorted(np.concatenate(seen[3:])) == list(range(12))
    assert not np.array_equal(np.concatenate(seen[:3]), np.concatenate(seen[3:]))


def test_a_step_gives_the_same_rows_wherever_a_run_starts():
    whole = dict(batches(10, 3, range(9), seed=1))
    for step, rows in batches(10, 3, range(5, 9), seed=1):
        assert np.array_equal(rows, whole[step])


def test_processes_share_a_batch_without_overlap():
    whole = dict(batches(20, 8, range(4), seed=0))
    parts = [dict(batches(20, 8, range(4), seed=0, group=Group(rank, 2))) for rank in (0, 1)]
    for step, rows in whole.items():
        assert len(parts[0][step]) == len(parts[1][step]) == 4
        assert set(parts[0][step]) | set(parts[1][step]) == set(rows)


@pytest.mark.parametrize(("count", "size", "processes"), [(20, 13, 2), (20, 1, 3), (5, 8, 2), (7, 16, 3), (2, 2, 2)])
def test_processes_get_equal_shares_of_any_batch(count, size, processes):
    parts = [dict(batches(count, size, range(6), seed=0, group=Group(rank, processes))) for rank in range(processes)]
    for step in range(6):
        shares = [part[step].tolist() for part in parts]
        assert len(set(map(len, shares))) == 1, "gather needs as many of each"
        rows = np.concatenate([part[step] for part in parts])
        assert len(set(rows.tolist())) == len(rows) >= min(size, count - count % processes)


@pytest.mark.parametrize("count", [0, 1])
def test_more_processes_than_rows_are_refused(count):
    with pytest.raises(UsageError, match=f"2 processes can't share {count} examples"):
        next(batches(count, 4, range(1), seed=0, group=Group(0, 2)))


def test_fewer_rows_than_a_batch_are_one_batch():
    assert [len(rows) for _, rows in batches(3, 8, range(2), seed=0)] == [3, 3]


@pytest.mark.parametrize(("step", "rate"), [(0, 0.1), (9, 1.0), (10, 1.0), (60, 0.505), (110, 0.01)])
def test_learning_rate_warms_up_and_falls_along_a_cosine(step, rate):
    groups = [{"params": [torch.zeros(1)], "peak": 1.0}, {"params": [torch.zeros(1)], "peak": 1.0, "times": 20.0}]
    optimiser = torch.optim.SGD(groups)
    set_rates(optimiser, step, 110, warm_up=10)
    assert [group["lr"] for group in optimiser.param_groups] == pytest.approx([rate, 20 * rate])


def test_a_device_is_found_by_its_name():
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("auto").type in ("cpu", "cuda")


def test_an_unknown_device():
    with pytest.raises(UsageError, match='no device "abacus"; give cpu, cuda or auto'):
        pick_device("abacus")
