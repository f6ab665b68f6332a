"""Feature maps of an encoder's first blocks: what two pictures are compared by, where VGG is usual."""

from __future__ import annotations

from torch import Tensor, nn

from modiste.encoders.efficientnet import EfficientNetLite0

BLOCKS = (0, 2, 4)
"""Whose outputs are compared, at strides 2, 4 and 8."""


class Perception(nn.Module):
    """A frozen trunk.

    Args of forward:
        image: RGB 0-1. Shape: (b, 3, h, w).

    Returns:
        Maps. Shapes: (b, 16, h / 2, w / 2), (b, 24, h / 4, w / 4), (b, 40, h / 8, w / 8).
    """

    def __init__(self, trunk: EfficientNetLite0) -> None:
        super().__init__()
        self.stem, self.blocks = trunk.stem, trunk.blocks[: BLOCKS[-1] + 1]
        self.requires_grad_(False).eval()

    @classmethod
    def of(cls, encoder: str) -> Perception:
        """The trunk of an encoder's weights."""
        from modiste.encoders.pipeline import load_network
        from modiste.weights import find

        return cls(load_network(find(encoder)).image.network)

    def forward(self, image: Tensor) -> list[Tensor]:
        x: Tensor = self.stem((image * 255 - 127) / 128)
        maps = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in BLOCKS:
                maps.append(x)
        return maps
