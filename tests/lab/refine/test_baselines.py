"""The composers that VAL is compared with."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from modiste.lab.refine.baselines import BASELINES, DIM, _pooled_features
from modiste.refine.model import PhotoFeatures
from tests.refine.networks import features, overfits, padded, stirred, words


def fresh(name):
    torch.manual_seed(0)
    return BASELINES[name]().eval()


def inputs(count=3, seed=0):
    """A photo's and a sentence's features."""
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, DIM, generator=random), torch.randn(count, DIM, generator=random)


@pytest.mark.parametrize("name", BASELINES)
def test_gives_unit_vectors_as_long_as_those_of_val(name):
    network = stirred(fresh(name))
    for vectors in (network.query(features(3), words(3)), network.gallery(features(3))):
        assert torch.equal(network.join(vectors), vectors[0])
        assert vectors[0].shape == (3, 96 + 160 + 256)
        assert torch.allclose(vectors[0].norm(dim=1), torch.ones(3), atol=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_sees_the_photo_and_hears_the_sentence_as_its_name_says(name):
    network = stirred(fresh(name))
    (base,) = network.query(features(1), words(1))
    (other_photo,), (other_words,) = (
        network.query(features(1, seed=1), words(1)),
        network.query(features(1), words(1, seed=1)),
    )
    assert torch.allclose(base, other_photo, atol=1e-4) == (name == "text only")
    assert torch.allclose(base, other_words, atol=1e-4) == (name == "image only")


@pytest.mark.parametrize("name", BASELINES)
def test_padding_changes_nothing(name):
    network = stirred(fresh(name))
    assert torch.allclose(
        network.query(features(2), words(2))[0], network.query(features(2), padded(words(2), 4))[0], atol=1e-5
    )


@pytest.mark.parametrize("name", BASELINES)
def test_overfits_one_batch(name):
    torch.manual_seed(0)
    before, after = overfits(BASELINES[name]())
    assert after < before / 2


def test_image_only_looks_for_what_is_shown():
    network = stirred(fresh("image only"))
    assert torch.equal(network.query(features(2), words(2))[0], network.gallery(features(2))[0])


def test_sum_adds_before_it_normalises():
    photo, said = inputs()
    assert torch.equal(fresh("sum")._compose(photo, said), photo + said)


def test_concatenation_keeps_photo_and_sentence_apart():
    network, (photo, said) = fresh("concatenation"), inputs()
    with torch.no_grad():
        network.mix[0].weight[:, DIM:] = 0
    assert torch.equal(network._compose(photo, said), network._compose(photo, torch.zeros_like(said)))
    assert not torch.allclose(network._compose(photo, said), network._compose(said, said), atol=1e-3)


def test_tirg_is_a_gated_photo_plus_ten_residuals():
    network, (photo, said) = fresh("TIRG"), inputs()
    both = F.relu(torch.cat([photo, said], 1) / (1 + 1e-5) ** 0.5)  # a fresh batch norm
    gate, residual = (part[4](F.relu(part[2](both))) for part in (network.gate, network.residual))
    expected = photo / (1 + (-gate).exp()) + 10 * residual
    assert torch.allclose(network._compose(photo, said), expected, atol=1e-4)


def test_tirg_can_leave_the_photo_alone():
    network, (photo, said) = fresh("TIRG"), inputs()
    with torch.no_grad():
        network.gate[-1].bias.fill_(30.0)
        network.shares.copy_(torch.tensor([1.0, 0.0]))
    assert torch.allclose(network._compose(photo, said), photo, atol=1e-5)


def test_film_without_modulation_is_deaf():
    network, (photo, said) = fresh("FiLM"), inputs()
    for modulation in network.modulations:
        torch.nn.init.zeros_(modulation.weight)
        torch.nn.init.zeros_(modulation.bias)
    expected = photo
    for layer in network.layers:
        features = layer(expected)
        centred = features - features.mean(1, keepdim=True)
        expected = expected + F.gelu(centred / (centred.var(1, keepdim=True, correction=0) + 1e-5).sqrt())
    assert torch.allclose(network._compose(photo, said), expected, atol=1e-4)
    assert torch.equal(network._compose(photo, said), network._compose(photo, -said))


def test_film_stretches_and_shifts():
    """A stretch of -1 silences a block, and a shift is what remains of it."""
    network, (photo, said) = fresh("FiLM"), inputs()
    for modulation, shift in zip(network.modulations, (2.0, -3.0), strict=True):
        torch.nn.init.zeros_(modulation.weight)
        with torch.no_grad():
            modulation.bias.copy_(torch.cat([torch.full((DIM,), -1.0), torch.full((DIM,), shift)]))
    expected = photo + F.gelu(torch.tensor(2.0)) + F.gelu(torch.tensor(-3.0))
    assert torch.allclose(network._compose(photo, said), expected, atol=1e-5)


def test_features_are_the_means_of_two_maps_beside_the_summary():
    photos = features(2)
    pooled = _pooled_features(photos)
    assert pooled.shape == (2, 40 + 112 + 1280)
    assert pooled[1, 3].item() == pytest.approx(photos.low[1, 3].sum().item() / (16 * 12), abs=1e-5)
    assert pooled[0, 40 + 5].item() == pytest.approx(photos.mid[0, 5].sum().item() / (8 * 6), abs=1e-5)
    assert torch.equal(pooled[:, 152:], photos.summary)


def test_means_serve_as_well_as_maps():
    network, photos = stirred(fresh("TIRG")), features(2)
    means = PhotoFeatures(*(one.mean((2, 3), keepdim=True) for one in photos[:3]), photos.summary)
    assert torch.allclose(network.query(photos, words(2))[0], network.query(means, words(2))[0], atol=1e-5)


def test_features_are_standardised_by_what_was_measured():
    network, photos = fresh("sum"), features(200)
    photos = photos._replace(summary=5 + 2 * photos.summary)
    network.measure(photos)
    scaled = network.standardise(_pooled_features(photos))
    assert torch.allclose(scaled.mean(0), torch.zeros(1432), atol=1e-3)
    assert torch.allclose(scaled.std(0), torch.ones(1432), atol=1e-3)


def test_temperature_is_bounded():
    network = fresh("sum")
    with torch.no_grad():
        network.log_scale.fill_(9.0)
    assert network.scale.item() == 100
