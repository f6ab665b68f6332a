"""Judges of pictures: classifiers of type and gender on an encoder's vectors, and the garment's colour by its pixels.

They learn from the judges' part alone, which neither the networks nor their auxiliary classifiers learn from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from modiste.colour import delta_e
from modiste.encoders import Encoder
from modiste.encoders.pipeline import TrainedEncoder, encoder_of
from modiste.errors import UsageError
from modiste.imagine.words import GENDERS, Palette, Vocabulary
from modiste.lab.imagine.preprocessing import dominant_colours
from modiste.types import Doubles, Mask, Pixels, Vectors

if TYPE_CHECKING:
    from modiste.lab.imagine.data import Collection
    from modiste.weights import Weights


CLASSIFIED = ("type", "gender")
"""Attributes with a classifier; colour is measured."""
GENDER_SOURCE = "fashion-product-images"
"""Gender is judged on this one where it is among the sources: another shop's photos are all of one gender, and a
classifier would tell the shops apart."""
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)
"""Of the classifiers' squared weights, for one example; the one whose held-out examples are likeliest is taken."""
FOLDS, SHOOT = 5, 10
"""Folds of the examples, and neighbours that are held out together: they may be of one photo shoot."""
NEVER = -30.0
"""Logit of a class without examples."""
CHUNK = 256

WHITE = 8
"""Levels below 255 that a generator's white may stray by."""
PALE = 225
"""Typical least channel above which a garment counts as white."""
HOLE, SPECK = 0.02, 0.05
"""Shares of what is not white: holes up to the one are filled, pieces below the other are no garment."""


@dataclass(frozen=True)
class Judgements:
    """Judgements of some pictures."""

    vectors: Vectors
    """The encoder's. Shape: (n, d)."""
    probabilities: Mapping[str, Doubles]
    """Of each type, cluster of colours and gender, by attribute. Shapes: (n, k)."""
    labs: Doubles
    """The garments' dominant colours. Shape: (n, 3)."""

    def __len__(self) -> int:
        return len(self.labs)

    def at(self, rows: Any) -> Judgements:
        """Those of some pictures, by their indices or a mask."""
        probabilities = {name: values[rows] for name, values in self.probabilities.items()}
        return Judgements(self.vectors[rows], probabilities, self.labs[rows])

    def joined(self, other: Judgements) -> Judgements:
        """These and others behind them."""
        probabilities = {
            name: np.concatenate([values, other.probabilities[name]]) for name, values in self.probabilities.items()
        }
        vectors, labs = np.concatenate([self.vectors, other.vectors]), np.concatenate([self.labs, other.labs])
        return Judgements(vectors, probabilities, labs)

    def classes(self) -> dict[str, NDArray[np.int64]]:
        """The likeliest class of each attribute. Shapes: (n,)."""
        return {name: values.argmax(1) for name, values in self.probabilities.items()}


@dataclass(frozen=True)
class LogisticRegression:
    """A linear classifier with calibrated probabilities."""

    weight: NDArray[np.float32]
    """Shape: (classes, f)."""
    bias: NDArray[np.float32]
    """Shape: (classes,)."""

    @classmethod
    def fit(cls, features: NDArray[np.float32], labels: NDArray[np.int64], count: int) -> LogisticRegression:
        """Fit with the penalty under which held-out examples are likeliest, so that it is calibrated.

        It is rounded as weights are saved. Examples that follow each other by half the length are mirror images, and
        are held out together.

        Args:
            features: Shape: (n, f).
            labels: Shape: (n,).
            count: of classes; those without an example are never predicted.
        """
        if not len(labels):
            return cls(np.zeros((count, features.shape[1]), np.float32), np.zeros(count, np.float32))
        present, classes = np.unique(labels, return_inverse=True)
        mean, spread = features.mean(0), np.maximum(features.std(0), 1e-3)
        scaled = ((features - mean) / spread).astype(np.float64)
        solution = _solve(scaled, classes, len(present), _best_penalty(scaled, classes, len(present)))
        weight = np.zeros((count, features.shape[1]))
        bias = np.full(count, NEVER)
        weight[present] = solution[:, :-1] / spread
        bias[present] = solution[:, -1] - weight[present] @ mean
        return cls(*(array.astype(np.float16).astype(np.float32) for array in (weight, bias)))

    def probabilities(self, features: NDArray[np.float32]) -> Doubles:
        """Probabilities of the classes. Shape: (n, f) to (n, classes)."""
        logits = features.astype(np.float64) @ self.weight.T + self.bias
        odds = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(odds / odds.sum(1, keepdims=True))


