"""The losses on values that can be checked by hand, and the discriminators of both stages."""

from __future__ import annotations

import math

import pytest
import torch

from modiste.imagine.model import Gaussian, MixturePrior
from modiste.lab.imagine.losses import (
    WIDTHS,
    Discriminator,
    discriminator_hinge,
    feature_distance,
    gradient_penalty,
    kl_divergence,
    masked_cross_entropy,
    positive_cross_entropy,
    preservation,
    standard_normal_kl,
    translate,
)

CLASSES = {"type": 3, "colour": 5, "gender": 3}


def test_hinge_counts_words_that_contradict_a_photo_as_drawings():
    real, fake = torch.tensor([0.5, 2.0]), torch.tensor([-2.0, 0.0])
    mismatched, contradicts = torch.tensor([1.0, 5.0]), torch.tensor([1.0, 0.0])
    above = (0.5 + 0.0) / 2
    below = (0.0 + 1.0) / 2
    assert discriminator_hinge(real, fake, mismatched, contradicts) == pytest.approx(above + (below + 2.0) / 2)


@pytest.mark.parametrize("weight", [0.0, 0.0625, 1.0])
def test_contradictions_are_faded_in(weight):
    """With several in a batch: a weight inside their mean would cancel out."""
    real, fake, mismatched = torch.ones(4), -torch.ones(4), torch.tensor([1.0, 3.0, 5.0, 9.0])
    contradicts = torch.tensor([1.0, 1.0, 1.0, 0.0])
    assert discriminator_hinge(real, fake, mismatched, contradicts, weight) == pytest.approx(weight * 4.0 / 2)


def test_hinge_without_any_contradiction():
    zero = torch.zeros(2)
    assert discriminator_hinge(torch.ones(2), -torch.ones(2), zero, zero) == 0


def test_what_no_word_names_costs_nothing():
    logits = torch.tensor([[0.0, 0.0], [9.0, -9.0]], requires_grad=True)
    loss = masked_cross_entropy(logits, torch.tensor([0, -1]))
    assert loss.item() == pytest.approx(math.log(2))
    loss.backward()
    assert logits.grad[1].abs().sum() == 0
    assert masked_cross_entropy(logits.detach(), torch.tensor([-1, -1])) == 0


def test_words_of_other_texts_may_fit_too():
    logits, words = torch.tensor([[0.0, 9.0], [5.0, -9.0]]), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    assert positive_cross_entropy(logits, words).item() == pytest.approx(math.log(2))
    assert positive_cross_entropy(logits, torch.zeros(2, 2)) == 0


def test_kl_divergence_is_exact_on_average():
    posterior = Gaussian(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, -1.0]]))
    prior = MixturePrior(torch.zeros(1, 1), torch.zeros(1, 1, 2), torch.tensor([[[0.5, 0.0]]]), torch.eye(2))
    normal = torch.distributions.Normal
    exact = torch.distributions.kl_divergence(
        normal(posterior.mean, posterior.log_sd.exp()), normal(prior.mean[:, 0], prior.log_sd[:, 0].exp())
    ).sum()
    torch.manual_seed(0)
    samples = [kl_divergence(posterior, posterior.sample(torch.randn(1, 2)), prior) for _ in range(4000)]
    assert torch.stack(samples).mean().item() == pytest.approx(exact.item(), abs=0.03)


def test_a_modes_density_is_that_of_the_mixture():
    prior = MixturePrior(
        torch.tensor([[0.0, 1.0]]), torch.tensor([[[0.0], [4.0]]]), torch.tensor([[[0.0], [0.5]]]), torch.eye(1)
    )
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=prior.logits[0]),
        torch.distributions.Normal(prior.mean[0, :, 0], prior.log_sd[0, :, 0].exp()),
    )
    constant = 0.5 * math.log(2 * math.pi)
    for value in (-1.0, 0.5, 4.2):
        density = prior.log_prob(torch.tensor([[value]])).item() - constant
        assert density == pytest.approx(mixture.log_prob(torch.tensor(value)).item(), abs=1e-5)


