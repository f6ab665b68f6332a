"""The network of MiniLM: a small BERT.

Source: Devlin et al., "BERT", NAACL 2019, section 3. `transformers` computes the same (a test holds the two together)
but its version can't be traced into a graph, and importing it takes seconds. Modules have the published names, so that
published weights fit as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEADS = 12
NORM_EPSILON = 1e-12


class _Bert(nn.Module):
    """Token ids to the last layer's token states.

    Args of forward:
        ids: of the tokens, the special ones included. Shape: (b, t).
        mask: 1 where there is a token, 0 where there is padding. Shape: (b, t).

    Returns:
        States. Shape: (b, t, width).
    """

    def __init__(self, width: int = 384, layers: int = 6, vocabulary: int = 30522, positions: int = 512) -> None:
        super().__init__()
        self.embeddings: Any = nn.ModuleDict({
            "word_embeddings": nn.Embedding(vocabulary, width), "position_embeddings": nn.Embedding(positions, width),
            "token_type_embeddings": nn.Embedding(2, width), "LayerNorm": nn.LayerNorm(width, eps=NORM_EPSILON),
        })  # fmt: skip
        self.encoder: Any = nn.ModuleDict({"layer": nn.ModuleList(_Layer(width) for _ in range(layers))})

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        words, positions, segments, norm = self.embeddings.values()
        x: Tensor = norm(words(ids) + (positions.weight[: ids.shape[1]] + segments.weight[0]))
        absent = (1.0 - mask.to(x.dtype))[:, None, None, :] * torch.finfo(x.dtype).min  # (b, 1, 1, t)
        for layer in self.encoder["layer"]:
            x = layer(x, absent)
        return x


class _Layer(nn.Module):
    """Self-attention, then two linear layers, each with a residual and a norm behind it. Shape: (b, t, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        attention = nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")})
        self.attention: Any = nn.ModuleDict({"self": attention, "output": _Output(width, width)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, 4 * width)})
        self.output = _Output(4 * width, width)

    def forward(self, x: Tensor, absent: Tensor) -> Tensor:
        query, key, value = (
            part(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.attention["self"].values()
        )  # (b, heads, t, width / heads)
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + absent
        attended = (scores.softmax(-1) @ value).transpose(1, 2).flatten(-2)
        x = self.attention["output"](attended, x)
        y: Tensor = self.output(F.gelu(self.intermediate["dense"](x)), x)
        return y


class _Output(nn.Module):
    """A linear layer with a residual and a norm behind it. Shapes: (b, t, inner), (b, t, width)."""

    def __init__(self, inner: int, width: int) -> None:
        super().__init__()
        self.dense, self.LayerNorm = nn.Linear(inner, width), nn.LayerNorm(width, eps=NORM_EPSILON)

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        y: Tensor = self.LayerNorm(residual + self.dense(x))
        return y


def load_bert(weights: Path) -> _Bert:
    """Load the network with published weights in safetensors."""
    from safetensors.torch import load_file

    network = _Bert()
    known = network.state_dict().keys()  # the file has a pooling layer too, which token states don't need
    network.load_state_dict({name: tensor for name, tensor in load_file(weights).items() if name in known})
    return network.eval()
