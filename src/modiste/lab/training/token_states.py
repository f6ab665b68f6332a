"""Token states of many texts, concatenated in one array."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modiste.cache import write_once
from modiste.encoders.pipeline import MAX_TOKENS, MINILM_SHA256, MiniLM, States

CHUNK = 512
"""Texts encoded at once."""


class TokenStates(NamedTuple):
    """Token states of numbered texts."""

    tokens: NDArray[np.float16]
    """States of all texts, concatenated. Shape: (tokens, 384)."""
    starts: NDArray[np.int64]
    """Index of each text's first state, and the end of the last. Shape: (texts + 1,)."""

    def of(self, texts: Sequence[int] | NDArray[np.int64]) -> States:
        """Token states of the texts with these numbers."""
        lengths = self.starts[np.asarray(texts) + 1] - self.starts[texts]
        states = np.zeros((len(texts), lengths.max(), self.tokens.shape[1]), np.float32)
        for row, (text, length) in enumerate(zip(texts, lengths, strict=True)):
            states[row, :length] = self.tokens[self.starts[text] : self.starts[text] + length]
        mask = (np.arange(states.shape[1]) < lengths[:, None]).astype(np.float32)
        return States(states, mask)


def token_states(texts: Sequence[str]) -> TokenStates:
    """Encode texts with MiniLM, those of one length together, so that little padding is encoded."""
    encoder = MiniLM()
    parts: list[NDArray[np.float16]] = [np.empty((0, 384), np.float16)] * len(texts)
    order = sorted(range(len(texts)), key=lambda text: len(texts[text].split()))
    for start in range(0, len(order), CHUNK):
        chunk = order[start : start + CHUNK]
        states = encoder.states([texts[text] for text in chunk])
        for text, values, mask in zip(chunk, states.values.astype(np.float16), states.mask, strict=True):
            parts[text] = values[: int(mask.sum())].copy()
    lengths = [len(part) for part in parts]
    tokens = np.concatenate(parts) if parts else np.empty((0, 384), np.float16)
    return TokenStates(tokens, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def kept_states(texts: Sequence[str], cache: Path) -> TokenStates:
    """Encode texts as `token_states` does, once: they are kept in the folder `cache`."""

    def write(path: Path) -> None:
        states = token_states(texts)
        np.savez(path, tokens=states.tokens, starts=states.starts)

    name = hashlib.sha256(json.dumps([MINILM_SHA256, MAX_TOKENS, *texts]).encode()).hexdigest()[:12]
    with np.load(write_once(cache / f"texts-{name}.npz", write)) as arrays:
        return TokenStates(arrays["tokens"], arrays["starts"])
