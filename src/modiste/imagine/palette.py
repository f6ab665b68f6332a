"""Colours as ReStGAN has them: a garment's colour from its pixels, and clusters of words that mean one colour.

Words whose garments look alike share a cluster of CIE LAB, so that "navy blue" and "dark blue" have the same text
features. A word's colour is measured on photographs; the names of `modiste.colour` serve only words that no photograph
has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modiste.colour import COLOURS, Colour, Lab, delta_e, nearest_colour, parse_colour, rgb_to_lab
from modiste.errors import UsageError
from modiste.types import Doubles, Floats, Indices, Pixels

MIN_GARMENTS = 8
"""Garments with a word before its colour is measured; one in `SMALL` of a catalogue that is smaller."""
SMALL = 20
CUT = 11.0
"""Mean distance (see `_clusters`) between the words of two clusters beyond which they stay apart."""
RADII = (6.0, 15.0)
"""Least and largest radius of a cluster."""
ALIKE = 6.0
"""CIEDE2000 up to which a word without photographs is drawn as one that has some."""
EDGE = 3
"""Pixels at a mask's edge that may show the backdrop or its shadow."""
SAMPLE, MEANS, PASSES = 256, 3, 8
"""Pixels of a garment that are clustered, the k of k-means, and its steps."""


def dominant_colours(pixels: Pixels, masks: NDArray[Any]) -> Doubles:
    """Colour of each garment: the median of the largest of three clusters of its pixels, away from the mask's edge.

    A picture with an empty mask is taken whole, so that an empty white one is white. The same input gives the same
    colours, to the bit.

    Args:
        pixels: RGB. Shape: (n, h, w, 3).
        masks: the garment, boolean or 0-255. Shape: (n, h, w).

    Returns:
        CIE LAB. Shape: (n, 3).
    """
    samples = _samples(pixels, masks)
    centres = np.quantile(samples, (np.arange(MEANS) + 0.5) / MEANS, axis=1).swapaxes(0, 1)
    for _ in range(PASSES):
        nearest = _nearest(samples, centres)
        for number in range(MEANS):
            own = (nearest == number)[..., None]
            total = own.sum(1)
            centres[:, number] = np.where(total, (samples * own).sum(1) / np.maximum(total, 1), centres[:, number])
    nearest = _nearest(samples, centres)
    sizes = np.stack([(nearest == number).sum(1) for number in range(MEANS)], 1)
    largest = nearest == sizes.argmax(1)[:, None]
    medians = [np.median(garment[own], axis=0) for garment, own in zip(samples, largest, strict=True)]
    return np.array(medians).reshape(-1, 3)


@dataclass(frozen=True)
class Resolved:
    """A colour word in terms of a palette."""

    lab: Lab
    cluster: int
    """The nearest cluster of the palette."""
    measured: bool
    """Whether the palette's photographs have the word."""


