"""The losses against plain loops, on values that can be checked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.lab.complete.losses import PHI, check_not_collapsed, info_nce, outfit_ranking


def naive(positive, negative, phi="min", valid=None, margin=0.3):
    """Equations 5 to 7, one outfit after the other."""
    hinges = []
    for i, own in enumerate(positive):
        negatives = [j for j in range(len(negative[i][0])) if valid is None or valid[i][j]]
        if not negatives:
            continue
        near = sum(own) / len(own)
        far = [sum(row[j] for row in negative[i]) / len(own) for j in negatives]
        hinges.append(max(0.0, near - joined(phi, near, far) + margin))
    return sum(hinges) / len(hinges) if hinges else 0.0


def joined(phi, near, far):
    if phi == "mean":
        return sum(far) / len(far)
    if phi == "semi-hard":
        return min([one for one in far if one > near], default=max(far))
    return min(far)


CASES = {
    "one outfit of two": ([[5.0, 7.0]], [[[1.0, 9.0], [9.0, 3.0]]]),
    "all too near": ([[1.0, 1.2]], [[[0.5, 0.9, 0.2], [0.4, 0.8, 0.7]]]),
    "all far enough": ([[0.1, 0.2]], [[[1.5, 0.9], [1.4, 0.8]]]),
    "one semi-hard": ([[0.5]], [[[0.1, 0.6, 2.0]]]),
    "as far as its own": ([[0.5]], [[[0.5, 0.4]]]),
    "two outfits": ([[0.5, 0.9], [1.0, 0.2]], [[[0.3, 1.4], [1.1, 0.8]], [[0.9, 0.7], [0.1, 1.5]]]),
}


@pytest.mark.parametrize("phi", PHI)
@pytest.mark.parametrize(("positive", "negative"), CASES.values(), ids=CASES)
def test_outfit_ranking_equals_the_loop(positive, negative, phi):
    found = outfit_ranking(torch.tensor(positive), torch.tensor(negative), phi=phi)
    assert found.item() == pytest.approx(naive(positive, negative, phi), abs=1e-6)


def test_outfit_ranking_takes_the_mean_before_the_minimum():
    positive, negative = torch.tensor([[5.0, 7.0]]), torch.tensor([[[1.0, 9.0], [9.0, 3.0]]])
    negatives = [(1.0 + 9.0) / 2, (9.0 + 3.0) / 2]  # 5 and 6; the other order would see 1 and 3
    assert outfit_ranking(positive, negative).item() == pytest.approx(6.0 - min(negatives) + 0.3)


@pytest.mark.parametrize(
    ("phi", "loss"),
    [("min", 0.5 - 0.1 + 0.3), ("mean", 0.0), ("semi-hard", 0.5 - 0.6 + 0.3)],
)
def test_how_strangers_are_joined_by_hand(phi, loss):
    """One item at 0.5, negatives at 0.1, 0.6 and 2.0: their mean, 0.9, is far enough."""
    found = outfit_ranking(torch.tensor([[0.5]]), torch.tensor([[[0.1, 0.6, 2.0]]]), phi=phi)
    assert found.item() == pytest.approx(loss, abs=1e-6)


@pytest.mark.parametrize("phi", PHI)
def test_padding_counts_for_nothing(phi):
    """Negatives that are none hold what would change everything."""
    positive = [[0.5, 0.9], [1.0, 0.2]]
    negative = [[[0.3, 1.4, -9.0], [1.1, 0.8, 9.0]], [[0.9, -9.0, 0.7]] * 2]
    valid = [[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    found = outfit_ranking(torch.tensor(positive), torch.tensor(negative), phi=phi, valid=torch.tensor(valid))
    assert found.item() == pytest.approx(naive(positive, negative, phi, valid), abs=1e-5)


@pytest.mark.parametrize("phi", PHI)
def test_an_outfit_without_strangers_does_not_count(phi):
    positive, negative = [[0.5], [0.7]], [[[0.6, 0.2]], [[0.1, 0.1]]]
    valid = [[1.0, 1.0], [0.0, 0.0]]
    apart = torch.tensor(positive), torch.tensor(negative)
    both = outfit_ranking(*apart, valid=torch.tensor(valid), phi=phi)
    assert both.item() == pytest.approx(naive(positive[:1], negative[:1], phi), abs=1e-6)


@pytest.mark.parametrize("phi", PHI)
def test_without_any_stranger_nothing_is_paid_or_learnt(phi):
    positive, negative = torch.rand(2, 3, requires_grad=True), torch.rand(2, 3, 4, requires_grad=True)
    loss = outfit_ranking(positive, negative, valid=torch.zeros(2, 4), phi=phi)
    loss.backward()
    assert loss.item() == 0
    assert not any(apart.grad.any() for apart in (positive, negative) if apart.grad is not None)


@pytest.mark.parametrize("phi", PHI)
def test_gradients_stay_finite_beside_padding(phi):
    positive, negative = torch.rand(2, 3, requires_grad=True), torch.rand(2, 3, 4, requires_grad=True)
    outfit_ranking(positive, negative, valid=torch.tensor([[1.0, 1, 0, 0], [0, 0, 0, 0]]), phi=phi).backward()
    assert positive.grad.isfinite().all()
    assert negative.grad.isfinite().all()
    assert not negative.grad[1].any()
    assert not negative.grad[0, :, 2:].any()


def test_gradient_pulls_the_item_in_and_pushes_the_hardest_stranger_away():
    positive, negative = torch.tensor([[0.5, 0.7]]), torch.tensor([[[0.6, 0.9], [0.6, 0.9]]])
    positive.requires_grad_()
    negative.requires_grad_()
    outfit_ranking(positive, negative).backward()
    assert positive.grad.tolist() == [[0.5, 0.5]]
    assert negative.grad.tolist() == [[[-0.5, 0.0], [-0.5, 0.0]]]


def test_the_margin_is_the_papers_and_can_be_another():
    alike = torch.ones(3, 2), torch.ones(3, 2, 5)
    assert outfit_ranking(*alike).item() == pytest.approx(0.3)
    assert outfit_ranking(*alike, 0.05).item() == pytest.approx(0.05)


def test_an_unknown_phi_is_refused():
    with pytest.raises(UsageError, match='no phi "minn"; nearest: min'):
        outfit_ranking(torch.ones(1, 1), torch.ones(1, 1, 1), phi="minn")


SCORES = [[2.0, 1.0, 3.0, -1.0], [0.5, 0.5, 0.5, 0.5], [-4.0, 9.0, 9.0, 9.0]]


def test_choice_is_a_plain_softmax():
    expected = [math.log(sum(map(math.exp, row))) - row[0] for row in SCORES]
    found = info_nce(torch.tensor(SCORES), torch.ones(3, 3))
    assert found.item() == pytest.approx(sum(expected) / 3, abs=1e-5)
    assert info_nce(torch.tensor(SCORES[1:2]), torch.ones(1, 3)).item() == pytest.approx(math.log(4))


def test_choice_passes_padding_and_outfits_without_strangers_over():
    valid = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    left = [[2.0, 1.0, -1.0], [0.5, 0.5]]
    expected = [F.cross_entropy(torch.tensor([row]), torch.tensor([0])).item() for row in left]
    assert info_nce(torch.tensor(SCORES), valid).item() == pytest.approx(sum(expected) / 2, abs=1e-6)


def test_choice_among_nobody_is_learnt_nothing_from():
    scores = torch.tensor(SCORES, requires_grad=True)
    loss = info_nce(scores, torch.zeros(3, 3))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(scores.grad, torch.zeros(3, 4))


def test_choice_raises_the_right_one_and_lowers_the_strangers():
    scores = torch.tensor(SCORES, requires_grad=True)
    info_nce(scores, torch.tensor([[1.0, 1.0, 0.0]] * 3)).backward()
    assert (scores.grad[:, 0] < 0).all()
    assert (scores.grad[:, 1:3] > 0).all()
    assert not scores.grad[:, 3].any()


@pytest.mark.parametrize(
    ("loss", "cosine", "margin", "says"),
    [
        (0.3, 0.0, 0.3, r"the loss stands at its margin, 0\.3000: every distance is the same; normalise"),
        (0.3009, 0.0, 0.3, r"the loss stands at its margin, 0\.3009"),
        (0.1, 0.97, 0.3, r"random items have a mean cosine of 0\.97, over 0\.9: they collapse; normalise"),
        (0.3, 0.901, None, "they collapse"),
    ],
)
def test_a_collapse_is_told(loss, cosine, margin, says):
    with pytest.raises(UsageError, match=says):
        check_not_collapsed(loss, cosine, margin)


@pytest.mark.parametrize(
    ("loss", "cosine", "margin"), [(0.32, 0.9, 0.3), (0.28, 0.0, 0.3), (0.3, 0.5, None), (4.1, -0.1, None)]
)
def test_no_false_alarm(loss, cosine, margin):
    check_not_collapsed(loss, cosine, margin)
