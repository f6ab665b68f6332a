"""The critics: both stages' sizes, and what of a verdict depends on the words."""

from __future__ import annotations

import pytest
import torch

from modiste.lab.imagine.discriminators import WIDTHS, Critic, moved

CLASSES = {"type": 3, "colour": 5, "gender": 3}


@pytest.fixture(params=sorted(WIDTHS))
def critic(request):
    torch.manual_seed(0)
    return request.param, Critic(request.param, 16, CLASSES, 7)


def test_a_verdict_has_features_classes_and_maps(critic):
    size, network = critic
    verdict = network(torch.rand(2, 3, *size))
    assert verdict.features.shape == (2, 128)
    assert {name: tuple(logits.shape) for name, logits in network.classified(verdict.features).items()} == {
        "type": (2, 3), "colour": (2, 5), "gender": (2, 3),
    }  # fmt: skip
    assert [tuple(one.shape[2:]) for one in verdict.maps] == [(size[0] >> n, size[1] >> n) for n in (1, 2, 3)]


def test_words_count_as_far_as_they_are_faded_in(critic):
    size, network = critic
    features = network(torch.rand(2, 3, *size)).features
    one, other = torch.randn(2, 16), torch.randn(2, 16)
    assert torch.equal(network.score(features, one, 0.0), network.score(features, other, 0.0))
    assert not torch.allclose(network.score(features, one), network.score(features, other))


def test_pictures_move_over_white():
    picture = torch.ones(1, 3, 8, 8)
    picture[:, :, 3:5, 3:5] = 0
    assert torch.allclose(moved(picture, torch.zeros(1, 2)), picture, atol=1e-6)
    right = moved(picture, torch.tensor([[-0.5, 0.0]]))  # a grid is two wide: two of eight columns
    assert torch.allclose(right[:, :, 3:5, 5:7], torch.zeros(1, 3, 2, 2), atol=1e-5)
    assert torch.allclose(right[:, :, :, :4], torch.ones(1, 3, 8, 4), atol=1e-5)
