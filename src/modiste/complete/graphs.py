"""CSA-Net behind its encoder, as torch modules from pixels on, and as the graph that a gallery is embedded with."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from modiste.complete.model import CSANet
from modiste.encoders.efficientnet import HEAD_WIDTH, TAP_WIDTHS
from modiste.encoders.onnx import export
from modiste.encoders.pipeline import TrainedEncoder, load_network
from modiste.images import SIZE


class Backbone(nn.Module):
    """Pixels to the features that CSA-Net starts from.

    These are the encoder's vector, its head's pooled feature, and mean and deviation of each channel of its low and its
    mid map.

    Args of forward:
        photos: RGB, 0-255. Shape: (b, h, w, 3).

    Returns:
        Shape: (b, f).
    """

    def __init__(self, encoder: TrainedEncoder) -> None:
        super().__init__()
        self.image = load_network(encoder.weights).image
        self.width = encoder.dim + HEAD_WIDTH + 2 * (TAP_WIDTHS[0] + TAP_WIDTHS[1])

    def forward(self, photos: Tensor) -> Tensor:
        maps = self.image.maps(photos)
        parts = [self.image.vector(self.image.pooled(maps)), self.image.network.pooled(maps)]
        for channels in (maps.low, maps.mid):
            mean = channels.mean((2, 3))
            variance = ((channels - mean[:, :, None, None]) ** 2).mean((2, 3))
            parts += [mean, torch.sqrt(variance + 1e-6)]
        return torch.cat(parts, 1)


class _GalleryGraph(nn.Module):
    """Pixels with even backgrounds to the vectors that are searched (as `lookup.fold`)."""

    def __init__(self, network: CSANet, backbone: Backbone) -> None:
        super().__init__()
        self.network, self.backbone = network, backbone

    def forward(self, photos: Tensor) -> Tensor:
        vectors = self.network.vector(self.backbone(photos))
        squares = vectors * vectors
        filled = torch.sqrt((1 - (squares * squares).sum(1, keepdim=True)).clamp(min=0))
        return torch.cat([vectors, squares, filled], 1) / 2**0.5


def export_gallery(network: CSANet, encoder: TrainedEncoder, path: Path) -> None:
    """Write the graph from photos to folded vectors."""
    photos = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
    graph = _GalleryGraph(network, Backbone(encoder)).eval()
    export(graph, (photos,), ["photos"], ["vector"], {"photos": {0: "n"}, "vector": {0: "n"}}, path)
