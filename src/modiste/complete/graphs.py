"""CSA-Net behind its encoder as a graph for onnxruntime: a gallery's photos to folded vectors."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from modiste.complete.looks import Eyes
from modiste.complete.model import CSANet
from modiste.encoders.onnx import export
from modiste.encoders.pipeline import TrainedEncoder
from modiste.images import SIZE


class Gallery(nn.Module):
    """Pixels with even backgrounds to the vectors that are searched (as `lookup.fold`)."""

    def __init__(self, network: CSANet, eyes: Eyes) -> None:
        super().__init__()
        self.network, self.eyes = network, eyes

    def forward(self, photos: Tensor) -> Tensor:
        vectors = self.network.vector(self.eyes(photos))
        squares = vectors * vectors
        filled = torch.sqrt((1 - (squares * squares).sum(1, keepdim=True)).clamp(min=0))
        return torch.cat([vectors, squares, filled], 1) / 2**0.5


def write(network: CSANet, encoder: TrainedEncoder, path: Path) -> None:
    """Export the graph."""
    photos = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
    graph = Gallery(network, Eyes(encoder)).eval()
    export(graph, (photos,), ["photos"], ["vector"], {"photos": {0: "n"}, "vector": {0: "n"}}, path)
