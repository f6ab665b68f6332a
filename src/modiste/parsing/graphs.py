"""A parser as a graph: frames to maps and heat, each frame seen in a mirror too."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.encoders.onnx import export
from modiste.parsing.base import MIRRORED, SIZE
from modiste.parsing.model import Told

OUTPUTS = ("map", "heat")


class Answer(NamedTuple):
    """What a parser says of some frames."""

    map: Tensor
    """Places in PARSING_CLASSES, uint8. Shape: (b, 256, 192)."""
    heat: Tensor
    """How likely each joint is at each place. Shape: (b, 17, 64, 48)."""


class Sight(nn.Module):
    """A network with what turns its logits into an answer.

    Args:
        flip: look at each frame in a mirror too and take the mean: twice the time.
    """

    def __init__(self, network: nn.Module, flip: bool = True) -> None:
        super().__init__()
        self.network, self.flip = network, flip

    def forward(self, pixels: Tensor) -> Answer:
        classes, heat = self.look(pixels)
        full = F.interpolate(classes, scale_factor=2.0, mode="bilinear", align_corners=False)
        return Answer(full.argmax(1).to(torch.uint8), heat)

    def look(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Logarithms of the classes' likelihoods, and the joints' heat. Shapes: (b, 13, 128, 96), (b, 17, 64, 48)."""
        classes, heat = _likelihoods(self.network(pixels))
        if self.flip:
            turned, other = _likelihoods(self.network(pixels.flip(2)))
            classes = (classes + turned.flip(3)) / 2
            heat = (heat + other.flip(3)[:, list(MIRRORED)]) / 2
        return classes, heat


def write(network: nn.Module, path: Path) -> None:
    """Export the graph."""
    pixels = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
    axes = {name: {0: "n"} for name in ("pixels", *OUTPUTS)}
    export(Sight(network).eval(), (pixels,), ["pixels"], OUTPUTS, axes, path)


def _likelihoods(told: Told) -> tuple[Tensor, Tensor]:
    heat = torch.cat([told.heat.flatten(2), told.nowhere[:, :, None]], 2).softmax(2)
    return told.classes.log_softmax(1), heat[:, :, :-1].unflatten(2, told.heat.shape[2:])
