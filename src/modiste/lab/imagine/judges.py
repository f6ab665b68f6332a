"""Who judges pictures: classifiers of type and gender on an encoder's vectors, and the garment's colour by its pixels.

They learn from the judges' part alone, of which neither the networks nor their auxiliary heads see anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from modiste.encoders.pipeline import TrainedEncoder, encoder_of
from modiste.errors import UsageError
from modiste.imagine.palette import Palette, dominant_colours
from modiste.imagine.words import GENDERS, Vocabulary
from modiste.lab.imagine.metrics import silhouette
from modiste.types import Doubles, Pixels, Vectors

if TYPE_CHECKING:
    from modiste.lab.imagine.data import Collection
    from modiste.weights import Weights


TOLD = ("type", "gender")
"""What classifiers tell; colour is told by pixels."""
GENDER_SOURCE = "fashion-product-images"
"""Gender is judged on this one where it is among the sources: another shop's photos are all of one gender, and a
classifier would tell the shops apart."""
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)
"""Of the classifiers' squared weights, for one example; the one whose held-out examples are likeliest is taken."""
FOLDS, SHOOT = 5, 10
"""Of the examples one in so many is held out, with its neighbours: they may be of one photo shoot."""
NEVER = -30.0
"""Logit of a class without examples."""
CHUNK = 256


class Sight(Protocol):
    """What is asked of an encoder."""

    def encode_images(self, photos: Pixels) -> Vectors:
        """Photos to unit vectors. Shape: (n, 128, 96, 3) to (n, d)."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors in the same space."""


@dataclass(frozen=True)
class Seen:
    """What judges see in some pictures."""

    vectors: Vectors
    """The encoder's. Shape: (n, d)."""
    told: Mapping[str, Doubles]
    """By attribute the probability of each type, cluster of colours and gender. Shapes: (n, k)."""
    labs: Doubles
    """The garments' dominant colours. Shape: (n, 3)."""

    def __len__(self) -> int:
        return len(self.labs)

    def at(self, rows: Any) -> Seen:
        """Some of the pictures, by their places or a mask."""
        return Seen(self.vectors[rows], {name: some[rows] for name, some in self.told.items()}, self.labs[rows])

    def beside(self, other: Seen) -> Seen:
        """These pictures and others behind them."""
        told = {name: np.concatenate([some, other.told[name]]) for name, some in self.told.items()}
        return Seen(np.concatenate([self.vectors, other.vectors]), told, np.concatenate([self.labs, other.labs]))

    def classes(self) -> dict[str, NDArray[np.int64]]:
        """The likeliest of each attribute. Shapes: (n,)."""
        return {name: some.argmax(1) for name, some in self.told.items()}


@dataclass(frozen=True)
class Linear:
    """Logistic regression."""

    weight: NDArray[np.float32]
    """Shape: (classes, f)."""
    bias: NDArray[np.float32]
    """Shape: (classes,)."""

    def probabilities(self, features: NDArray[np.float32]) -> Doubles:
        """Shape: (n, f) to (n, classes)."""
        logits = features.astype(np.float64) @ self.weight.T + self.bias
        likely = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(likely / likely.sum(1, keepdims=True))


class Judges:
    """Classifiers that were fitted, the encoder that they look through, and the palette that names colours."""

    def __init__(self, encoder: Sight, classifiers: Mapping[str, Linear], palette: Palette) -> None:
        self.encoder, self.classifiers, self.palette = encoder, classifiers, palette

    @classmethod
    def fit(cls, collection: Collection, encoder: Sight | str) -> Judges:
        """Learn from the judges' part of a collection, and from its mirror images.

        Who has learnt from no picture finds all classes equally likely.

        Args:
            encoder: through whose vectors they look, or its name.
        """
        encoder = TrainedEncoder(encoder) if isinstance(encoder, str) else encoder
        rows, vocabulary = collection.part(1), collection.vocabulary
        types, genders = np.tile(collection.types[rows], 2), np.tile(collection.genders[rows], 2)
        judged = np.tile(gendered(collection)[rows], 2)
        pixels = collection.pixels[rows]
        mirrored = np.ascontiguousarray(pixels[:, :, ::-1])
        features = np.concatenate([encoder.encode_images(some) for some in (pixels, mirrored)])
        classifiers = {
            "type": fit_linear(features, types, len(vocabulary.types)),
            "gender": fit_linear(features[judged], genders[judged], len(GENDERS)),
        }
        return cls(encoder, classifiers, vocabulary.palette)

    @classmethod
    def of(cls, weights: Weights, encoder: Sight | None = None) -> Judges:
        """The judges that weights bring along; through the encoder that they were fitted on unless one is given.

        Raises:
            UsageError: the weights have none, or the encoder is no longer what it was.
        """
        tensors = weights.tensors()
        if "judge.type.weight" not in tensors:
            raise UsageError(f"{weights.name} brings no judges along; train it again: modiste train imagine")
        found = {name: Linear(tensors[f"judge.{name}.weight"], tensors[f"judge.{name}.bias"]) for name in TOLD}
        return cls(encoder or _encoder(weights), found, Vocabulary.of(weights.config["vocabulary"]).palette)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """What is saved, as `judge.*`."""
        return {
            f"judge.{name}.{part}": getattr(one, part)
            for name, one in self.classifiers.items()
            for part in ("weight", "bias")
        }

    def probabilities(self, pixels: Pixels) -> dict[str, Doubles]:
        """How likely each type, cluster of colours and gender is. Shape: (n, 128, 96, 3) to (n, k) each."""
        return dict(self.look(pixels).told)

    def look(self, pixels: Pixels, labs: Doubles | None = None) -> Seen:
        """All that is judged of pictures.

        Args:
            pixels: Shape: (n, 128, 96, 3).
            labs: the garments' colours where they are known; by default that of all that isn't white, which in a drawn
                picture is the garment. Shape: (n, 3).
        """
        vectors = self.encoder.encode_images(pixels)
        told = {name: one.probabilities(vectors) for name, one in self.classifiers.items()}
        if labs is None:
            some = [dominant_colours(pixels[at], silhouette(pixels[at])) for at in _chunks(len(pixels))]
            labs = np.concatenate(some) if some else np.zeros((0, 3))
        return Seen(vectors, {**told, "colour": self.palette.assign(labs).astype(np.float64)}, labs)


