"""The moving average against a plain loop."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from modiste.lab.training import Average


def test_average_equals_the_loop():
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1.0)
    average, expected = Average(network, decay=0.5), 1.0
    for step in range(20):
        nn.init.constant_(network.weight, float(step))
        average.update(network, step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    assert average.network.weight.item() == pytest.approx(expected, abs=1e-5)


def test_buffers_come_along_and_nothing_is_trained():
    network = nn.BatchNorm1d(2)
    average = Average(network)
    network(torch.randn(8, 2))
    average.update(network, 10_000)
    assert average.network.num_batches_tracked.item() == 1
    assert not any(parameter.requires_grad for parameter in average.network.parameters())
