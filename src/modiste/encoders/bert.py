"""The network of MiniLM: a small BERT.

Source: Devlin et al., "BERT", NAACL 2019, section 3. `transformers` computes the same (a test holds the two together)
but its version can't be traced into a graph, and importing it takes seconds.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEADS = 12
NORM_EPSILON = 1e-12


class Bert(nn.Module):
    """Token ids to the last layer's token states.

    Args of forward:
        ids: of the tokens, the special ones included. Shape: (b, t).
        mask: 1 where there is a token, 0 where there is padding. Shape: (b, t).

    Returns:
        States. Shape: (b, t, width).
    """

    def __init__(self, width: int = 384, layers: int = 6, vocabulary: int = 30522, positions: int = 512) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(positions, width)
        self.segments = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=NORM_EPSILON)
        self.layers = nn.ModuleList(BertLayer(width) for _ in range(layers))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        places = self.positions.weight[: ids.shape[1]] + self.segments.weight[0]
        x: Tensor = self.norm(self.words(ids) + places)
        absent = (1.0 - mask.to(x.dtype))[:, None, None, :] * torch.finfo(x.dtype).min  # (b, 1, 1, t)
        for layer in self.layers:
            x = layer(x, absent)
        return x


class BertLayer(nn.Module):
    """Self-attention, then two linear layers, each with a residual and a norm behind it. Shape: (b, t, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.attention_norm = nn.LayerNorm(width, eps=NORM_EPSILON)
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width, eps=NORM_EPSILON)

    def forward(self, x: Tensor, absent: Tensor) -> Tensor:
        query, key, value = (
            part(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)
        )  # (b, heads, t, width / heads)
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + absent
        attended = (scores.softmax(-1) @ value).transpose(1, 2).flatten(-2)
        x = self.attention_norm(x + self.out(attended))
        y: Tensor = self.norm(x + self.outer(F.gelu(self.inner(x))))
        return y


_NAMES = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "positions",
    "embeddings.token_type_embeddings": "segments",
    "embeddings.LayerNorm": "norm",
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "norm",
}
"""Published names and ours; a layer's stand behind `encoder.layer.N.`."""


def load_bert(weights: Path) -> Bert:
    """The network with published weights in safetensors."""
    from safetensors.torch import load_file

    state = {}
    for name, tensor in load_file(weights).items():
        place, _, kind = name.removeprefix("encoder.").rpartition(".")
        prefix, number = "", ""
        if place.startswith("layer."):
            _, number, place = place.split(".", 2)
            prefix = f"layers.{number}."
        if place in _NAMES:
            state[f"{prefix}{_NAMES[place]}.{kind}"] = tensor
    network = Bert()
    network.load_state_dict(state)
    return network.eval()
