"""Inference with CSA-Net on onnxruntime and numpy: photos to folded vectors, outfits to queries for them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.backgrounds import even_background
from modiste.cache import cache_folder, write_once
from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.complete.lookup import MaskTable, OutfitQuery, unfold
from modiste.encoders.pipeline import PREPROCESSING, TrainedEncoder, encoder_of
from modiste.errors import UsageError, unknown
from modiste.images import SIZE
from modiste.types import Indices, Pixels, Vectors
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from modiste.complete.model import CSANet

CHUNK = 32
"""Photos in a batch, so that memory stays small however many are given."""


class Completer:
    """A network that `modiste train complete` made.

    Its vectors are folded (see `lookup.py`): a shop keeps one for each photo, and every query is one inner product.

    Args:
        name: shipped weights or the folder of a run.
        threads: cores for onnxruntime; all of them by default.
    """

    size = SIZE
    preprocessing = hashlib.sha256(f"{PREPROCESSING}, background made even".encode()).hexdigest()[:8]

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        self.weights = find(name, "complete")
        config = self.weights.config
        self.name, self.revision, self.dim = self.weights.name, self.weights.revision, int(config["dim"])
        self.former_revisions = self.weights.former_revisions
        self.categories: tuple[str, ...] = tuple(config["network"]["categories"])
        self._counts = config["missing"]
        self._threads = threads

    def gallery(self, photos: Pixels) -> Vectors:
        """Photos to unit vectors. Shape: (n, 128, 96, 3) to (n, dim)."""
        chunks = (even_background(photos[start : start + CHUNK]) for start in range(0, len(photos), CHUNK))
        vectors = [self._gallery.run(["vector"], {"photos": chunk})[0] for chunk in chunks]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dim), np.float32)

    def category_of(self, label: str) -> str | None:
        """The network's category of a shop's own label; see `label_category`."""
        return label_category(label, self.categories)

    def predict(self, photos: Pixels) -> list[str]:
        """The likeliest category of each photo. Shape: (n, 128, 96, 3).

        Raises:
            UsageError: the network's categories are a catalogue's own, of which the encoder knows none.
        """
        known = [self.category_of(label) for label in self._encoder.labels["category"]]
        if not any(known):
            raise UsageError(f"no category of {self.name} can be told from a photo; give the product one")
        logits = self._encoder.logits(photos)["category"]
        logits[:, [category is None for category in known]] = -np.inf
        return [str(known[best]) for best in logits.argmax(1)]

    def query(self, items: Vectors, categories: Sequence[str], want: str) -> OutfitQuery:
        """The search that finds what completes an outfit.

        Args:
            items: folded vectors of its items. Shape: (n, dim).
            categories: theirs.
            want: the category that is wanted.

        Raises:
            UsageError: a category that the network doesn't know.
        """
        return self._masks.query(unfold(items), self._indices(categories), self._index(want))

    def contributions(self, items: Vectors, categories: Sequence[str], want: str, candidates: Vectors) -> Vectors:
        """Part of each candidate's score that each item contributes; they sum to it. Shape: (m, dim) to (m, n)."""
        return self._masks.contributions(
            unfold(items), self._indices(categories), self._index(want), unfold(candidates)
        )

    def missing(self, categories: Sequence[str]) -> list[tuple[str, float]]:
        """Other categories of outfits with these, likeliest first, and the probability of each (naive Bayes)."""
        both, total = np.array(self._counts["both"], np.float64), self._counts["outfits"]
        own = sorted({self._index(category) for category in categories})
        has = np.diag(both)
        with_it = (both[:, own] + 1) / (has[:, None] + 2)  # of the own categories, given the row's
        without = (has[None, own] - both[:, own] + 1) / (total - has[:, None] + 2)
        odds = (has + 1) / (total - has + 1) * np.prod(with_it / without, axis=1)
        order = [index for index in np.argsort(-odds, kind="stable") if index not in own]
        return [(self.categories[index], float(odds[index] / (1 + odds[index]))) for index in order]

    def _indices(self, categories: Sequence[str]) -> Indices:
        return np.array([self._index(category) for category in categories], np.int64)

    def _index(self, category: str) -> int:
        if category not in self.categories:
            raise unknown("category", category, self.categories)
        return self.categories.index(category)

    @cached_property
    def _encoder(self) -> TrainedEncoder:
        return encoder_of(self.weights)

    @cached_property
    def _masks(self) -> MaskTable:
        return MaskTable(self.weights)

    @cached_property
    def _gallery(self) -> Any:
        from modiste.encoders.onnx import open_session

        def write(path: Path) -> None:
            from modiste.complete.model import export_gallery

            export_gallery(load_network(self.weights), encoder_of(self.weights), path)

        return open_session(write_once(cache_folder() / f"complete-{self.revision}-gallery.onnx", write), self._threads)


def label_category(label: str, categories: Sequence[str]) -> str | None:
    """Map a shop's own label to a network's categories; None where it isn't understood or belongs in no outfit."""
    if tuple(categories) == OUTFIT_CATEGORIES:
        return outfit_category(label)
    return {category.lower(): category for category in categories}.get(label.strip().lower())


def load_network(weights: Weights) -> CSANet:
    """Load the network of these weights for inference."""
    import torch

    from modiste.complete.model import CSANet, CSANetConfig

    config = dict(weights.config["network"])
    network = CSANet(weights.config["features"], CSANetConfig(**{**config, "categories": tuple(config["categories"])}))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()})
    return network.eval()
