"""VAL at work, on onnxruntime: photos and sentences to the vectors of a shop's gallery."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modiste.cache import cache_folder, write_once
from modiste.encoders.minilm import MiniLM, mean_of_pieces
from modiste.encoders.pipeline import PREPROCESSING_HASH, encoder_of
from modiste.errors import UsageError
from modiste.images import SIZE
from modiste.phrases import asks
from modiste.types import Pixels, Vectors
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from modiste.refine.model import VAL

CHUNK = 32
"""Photos at once, so that memory stays small however many are given."""


class Explanation(NamedTuple):
    """What a sentence does to a photo, from 0 to 1 for every place."""

    kept: NDArray[np.float32]
    """How far another photo there would lead away, the furthest being 1. Shape: (8, 6)."""
    changed: NDArray[np.float32]
    """How far leaving the place alone would lead away, the furthest being 1. Shape: (8, 6)."""


class Refiner:
    """A composer that `modiste train refine` made.

    Args:
        name: shipped weights or the folder of a run.
        threads: cores for onnxruntime; all of them by default.
    """

    size = SIZE
    preprocessing = PREPROCESSING_HASH

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        self.weights = find(name)
        if self.weights.config.get("system") != "refine":
            system = self.weights.config.get("system")
            raise UsageError(f"{name} does not refine, it is for {system}; what does is listed by: modiste models")
        self.name, self.revision = self.weights.name, self.weights.revision
        self.former_revisions = self.weights.former_revisions
        self.dim = int(self.weights.config["dim"])
        self._threads, self._words = threads, MiniLM()

    def gallery(self, photos: Pixels) -> Vectors:
        """Photos to unit vectors. Shape: (n, 128, 96, 3) to (n, dim)."""
        chunks = (photos[start : start + CHUNK] for start in range(0, len(photos), CHUNK))
        vectors = [self._gallery.run(["vector"], {"photos": chunk})[0] for chunk in chunks]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dim), np.float32)

    def query(self, photos: Pixels, texts: Sequence[str]) -> Vectors:
        """Each photo as its sentence wants it, as a unit vector. Shape: (n, 128, 96, 3) to (n, dim).

        A long sentence is read in pieces, which count equally.
        """
        chunks = [slice(start, start + CHUNK) for start in range(0, len(photos), CHUNK)]
        vectors = [self._queries(photos[chunk], texts[chunk]) for chunk in chunks]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dim), np.float32)

    def asks(self, text: str) -> bool:
        """Whether the text asks for any change: "in navy" does, "hello" and "the same please" don't."""
        return asks(text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Colours and kinds of product that its sentences were about, in lower case."""
        colours = (name for frequent in self.weights.config.get("colours", {}).values() for name in frequent)
        return frozenset((*colours, *encoder_of(self.weights).labels["category"]))

    def explain(self, photo: Pixels, text: str) -> Explanation:
        """Where a sentence preserves a photo, and where it changes it. Shape of the photo: (128, 96, 3)."""
        import torch

        from modiste.refine.explain import explanation
        from modiste.refine.model import Words

        network, views = self._network
        states, mask = (torch.from_numpy(part) for part in self._words.states([text]))
        with torch.inference_mode():
            return explanation(network, views(torch.from_numpy(photo[None])), Words(states, mask))

    def _queries(self, photos: Pixels, texts: Sequence[str]) -> Vectors:
        pieces = [self._words.pieces(text) for text in texts]
        states, mask = self._words.states([piece for parts in pieces for piece in parts])
        photos = np.repeat(photos, list(map(len, pieces)), axis=0)
        vectors = self._query.run(["vector"], {"photos": photos, "states": states, "mask": mask})[0]
        return mean_of_pieces(vectors, pieces)

    @cached_property
    def _network(self) -> tuple[VAL, Any]:
        from modiste.refine.graphs import Eyes

        return load_network(self.weights), Eyes(encoder_of(self.weights))

    @cached_property
    def _gallery(self) -> Any:
        return self._session("gallery")

    @cached_property
    def _query(self) -> Any:
        return self._session("query")

    def _session(self, part: str) -> Any:
        from modiste.encoders.onnx import open_session

        def write(path: Path) -> None:
            from modiste.refine import graphs

            graphs.write(load_network(self.weights), encoder_of(self.weights), part, path)

        return open_session(write_once(cache_folder() / f"refine-{self.revision}-{part}.onnx", write), self._threads)


def load_network(weights: Weights) -> VAL:
    """The network with these weights, ready for inference."""
    import torch

    from modiste.refine.model import VAL, VALConfig

    config = dict(weights.config["network"])
    network = VAL(VALConfig(**{**config, "depths": tuple(config["depths"])}))
    # batch norms' counters are not saved; all else must be there
    counters = {name: tensor for name, tensor in network.state_dict().items() if not tensor.is_floating_point()}
    tensors = {name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()}
    network.load_state_dict(counters | tensors)
    return network.eval()
