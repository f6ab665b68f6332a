"""The losses on values that can be checked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from modiste.imagine.model import Belief, Beliefs
from modiste.lab.imagine.losses import (
    feature_distance,
    gradient_penalty,
    hinge_critic,
    named_cross_entropy,
    preservation,
    spread_out,
    surplus,
    words_seen,
)


def test_hinge_counts_words_that_contradict_a_photo_as_drawings():
    real, drawn = torch.tensor([0.5, 2.0]), torch.tensor([-2.0, 0.0])
    wrong, mismatched = torch.tensor([1.0, 5.0]), torch.tensor([1.0, 0.0])
    above = (0.5 + 0.0) / 2
    below = (0.0 + 1.0) / 2
    assert hinge_critic(real, drawn, wrong, mismatched) == pytest.approx(above + (below + 2.0) / 2)


@pytest.mark.parametrize("weight", [0.0, 0.0625, 1.0])
def test_contradictions_are_faded_in(weight):
    """With several in a batch: a weight inside their mean would cancel out."""
    real, drawn, wrong = torch.ones(4), -torch.ones(4), torch.tensor([1.0, 3.0, 5.0, 9.0])
    mismatched = torch.tensor([1.0, 1.0, 1.0, 0.0])
    assert hinge_critic(real, drawn, wrong, mismatched, weight) == pytest.approx(weight * 4.0 / 2)


def test_hinge_without_any_contradiction():
    zero = torch.zeros(2)
    assert hinge_critic(torch.ones(2), -torch.ones(2), zero, zero) == 0


def test_what_no_word_names_costs_nothing():
    logits = torch.tensor([[0.0, 0.0], [9.0, -9.0]], requires_grad=True)
    loss = named_cross_entropy(logits, torch.tensor([0, -1]))
    assert loss.item() == pytest.approx(math.log(2))
    loss.backward()
    assert logits.grad[1].abs().sum() == 0
    assert named_cross_entropy(logits.detach(), torch.tensor([-1, -1])) == 0


def test_words_that_were_not_said_may_fit_too():
    logits, said = torch.tensor([[0.0, 9.0], [5.0, -9.0]]), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    assert words_seen(logits, said).item() == pytest.approx(math.log(2))
    assert words_seen(logits, torch.zeros(2, 2)) == 0


def test_surplus_is_on_average_the_divergence():
    found = Belief(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, -1.0]]))
    told = Beliefs(torch.zeros(1, 1), torch.zeros(1, 1, 2), torch.tensor([[[0.5, 0.0]]]), torch.eye(2))
    normal = torch.distributions.Normal
    exact = torch.distributions.kl_divergence(
        normal(found.mean, found.log_sd.exp()), normal(told.mean[:, 0], told.log_sd[:, 0].exp())
    ).sum()
    torch.manual_seed(0)
    samples = [surplus(found, found.drawn(torch.randn(1, 2)), told) for _ in range(4000)]
    assert torch.stack(samples).mean().item() == pytest.approx(exact.item(), abs=0.03)


def test_a_modes_density_is_that_of_the_mixture():
    told = Beliefs(
        torch.tensor([[0.0, 1.0]]), torch.tensor([[[0.0], [4.0]]]), torch.tensor([[[0.0], [0.5]]]), torch.eye(1)
    )
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=told.chances[0]),
        torch.distributions.Normal(told.mean[0, :, 0], told.log_sd[0, :, 0].exp()),
    )
    constant = 0.5 * math.log(2 * math.pi)
    for value in (-1.0, 0.5, 4.2):
        found = told.log_density(torch.tensor([[value]])).item() - constant
        assert found == pytest.approx(mixture.log_prob(torch.tensor(value)).item(), abs=1e-5)


def test_noise_that_goes_together_has_the_density_of_its_covariance():
    mix, log_sd = torch.tensor([[1.0, 0.0], [0.6, 0.5]]), torch.tensor([[[0.2, -0.3]]])
    told = Beliefs(torch.zeros(1, 1), torch.tensor([[[1.0, -1.0]]]), log_sd, mix)
    scale = log_sd[0, 0].exp().diag() @ mix
    exact = torch.distributions.MultivariateNormal(told.mean[0, 0], scale_tril=scale)
    at = torch.tensor([0.3, 0.4])
    assert told.log_density(at[None]).item() - math.log(2 * math.pi) == pytest.approx(
        exact.log_prob(at).item(), abs=1e-5
    )
    eps = torch.tensor([[1.0, -2.0]])
    assert torch.allclose(told.drawn(eps, torch.zeros(1, 1))[0], told.mean[0, 0] + scale @ eps[0])


def test_a_standard_normal_is_spread_out():
    zeros = torch.zeros(2, 1, 3)
    assert spread_out(Beliefs(torch.zeros(2, 1), zeros, zeros, torch.eye(3))) == 0
    assert spread_out(Beliefs(torch.zeros(2, 1), zeros + 2, zeros, torch.eye(3))) == pytest.approx(2.0)


def test_feature_distance_is_by_each_depths_own_scale():
    made, true = [torch.ones(1, 2, 2, 2), torch.zeros(1, 2, 1, 1)], [2 * torch.ones(1, 2, 2, 2), torch.ones(1, 2, 1, 1)]
    assert feature_distance(made, true) == pytest.approx((0.5 + 1.0) / 2)


def test_preservation_weighs_each_word():
    zeros = torch.zeros(2, 1, 2)
    before = Beliefs(torch.zeros(2, 1), zeros, zeros, torch.eye(2))
    after = Beliefs(torch.tensor([[0.5], [0.0]]), torch.tensor([[[1.0, 1.0]], [[3.0, 0.0]]]), zeros, torch.eye(2))
    assert preservation(before, after, torch.tensor([1.0, 0.0])) == pytest.approx((2.0 + 0.25) / 2)


def test_gradient_penalty_of_a_plane_is_its_squared_slope():
    picture = torch.rand(3, 1, 2, 2, requires_grad=True)
    score = (2 * picture).sum((1, 2, 3))
    assert gradient_penalty(score, picture) == pytest.approx(16.0)
