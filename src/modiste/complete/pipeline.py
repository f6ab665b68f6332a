"""CSA-Net at work, on onnxruntime and numpy: photos to folded vectors, outfits to requests for them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modiste.backgrounds import even_background
from modiste.cache import cache_folder, write_once
from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.complete.lookup import Request, request, unfold, voices
from modiste.encoders.pipeline import PREPROCESSING, TrainedEncoder, encoder_of
from modiste.errors import UsageError, unknown
from modiste.images import SIZE
from modiste.types import Pixels, Vectors
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from modiste.complete.model import CSANet

CHUNK = 32
"""Photos at once, so that memory stays small however many are given."""


class Completer:
    """A network that `modiste train complete` made.

    Its vectors are folded (see `lookup.py`): a shop keeps one for each photo, and every request is one inner product.

    Args:
        name: shipped weights or the folder of a run.
        threads: cores for onnxruntime; all of them by default.
    """

    size = SIZE
    preprocessing = hashlib.sha256(f"{PREPROCESSING}, background made even".encode()).hexdigest()[:8]

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        self.weights = find_weights(name)
        config = self.weights.config
        self.name, self.revision, self.dim = self.weights.name, self.weights.revision, int(config["dim"])
        self.former_revisions = self.weights.former_revisions
        self.categories: tuple[str, ...] = tuple(config["network"]["categories"])
        self._companions = config["missing"]
        self._threads = threads

    def gallery(self, photos: Pixels) -> Vectors:
        """Photos to unit vectors. Shape: (n, 128, 96, 3) to (n, dim)."""
        chunks = (even_background(photos[start : start + CHUNK]) for start in range(0, len(photos), CHUNK))
        vectors = [self._gallery.run(["vector"], {"photos": chunk})[0] for chunk in chunks]
        return np.concatenate(vectors) if vectors else np.empty((0, self.dim), np.float32)

    def category_of(self, label: str) -> str | None:
        """The category of a shop's own label, or None where it isn't understood or belongs in no outfit."""
        if self.categories == OUTFIT_CATEGORIES:
            return outfit_category(label)
        return {category.lower(): category for category in self.categories}.get(label.strip().lower())

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

    def query(self, items: Vectors, categories: Sequence[str], want: str) -> Request:
        """What an outfit asks of the products of a category.

        Args:
            items: folded vectors of its items. Shape: (n, dim).
            categories: theirs.
            want: the category that is wanted.

        Raises:
            UsageError: a category that the network doesn't know.
        """
        return request(self._masks, unfold(items), *self._numbers(categories, want))

    def voices(self, items: Vectors, categories: Sequence[str], want: str, candidates: Vectors) -> Vectors:
        """What each item says of each candidate, which sums to the candidate's score. Shape: (m, dim) to (m, n)."""
        numbers, wanted = self._numbers(categories, want)
        return voices(self._masks, unfold(items), numbers, wanted, unfold(candidates))

    def missing(self, categories: Sequence[str]) -> list[tuple[str, float]]:
        """What outfits with these categories have besides, likeliest first, and how likely each is (naive Bayes)."""
        both, total = np.array(self._companions["both"], np.float64), self._companions["outfits"]
        own = sorted({self._number(category) for category in categories})
        has = np.diag(both)
        with_it = (both[:, own] + 1) / (has[:, None] + 2)  # of the own categories, given the row's
        without = (has[None, own] - both[:, own] + 1) / (total - has[:, None] + 2)
        odds = (has + 1) / (total - has + 1) * np.prod(with_it / without, axis=1)
        order = [place for place in np.argsort(-odds, kind="stable") if place not in own]
        return [(self.categories[place], float(odds[place] / (1 + odds[place]))) for place in order]

    def _numbers(self, categories: Sequence[str], want: str) -> tuple[NDArray[np.int64], int]:
        return np.array([self._number(category) for category in categories], np.int64), self._number(want)

    def _number(self, category: str) -> int:
        if category not in self.categories:
            raise unknown("category", category, self.categories)
        return self.categories.index(category)

    @cached_property
    def _encoder(self) -> TrainedEncoder:
        return encoder_of(self.weights)

    @cached_property
    def _masks(self) -> MaskTable:
        return MaskTable.of(self.weights)

    @cached_property
    def _gallery(self) -> Any:
        from modiste.encoders.onnx import open_session

        def write(path: Path) -> None:
            from modiste.complete import graphs

            graphs.write(load_network(self.weights), encoder_of(self.weights), path)

        return open_session(write_once(cache_folder() / f"complete-{self.revision}-gallery.onnx", write), self._threads)


class MaskTable:
    """The masks of all pairs of categories, and the attention over an outfit's items, without torch.

    Args:
        table: Shape: (c, c, d).
        attention: of a category to a wanted one; nothing where all items count the same. Shape: (c, c).
        voice: what of an item's looks makes it count. Shape: (d,).
    """

    def __init__(self, table: Vectors, attention: Vectors | None, voice: Vectors) -> None:
        self.table, self._attention, self._voice = table, attention, voice

    @classmethod
    def of(cls, weights: Weights) -> MaskTable:
        """Work them out from a network's tensors, as `CSANet.masks` does."""
        tensors, config = weights.tensors(), weights.config["network"]
        count = len(config["categories"])
        pairs = np.concatenate(np.broadcast_arrays(np.eye(count)[:, None], np.eye(count)[None]), -1)
        hidden = np.maximum(pairs @ tensors["table.0.weight"].T + tensors["table.0.bias"], 0)
        mixed = _softmax(hidden @ tensors["table.2.weight"].T + tensors["table.2.bias"]) @ tensors["subspaces"]
        if config["residual"]:
            mixed = (1 + mixed) / np.sqrt(((1 + mixed) ** 2).mean(-1, keepdims=True))
        attention = tensors["attention"] if config["attention"] else None
        return cls(mixed.astype(np.float32), attention, tensors["voice.weight"][0])

    def weights(self, vectors: Vectors, categories: NDArray[np.int64], wanted: int) -> Vectors:
        """What each item of an outfit counts. Shape: (n, d) to (n,)."""
        if self._attention is None:
            return np.full(len(vectors), 1 / max(len(vectors), 1), np.float32)
        shares: Vectors = _softmax(self._attention[categories, wanted] + vectors @ self._voice)
        return shares


def find_weights(name: str) -> Weights:
    """Weights by their name, or by the folder of a run.

    Raises:
        UsageError: there are none, or they are for something else.
    """
    weights = find(name)
    system = weights.config.get("system")
    if system != "complete":
        raise UsageError(f"{name} does not complete, it is for {system}; what does is listed by: modiste models")
    return weights


def load_network(weights: Weights) -> CSANet:
    """The network with these weights, ready for inference."""
    import torch

    from modiste.complete.model import CSANet, CSANetConfig

    config = dict(weights.config["network"])
    network = CSANet(weights.config["looks"], CSANetConfig(**{**config, "categories": tuple(config["categories"])}))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()})
    return network.eval()


def _softmax(logits: Any) -> Any:
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)
