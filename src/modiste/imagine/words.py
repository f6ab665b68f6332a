"""The words of a text as the networks know them: colours by their place in LAB, others by their place in a list."""

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
from modiste.phrases.negation import Unwanted

MAX_WORDS = 40
"""Longest text, in words."""
MIN_TITLES = 50
"""Titles that a word must stand in before a network is said to know it."""
GENDERS = ("men", "women", "unisex")

_SAME = {
    "trousers": "pants", "trouser": "pants", "pant": "pants", "slacks": "pants", "jean": "jeans", "bermudas": "shorts",
    "womens": "women", "woman": "women", "ladies": "women", "female": "women", "mens": "men", "man": "men",
    "male": "men", "stripes": "striped", "stripe": "striped", "checks": "checked", "check": "checked",
    "capris": "capri", "wide-legged": "wide-leg", "gray": "grey",
}  # fmt: skip
"""Words that say the same, to the one that stands for them."""
SILENT = frozenset(["a", "an", "and", "the", "in", "of", "with", "for", "to", "s", "on", "at", "by", "pair"])
"""Words that say nothing of a picture."""


@dataclass(frozen=True)
class Word:
    """One step of the stream: a word, or a colour phrase such as "navy blue"."""

    said: str
    """As the text has it, in lower case."""
    token: str
    """As the vocabulary has it; empty for a colour that it lacks."""
    lab: Lab | None = None
    """Of a colour: its cluster's, or its own where no cluster is near."""
    cluster: int = -1
    """Of a colour: the nearest cluster of the palette."""


@dataclass(frozen=True)
class Reading:
    """What of a text was understood."""

    words: tuple[Word, ...]
    unknown: tuple[str, ...]
    """Words that are drawn without."""
    notes: tuple[str, ...]
    """What a reader should be told."""
    barred: frozenset[int] = frozenset()
    """Colour clusters that the text doesn't want."""


