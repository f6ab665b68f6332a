"""The trained parser at work, on onnxruntime."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.cache import cache_folder, write_once
from modiste.errors import UsageError
from modiste.parsing.base import Parsed, check_frames
from modiste.parsing.joints import joints_of
from modiste.types import Pixels
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from modiste.parsing.model import ParserNetwork

CHUNK = 8
"""Frames at once, so that memory stays small however many are given."""


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
        found = []
        for start in range(0, len(pixels), CHUNK):
            frames = np.ascontiguousarray(pixels[start : start + CHUNK])
            maps, heat = self._session.run(["map", "heat"], {"pixels": frames})
            found += [Parsed(map, joints) for map, joints in zip(maps, joints_of(heat), strict=True)]
        return found

    @cached_property
    def _session(self) -> Any:
        from modiste.encoders.onnx import open_session

        path = cache_folder() / f"parser-{self.revision}.onnx"
        if not path.exists():  # only then torch is needed
            from modiste.parsing.graphs import write

            write_once(path, lambda half: write(load_network(self.weights), half))
        return open_session(path, self._threads)


def load_network(weights: Weights) -> ParserNetwork:
    """The network with these weights, ready for inference."""
    import torch

    from modiste.parsing.model import ParserConfig, ParserNetwork

    network = ParserNetwork(ParserConfig(tuple(weights.config["network"]["widths"])))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()})
    return network.eval()