class Judges:
    """Fitted classifiers, the encoder whose vectors they classify, and the palette."""

    def __init__(self, encoder: Encoder, classifiers: Mapping[str, LogisticRegression], palette: Palette) -> None:
        self.encoder, self.classifiers, self.palette = encoder, classifiers, palette

    @classmethod
    def fit(cls, collection: Collection, encoder: Encoder | str) -> Judges:
        """Fit the classifiers to the judges' part of a collection, and to its mirror images.

        A classifier without any example finds all classes equally likely.

        Args:
            encoder: the encoder or its name.
        """
        encoder = TrainedEncoder(encoder) if isinstance(encoder, str) else encoder
        rows, vocabulary = collection.part(1), collection.vocabulary
        types, genders = np.tile(collection.types[rows], 2), np.tile(collection.genders[rows], 2)
        judged = np.tile(gender_judged(collection)[rows], 2)
        pixels = collection.pixels[rows]
        mirrored = np.ascontiguousarray(pixels[:, :, ::-1])
        features = np.concatenate([encoder.encode_images(photos) for photos in (pixels, mirrored)])
        classifiers = {
            "type": LogisticRegression.fit(features, types, len(vocabulary.types)),
            "gender": LogisticRegression.fit(features[judged], genders[judged], len(GENDERS)),
        }
        return cls(encoder, classifiers, vocabulary.palette)

    @classmethod
    def of(cls, weights: Weights, encoder: Encoder | None = None) -> Judges:
        """The judges in a run's weights, with the encoder that they were fitted on unless one is given.

        Raises:
            UsageError: the weights have none, or the encoder is no longer what it was.
        """
        tensors = weights.tensors()
        if "judge.type.weight" not in tensors:
            raise UsageError(f"{weights.name} brings no judges along; train it again: modiste train imagine")
        classifiers = {
            name: LogisticRegression(tensors[f"judge.{name}.weight"], tensors[f"judge.{name}.bias"])
            for name in CLASSIFIED
        }
        if encoder is None:
            noted = weights.config["encoder"]  # older weights have only the encoder's name
            encoder = TrainedEncoder(noted) if isinstance(noted, str) else encoder_of(weights)
        return cls(encoder, classifiers, Vocabulary.of(weights.config["vocabulary"]).palette)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The tensors to save, as `judge.*`."""
        return {
            f"judge.{name}.{part}": getattr(classifier, part)
            for name, classifier in self.classifiers.items()
            for part in ("weight", "bias")
        }

    def judge(self, pixels: Pixels, labs: Doubles | None = None) -> Judgements:
        """Judge pictures.

        Args:
            pixels: Shape: (n, 128, 96, 3).
            labs: the garments' colours where they are known; by default that of all that isn't white, which in a drawn
                picture is the garment. Shape: (n, 3).
        """
        vectors = self.encoder.encode_images(pixels)
        probabilities = {name: classifier.probabilities(vectors) for name, classifier in self.classifiers.items()}
        if labs is None:
            chunks = [pixels[start : start + CHUNK] for start in range(0, len(pixels), CHUNK)]
            measured = [dominant_colours(chunk, silhouette(chunk)) for chunk in chunks]
            labs = np.concatenate(measured) if measured else np.zeros((0, 3))
        return Judgements(vectors, {**probabilities, "colour": _soft_assignment(self.palette, labs)}, labs)


def _soft_assignment(palette: Palette, labs: Doubles, tau: float = 5.0) -> Doubles:
    """Shares of a palette's clusters in colours: exp(-CIEDE2000 / tau), summing to 1. Shape: (n, 3) to (n, k)."""
    distances = delta_e(labs[:, None], palette.labs[None])
    weight = np.exp(-(distances - distances.min(1, keepdims=True)) / tau)
    return np.asarray(weight / weight.sum(1, keepdims=True), np.float32).astype(np.float64)