@dataclass(frozen=True)
class Vocabulary:
    """The words that a network knows."""

    tokens: tuple[str, ...]
    types: tuple[str, ...]
    """Garments it can draw; all are tokens."""
    counts: Mapping[str, int]
    """Titles behind each word it met, known or not."""
    palette: Palette

    def record(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {
            "tokens": list(self.tokens), "types": list(self.types), "counts": dict(self.counts),
            "palette": self.palette.record(),
        }  # fmt: skip

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Vocabulary:
        """From what `record` wrote."""
        palette = Palette.of(record["palette"])
        return cls(tuple(record["tokens"]), tuple(record["types"]), dict(record["counts"]), palette)

    @cached_property
    def places(self) -> dict[str, int]:
        """Each token's place."""
        return {token: place for place, token in enumerate(self.tokens)}

    def attribute(self, word: Word) -> str:
        """What a word speaks of: `type`, `colour`, `gender` or `other`."""
        if word.lab is not None:
            return "colour"
        if word.token in self.types:
            return "type"
        return "gender" if word.token in GENDERS else "other"

    def wanted(self, words: Iterable[Word]) -> dict[str, int]:
        """The attributes that words name, the later word before the earlier."""
        found: dict[str, int] = {}
        for word in words:
            kind = self.attribute(word)
            if kind == "colour":
                found[kind] = word.cluster
            elif kind == "type":
                found[kind] = self.types.index(word.token)
            elif kind == "gender":
                found[kind] = GENDERS.index(word.token)
        return found


def split(text: str) -> list[tuple[str, Colour | None]]:
    """A text's words in lower case, colour phrases together and with what they mean.

    >>> [said for said, _ in split("Women's Navy-Blue wide-leg trousers")]
    ['women', 'navy blue', 'wide-leg', 'trousers']
    """
    plain = re.sub(r"(?<=\w)['’]s?\b", "", text.lower()).replace("gray", "grey")
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*|[^\w\s]", plain)
    words = [part for word in words for part in _apart(word)]
    found: list[tuple[str, Colour | None]] = []
    at = 0
    while at < len(words):
        colour, used = colour_at(words, at)
        found.append((" ".join(words[at : at + used]), colour))
        at += used
    return found


def read(text: str, vocabulary: Vocabulary) -> Reading:
    """The words of a text that a network knows, and what to say of the others.

    Raises:
        UsageError: nothing is said, more than `MAX_WORDS` words, a garment that the network never learnt to draw.
    """
    asked = phrases.read(text, phrases.Known())
    said = [pair for pair in split(asked.text) if pair[0] not in _PUNCTUATION]
    if not said and not asked.unwanted:
        raise UsageError(f'the text "{text.strip()[:40]}" holds no word; say what to draw: women\'s black pants')
    if (count := len(text.split())) > MAX_WORDS:
        raise UsageError(f"the text has {count} words; at most {MAX_WORDS} are read")
    words, unknown = [], []
    for phrase, colour in said:
        word = understood(phrase, colour, vocabulary)
        if word is not None:
            words.append(word)
        elif phrase not in SILENT:
            unknown.append(phrase)
    strange = [phrase for phrase in unknown if outfit_category(phrase) or tryon_region(phrase)]
    if strange and not any(vocabulary.attribute(word) == "type" for word in words):
        raise UsageError(f'"{strange[0]}" was never learnt; what can be drawn is {", ".join(vocabulary.types)}')
    gone = ", ".join(one.text for one in asked.unwanted)
    notes = (*asked.notes, *([f"left out: {gone}"] if gone else []))
    told = (*_unknown(unknown, vocabulary), *_contradictions(words, vocabulary))
    return Reading(tuple(words), tuple(unknown), (*notes, *told), _barred(asked.unwanted, vocabulary.palette))


def understood(phrase: str, colour: Colour | None, vocabulary: Vocabulary) -> Word | None:
    """The word that a network knows this phrase as, if it does."""
    token = same(phrase)
    if colour is not None:
        named = vocabulary.palette.resolve(colour)
        return Word(phrase, phrase if phrase in vocabulary.places else "", named.lab, named.cluster)
    return Word(phrase, token) if token in vocabulary.places else None


def same(word: str) -> str:
    """The word that stands for this one."""
    return _SAME.get(word, word)


def title_phrases(title: str) -> list[tuple[str, Colour | None]]:
    """What a title says, its brand aside: in "Lee Men Blue Jeans" what stands before the capital that says for whom."""
    owner = re.search(r"\b(Men|Women|Unisex|Mens|Womens|Man|Woman|Ladies)\b", title)
    brand = title[: owner.start()] if owner else ""
    return split(title if any(colour for _, colour in split(brand)) else title[len(brand) :])


_PUNCTUATION = frozenset(".,;:!?()[]/&+\"'’-–—*#@%")


def _apart(word: str) -> Sequence[str]:
    """ "navy-blue" is two words, "wide-leg" is one."""
    parts = word.split("-")
    return parts if all(part in COLOUR_WORDS for part in parts) else [word]


def _barred(unwanted: Iterable[Unwanted], palette: Palette) -> frozenset[int]:
    """The clusters of colours that a text doesn't want."""
    return frozenset(
        place for place, name in enumerate(palette.names) for one in unwanted if one.matches({"colour": name})
    )


def _unknown(words: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    if not words:
        return ()
    said = [f"{word} (in {vocabulary.counts[word]} titles)" if word in vocabulary.counts else word for word in words]
    return (f"not known, so drawn without: {', '.join(dict.fromkeys(said))}",)


def _contradictions(words: Sequence[Word], vocabulary: Vocabulary) -> tuple[str, ...]:
    last: dict[str, Word] = {}
    notes = []
    for word in words:
        kind = vocabulary.attribute(word)
        if kind in last and last[kind].said != word.said and kind != "other":
            notes.append(f'"{last[kind].said}" and "{word.said}" contradict each other; the later word counts')
        last[kind] = word
    return tuple(notes)
