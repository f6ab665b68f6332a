"""The losses against plain loops, on values that can be checked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from modiste.lab.refine.losses import hierarchical_matching, semi_hard_triplet


def naive(scores, positives, margin=0.2):
    """Equation 6, one anchor after the other, then its mirror image."""
    flipped = [list(column) for column in zip(*scores, strict=True)][: len(scores)]
    answers = [list(column) for column in zip(*positives, strict=True)][: len(scores)]
    return side(scores, positives, margin) + side(flipped, answers, margin)


def side(scores, positives, margin):
    distances = [[2 - 2 * score for score in row] for row in scores]
    own = [row[i] for i, row in enumerate(distances)]
    total = 0.0
    for i, row in enumerate(distances):
        fitting = [far for far, fits in zip(row, positives[i], strict=True) if not fits and far >= own[i]]
        total += max(0.0, margin + own[i] - min(fitting)) if fitting else 0.0
    return total / len(scores)


CASES = {
    "one semi-hard": ([[0.9, 0.85], [0.7, 0.5]], [[1, 0], [0, 1]]),
    "all too near": ([[0.1, 0.8], [0.7, 0.2]], [[1, 0], [0, 1]]),
    "all far enough": ([[0.9, -0.8], [-0.7, 0.8]], [[1, 0], [0, 1]]),
    "the nearest of two": ([[0.8, 0.75, 0.6], [0.1, 0.9, 0.85], [0.7, 0.2, 0.6]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    "the nearest is a positive": (
        [[0.8, 0.75, 0.72], [0.1, 0.9, 0.85], [0.7, 0.2, 0.6]],
        [[1, 1, 0], [0, 1, 1], [0, 0, 1]],
    ),
    "as far as its own": ([[0.5, 0.5], [0.1, 0.6]], [[1, 0], [0, 1]]),
    "further negatives": ([[0.8, 0.1, 0.75, 0.9], [0.2, 0.7, 0.3, 0.65]], [[1, 0, 0, 0], [0, 1, 0, 0]]),
    "further positives": ([[0.8, 0.1, 0.75, 0.72], [0.2, 0.7, 0.65, 0.6]], [[1, 0, 1, 0], [0, 1, 0, 1]]),
}


@pytest.mark.parametrize(("scores", "positives"), CASES.values(), ids=CASES)
def test_semi_hard_triplet_equals_the_loop(scores, positives):
    found = semi_hard_triplet(torch.tensor(scores), torch.tensor(positives, dtype=torch.bool))
    assert found.item() == pytest.approx(naive(scores, positives), abs=1e-6)


def test_a_negative_is_measured_against_the_pair_of_its_query():
    """The only case by hand: distances 0.2 and 0.3 of the first query, 0.6 and 1.0 of the second."""
    scores, positives = torch.tensor([[0.9, 0.85], [0.7, 0.5]]), torch.eye(2, dtype=torch.bool)
    forth = (0.2 + 0.2 - 0.3) / 2  # 0.3 is behind the first query's 0.2; 0.6 is in front of the second's 1.0
    assert semi_hard_triplet(scores, positives).item() == pytest.approx(forth)


@pytest.mark.parametrize("case", ["all too near", "all far enough"])
def test_without_semi_hard_negatives_nothing_is_paid_or_learnt(case):
    scores = torch.tensor(CASES[case][0], requires_grad=True)
    loss = semi_hard_triplet(scores, torch.eye(2, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0
    assert scores.grad.tolist() == [[0, 0], [0, 0]]


def test_what_would_also_be_right_is_no_negative():
    scores = torch.tensor([[0.9, 0.89], [0.89, 0.9]])
    assert semi_hard_triplet(scores, torch.eye(2, dtype=torch.bool)).item() > 0.3
    assert semi_hard_triplet(scores, torch.ones(2, 2, dtype=torch.bool)).item() == 0


def test_gradient_pulls_the_pair_together_and_pushes_the_negative_away():
    scores = torch.tensor([[0.9, 0.85], [-0.7, 0.9]], requires_grad=True)
    semi_hard_triplet(scores, torch.eye(2, dtype=torch.bool)).backward()
    pairs, negative = scores.grad.diagonal(), scores.grad[0, 1]
    assert (pairs < 0).all()
    assert negative > 0


@pytest.fixture
def depths():
    random = torch.Generator().manual_seed(0)
    queries = [F.normalize(torch.randn(3, width, generator=random), dim=1) for width in (4, 7)]
    items = [F.normalize(torch.randn(5, width, generator=random), dim=1) for width in (4, 7)]
    positives = torch.eye(3, 5, dtype=torch.bool)
    positives[0, 4] = positives[2, 1] = True
    return queries, items, positives


def test_hierarchical_matching_is_the_mean_over_the_depths(depths):
    queries, items, positives = depths
    each = [naive((query @ item.T).tolist(), positives.tolist()) for query, item in zip(queries, items, strict=True)]
    assert each[0] != each[1]
    assert hierarchical_matching(queries, items, positives).item() == pytest.approx(sum(each) / 2, abs=1e-6)


def test_hierarchical_matching_with_a_temperature_is_infonce(depths):
    queries, items, positives = depths
    total = 0.0
    for query, item in zip(queries, items, strict=True):
        rows, columns = (20 * query @ item.T).tolist(), (20 * item[:3] @ query.T).tolist()
        for i in range(3):
            forth = [rows[i][j] for j in range(5) if j == i or not positives[i, j]]
            back = [columns[i][j] for j in range(3) if j == i or not positives[j, i]]
            total += math.log(sum(map(math.exp, forth))) - rows[i][i]
            total += math.log(sum(map(math.exp, back))) - columns[i][i]
    found = hierarchical_matching(queries, items, positives, scale=torch.tensor(20.0))
    assert found.item() == pytest.approx(total / 3 / 2 / 2, abs=1e-5)


def test_hierarchical_matching_needs_as_many_depths_on_both_sides(depths):
    queries, items, positives = depths
    with pytest.raises(ValueError, match="shorter"):
        hierarchical_matching(queries, items[:1], positives)