def test_noise_that_goes_together_has_the_density_of_its_covariance():
    mix, log_sd = torch.tensor([[1.0, 0.0], [0.6, 0.5]]), torch.tensor([[[0.2, -0.3]]])
    prior = MixturePrior(torch.zeros(1, 1), torch.tensor([[[1.0, -1.0]]]), log_sd, mix)
    scale = log_sd[0, 0].exp().diag() @ mix
    exact = torch.distributions.MultivariateNormal(prior.mean[0, 0], scale_tril=scale)
    at = torch.tensor([0.3, 0.4])
    assert prior.log_prob(at[None]).item() - math.log(2 * math.pi) == pytest.approx(exact.log_prob(at).item(), abs=1e-5)
    eps = torch.tensor([[1.0, -2.0]])
    assert torch.allclose(prior.sample(eps, torch.zeros(1, 1))[0], prior.mean[0, 0] + scale @ eps[0])


def test_a_standard_normal_has_no_divergence():
    zeros = torch.zeros(2, 1, 3)
    assert standard_normal_kl(MixturePrior(torch.zeros(2, 1), zeros, zeros, torch.eye(3))) == 0
    assert standard_normal_kl(MixturePrior(torch.zeros(2, 1), zeros + 2, zeros, torch.eye(3))) == pytest.approx(2.0)


def test_feature_distance_is_by_each_depths_own_scale():
    fake, real = [torch.ones(1, 2, 2, 2), torch.zeros(1, 2, 1, 1)], [2 * torch.ones(1, 2, 2, 2), torch.ones(1, 2, 1, 1)]
    assert feature_distance(fake, real) == pytest.approx((0.5 + 1.0) / 2)


def test_preservation_weighs_each_word():
    zeros = torch.zeros(2, 1, 2)
    before = MixturePrior(torch.zeros(2, 1), zeros, zeros, torch.eye(2))
    after = MixturePrior(torch.tensor([[0.5], [0.0]]), torch.tensor([[[1.0, 1.0]], [[3.0, 0.0]]]), zeros, torch.eye(2))
    assert preservation(before, after, torch.tensor([1.0, 0.0])) == pytest.approx((2.0 + 0.25) / 2)


def test_gradient_penalty_of_a_plane_is_its_squared_slope():
    picture = torch.rand(3, 1, 2, 2, requires_grad=True)
    score = (2 * picture).sum((1, 2, 3))
    assert gradient_penalty(score, picture) == pytest.approx(16.0)


@pytest.fixture(params=sorted(WIDTHS))
def discriminator(request):
    torch.manual_seed(0)
    return request.param, Discriminator(request.param, 16, CLASSES, 7)


def test_a_discriminator_gives_features_classes_and_maps(discriminator):
    size, network = discriminator
    features, maps = network(torch.rand(2, 3, *size))
    assert features.shape == (2, 128)
    assert {name: tuple(logits.shape) for name, logits in network.classify(features).items()} == {
        "type": (2, 3), "colour": (2, 5), "gender": (2, 3),
    }  # fmt: skip
    assert [tuple(each.shape[2:]) for each in maps] == [(size[0] >> n, size[1] >> n) for n in (1, 2, 3)]


def test_words_count_as_far_as_they_are_faded_in(discriminator):
    size, network = discriminator
    features, _ = network(torch.rand(2, 3, *size))
    one, other = torch.randn(2, 16), torch.randn(2, 16)
    assert torch.equal(network.score(features, one, 0.0), network.score(features, other, 0.0))
    assert not torch.allclose(network.score(features, one), network.score(features, other))


def test_pictures_move_over_white():
    picture = torch.ones(1, 3, 8, 8)
    picture[:, :, 3:5, 3:5] = 0
    assert torch.allclose(translate(picture, torch.zeros(1, 2)), picture, atol=1e-6)
    right = translate(picture, torch.tensor([[-0.5, 0.0]]))  # a grid is two wide: two of eight columns
    assert torch.allclose(right[:, :, 3:5, 5:7], torch.zeros(1, 3, 2, 2), atol=1e-5)
    assert torch.allclose(right[:, :, :, :4], torch.ones(1, 3, 8, 4), atol=1e-5)
