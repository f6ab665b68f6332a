"""The losses against plain loops."""

from __future__ import annotations

import math

import pytest
import torch

from modiste.encoders.losses import attributes, contrastive


def naive(scores, right):
    """InfoNCE, one softmax after the other."""
    count, total = len(scores), 0.0
    for rows in (scores, [list(column) for column in zip(*scores, strict=True)]):
        transposed = rows is not scores
        for i in range(count):
            against = [rows[i][j] for j in range(count) if j == i or not (right[j][i] if transposed else right[i][j])]
            total += math.log(sum(math.exp(score) for score in against)) - rows[i][i]
    return total / count / 2


@pytest.mark.parametrize(
    "right",
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    ],
)
def test_contrastive_equals_the_loop(right):
    scores = [[2.0, 1.0, -1.0], [0.5, 3.0, 0.0], [1.5, -0.5, 1.0]]
    found = contrastive(torch.tensor(scores), torch.tensor(right, dtype=torch.bool))
    assert found.item() == pytest.approx(naive(scores, right), abs=1e-6)


def test_contrastive_without_negatives_is_zero():
    assert contrastive(torch.randn(4, 4), torch.ones(4, 4, dtype=torch.bool)).item() == 0


def test_attributes_leave_out_what_is_not_stated():
    logits = torch.tensor([[2.0, 0.0], [5.0, -5.0]])
    found = attributes({"colour": logits}, {"colour": torch.tensor([0, -1])}, smoothing=0.0)
    assert found.item() == pytest.approx(math.log(1 + math.exp(-2)))


def test_attributes_that_nobody_states_cost_nothing_and_stay_finite():
    logits = torch.randn(3, 4, requires_grad=True)
    loss = attributes({"colour": logits}, {"colour": torch.full((3,), -1)})
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()
