"""A text as words of a network's vocabulary, and the colours that its words mean.

Words whose garments look alike share a cluster of CIE LAB (ReStGAN's look-up table), so that "navy blue" and "dark
blue" have the same text features. A word's colour is measured on photographs; the names of `modiste.colour` serve only
words that no photograph has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from modiste.catalog.categories import outfit_category, tryon_region
from modiste.colour import COLOUR_WORDS, COLOURS, Colour, Lab, colour_at, delta_e, nearest_colour, parse_colour
from modiste.errors import UsageError
from modiste.phrases import reading as phrases
from modiste.types import Doubles, Floats

MAX_WORDS = 40
"""Longest text, in words."""
GENDERS = ("men", "women", "unisex")

SYNONYMS = {
    "trousers": "pants", "trouser": "pants", "pant": "pants", "slacks": "pants", "jean": "jeans", "bermudas": "shorts",
    "womens": "women", "woman": "women", "ladies": "women", "female": "women", "mens": "men", "man": "men",
    "male": "men", "stripes": "striped", "stripe": "striped", "checks": "checked", "check": "checked",
    "capris": "capri", "wide-legged": "wide-leg", "gray": "grey",
}  # fmt: skip
"""Word to the token that stands for it."""
STOP_WORDS = frozenset(["a", "an", "and", "the", "in", "of", "with", "for", "to", "s", "on", "at", "by", "pair"])
"""Words that have nothing to do with a picture."""

_PUNCTUATION = frozenset(".,;:!?()[]/&+\"'’-–—*#@%")

MIN_GARMENTS = 8
"""Garments with a word before its colour is measured; one in `SMALL` of a catalogue that is smaller."""
SMALL = 20
CUT = 11.0
"""Mean distance (see `_clusters`) between the words of two clusters beyond which they stay apart."""
RADII = (6.0, 15.0)
"""Least and largest radius of a cluster."""
ALIKE = 6.0
"""CIEDE2000 up to which a word without photographs is drawn as one that has some."""


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
    def build(cls, phrases: Sequence[str], labs: ArrayLike) -> Palette:
        """Learn the table from garments.

        Args:
            phrases: the colour words of each garment's title, empty if it has none. Where no title has any, garments
                are named by what their pixels are nearest to.
            labs: each garment's dominant colour. Shape: (n, 3).

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
        least = min(MIN_GARMENTS, max(1, len(colours) // SMALL))
        words = [word for word, count in counts if count >= least] or [counts[0][0]]
        clusters = _clusters({word: _geometric_median(colours[np.array(names) == word]) for word in words})

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

    def resolve(self, colour: Colour) -> tuple[Lab, int]:
        """The colour to draw for a word, and the nearest cluster: its own centroid, one close by, or its own LAB.

        A word without photographs goes with a measured word whose name means nearly the same ("dark blue" with "navy
        blue"), else with a cluster that it lies close to, else it has the LAB of `modiste.colour`.
        """
        name = _colour_name(colour.name)
        cluster = self.words.get(name)
        if cluster is None:
            # Names are compared with names: on photographs all colours are duller.
            known = [word for word in self.words if word in COLOURS]
            alike = delta_e([COLOURS[word].lab for word in known], colour.lab) <= ALIKE if known else np.zeros(0, bool)
            distances = delta_e(colour.lab, self.labs)
            cluster = self.words[known[int(alike.argmax())]] if alike.any() else int(distances.argmin())
            if not alike.any() and distances[cluster] > ALIKE:
                return colour.lab, cluster
        lightness, a, b = self.labs[cluster].tolist()
        return (lightness, a, b), cluster

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


@dataclass(frozen=True)
class Word:
    """One step of the stream: a word, or a colour phrase such as "navy blue"."""

    text: str
    """As the text has it, in lower case."""
    token: str
    """As the vocabulary has it; empty for a colour that it lacks."""
    lab: Lab | None = None
    """Of a colour: its cluster's, or its own where no cluster is near."""
    cluster: int = -1
    """Of a colour: the nearest cluster of the palette."""


@dataclass(frozen=True)
class Reading:
    """A text in words of the vocabulary."""

    words: tuple[Word, ...]
    unknown: tuple[str, ...]
    """Words that are not in the vocabulary."""
    notes: tuple[str, ...]
    """Messages to the user."""
    excluded: frozenset[int] = frozenset()
    """Colour clusters that the text doesn't want."""


@dataclass(frozen=True)
class Vocabulary:
    """The words that a network knows."""

    tokens: tuple[str, ...]
    types: tuple[str, ...]
    """Garments it can draw; all are tokens."""
    counts: Mapping[str, int]
    """Titles of the training data with each word, in the vocabulary or not."""
    palette: Palette

    def record(self) -> dict[str, Any]:
        """The vocabulary in JSON's types; `of` is its inverse."""
        return {
            "tokens": list(self.tokens), "types": list(self.types), "counts": dict(self.counts),
            "palette": self.palette.record(),
        }  # fmt: skip

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Vocabulary:
        """The vocabulary of a `record`."""
        palette = Palette.of(record["palette"])
        return cls(tuple(record["tokens"]), tuple(record["types"]), dict(record["counts"]), palette)

    @cached_property
    def indices(self) -> dict[str, int]:
        """Index of each token."""
        return {token: index for index, token in enumerate(self.tokens)}

    def _lookup(self, phrase: str, colour: Colour | None) -> Word | None:
        """The word of a phrase in lower case, None if it isn't in the vocabulary; every colour has one."""
        token = SYNONYMS.get(phrase, phrase)
        if colour is not None:
            return Word(phrase, phrase if phrase in self.indices else "", *self.palette.resolve(colour))
        return Word(phrase, token) if token in self.indices else None

    def known(self, phrases: Iterable[tuple[str, Colour | None]]) -> tuple[Word, ...]:
        """The words of phrases that are in the vocabulary."""
        words = (self._lookup(phrase, colour) for phrase, colour in phrases)
        return tuple(word for word in words if word is not None)

    def attribute(self, word: Word) -> str:
        """The attribute that a word names: `type`, `colour`, `gender` or `other`."""
        if word.lab is not None:
            return "colour"
        if word.token in self.types:
            return "type"
        return "gender" if word.token in GENDERS else "other"

    def labels(self, words: Iterable[Word]) -> dict[str, int]:
        """The class of each attribute that words name, the later word before the earlier."""
        labels: dict[str, int] = {}
        for word in words:
            attribute = self.attribute(word)
            if attribute == "colour":
                labels[attribute] = word.cluster
            elif attribute != "other":
                labels[attribute] = (self.types if attribute == "type" else GENDERS).index(word.token)
        return labels


def split(text: str) -> list[tuple[str, Colour | None]]:
    """Split a text into words in lower case, colour phrases together and with their colour.

    >>> [phrase for phrase, _ in split("Women's Navy-Blue wide-leg trousers")]
    ['women', 'navy blue', 'wide-leg', 'trousers']
    """
    plain = re.sub(r"(?<=\w)['’]s?\b", "", text.lower()).replace("gray", "grey")
    words: list[str] = []
    for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*|[^\w\s]", plain):
        parts = word.split("-")  # "navy-blue" is two words, "wide-leg" is one
        words += parts if all(part in COLOUR_WORDS for part in parts) else [word]
    pairs: list[tuple[str, Colour | None]] = []
    start = 0
    while start < len(words):
        colour, used = colour_at(words, start)
        pairs.append((" ".join(words[start : start + used]), colour))
        start += used
    return pairs


def read(text: str, vocabulary: Vocabulary) -> Reading:
    """Read a text in words of a vocabulary, with notes on the others.

    Raises:
        UsageError: an empty text, more than `MAX_WORDS` words, a garment that the network never learnt to draw.
    """
    parsed = phrases.read(text, phrases.Known())
    pairs = [pair for pair in split(parsed.text) if pair[0] not in _PUNCTUATION]
    if not pairs and not parsed.unwanted:
        raise UsageError(f'the text "{text.strip()[:40]}" holds no word; say what to draw: women\'s black pants')
    if (count := len(text.split())) > MAX_WORDS:
        raise UsageError(f"the text has {count} words; at most {MAX_WORDS} are read")
    words, unknown = [], []
    for phrase, colour in pairs:
        word = vocabulary._lookup(phrase, colour)
        if word is not None:
            words.append(word)
        elif phrase not in STOP_WORDS:
            unknown.append(phrase)
    garments = [phrase for phrase in unknown if outfit_category(phrase) or tryon_region(phrase)]
    if garments and not any(vocabulary.attribute(word) == "type" for word in words):
        raise UsageError(f'"{garments[0]}" was never learnt; what can be drawn is {", ".join(vocabulary.types)}')
    notes = list(parsed.notes)
    if parsed.unwanted:
        notes.append(f"left out: {', '.join(unwanted.text for unwanted in parsed.unwanted)}")
    if unknown:
        counts = {word: f" (in {vocabulary.counts[word]} titles)" for word in unknown if word in vocabulary.counts}
        listed = dict.fromkeys(word + counts.get(word, "") for word in unknown)
        notes.append(f"not known, so drawn without: {', '.join(listed)}")
    excluded = frozenset(
        cluster
        for cluster, name in enumerate(vocabulary.palette.names)
        for unwanted in parsed.unwanted
        if unwanted.matches({"colour": name})
    )
    return Reading(tuple(words), tuple(unknown), (*notes, *_contradictions(words, vocabulary)), excluded)


def _contradictions(words: Sequence[Word], vocabulary: Vocabulary) -> list[str]:
    """A note for every word that names another class of an attribute than an earlier word."""
    latest: dict[str, Word] = {}
    notes = []
    for word in words:
        attribute = vocabulary.attribute(word)
        if attribute in latest and latest[attribute].text != word.text and attribute != "other":
            notes.append(f'"{latest[attribute].text}" and "{word.text}" contradict each other; the later word counts')
        latest[attribute] = word
    return notes


def _colour_name(phrase: str) -> str:
    """The colour of a phrase, as `modiste.colour` spells it: "Navy" is "navy blue". Empty if it has none."""
    colour = parse_colour(phrase)
    return colour.name if colour else ""


def _geometric_median(points: ArrayLike) -> Doubles:
    """The point with the least sum of distances to all others (Weiszfeld), which a few outliers can't move.

    Shape: (n, 3) to (3,).
    """
    cloud = np.asarray(points, np.float64)
    centre = np.median(cloud, axis=0)
    for _ in range(64):
        weight = 1 / np.maximum(np.linalg.norm(cloud - centre, axis=1), 1e-6)
        moved = weight @ cloud / weight.sum()
        if np.abs(moved - centre).max() < 1e-4:
            break
        centre = moved
    return np.asarray(centre)


def _clusters(words: Mapping[str, Doubles]) -> dict[str, int]:
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
    numbers = fcluster(linkage(distances, "average"), CUT, "distance").tolist()
    order = {number: cluster for cluster, number in enumerate(dict.fromkeys(numbers))}
    return {word: order[number] for word, number in zip(words, numbers, strict=True)}
