"""The losses against plain loops."""

from __future__ import annotations

import math

import pytest
import torch

from modiste.lab.encoder.losses import attributes, contrastive

SCORES = [[2.0, 1.0, -1.0, 0.7, 2.5], [0.5, 3.0, 0.0, -0.3, 1.1], [1.5, -0.5, 1.0, 2.2, -2.0]]
RIGHT = {
    "only the pairs": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "another's photo": [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
    "everything": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "negatives, all wrong": [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]],
    "negatives, some right": [[1, 0, 1, 0, 1], [0, 1, 0, 0, 0], [1, 0, 1, 1, 1]],
}


def flipped(rows):
    """What photos see of the queries; nobody asked for those behind the first b."""
    return [list(column) for column in zip(*rows, strict=True)][: len(rows)]


def naive(scores, right):
    """InfoNCE, one softmax after the other."""
    total = 0.0
    for rows, fits in ((scores, right), (flipped(scores), flipped(right))):
        for i, row in enumerate(rows):
            against = [score for j, score in enumerate(row) if j == i or not fits[i][j]]
            total += math.log(sum(math.exp(score) for score in against)) - row[i]
    return total / len(scores) / 2


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
def test_contrastive_equals_the_loop(right):
    scores = [row[: len(right[0])] for row in SCORES]
    found = contrastive(torch.tensor(scores), torch.tensor(right, dtype=torch.bool))
    assert found.item() == pytest.approx(naive(scores, right), abs=1e-6)


def test_contrastive_without_negatives_is_zero():
    assert contrastive(torch.randn(4, 4), torch.ones(4, 4, dtype=torch.bool)).item() == 0


def test_gradients_stay_finite_where_answers_are_left_out():
    scores = torch.tensor(SCORES, requires_grad=True)
    right = torch.tensor(RIGHT["negatives, some right"], dtype=torch.bool)
    contrastive(scores, right).backward()
    assert scores.grad.isfinite().all()
    assert scores.grad.any()


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
