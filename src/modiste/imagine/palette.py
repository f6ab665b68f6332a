"""Colour as ReStGAN has it: what colour a garment is, by its pixels, and which words mean one colour.

Words whose garments look alike share a cluster of CIE LAB, so that the network hears one colour where shops say
"navy blue" and "dark blue". What a word means is measured on photographs; the names of `modiste.colour` are asked
only for words that no photograph explains.
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
from modiste.types import Doubles, Floats, Indices, Mask, Pixels

LEAST = 8
"""Photos that a word needs before it counts as measured; one in `SMALL` of a catalogue that is smaller."""
SMALL = 20
CUT = 11.0
"""Mean distance (see `_apart`) between the words of two clusters beyond which they stay apart."""
RADII = (6.0, 15.0)
"""Least and largest radius of a cluster."""
ALIKE = 6.0
"""CIEDE2000 up to which a word that no photograph explains is drawn as one that has photographs."""
EDGE = 3
"""Pixels off a mask's edge that may show the backdrop or its shadow."""
SAMPLE, MEANS, PASSES = 256, 3, 8
"""Pixels of a garment that are looked at, the k of k-means, and its steps."""


def dominant_colours(pixels: Pixels, masks: NDArray[Any]) -> Doubles:
    """Each garment's colour: the median of the largest of three clusters of its pixels, away from the mask's edge.

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
    return np.array([np.median(some[own], axis=0) for some, own in zip(samples, largest, strict=True)]).reshape(-1, 3)


@dataclass(frozen=True)
class Named:
    """What a colour word means to a network."""

    lab: Lab
    cluster: int
    """The nearest cluster of the palette."""
    known: bool
    """Whether photographs of the palette explain the word."""


@dataclass(frozen=True)
class Palette:
    """The look-up table: words to clusters of colours that look alike."""

    names: tuple[str, ...]
    """Each cluster's commonest word."""
    labs: Floats
    """The geometric median of each cluster's garments. Shape: (k, 3)."""
    radii: Floats
    """Of each cluster, in CIEDE2000: nine of ten garments that its words name lie within, bounded to `RADII`.
    Shape: (k,)."""
    shares: Floats
    """How many of all garments are nearest to each cluster. Shape: (k,)."""
    words: Mapping[str, int]
    """Every measured colour word, as `modiste.colour` spells it, and its cluster; the commonest first."""

    @classmethod
    def build(cls, phrases: Sequence[str], labs: ArrayLike, *, least: int = LEAST, cut: float = CUT) -> Palette:
        """Learn the table from garments.

        Args:
            phrases: the colour words that each garment's title says, empty if it says none. Where no title says
                any, garments are named by what their pixels are nearest to.
            labs: each garment's dominant colour. Shape: (n, 3).
            least: garments that a word needs.
            cut: mean distance between words beyond which clusters aren't joined.

        Raises:
            UsageError: no garments, or not one phrase for each.
        """
        seen = np.asarray(labs, np.float64).reshape(-1, 3)
        if not len(seen) or len(phrases) != len(seen):
            raise UsageError(
                f"a palette is learnt from garments with one phrase each (it may be empty); "
                f"got {len(phrases)} phrases and {len(seen)} garments"
            )
        said = [folded(phrase) for phrase in phrases]
        if not any(said):
            said = [nearest_colour(lab).name for lab in seen]
        words = _measured(said, seen, min(least, max(1, len(seen) // SMALL)))
        return _palette(_joined(words, cut), said, seen)

    def assign(self, labs: ArrayLike, tau: float = 5.0) -> Floats:
        """How much colours belong to clusters: exp(-CIEDE2000 / tau), summing to 1. Shape: (n, 3) to (n, k)."""
        apart = self._apart(labs)
        weight = np.exp(-(apart - apart.min(1, keepdims=True)) / tau)
        return np.asarray(weight / weight.sum(1, keepdims=True), np.float32)

    def nearest(self, lab: ArrayLike) -> int:
        """The cluster that looks closest to one colour."""
        return int(self._apart(lab).argmin())

    def resolve(self, colour: Colour) -> Named:
        """What to draw for a colour word: its cluster's centroid, or what it is nearest to, or its own LAB.

        A word that no photograph explains goes with a measured word whose name means nearly the same ("dark blue"
        with "navy blue"), else with a cluster that it lies close to, else it stays what `modiste.colour` says.
        """
        word = folded(colour.name)
        if word in self.words:
            return self._named(self.words[word], True)
        like = self._alike(colour)
        if like is not None:
            return self._named(like, False)
        apart = self._apart(colour.lab)[0]
        cluster = int(apart.argmin())
        if apart[cluster] <= ALIKE:
            return self._named(cluster, False)
        return Named(colour.lab, cluster, False)

    def record(self) -> dict[str, Any]:
        """The table as JSON can hold it; `of` reads it back to the bit."""
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
        words = {str(word): int(number) for word, number in record["words"].items()}
        return cls(tuple(record["names"]), labs.reshape(-1, 3), radii, shares, words)

    def _named(self, cluster: int, known: bool) -> Named:
        lightness, a, b = self.labs[cluster].tolist()
        return Named((lightness, a, b), cluster, known)

    def _alike(self, colour: Colour) -> int | None:
        """The cluster of the commonest measured word whose name is near this colour, if there is one.

        Names are compared with names: on photographs all colours are duller.
        """
        known = [word for word in self.words if word in COLOURS]
        near = delta_e([COLOURS[word].lab for word in known], colour.lab) <= ALIKE if known else np.zeros(1, np.bool_)
        return self.words[known[int(near.argmax())]] if near.any() else None

    def _apart(self, labs: ArrayLike) -> Doubles:
        """CIEDE2000 of colours to every centroid. Shape: (n, 3) to (n, k)."""
        return delta_e(np.asarray(labs, np.float64).reshape(-1, 1, 3), self.labs[None])


def folded(phrase: str) -> str:
    """The colour that a phrase names, as `modiste.colour` spells it: "Navy" is "navy blue". Empty if it names none."""
    colour = parse_colour(phrase)
    return colour.name if colour else ""


def geometric_median(points: ArrayLike, passes: int = 64) -> Doubles:
    """The point whose distances to all others sum to the least (Weiszfeld), which few strangers can't move.

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
    inner = _inside(masks if masks.dtype == np.bool_ else masks > (0.5 if masks.dtype.kind == "f" else 127))
    flat = pixels.reshape(len(pixels), pixels.shape[1] * pixels.shape[2], 3)
    chosen = np.empty((len(pixels), SAMPLE, 3), np.uint8)
    for place, mask in enumerate(inner.reshape(flat.shape[:2])):
        there = np.flatnonzero(mask)
        chosen[place] = flat[place, there[np.arange(SAMPLE) * len(there) // SAMPLE]]
    return rgb_to_lab(chosen)


def _inside(masks: Mask) -> Mask:
    """Masks without their edge, as many pixels of EDGE as leave a quarter of the garment; empty ones become full."""
    inner = masks.copy()
    inner[~masks.any((1, 2))] = True
    enough = inner.sum((1, 2)) / 4
    for _ in range(EDGE):
        padded = np.pad(inner, ((0, 0), (1, 1), (1, 1)))
        less = inner & padded[:, :-2, 1:-1] & padded[:, 2:, 1:-1] & padded[:, 1:-1, :-2] & padded[:, 1:-1, 2:]
        wide = less.sum((1, 2)) >= np.maximum(enough, 1)
        inner[wide] = less[wide]
    return inner


def _nearest(samples: Doubles, centres: Doubles) -> Indices:
    """Each sample's nearest centre. Shapes: (n, p, 3) and (n, k, 3) to (n, p)."""
    apart = [((samples - centres[:, None, number]) ** 2).sum(2) for number in range(centres.shape[1])]
    return np.asarray(np.argmin(np.stack(apart), axis=0))


def _measured(said: Sequence[str], labs: Doubles, least: int) -> dict[str, Doubles]:
    """The colour of each word that enough garments have, or of the commonest where none has; commonest first."""
    counts = Counter(word for word in said if word).most_common()
    enough = [word for word, count in counts if count >= least] or [counts[0][0]]
    spoken = np.array(said)
    return {word: geometric_median(labs[spoken == word]) for word in enough}


def _joined(words: Mapping[str, Doubles], cut: float) -> dict[str, int]:
    """Each word's cluster (average linkage), that of the commonest word first."""
    if len(words) == 1:
        return dict.fromkeys(words, 0)
    from scipy.cluster.hierarchy import fcluster, linkage

    numbers = fcluster(linkage(_apart(words), "average"), cut, "distance").tolist()
    order = {number: place for place, number in enumerate(dict.fromkeys(numbers))}
    return {word: order[number] for word, number in zip(words, numbers, strict=True)}


def _apart(words: Mapping[str, Doubles]) -> Doubles:
    """CIEDE2000 between each two words' garments or between their names, whichever is more, as scipy's vector.

    Black and navy cloth is 5 apart on photographs and orange meets camel: photographs alone would make such words
    one. A word without a name of its own ("washed blue") has only its photographs.
    """
    first, second = np.triu_indices(len(words), 1)
    seen = np.array(list(words.values()))
    named = np.array([COLOURS[word].lab if word in COLOURS else (np.nan,) * 3 for word in words])
    return np.fmax(delta_e(seen[first], seen[second]), delta_e(named[first], named[second]))


def _palette(numbers: Mapping[str, int], said: Sequence[str], labs: Doubles) -> Palette:
    """The clusters' garments, measured."""
    of = np.array([numbers.get(word, -1) for word in said])
    members = [labs[of == number] for number in range(max(numbers.values()) + 1)]
    centres = np.array([geometric_median(some) for some in members])
    radii = [np.quantile(delta_e(some, centre), 0.9) for some, centre in zip(members, centres, strict=True)]
    nearest = delta_e(labs[:, None], centres[None]).argmin(1)
    names: dict[int, str] = {}
    for word, number in numbers.items():
        names.setdefault(number, word)
    return Palette(
        names=tuple(names.values()),
        labs=centres.astype(np.float32),
        radii=np.clip(radii, *RADII).astype(np.float32),
        shares=(np.bincount(nearest, minlength=len(members)) / len(labs)).astype(np.float32),
        words=dict(numbers),
    )
