"""Baseline of the encoder: two small projections over frozen networks.

Photos are ImageNet's pooled features at the three depths, words the mean of MiniLM's token states, each under one
linear layer; the attribute heads are linear too. Losses, batches and labels are those of the encoder.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.encoders.efficientnet import imagenet
from modiste.encoders.product import ATTRIBUTES, POOLED_WIDTH, STATE_WIDTH, scaled
from modiste.lab.encoder.data import Prepared
from modiste.lab.encoder.losses import attributes, contrastive
from modiste.lab.encoder.metrics import Predictions
from modiste.lab.training import batches, set_rates

EPOCHS = 20
BATCH_SIZE = 384
LEARNING_RATE = 1e-3
CHUNK = 256


class _FrozenProjection(nn.Module):
    """Two linear projections into one space and three linear heads, over standardised frozen features."""

    def __init__(self, labels: Mapping[str, tuple[str, ...]], dim: int) -> None:
        super().__init__()
        self.labels = labels
        self.photo_norm, self.word_norm = nn.LayerNorm(POOLED_WIDTH), nn.LayerNorm(STATE_WIDTH)
        self.photo, self.word = nn.Linear(POOLED_WIDTH, dim), nn.Linear(STATE_WIDTH, dim)
        self.heads = nn.ModuleDict({name: nn.Linear(POOLED_WIDTH, len(labels[name])) for name in ATTRIBUTES})
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def forward(self, photos: Tensor, words: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Unit vectors of photos and words, and the heads' logits. Shapes: (b, 1432) and (b, 384)."""
        pooled = self.photo_norm(photos)
        vectors = F.normalize(self.photo(pooled), dim=1)
        texts = F.normalize(self.word(self.word_norm(words)), dim=1)
        return vectors, texts, {name: head(pooled) for name, head in self.heads.items()}


def frozen_projection(train: Prepared, test: Prepared, dim: int, seed: int = 0) -> Predictions:
    """Train the baseline on one part and predict the other."""
    torch.manual_seed(seed)
    labels = {name: tuple(sorted({label for label in train.labels[name] if label})) for name in ATTRIBUTES}
    network = _FrozenProjection(labels, dim)
    _fit(network, _photo_features(train), _word_features(train), train, seed)
    with torch.no_grad():
        photos, words, logits = network.eval()(_photo_features(test), _word_features(test))
    predicted = {name: [labels[name][best] for best in logits[name].argmax(1).tolist()] for name in ATTRIBUTES}
    return Predictions(photos.numpy(), words.numpy(), predicted)


@torch.no_grad()
def _photo_features(data: Prepared) -> Tensor:
    """Means of ImageNet's maps at three depths. Shape: (n, 1432)."""
    network = imagenet().eval()
    features = []
    for start in range(0, len(data.ids), CHUNK):
        maps = network(scaled(torch.tensor(data.photos[start : start + CHUNK])))
        features.append(torch.cat([maps.low.mean((2, 3)), maps.mid.mean((2, 3)), network.pooled(maps)], 1))
    return torch.cat(features)


def _word_features(data: Prepared) -> Tensor:
    """Mean token state of each title; zeros without one. Shape: (n, 384)."""
    sums = np.add.reduceat(data.states.tokens.astype(np.float32), data.states.starts[:-1])
    means = sums / np.diff(data.states.starts)[:, None]
    return torch.from_numpy(np.where(data.titles[:, None] >= 0, means[data.titles], 0).astype(np.float32))


def _fit(network: _FrozenProjection, photos: Tensor, words: Tensor, data: Prepared, seed: int) -> None:
    groups = [{"params": list(network.parameters()), "peak": LEARNING_RATE}]
    optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE, weight_decay=0.02)
    titles = torch.from_numpy(data.titles)
    encoded = {
        name: torch.tensor([network.labels[name].index(label) if label else -1 for label in data.labels[name]])
        for name in ATTRIBUTES
    }
    steps = EPOCHS * max(1, len(data.ids) // BATCH_SIZE)
    for step, rows in batches(len(data.ids), BATCH_SIZE, range(steps), seed):
        set_rates(optimiser, step, steps, warm_up=50)
        vectors, texts, logits = network(photos[rows], words[rows])
        positives = titles[rows][:, None] == titles[rows][None]
        loss = contrastive(network.log_scale.exp().clamp(max=100) * texts @ vectors.T, positives)
        loss = loss + 0.5 * attributes(logits, {name: label[rows] for name, label in encoded.items()})
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
