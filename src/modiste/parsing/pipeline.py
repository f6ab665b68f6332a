"""The trained parser at work, on onnxruntime."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modiste.cache import cache_folder, write_once
from modiste.errors import UsageError
from modiste.parsing.frame import SIZE, Parsed, check_frames
from modiste.types import Pixels
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from modiste.parsing.model import ParserNetwork

CHUNK = 8
"""Frames at once, so that memory stays small however many are given."""
REACH = 3
"""Cells on each side of the peak that the joint is the mean of."""


class TrainedParser:
    """A parser that `modiste train parser` made.

    Args:
        name: shipped weights or the folder of a run.
        threads: cores for onnxruntime; all of them by default.
    """

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        self.weights = find(name)
        system = self.weights.config.get("system")
        if system != "parser":
            raise UsageError(f"{name} is no parser but {system}; parsers are listed by: modiste models")
        self.name, self.revision = self.weights.name, self.weights.revision
        self._threads = threads

    def parse(self, pixels: Pixels) -> list[Parsed]:
        """Frames, RGB 0-255, to maps and keypoints. Shape: (n, 256, 192, 3)."""
        check_frames(pixels)
        parsed = []
        for start in range(0, len(pixels), CHUNK):
            frames = np.ascontiguousarray(pixels[start : start + CHUNK])
            maps, heat = self._session.run(["map", "heat"], {"pixels": frames})
            parsed += [Parsed(map, joints) for map, joints in zip(maps, joints_of(heat), strict=True)]
        return parsed

    @cached_property
    def _session(self) -> Any:
        from modiste.encoders.onnx import open_session

        path = cache_folder() / f"parser-{self.revision}.onnx"
        if not path.exists():  # only then torch is needed
            from modiste.parsing.model import write

            write_once(path, lambda half: write(load_network(self.weights), half))
        return open_session(path, self._threads)


def load_network(weights: Weights) -> ParserNetwork:
    """The network with these weights, ready for inference."""
    import torch

    from modiste.parsing.model import ParserConfig, ParserNetwork

    network = ParserNetwork(ParserConfig(tuple(weights.config["network"]["widths"])))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()})
    return network.eval()


def joints_of(heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean position around each joint's peak, and as its confidence the heat that lies there.

    Args:
        heat: sums to at most 1 for each joint. Shape: (n, k, h, w).

    Returns:
        Column and row in a frame of `SIZE`, confidence. Shape: (n, k, 3).
    """
    n, k, height, width = heat.shape
    peak = heat.reshape(n, k, -1).argmax(2)
    rows, columns = np.divmod(peak, width)
    steps = np.arange(-REACH, REACH + 1)
    padded = np.pad(heat, ((0, 0), (0, 0), (REACH, REACH), (REACH, REACH)))
    down = (rows[..., None] + REACH + steps)[..., :, None]
    across = (columns[..., None] + REACH + steps)[..., None, :]
    frames, joints = np.ogrid[:n, :k]
    near = padded[frames[..., None, None], joints[..., None, None], down, across]
    mass = near.sum((2, 3))
    scale = 1 / np.maximum(mass, 1e-9)
    x = columns + (near.sum(2) * steps).sum(2) * scale + 0.5
    y = rows + (near.sum(3) * steps).sum(2) * scale + 0.5
    return np.stack([x * (SIZE[1] / width), y * (SIZE[0] / height), np.minimum(mass, 1)], 2).astype(np.float32)