@dataclass(frozen=True)
class Palette:
    """The look-up table from colour words to clusters of colours that look alike."""

    names: tuple[str, ...]
    """Each cluster's most frequent word."""
    labs: Floats
    """Geometric median of each cluster's garments. Shape: (k, 3)."""
    radii: Floats
    """Radius of each cluster in CIEDE2000: nine of ten garments with its words lie within, bounded to `RADII`.
    Shape: (k,)."""
    shares: Floats
    """Share of all garments that are nearest to each cluster. Shape: (k,)."""
    words: Mapping[str, int]
    """Every measured colour word, as `modiste.colour` spells it, and its cluster; the most frequent first."""

    @classmethod
    def build(cls, phrases: Sequence[str], labs: ArrayLike, *, least: int = MIN_GARMENTS, cut: float = CUT) -> Palette:
        """Learn the table from garments.

        Args:
            phrases: the colour words of each garment's title, empty if it has none. Where no title has any, garments
                are named by what their pixels are nearest to.
            labs: each garment's dominant colour. Shape: (n, 3).
            least: garments that a word needs.
            cut: mean distance between words beyond which clusters aren't joined.

        Raises:
            UsageError: no garments, or not one phrase for each.
        """
        colours = np.asarray(labs, np.float64).reshape(-1, 3)
        if not len(colours) or len(phrases) != len(colours):
            raise UsageError(
                f"a palette is learnt from garments with one phrase each (it may be empty); "
                f"got {len(phrases)} phrases and {len(colours)} garments"
            )
        names = [_colour_name(phrase) for phrase in phrases]
        if not any(names):
            names = [nearest_colour(lab).name for lab in colours]
        counts = Counter(name for name in names if name).most_common()
        least = min(least, max(1, len(colours) // SMALL))
        words = [word for word, count in counts if count >= least] or [counts[0][0]]
        clusters = _clusters({word: _geometric_median(colours[np.array(names) == word]) for word in words}, cut)

        members = np.array([clusters.get(name, -1) for name in names])
        groups = [colours[members == cluster] for cluster in range(max(clusters.values()) + 1)]
        centres = np.array([_geometric_median(group) for group in groups])
        radii = [np.quantile(delta_e(group, centre), 0.9) for group, centre in zip(groups, centres, strict=True)]
        nearest = delta_e(colours[:, None], centres[None]).argmin(1)
        most_frequent: dict[int, str] = {}
        for word, cluster in clusters.items():
            most_frequent.setdefault(cluster, word)
        return cls(
            names=tuple(most_frequent.values()),
            labs=centres.astype(np.float32),
            radii=np.clip(radii, *RADII).astype(np.float32),
            shares=(np.bincount(nearest, minlength=len(groups)) / len(colours)).astype(np.float32),
            words=clusters,
        )

    def assign(self, labs: ArrayLike, tau: float = 5.0) -> Floats:
        """Soft assignment of colours to clusters: exp(-CIEDE2000 / tau), summing to 1. Shape: (n, 3) to (n, k)."""
        distances = self._distances(labs)
        weight = np.exp(-(distances - distances.min(1, keepdims=True)) / tau)
        return np.asarray(weight / weight.sum(1, keepdims=True), np.float32)

    def nearest(self, lab: ArrayLike) -> int:
        """The cluster that looks closest to one colour."""
        return int(self._distances(lab).argmin())

    def resolve(self, colour: Colour) -> Resolved:
        """The colour to draw for a word: its cluster's centroid, that of a cluster close by, or its own LAB.

        A word without photographs goes with a measured word whose name means nearly the same ("dark blue" with "navy
        blue"), else with a cluster that it lies close to, else it has the LAB of `modiste.colour`.
        """
        name = _colour_name(colour.name)
        cluster = self.words.get(name)
        if cluster is None:
            # Names are compared with names: on photographs all colours are duller.
            known = [word for word in self.words if word in COLOURS]
            alike = delta_e([COLOURS[word].lab for word in known], colour.lab) <= ALIKE if known else np.zeros(0, bool)
            distances = self._distances(colour.lab)[0]
            cluster = self.words[known[int(alike.argmax())]] if alike.any() else int(distances.argmin())
            if not alike.any() and distances[cluster] > ALIKE:
                return Resolved(colour.lab, cluster, False)
        lightness, a, b = self.labs[cluster].tolist()
        return Resolved((lightness, a, b), cluster, name in self.words)

    def record(self) -> dict[str, Any]:
        """The table in JSON's types; `of` reads it back to the bit."""
        return {
            "names": list(self.names),
            "labs": self.labs.tolist(),
            "radii": self.radii.tolist(),
            "shares": self.shares.tolist(),
            "words": dict(self.words),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Palette:
        """The palette of a `record`."""
        labs, radii, shares = (np.array(record[name], np.float32) for name in ("labs", "radii", "shares"))
        words = {str(word): int(cluster) for word, cluster in record["words"].items()}
        return cls(tuple(record["names"]), labs.reshape(-1, 3), radii, shares, words)

    def _distances(self, labs: ArrayLike) -> Doubles:
        """CIEDE2000 of colours to every centroid. Shape: (n, 3) to (n, k)."""
        return delta_e(np.asarray(labs, np.float64).reshape(-1, 1, 3), self.labs[None])


def _colour_name(phrase: str) -> str:
    """The colour of a phrase, as `modiste.colour` spells it: "Navy" is "navy blue". Empty if it has none."""
    colour = parse_colour(phrase)
    return colour.name if colour else ""


def _geometric_median(points: ArrayLike, passes: int = 64) -> Doubles:
    """The point with the least sum of distances to all others (Weiszfeld), which a few outliers can't move.

    Shape: (n, 3) to (3,).
    """
    cloud = np.asarray(points, np.float64)
    centre = np.median(cloud, axis=0)
    for _ in range(passes):
        weight = 1 / np.maximum(np.linalg.norm(cloud - centre, axis=1), 1e-6)
        moved = weight @ cloud / weight.sum()
        if np.abs(moved - centre).max() < 1e-4:
            break
        centre = moved
    return np.asarray(centre)


def _samples(pixels: Pixels, masks: NDArray[Any]) -> Doubles:
    """Pixels spread evenly over the inside of each garment, in LAB. Shape: (n, SAMPLE, 3)."""
    if pixels.shape != (*masks.shape, 3):
        raise UsageError(f"pictures need masks of their size; got {pixels.shape} and {masks.shape}")
    inner = masks.copy() if masks.dtype == np.bool_ else masks > (0.5 if masks.dtype.kind == "f" else 127)
    inner[~inner.any((1, 2))] = True
    enough = inner.sum((1, 2)) / 4  # the edge is taken off as far as a quarter of the garment is left
    for _ in range(EDGE):
        padded = np.pad(inner, ((0, 0), (1, 1), (1, 1)))
        eroded = inner & padded[:, :-2, 1:-1] & padded[:, 2:, 1:-1] & padded[:, 1:-1, :-2] & padded[:, 1:-1, 2:]
        large = eroded.sum((1, 2)) >= np.maximum(enough, 1)
        inner[large] = eroded[large]
    flat = pixels.reshape(len(pixels), pixels.shape[1] * pixels.shape[2], 3)
    chosen = np.empty((len(pixels), SAMPLE, 3), np.uint8)
    for row, mask in enumerate(inner.reshape(flat.shape[:2])):
        inside = np.flatnonzero(mask)
        chosen[row] = flat[row, inside[np.arange(SAMPLE) * len(inside) // SAMPLE]]
    return rgb_to_lab(chosen)


def _nearest(samples: Doubles, centres: Doubles) -> Indices:
    """Each sample's nearest centre. Shapes: (n, p, 3) and (n, k, 3) to (n, p)."""
    distances = [((samples - centres[:, None, number]) ** 2).sum(2) for number in range(centres.shape[1])]
    return np.asarray(np.argmin(np.stack(distances), axis=0))


def _clusters(words: Mapping[str, Doubles], cut: float) -> dict[str, int]:
    """Cluster of each word (average linkage), that of the most frequent word first.

    The distance between two words is the CIEDE2000 between their garments or between their names, whichever is more.
    Black and navy cloth is 5 apart on photographs and orange meets camel: photographs alone would make such words
    one. A word without a name of its own ("washed blue") has only its photographs.

    Args:
        words: word to the LAB of its garments, the most frequent first.
    """
    if len(words) == 1:
        return dict.fromkeys(words, 0)
    from scipy.cluster.hierarchy import fcluster, linkage

    first, second = np.triu_indices(len(words), 1)
    measured = np.array(list(words.values()))
    named = np.array([COLOURS[word].lab if word in COLOURS else (np.nan,) * 3 for word in words])
    distances = np.fmax(delta_e(measured[first], measured[second]), delta_e(named[first], named[second]))
    numbers = fcluster(linkage(distances, "average"), cut, "distance").tolist()
    order = {number: cluster for cluster, number in enumerate(dict.fromkeys(numbers))}
    return {word: order[number] for word, number in zip(words, numbers, strict=True)}
