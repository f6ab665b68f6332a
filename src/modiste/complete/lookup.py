"""An outfit's complement as a look-up: one vector an item, one inner product a candidate.

The mean squared distance of an outfit to a candidate s (CSA-Net, eq. 5) expands, with M_i the mask of item i,

    sum_i w_i |M_i x_i - M_i x_s|^2  =  constant - 2 <sum_i w_i M_i^2 x_i, x_s> + <sum_i w_i M_i^2, x_s^2>

so [x_s, x_s^2] is all that must be kept of an item, whatever the query. A last coordinate fills it up to one length for
every item (Bachrach et al., RecSys 2014): the greatest inner product is then the greatest cosine, and any vector store
finds it. The published index keeps an embedding for each partner category instead, and fuses one search for
each item of the outfit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from modiste.types import Indices, Vectors
from modiste.weights import Weights


def fold(vectors: Vectors) -> Vectors:
    """Unit vectors to unit vectors that hold their squares too. Shape: (n, d) to (n, 2d + 1)."""
    squares = vectors * vectors
    filled = np.sqrt(np.maximum(1 - (squares * squares).sum(1, keepdims=True), 0))
    return np.concatenate([vectors, squares, filled], 1, dtype=np.float32) / np.float32(np.sqrt(2))


def unfold(folded: Vectors) -> Vectors:
    """The vectors that were folded. Shape: (n, 2d + 1) to (n, d)."""
    vectors: Vectors = folded[:, : folded.shape[1] // 2] * np.float32(np.sqrt(2))
    return vectors


class OutfitQuery(NamedTuple):
    """A search in folded vectors: a candidate's score is `scale * (vector @ candidate) + offset`."""

    vector: Vectors
    """Unit length. Shape: (2d + 1,)."""
    scale: float
    offset: float

    def scores(self, folded: Vectors) -> Vectors:
        """Compatibility of candidates with the outfit; 1 is perfect. Shape: (m, 2d + 1) to (m,)."""
        scores: Vectors = folded @ (self.scale * self.vector) + np.float32(self.offset)
        return scores


class MaskTable:
    """The masks of all pairs of categories, and the attention over an outfit's items, without torch.

    In all methods `vectors` are those of the outfit's items, not folded, and `categories` theirs. Shapes: (n, d), (n,).

    Args:
        weights: of a CSA-Net, from whose tensors the masks are computed as `CSANet.masks` does.
    """

    def __init__(self, weights: Weights) -> None:
        tensors, config = weights.tensors(), weights.config["network"]
        count = len(config["categories"])
        pairs = np.concatenate(np.broadcast_arrays(np.eye(count)[:, None], np.eye(count)[None]), -1)
        hidden = np.maximum(pairs @ tensors["table.0.weight"].T + tensors["table.0.bias"], 0)
        mixed = _softmax(hidden @ tensors["table.2.weight"].T + tensors["table.2.bias"]) @ tensors["subspaces"]
        if config["residual"]:
            mixed = (1 + mixed) / np.sqrt(((1 + mixed) ** 2).mean(-1, keepdims=True))
        self.table: Vectors = mixed.astype(np.float32)
        """Masks by the item's category and the wanted one. Shape: (c, c, d)."""
        self._attention = tensors["attention"] if config["attention"] else None
        """Logits by the same pair; None where all items count the same. Shape: (c, c)."""
        self._vector_weights = tensors["voice.weight"][0]
        """Weights of the logit that an item's vector adds. Shape: (d,)."""

    def item_weights(self, vectors: Vectors, categories: Indices, wanted: int) -> Vectors:
        """Weight of each item of an outfit; they sum to 1. Shape: (n,)."""
        if self._attention is None:
            return np.full(len(vectors), 1 / max(len(vectors), 1), np.float32)
        weights: Vectors = _softmax(self._attention[categories, wanted] + vectors @ self._vector_weights)
        return weights

    def query(self, vectors: Vectors, categories: Indices, wanted: int) -> OutfitQuery:
        """The search that ranks folded vectors of the wanted category by their mean distance to the outfit."""
        squares = self.table[categories, wanted] ** 2
        weights = self.item_weights(vectors, categories, wanted)[:, None]
        linear, square = (weights * squares * vectors).sum(0), (weights * squares).sum(0)
        unscaled = np.sqrt(2) * np.concatenate([linear, -square / 2, [0.0]])
        length = max(float(np.linalg.norm(unscaled)), 1e-12)
        constant = float((weights * squares * vectors * vectors).sum())
        return OutfitQuery((unscaled / length).astype(np.float32), length, 1 - constant / 2)

    def contributions(self, vectors: Vectors, categories: Indices, wanted: int, candidates: Vectors) -> Vectors:
        """Part of each candidate's score that each item contributes; they sum to it. Shape: (m, d) to (m, n)."""
        table = self.table[categories, wanted]
        weights = self.item_weights(vectors, categories, wanted)
        apart = (table * vectors)[None] - table[None] * candidates[:, None]
        contributions: Vectors = weights * (1 - (apart * apart).sum(2) / 2)
        return contributions


def _softmax(logits: Any) -> Any:
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)
