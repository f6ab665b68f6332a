"""VAL at a shop, on onnxruntime: photos and sentences to the vectors of the shop's gallery."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.cache import cache_folder, write_once
from modiste.encoders.pipeline import PREPROCESSING_HASH, MiniLM, encoder_of, mean_of_pieces
from modiste.images import SIZE
from modiste.phrases import asks
from modiste.types import Floats, Pixels, Vectors
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from modiste.encoders.product import ImageTower
    from modiste.refine.model import VAL

CHUNK = 32
"""Photos at once, so that memory stays small however many are given."""


class Refiner:
    """A network that `modiste train refine` made.

    Args:
        name: shipped weights or the folder of a run.
        threads: cores for onnxruntime; all of them by default.
    """

    size = SIZE
    preprocessing = PREPROCESSING_HASH
    asks = staticmethod(asks)

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        self.weights = find(name, "refine")
        self.name, self.revision = self.weights.name, self.weights.revision
        self.former_revisions = self.weights.former_revisions
        self.dim = int(self.weights.config["dim"])
        self._threads, self._words = threads, MiniLM()
        self._sessions: dict[str, Any] = {}

    def gallery(self, photos: Pixels) -> Vectors:
        """Photos to unit vectors. Shape: (n, 128, 96, 3) to (n, dim)."""
        chunks = (photos[start : start + CHUNK] for start in range(0, len(photos), CHUNK))
        vectors = [self._run("gallery", {"photos": chunk}) for chunk in chunks]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dim), np.float32)

    def query(self, photos: Pixels, texts: Sequence[str]) -> Vectors:
        """Photos, each with its sentence, to unit vectors. Shape: (n, 128, 96, 3) to (n, dim).

        A long sentence is read in pieces, which count equally.
        """
        vectors = []
        for start in range(0, len(photos), CHUNK):
            pieces = [self._words.pieces(text) for text in texts[start : start + CHUNK]]
            states, mask = self._words.states([piece for parts in pieces for piece in parts])
            repeated = np.repeat(photos[start : start + CHUNK], list(map(len, pieces)), axis=0)
            batch = {"photos": repeated, "states": states, "mask": mask}
            vectors.append(mean_of_pieces(self._run("query", batch), pieces))
        return np.concatenate(vectors) if vectors else np.empty((0, self.dim), np.float32)

    @cached_property
    def names(self) -> frozenset[str]:
        """Colours and kinds of product in its training sentences, in lower case."""
        colours = (name for frequent in self.weights.config.get("colours", {}).values() for name in frequent)
        return frozenset((*colours, *encoder_of(self.weights).labels["category"]))

    def explain(self, photo: Pixels, text: str) -> tuple[Floats, Floats]:
        """Positions of a photo that a sentence preserves and changes. Shape: (128, 96, 3) to (8, 6) twice.

        Each is the move of the query vector if the photo showed nothing at a position, or if the sentence left it
        alone, the largest of each being 1.
        """
        import torch

        from modiste.refine.model import Words, explain, photo_features

        network, encoder = self._network
        words = Words(*map(torch.from_numpy, self._words.states([text])))
        with torch.inference_mode():
            kept, changed = explain(network, photo_features(encoder, torch.from_numpy(photo[None])), words)
        return kept.numpy(), changed.numpy()

    @cached_property
    def _network(self) -> tuple[VAL, ImageTower]:
        from modiste.encoders.pipeline import load_network as load_encoder

        return load_network(self.weights), load_encoder(encoder_of(self.weights).weights).image

    def _run(self, part: str, batch: dict[str, Any]) -> Vectors:
        """Vectors by the graph `gallery` or `query`, which is exported at its first use."""
        if part not in self._sessions:
            from modiste.encoders.onnx import open_session

            def write(path: Path) -> None:
                from modiste.refine.model import export_graph

                export_graph(load_network(self.weights), encoder_of(self.weights), part, path)

            graph = write_once(cache_folder() / f"refine-{self.revision}-{part}.onnx", write)
            self._sessions[part] = open_session(graph, self._threads)
        vectors: Vectors = self._sessions[part].run(["vector"], batch)[0]
        return vectors


def load_network(weights: Weights) -> VAL:
    """Build the network with these weights, ready for inference."""
    import torch

    from modiste.refine.model import VAL, VALConfig

    config = weights.config["network"]
    network = VAL(VALConfig(**config | {"depths": tuple(config["depths"])}))
    # batch norms' counters are not saved; all else must be there
    counters = {name: tensor for name, tensor in network.state_dict().items() if not tensor.is_floating_point()}
    tensors = {name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()}
    network.load_state_dict(counters | tensors)
    return network.eval()