def gender_judged(collection: Collection) -> NDArray[np.bool_]:
    """True for garments on which gender is judged: it is known, and of one shop if that shop is there. Shape: (n,)."""
    known = collection.genders >= 0
    if GENDER_SOURCE in collection.names:
        known = known & (collection.sources == collection.names.index(GENDER_SOURCE))
    return np.asarray(known)


def silhouette(pixels: Pixels) -> Mask:
    """Mask of the garment on its white ground: all that isn't white within a few levels, without specks.

    Enclosed white is garment if it is small, or if the garment is as pale as the ground: a white one shows little more
    than the shading along its edge. A dark one's white hole is the gap between its legs.

    Shape: (n, h, w, 3) to (n, h, w).
    """
    across = np.ones((3, 3), np.bool_)
    masks = []
    for light in pixels.min(3):
        mask = light < 255 - WHITE
        if mask.any():
            if np.median(light[mask]) > PALE:  # its edge has gaps, which would let the ground in
                closed = ndimage.binary_erosion(ndimage.binary_dilation(np.pad(mask, 2), across), across)[2:-2, 2:-2]
                mask = ndimage.binary_fill_holes(closed | mask)
            holes = ndimage.binary_fill_holes(mask) & ~mask
            mask |= _components(holes, 0, HOLE * mask.sum())
            mask = _components(mask, SPECK * mask.sum(), mask.sum())
        masks.append(mask)
    return np.array(masks, np.bool_).reshape(pixels.shape[:3])


def _components(mask: Mask, least: float, most: float) -> Mask:
    """The connected components of a mask that have at least and at most so many pixels."""
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    kept = (sizes >= least) & (sizes <= most)
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)


def _best_penalty(features: Doubles, labels: NDArray[np.int64], count: int) -> float:
    """The penalty under which held-out examples are likeliest; the largest for a single class."""
    if count < 2:
        return PENALTIES[-1]
    folds = np.arange(len(labels)) % max(len(labels) // 2, 1) // SHOOT % FOLDS
    losses = []
    for penalty in PENALTIES:
        loss = 0.0
        for fold in range(FOLDS):
            out = folds == fold
            solution = _solve(features[~out], labels[~out], count, penalty)
            loss += _loss(solution, features[out], labels[out])[0] * out.sum()
        losses.append(loss)
    return PENALTIES[int(np.argmin(losses))]


def _solve(features: Doubles, labels: NDArray[np.int64], count: int, penalty: float) -> Doubles:
    """Weights beside the bias. Shape: (count, f + 1)."""
    from scipy.optimize import minimize

    shape = (count, features.shape[1] + 1)

    def penalised(flat: Doubles) -> tuple[float, Doubles]:
        solution = flat.reshape(shape)
        loss, gradient = _loss(solution, features, labels)
        gradient[:, :-1] += penalty * solution[:, :-1]
        return loss + 0.5 * penalty * float((solution[:, :-1] ** 2).sum()), gradient.ravel()

    result = minimize(penalised, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return np.asarray(result.x).reshape(shape)


def _loss(solution: Doubles, features: Doubles, labels: NDArray[np.int64]) -> tuple[float, Doubles]:
    """Mean cross-entropy and its gradient."""
    if not len(labels):
        return 0.0, np.zeros_like(solution)
    logits = features @ solution[:, :-1].T + solution[:, -1]
    logits -= logits.max(1, keepdims=True)
    likely = np.exp(logits)
    likely /= likely.sum(1, keepdims=True)
    own = np.arange(len(labels))
    loss = -float(np.log(np.maximum(likely[own, labels], 1e-12)).mean())
    likely[own, labels] -= 1
    likely /= len(labels)
    return loss, np.column_stack([likely.T @ features, likely.sum(0)])