def gendered(collection: Collection) -> NDArray[np.bool_]:
    """Indices on which gender is judged: known, and of one shop if that shop is there. Shape: (n,)."""
    known = collection.genders >= 0
    if GENDER_SOURCE in collection.names:
        known = known & (collection.sources == collection.names.index(GENDER_SOURCE))
    return np.asarray(known)


def fit_linear(features: NDArray[np.float32], labels: NDArray[np.int64], count: int) -> Linear:
    """Logistic regression with the penalty under which examples left out are likeliest, so that it is calibrated.

    It is rounded as weights are saved. Examples that follow each other by half the length are mirror images, and are
    left out together.

    Args:
        features: Shape: (n, f).
        labels: Shape: (n,).
        count: of classes; those without an example are never told.
    """
    if not len(labels):
        return Linear(np.zeros((count, features.shape[1]), np.float32), np.zeros(count, np.float32))
    present, places = np.unique(labels, return_inverse=True)
    mean, spread = features.mean(0), np.maximum(features.std(0), 1e-3)
    scaled = ((features - mean) / spread).astype(np.float64)
    penalty = _likeliest(scaled, places, len(present)) if len(present) > 1 else PENALTIES[-1]
    solved = _solve(scaled, places, len(present), penalty)
    weight = np.zeros((count, features.shape[1]))
    bias = np.full(count, NEVER)
    weight[present] = solved[:, :-1] / spread
    bias[present] = solved[:, -1] - weight[present] @ mean
    return Linear(*(part.astype(np.float16).astype(np.float32) for part in (weight, bias)))


def _likeliest(features: Doubles, labels: NDArray[np.int64], count: int) -> float:
    folds = np.arange(len(labels)) % max(len(labels) // 2, 1) // SHOOT % FOLDS
    losses = []
    for penalty in PENALTIES:
        loss = 0.0
        for fold in range(FOLDS):
            out = folds == fold
            solved = _solve(features[~out], labels[~out], count, penalty)
            loss += _loss(solved, features[out], labels[out])[0] * out.sum()
        losses.append(loss)
    return PENALTIES[int(np.argmin(losses))]


def _solve(features: Doubles, labels: NDArray[np.int64], count: int, penalty: float) -> Doubles:
    """Weights beside the bias. Shape: (count, f + 1)."""
    from scipy.optimize import minimize

    shape = (count, features.shape[1] + 1)

    def penalised(flat: Doubles) -> tuple[float, Doubles]:
        solved = flat.reshape(shape)
        loss, slope = _loss(solved, features, labels)
        slope[:, :-1] += penalty * solved[:, :-1]
        return loss + 0.5 * penalty * float((solved[:, :-1] ** 2).sum()), slope.ravel()

    found = minimize(penalised, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return np.asarray(found.x).reshape(shape)


def _loss(solved: Doubles, features: Doubles, labels: NDArray[np.int64]) -> tuple[float, Doubles]:
    """Mean cross-entropy and its slope."""
    if not len(labels):
        return 0.0, np.zeros_like(solved)
    logits = features @ solved[:, :-1].T + solved[:, -1]
    logits -= logits.max(1, keepdims=True)
    likely = np.exp(logits)
    likely /= likely.sum(1, keepdims=True)
    own = np.arange(len(labels))
    loss = -float(np.log(np.maximum(likely[own, labels], 1e-12)).mean())
    likely[own, labels] -= 1
    likely /= len(labels)
    return loss, np.column_stack([likely.T @ features, likely.sum(0)])


def _encoder(weights: Weights) -> TrainedEncoder:
    """The one that the judges were fitted on; where only its name was noted, what bears it now."""
    noted = weights.config["encoder"]
    return TrainedEncoder(noted) if isinstance(noted, str) else encoder_of(weights)


def _chunks(count: int) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, count, CHUNK)]
