"""Which texts are drawn with which seeds, as a value with a hash: evaluations are comparable if theirs is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from modiste.colour import Lab
from modiste.errors import UsageError
from modiste.imagine.words import GENDERS, MAX_WORDS, Vocabulary, Word, split, understood

if TYPE_CHECKING:
    from modiste.lab.imagine.data import Collection

Words = tuple[Word, ...]

ATTRIBUTES = ("type", "colour", "gender")
LIMIT = 500
"""Most titles that are drawn word by word."""
PICTURES = 500
"""Least number of pictures of full titles."""
CHANGES = 60
"""Most titles that a word is added to, or whose colour is changed."""
NO_OPS = ("with", "the", "qwzx")
"""Words that say nothing of a garment; the last is none."""
RECOLOURED = ("black", "red")


@dataclass(frozen=True)
class Says:
    """What a word names."""

    attribute: str
    """One of ATTRIBUTES."""
    value: int
    """Place among the vocabulary's types or genders, or the palette's clusters."""
    lab: Lab | None = None
    """Of a colour."""
    radius: float = 0.0
    """How far in CIEDE2000 a garment of this colour may be from `lab`."""


@dataclass(frozen=True)
class Text:
    """A title as it is said to a network, word by word."""

    row: int
    """Its product in the collection."""
    words: Words
    says: tuple[Says | None, ...]
    """What each word names."""
    seed: int

    def wanted(self, length: int | None = None) -> dict[str, Says]:
        """By attribute what the first `length` words name, or all; a later word outdoes an earlier one."""
        return {one.attribute: one for one in self.says[:length] if one is not None}

    def said(self, length: int | None = None) -> str:
        """The same words for a search by text."""
        return " ".join(word.said for word in self.words[:length])


@dataclass(frozen=True)
class Change:
    """Two texts that differ in one word, drawn with one seed."""

    before: Words
    after: Words
    seed: int


@dataclass(frozen=True)
class Texts:
    """Everything that a model is asked to draw."""

    texts: tuple[Text, ...]
    times: int
    """Pictures of each full title, the one at the end of its prefixes included."""
    no_ops: tuple[Change, ...]
    recoloured: tuple[Change, ...]
    left_out: int
    """Titles that say nothing to the network."""

    @cached_property
    def frames(self) -> list[tuple[int, int]]:
        """Place of a text and length of its prefix, for every picture that is drawn word by word."""
        return [(at, length) for at, text in enumerate(self.texts) for length in range(1, len(text.words) + 1)]

    @cached_property
    def full(self) -> list[int]:
        """Places in `frames` of the full titles."""
        return [int(end) for end in np.cumsum([len(text.words) for text in self.texts]) - 1]

    @property
    def hash(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of texts, seeds and changes."""
        said = [f"{text.row} {text.seed} {text.words}" for text in self.texts]
        changed = [f"{one.seed} {one.before} {one.after}" for one in (*self.no_ops, *self.recoloured)]
        return hashlib.sha256("\n".join([str(self.times), *said, *changed]).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        out = f", {self.left_out} titles without a word that it knows left out" if self.left_out else ""
        return (
            f"texts@{self.hash}: {len(self.texts)} titles{out}, {len(self.frames)} prefixes and "
            f"{self.times * len(self.texts)} pictures of full titles"
        )


def ask(collection: Collection, *, seed: int = 0, limit: int = LIMIT, pictures: int = PICTURES) -> Texts:
    """Take the titles of the test part, as the collection's vocabulary reads them.

    Args:
        seed: of the noise, and of which titles are taken where there are more than `limit`.
        limit: titles, at most.
        pictures: of full titles, at least.

    Raises:
        UsageError: no title of the test part says anything to the network.
    """
    vocabulary, rows = collection.vocabulary, collection.part(2)
    order = np.random.default_rng([seed, 0]).permutation(len(rows))
    heard = [(int(row), collection.words[int(row)][:MAX_WORDS]) for row in rows[order]]
    known = [(row, words) for row, words in heard if words][:limit]
    if not known:
        raise UsageError(
            f"none of the {len(rows)} titles of {', '.join(collection.names)} to draw has a word that the network knows"
        )
    texts = tuple(
        Text(row, words, tuple(names(word, vocabulary) for word in words), _seed(seed, at))
        for at, (row, words) in enumerate(known)
    )
    return Texts(
        texts,
        times=-(-pictures // len(texts)),
        no_ops=_no_ops(texts, vocabulary),
        recoloured=_recoloured(texts, vocabulary),
        left_out=sum(not words for _, words in heard),
    )


def names(word: Word, vocabulary: Vocabulary) -> Says | None:
    """Which attribute a word names, if any."""
    attribute = vocabulary.attribute(word)
    if word.lab is not None:
        return Says(attribute, word.cluster, word.lab, float(vocabulary.palette.radii[word.cluster]))
    values = {"type": vocabulary.types, "gender": GENDERS}.get(attribute)
    return None if values is None else Says(attribute, values.index(word.token))


def extra_seed(text: Text, time: int) -> int:
    """Of the further pictures of a full title."""
    return text.seed + 1_000_000 * time


def _seed(seed: int, at: int) -> int:
    return 10_000 * seed + at


def _read(text: str, vocabulary: Vocabulary) -> Words:
    """The words of a text that the network knows."""
    found = [understood(phrase, colour, vocabulary) for phrase, colour in split(text)]
    return tuple(word for word in found if word is not None)


def _no_ops(texts: Sequence[Text], vocabulary: Vocabulary) -> tuple[Change, ...]:
    """A title, and the same with a word behind it that says nothing; each word in turn."""
    return tuple(
        Change(text.words, (*text.words, *_read(NO_OPS[at % len(NO_OPS)], vocabulary)), text.seed)
        for at, text in enumerate(texts[:CHANGES])
    )


def _recoloured(texts: Sequence[Text], vocabulary: Vocabulary) -> tuple[Change, ...]:
    """Titles that name a colour, with black and with red in its place."""
    black, red = (next((word for word in _read(name, vocabulary) if word.lab is not None), None) for name in RECOLOURED)
    if black is None or red is None:
        return ()
    coloured = [text for text in texts if sum(word.lab is not None for word in text.words) == 1][:CHANGES]
    return tuple(Change(_with(text.words, black), _with(text.words, red), text.seed) for text in coloured)


def _with(words: Words, colour: Word) -> Words:
    return tuple(word if word.lab is None else colour for word in words)
