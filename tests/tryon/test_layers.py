from __future__ import annotations

import pytest
import torch
from torch import nn

from modiste.tryon.layers import PatchDiscriminator, Residual, Rise, convolution


@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_keeps_or_halves(stride):
    assert convolution(8, 16, stride)(torch.rand(2, 8, 12, 16)).shape == (2, 16, 12 // stride, 16 // stride)


def test_a_residual_that_says_nothing_passes_on():
    layer = Residual(8)
    norm = layer.second[1]
    assert isinstance(norm, nn.GroupNorm)
    nn.init.zeros_(norm.weight)
    x = torch.rand(1, 8, 6, 6)
    torch.testing.assert_close(layer(x), x)


@pytest.mark.parametrize("skip", [(12, 16), (13, 15)])
def test_rise_has_the_size_of_what_it_joins(skip):
    assert Rise(16, 8, 8)(torch.rand(1, 16, 6, 8), torch.rand(1, 8, *skip)).shape == (1, 8, *skip)


def test_a_discriminator_judges_patches():
    assert PatchDiscriminator(16, 3)(torch.rand(2, 16, 256, 192), torch.rand(2, 3, 256, 192)).shape == (2, 1, 32, 24)


def test_a_discriminator_sees_the_condition_and_the_image():
    torch.manual_seed(0)
    judge = PatchDiscriminator(2, 3, width=8)
    given, image = torch.rand(1, 2, 32, 32, requires_grad=True), torch.rand(1, 3, 32, 32, requires_grad=True)
    judge(given, image).sum().backward()
    for seen in (given, image):
        assert seen.grad is not None
        assert seen.grad.abs().sum() > 0
