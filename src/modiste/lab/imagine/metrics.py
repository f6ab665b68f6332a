"""The metrics of drawing from words, as pure functions of what judges say and of pictures."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from modiste.errors import UsageError
from modiste.lab.measures.bootstrap import Interval, bootstrap
from modiste.types import Doubles, Mask, Pixels

WHITE = 8
"""Levels below 255 that a generator's white may stray by."""
PALE = 225
"""Typical least channel above which a garment counts as white."""
HOLE, SPECK = 0.02, 0.05
"""Shares of what is not white: holes up to the one are filled, pieces below the other are no garment."""


def inception_score(probabilities: ArrayLike) -> float:
    """How sure and how varied a classifier finds pictures: exp of the mean KL of p(y|x) from p(y).

    1 where every picture says the same, as many as there are classes where each picture is sure of one and all are
    equally frequent.

    Args:
        probabilities: a row each picture, summing to 1. Shape: (n, k).
    """
    given = np.asarray(probabilities, np.float64)
    if given.ndim != 2 or not given.size:
        raise UsageError(f"an inception score needs a row of probabilities each picture; got shape {given.shape}")
    whole = np.broadcast_to(given.mean(0), given.shape)
    ratio = np.divide(given, whole, out=np.ones_like(given), where=given > 0)
    return float(np.exp((given * np.log(ratio)).sum(1).mean()))


def accuracy(predicted: ArrayLike, wanted: ArrayLike) -> float | None:
    """Share of the predictions that are right, where something was wanted (at least 0); None where nothing was."""
    told, right = np.asarray(predicted), np.asarray(wanted)
    asked = right >= 0
    return float((told == right)[asked].mean()) if asked.any() else None


@dataclass(frozen=True)
class Step:
    """One word more: what the picture was judged to be before it and after it."""

    named: str
    """The attribute that the word concerns, a key of `before` and `after`; anything else, such as `other`, if none."""
    before: Mapping[str, int]
    """Attribute to its class."""
    after: Mapping[str, int]
    wanted: int = -1
    """The class that the word names."""
    shift: float = 0.0
    """How far the colour moved, in CIEDE2000."""
    sequence: Hashable = 0
    """Steps of one sequence of words belong together: what is uncertain is drawn again by whole sequences."""


@dataclass(frozen=True)
class Outcomes:
    """What was asked of each step, and whether it came true."""

    values: Mask
    """Shape: (n,)."""
    sequences: tuple[Hashable, ...]
    """The sequence of each value."""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float | None:
        """Over sequences, of each one's own mean; None without any."""
        return float(np.mean(list(self.means().values()))) if len(self) else None

    def means(self) -> dict[Hashable, float]:
        """Each sequence's mean, in the order in which sequences come."""
        gathered: dict[Hashable, list[bool]] = {}
        for value, sequence in zip(self.values.tolist(), self.sequences, strict=True):
            gathered.setdefault(sequence, []).append(value)
        return {sequence: float(np.mean(some)) for sequence, some in gathered.items()}

    def interval(self, level: float = 0.95, seed: int = 0) -> Interval:
        """The mean, with what drawing whole sequences again makes of it.

        Raises:
            UsageError: there are no steps.
        """
        if not len(self):
            raise UsageError("no step asks this, so there is nothing to average; give longer texts")
        return bootstrap(list(self.means().values()), level=level, seed=seed)


def persistence(steps: Sequence[Step]) -> Outcomes:
    """Whether a word leaves alone what it doesn't concern: one for each step and each of its other attributes.

    A model that ignores words persists always.
    """
    others = [(step, name) for step in steps for name in step.before if name != step.named]
    return _outcomes([(step.after[name] == step.before[name], step) for step, name in others])


def responsiveness(steps: Sequence[Step]) -> Outcomes:
    """Whether an attribute is right after the word that names it: one for each step that names one."""
    naming = [step for step in steps if step.named in step.after and step.wanted >= 0]
    return _outcomes([(step.after[step.named] == step.wanted, step) for step in naming])


def above(ours: Outcomes, theirs: Outcomes, confidence: float = 0.95) -> bool:
    """Whether our mean lies above another model's on the same sequences at this confidence.

    Differences are paired by sequence: 0 lies below the interval that holds `confidence` of their redrawn means.

    Raises:
        UsageError: the sequences aren't the same, or there are none.
    """
    own, other = ours.means(), theirs.means()
    if not own or own.keys() != other.keys():
        raise UsageError(
            f"models are compared on the same sequences, at least one; got {len(own)} and {len(other)}, of which "
            f"{len(own.keys() & other.keys())} are the same"
        )
    return bootstrap([own[name] - other[name] for name in own], level=confidence).low > 0


def found(ranks: ArrayLike, k: int = 10) -> float | None:
    """Share of the searches whose product is among the first `k`, ranks starting at 1; None without a search."""
    places = np.asarray(ranks)
    return float((places <= k).mean()) if places.size else None


def mask_iou(first: Mask, second: Mask) -> Doubles:
    """Intersection over union of each pair of masks, 1 for two empty ones. Shape: (n, h, w) twice to (n,)."""
    union = (first | second).sum((1, 2))
    both = (first & second).sum((1, 2))
    return np.where(union > 0, both / np.maximum(union, 1), 1.0)


def changed(first: Pixels, second: Pixels, most: int = 8) -> Doubles:
    """Share of each picture's pixels that differ by more than `most` levels. Shape: (n, h, w, 3) twice to (n,)."""
    apart = np.abs(first.astype(np.int16) - second).max(3)
    return np.asarray((apart > most).mean((1, 2)))


def silhouette(pixels: Pixels) -> Mask:
    """Where the garment is on its white ground: what isn't white within a few levels, without specks.

    What a garment encloses is its own if it is small, or if the garment is as pale as the ground: a white one shows
    little more than the shading along its edge. A dark one's white hole is the gap between its legs.

    Shape: (n, h, w, 3) to (n, h, w).
    """
    return np.array([_garment(light) for light in pixels.min(3)], np.bool_).reshape(pixels.shape[:3])


def _garment(light: Pixels) -> Mask:
    """One picture's garment, by each pixel's least channel."""
    marks = light < 255 - WHITE
    if not marks.any():
        return np.asarray(marks)
    if np.median(light[marks]) > PALE:
        across = np.ones((3, 3), np.bool_)  # an edge has gaps, which would let the ground in
        closed = ndimage.binary_erosion(ndimage.binary_dilation(np.pad(marks, 2), across), across)[2:-2, 2:-2]
        marks = ndimage.binary_fill_holes(closed | marks)
    holes = ndimage.binary_fill_holes(marks) & ~marks
    marks |= _pieces(holes, 0, HOLE * marks.sum())
    return _pieces(marks, SPECK * marks.sum(), marks.sum())


def _pieces(marks: Mask, least: float, most: float) -> Mask:
    """The connected parts of a mask that have at least and at most so many pixels."""
    labels, _ = ndimage.label(marks, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    wanted = (sizes >= least) & (sizes <= most)
    wanted[0] = False
    return np.asarray(wanted[labels], np.bool_)


def _outcomes(told: Sequence[tuple[bool, Step]]) -> Outcomes:
    return Outcomes(np.array([value for value, _ in told], np.bool_), tuple(step.sequence for _, step in told))
