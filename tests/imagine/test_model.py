"""Text encoders, the mixture prior, and the generator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.colour import lab_to_rgb as exact
from modiste.errors import UsageError
from modiste.imagine.model import (
    ENCODERS,
    Generator,
    Imagination,
    ImagineConfig,
    MixturePrior,
    Posterior,
    Tokens,
    _lab_to_rgb,
)
from modiste.imagine.words import read
from tests.imagine.imaginers import SMALL, vocabulary


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return Generator(SMALL).eval()


def test_lab_to_rgb_is_the_exact_one():
    labs = np.array([[50, 0, 0], [15, 0, -2], [60, 50, 30], [80, -20, 40], [97, 0, 1]], float)
    made = _lab_to_rgb(torch.from_numpy(labs).float().T[None, :, :, None])[0, :, :, 0].T
    assert np.abs(made.numpy() * 255 - exact(labs)).max() <= 1.0


def test_lab_to_rgb_has_finite_gradients_beyond_the_screens_colours():
    lab = torch.tensor([[-5.0, 0, 0], [120, 0, 0], [50, 120, -120]]).T[None, :, :, None].requires_grad_()
    _lab_to_rgb(lab).sum().backward()
    assert torch.isfinite(lab.grad).all()


def test_both_stages_have_their_sizes(generator):
    coarse, fine = generator(torch.randn(3, 16), torch.full((3, 3), 40.0), fine=2)
    assert coarse.picture.shape == (3, 3, 64, 32)
    assert fine.picture.shape == (2, 3, 128, 64)
    assert fine.mask.shape == (2, 1, 128, 64)


def test_the_ground_is_white_and_the_garment_has_its_colour(generator):
    torch.nn.init.zeros_(generator.coarse.weight)
    with torch.no_grad():
        generator.coarse.bias.copy_(torch.tensor([-50.0, 0, 0, 0]))
        ground = generator(torch.randn(1, 16), torch.tensor([[40.0, 50, 20]]))[1].picture
        generator.coarse.bias.copy_(torch.tensor([50.0, 0, 0, 0]))
        cloth = generator(torch.randn(1, 16), torch.tensor([[40.0, 50, 20]]))[1].picture
    assert torch.allclose(ground, torch.ones_like(ground))
    wanted = torch.from_numpy(exact([40, 50, 20]) / 255).float()
    assert torch.allclose(cloth, wanted[None, :, None, None].expand_as(cloth), atol=0.01)


def test_a_printed_picture_does_not_look_at_the_colour():
    torch.manual_seed(0)
    printed = Generator(replace(SMALL, painted=False)).eval()
    sample = torch.randn(1, 16)
    one, other = (printed(sample, torch.full((1, 3), value))[1].picture for value in (10.0, 90.0))
    assert torch.equal(one, other)


def test_the_posterior_tells_sample_and_noise():
    posterior = Posterior(SMALL)(torch.randn(2, 4, 64, 32))
    assert posterior.mean.shape == posterior.log_sd.shape == (2, SMALL.sample + SMALL.noise)


def test_only_what_is_painted_has_a_posterior():
    vectors = torch.randn(5, 12)
    assert Imagination(SMALL, vectors, 4).posterior is not None
    assert Imagination(replace(SMALL, painted=False), vectors, 4).posterior is None


@pytest.mark.parametrize(
    ("setting", "says"),
    [({"text": "letters"}, "text must be one of"), ({"widths": (8, 8)}, "widths must be five multiples of 8")],
)
def test_settings_that_make_no_network_are_refused(setting, says):
    with pytest.raises(UsageError, match=says):
        ImagineConfig(**setting)


def test_gumbel_noise_decides_between_modes_and_eps_within_them():
    prior = MixturePrior(
        torch.zeros(1, 2),
        torch.tensor([[[0.0, 0.0], [9.0, 9.0]]]),
        torch.tensor([[[0.0, 0.0], [-4.0, -4.0]]]),
        torch.eye(2),
    )
    eps = torch.tensor([[1.0, -1.0]])
    assert prior.sample(eps, torch.tensor([[1.0, 0.0, 7.0]])).tolist() == [[1.0, -1.0]]  # only two modes are asked
    assert prior.sample(eps, torch.tensor([[0.0, 1.0, 7.0]]))[0].tolist() == pytest.approx([9.018, 8.982], abs=1e-3)


@pytest.fixture(params=sorted(ENCODERS))
def encoder(request):
    torch.manual_seed(0)
    return ENCODERS[request.param](torch.randn(len(vocabulary().tokens), 12), 16, table=True)


def tokens(*texts):
    return Tokens.of([read(text, vocabulary()).words for text in texts], vocabulary())


def test_word_by_word_is_what_the_whole_text_says(encoder):
    text = tokens("women navy slim jeans")
    whole, state = encoder(text), encoder.start(1)
    for index, vector in enumerate(encoder.embed(text).unbind(1)):
        assert torch.equal(state.output, whole[:, index])
        state = encoder.add(state, vector)
    assert torch.equal(state.output, whole[:, -1])


def test_padding_says_nothing(encoder):
    alone, padded = encoder(tokens("black jeans")), encoder(tokens("black jeans", "women navy slim jeans"))
    assert torch.allclose(padded[0, 2], alone[0, 2], atol=1e-6)
    assert torch.equal(padded[0, 4], padded[0, 2])


def test_unseen_colours_have_a_place_by_their_lab(encoder):
    teal, red = encoder(tokens("teal jeans", "red jeans"))[:, 1]
    assert not torch.allclose(teal, red)


def test_baselines_are_frozen_and_the_stream_is_not():
    frozen = {
        name: not ENCODERS[name](torch.randn(5, 12), 16, table=False).embedding.weight.requires_grad
        for name in ENCODERS
    }
    assert frozen == {"stream": False, "mean": True, "sentence": True}


def test_mean_words_is_the_mean():
    torch.manual_seed(0)
    encoder = ENCODERS["mean"](torch.randn(len(vocabulary().tokens), 12), 16, table=False)
    text = tokens("women slim jeans")
    mean = encoder.embedding(text.indices[0]).mean(0)
    assert torch.allclose(encoder(text)[0, 3], encoder.lift(mean), atol=1e-6)
