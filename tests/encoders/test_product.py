"""The two towers."""

from __future__ import annotations

import pytest
import torch

from modiste.encoders.product import ATTRIBUTES, ProductEncoder

LABELS = {"category": ("shirt", "bag"), "colour": ("red", "blue", "green"), "gender": ("men", "women")}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ProductEncoder(LABELS, dim=32, hidden=16).eval()


def test_photos_give_a_unit_vector_three_maps_and_the_logits_of_each_head(network):
    photos = torch.randint(0, 256, (2, 128, 96, 3), dtype=torch.uint8)
    vector, low, mid, high, *logits = network.describe(photos)
    assert torch.allclose(vector.norm(dim=1), torch.ones(2))
    assert (low.shape[1:], mid.shape[1:], high.shape[1:]) == ((40, 16, 12), (112, 8, 6), (320, 4, 3))
    assert [logit.shape[1] for logit in logits] == [len(LABELS[name]) for name in ATTRIBUTES]


def test_padding_changes_nothing(network):
    states, mask = torch.randn(1, 4, 384), torch.ones(1, 4)
    padded = torch.cat([states, torch.randn(1, 3, 384)], 1)
    assert torch.allclose(network.text(states, mask), network.text(padded, torch.cat([mask, torch.zeros(1, 3)], 1)))


def test_the_order_of_words_matters(network):
    states, mask = torch.randn(1, 4, 384), torch.ones(1, 4)
    assert not torch.allclose(network.text(states, mask), network.text(states.flip(1), mask), atol=1e-3)


def test_temperature_is_bounded(network):
    assert network.scale.item() == pytest.approx(14.88, abs=0.01)
    with torch.no_grad():
        network.log_scale.fill_(9.0)
    assert network.scale.item() == 100
