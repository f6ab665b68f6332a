"""Baselines: compositions of pooled features, under the same `query` and `gallery` as VAL.

They see the means of the encoder's maps at all three depths and its head's summary, encode sentences with the same
network as VAL, and learn from the same batches with the same loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.encoders.product import POOLED_WIDTH
from modiste.refine.model import PhotoFeatures, SentenceEncoder, Standardise, Words

DIM = 512
"""Length of a vector: as VAL's."""


class Baseline(nn.Module):
    """A projection of photos and an encoder of sentences; the baselines differ in `_compose`."""

    def __init__(self, hidden: int = 256) -> None:
        super().__init__()
        self.sentence = SentenceEncoder(hidden)
        self.words = nn.Linear(hidden, DIM)
        self.standardise = Standardise(POOLED_WIDTH)
        self.project = nn.Sequential(nn.Linear(POOLED_WIDTH, DIM), nn.GELU(), nn.Linear(DIM, DIM))
        self.shortcut = nn.Linear(POOLED_WIDTH, DIM)
        self.log_scale = nn.Parameter(torch.tensor(3.0))

    def query(self, source: PhotoFeatures, words: Words) -> tuple[Tensor, ...]:
        """Unit vectors of the source photos as the sentences want them. Shape: (b, 512)."""
        return (F.normalize(self._compose(self._photo(source), self.words(self.sentence(words))), dim=1),)

    def gallery(self, photos: PhotoFeatures) -> tuple[Tensor, ...]:
        """Unit vectors of the photos that are searched. Shape: (b, 512)."""
        return (F.normalize(self._photo(photos), dim=1),)

    def join(self, vectors: Sequence[Tensor]) -> Tensor:
        """The one vector."""
        return vectors[0]

    def _compose(self, photo: Tensor, words: Tensor) -> Tensor:
        """Compose photo and sentence features into those of the query. Shapes: (b, 512)."""
        raise NotImplementedError

    def _photo(self, photos: PhotoFeatures) -> Tensor:
        """Projected features of the photos. Shape: (b, 512)."""
        pooled = self.standardise(_pooled_features(photos))
        features: Tensor = self.project(pooled) + self.shortcut(pooled)
        return features

    def measure(self, photos: PhotoFeatures) -> None:
        """Take the features' mean and deviation from a sample of photos."""
        self.standardise.measure(_pooled_features(photos))

    @property
    def scale(self) -> Tensor:
        """Inverse temperature, at most 100."""
        return self.log_scale.exp().clamp(max=100.0)


class _ImageOnly(Baseline):
    """The photo without the sentence."""

    def _compose(self, photo: Tensor, words: Tensor) -> Tensor:
        return photo


class _TextOnly(Baseline):
    """The sentence without the photo."""

    def _compose(self, photo: Tensor, words: Tensor) -> Tensor:
        return words


class _Sum(Baseline):
    """Photo plus sentence."""

    def _compose(self, photo: Tensor, words: Tensor) -> Tensor:
        return photo + words


class _Concatenation(Baseline):
    """A multilayer perceptron over photo and sentence side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Sequential(nn.Linear(2 * DIM, 2 * DIM), nn.GELU(), nn.Linear(2 * DIM, DIM))

    def _compose(self, photo: Tensor, words: Tensor) -> Tensor:
        mixed: Tensor = self.mix(torch.cat([photo, words], 1))
        return mixed


class _TIRG(Baseline):
    """A gated photo plus a residual, both from photo and sentence (Vo et al., CVPR 2019, section 3.2)."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.residual = _gating(), _gating()
        self.shares = nn.Parameter(torch.tensor([1.0, 10.0]))

    def _compose(self, photo: Tensor, words: Tensor) -> Tensor:
        both = torch.cat([photo, words], 1)
        gated = self.shares[0] * torch.sigmoid(self.gate(both)) * photo
        composed: Tensor = gated + self.shares[1] * self.residual(both)
        return composed


class _FiLM(Baseline):
    """The sentence scales and shifts the features of two residual blocks (Perez et al., AAAI 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(DIM, DIM) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(DIM, elementwise_affine=False) for _ in range(2))
        self.modulations = nn.ModuleList(nn.Linear(DIM, 2 * DIM) for _ in range(2))

    def _compose(self, photo: Tensor, words: Tensor) -> Tensor:
        for layer, norm, modulation in zip(self.layers, self.norms, self.modulations, strict=True):
            stretch, shift = modulation(F.gelu(words)).chunk(2, 1)
            photo = photo + F.gelu((1 + stretch) * norm(layer(photo)) + shift)
        return photo


BASELINES: Mapping[str, type[Baseline]] = {
    "image only": _ImageOnly,
    "text only": _TextOnly,
    "sum": _Sum,
    "concatenation": _Concatenation,
    "TIRG": _TIRG,
    "FiLM": _FiLM,
}


def _pooled_features(photos: PhotoFeatures) -> Tensor:
    """Means of the low and the mid map, and the summary. Shape: (b, 1432)."""
    return torch.cat([photos.low.mean((2, 3)), photos.mid.mean((2, 3)), photos.summary], 1)


def _gating() -> nn.Sequential:
    """Normalisation, ReLU and two linear layers, as published."""
    return nn.Sequential(
        nn.BatchNorm1d(2 * DIM), nn.ReLU(), nn.Linear(2 * DIM, 2 * DIM), nn.ReLU(), nn.Linear(2 * DIM, DIM)
    )
