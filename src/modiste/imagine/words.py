"""Texts as words of a network's vocabulary: colours by their LAB values, others by their index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from modiste.catalog.categories import outfit_category, tryon_region
from modiste.colour import COLOUR_WORDS, Colour, Lab, colour_at
from modiste.errors import UsageError
from modiste.imagine.palette import Palette
from modiste.phrases import reading as phrases

MAX_WORDS = 40
"""Longest text, in words."""
MIN_TITLES = 50
"""Titles with a word before it enters a network's vocabulary."""
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

    def lookup(self, phrase: str, colour: Colour | None) -> Word | None:
        """The word of a phrase in lower case, None if it isn't in the vocabulary; every colour has one."""
        token = SYNONYMS.get(phrase, phrase)
        if colour is not None:
            resolved = self.palette.resolve(colour)
            return Word(phrase, phrase if phrase in self.indices else "", resolved.lab, resolved.cluster)
        return Word(phrase, token) if token in self.indices else None

    def known(self, phrases: Iterable[tuple[str, Colour | None]]) -> tuple[Word, ...]:
        """The words of phrases that are in the vocabulary."""
        words = (self.lookup(phrase, colour) for phrase, colour in phrases)
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


def split_title(title: str) -> list[tuple[str, Colour | None]]:
    """Split a title without its brand: in "Lee Men Blue Jeans" the words before the capitalised gender."""
    gender = re.search(r"\b(Men|Women|Unisex|Mens|Womens|Man|Woman|Ladies)\b", title)
    brand = title[: gender.start()] if gender else ""
    return split(title if any(colour for _, colour in split(brand)) else title[len(brand) :])


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
        word = vocabulary.lookup(phrase, colour)
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
