"""VAL behind its encoder as two graphs for onnxruntime: a gallery's photos, and queries."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from modiste.encoders.onnx import export
from modiste.encoders.pipeline import TrainedEncoder
from modiste.encoders.pipeline import load_network as load_encoder
from modiste.images import SIZE
from modiste.refine.model import VAL, Views, Words


class Eyes(nn.Module):
    """Pixels to what the encoder sees in them. Shape: (b, h, w, 3), 0-255."""

    def __init__(self, encoder: TrainedEncoder) -> None:
        super().__init__()
        self.image = load_encoder(encoder.weights).image

    def forward(self, photos: Tensor) -> Views:
        maps = self.image.maps(photos)
        return Views(maps.low, maps.mid, maps.high, self.image.network.pooled(maps))


class Gallery(nn.Module):
    """Pixels to the vectors that are searched."""

    def __init__(self, network: VAL, eyes: Eyes) -> None:
        super().__init__()
        self.network, self.eyes = network, eyes

    def forward(self, photos: Tensor) -> Tensor:
        return self.network.join(self.network.gallery(self.eyes(photos)))


class Query(nn.Module):
    """Pixels and sentences to what is looked for."""

    def __init__(self, network: VAL, eyes: Eyes) -> None:
        super().__init__()
        self.network, self.eyes = network, eyes

    def forward(self, photos: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        return self.network.join(self.network.query(self.eyes(photos), Words(states, mask)))


def write(network: VAL, encoder: TrainedEncoder, part: str, path: Path) -> None:
    """Export the graph `gallery` or `query`."""
    photos = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
    free = {0: "n"}
    if part == "gallery":
        graph: nn.Module = Gallery(network, Eyes(encoder)).eval()
        export(graph, (photos,), ["photos"], ["vector"], {"photos": free, "vector": free}, path)
        return
    graph = Query(network, Eyes(encoder)).eval()
    words = {0: "n", 1: "tokens"}
    axes = {"photos": free, "states": words, "mask": words, "vector": free}
    arguments = (photos, torch.zeros(2, 8, 384), torch.ones(2, 8))
    export(graph, arguments, ["photos", "states", "mask"], ["vector"], axes, path)
