"""The generator: what is painted where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.colour import lab_to_rgb as exact
from modiste.errors import UsageError
from modiste.imagine.model import Beliefs, Generator, Imagination, ImagineConfig, Posterior, lab_to_rgb
from tests.imagine.imaginers import SMALL


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return Generator(SMALL).eval()


def test_lab_to_rgb_is_the_exact_one():
    labs = np.array([[50, 0, 0], [15, 0, -2], [60, 50, 30], [80, -20, 40], [97, 0, 1]], float)
    made = lab_to_rgb(torch.from_numpy(labs).float().T[None, :, :, None])[0, :, :, 0].T
    assert np.abs(made.numpy() * 255 - exact(labs)).max() <= 1.0


def test_lab_to_rgb_has_finite_gradients_beyond_the_screens_colours():
    lab = torch.tensor([[-5.0, 0, 0], [120, 0, 0], [50, 120, -120]]).T[None, :, :, None].requires_grad_()
    lab_to_rgb(lab).sum().backward()
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
    belief = Posterior(SMALL)(torch.randn(2, 4, 64, 32))
    assert belief.mean.shape == belief.log_sd.shape == (2, SMALL.sample + SMALL.noise)


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


def test_taste_decides_between_modes_and_noise_within_them():
    beliefs = Beliefs(
        torch.zeros(1, 2),
        torch.tensor([[[0.0, 0.0], [9.0, 9.0]]]),
        torch.tensor([[[0.0, 0.0], [-4.0, -4.0]]]),
        torch.eye(2),
    )
    eps = torch.tensor([[1.0, -1.0]])
    assert beliefs.drawn(eps, torch.tensor([[1.0, 0.0, 7.0]])).tolist() == [[1.0, -1.0]]  # only two modes are asked
    assert beliefs.drawn(eps, torch.tensor([[0.0, 1.0, 7.0]]))[0].tolist() == pytest.approx([9.018, 8.982], abs=1e-3)
