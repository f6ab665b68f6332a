"""Texts and seeds of an evaluation, as a value with a hash: evaluations are comparable if theirs is the same."""

from __future__ import annotations

import hashlib
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from modiste.colour import Lab
from modiste.errors import UsageError
from modiste.imagine.words import GENDERS, MAX_WORDS, Vocabulary, Word, split

if TYPE_CHECKING:
    from modiste.lab.imagine.data import Collection

LIMIT = 500
"""Most titles that are drawn word by word."""
PICTURES = 500
"""Least number of pictures of full titles."""
CHANGES = 60
"""Most titles that a word is added to, or whose colour is changed."""
NO_OPS = ("with", "the", "qwzx")
"""Words that have nothing to do with a garment; the last is none."""
RECOLOURED = ("black", "red")

_HashedWord = namedtuple("Word", ["said", "token", "lab", "cluster"])  # type: ignore[name-match]
"""A word as the hashes of published results have it."""


@dataclass(frozen=True)
class Label:
    """The class of an attribute that a word names."""

    attribute: str
    """`type`, `colour` or `gender`."""
    value: int
    """Index among the vocabulary's types or genders, or the palette's clusters."""
    lab: Lab | None = None
    """Of a colour."""
    radius: float = 0.0
    """Largest distance in CIEDE2000 of a garment of this colour from `lab`."""


@dataclass(frozen=True)
class Text:
    """A title to draw word by word."""

    row: int
    """Its product in the collection."""
    words: tuple[Word, ...]
    labels: tuple[Label | None, ...]
    """Of each word."""
    seed: int

    def named(self, length: int | None = None) -> dict[str, Label]:
        """Labels of the first `length` words, or all, by attribute; a later word replaces an earlier one."""
        return {label.attribute: label for label in self.labels[:length] if label is not None}

    def prefix(self, length: int | None = None) -> str:
        """The first `length` words, or all, for a search by text."""
        return " ".join(word.text for word in self.words[:length])


@dataclass(frozen=True)
class Change:
    """Two texts that differ in one word, drawn with one seed."""

    before: tuple[Word, ...]
    after: tuple[Word, ...]
    seed: int


@dataclass(frozen=True)
class Texts:
    """Everything that a model draws in an evaluation."""

    texts: tuple[Text, ...]
    times: int
    """Pictures of each full title, the one at the end of its prefixes included."""
    no_ops: tuple[Change, ...]
    """Titles without and with a word behind that has nothing to do with a garment."""
    recoloured: tuple[Change, ...]
    """Titles in black and in red."""
    left_out: int
    """Titles without a word of the vocabulary."""

    @cached_property
    def prefixes(self) -> list[tuple[int, int]]:
        """Index of the text and length of the prefix, for every picture that is drawn word by word."""
        return [(index, n) for index, text in enumerate(self.texts) for n in range(1, len(text.words) + 1)]

    @cached_property
    def full(self) -> list[int]:
        """Indices of the full titles in `prefixes`."""
        return [int(end) for end in np.cumsum([len(text.words) for text in self.texts]) - 1]

    @property
    def further(self) -> list[tuple[tuple[Word, ...], int]]:
        """Words and seed of each further picture of a full title."""
        return [(text.words, text.seed + 1_000_000 * time) for time in range(1, self.times) for text in self.texts]

    @property
    def hash(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of texts, seeds and changes."""
        texts = [f"{text.row} {text.seed} {_hashed(text.words)}" for text in self.texts]
        changes = [
            f"{change.seed} {_hashed(change.before)} {_hashed(change.after)}"
            for change in (*self.no_ops, *self.recoloured)
        ]
        return hashlib.sha256("\n".join([str(self.times), *texts, *changes]).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        out = f", {self.left_out} titles without a word that it knows left out" if self.left_out else ""
        return (
            f"texts@{self.hash}: {len(self.texts)} titles{out}, {len(self.prefixes)} prefixes and "
            f"{self.times * len(self.texts)} pictures of full titles"
        )


def sample_texts(collection: Collection, *, seed: int = 0, limit: int = LIMIT, pictures: int = PICTURES) -> Texts:
    """Sample titles of the test part, in words of the collection's vocabulary.

    Args:
        seed: of the noise, and of the sample where there are more than `limit` titles.
        limit: titles, at most.
        pictures: of full titles, at least.

    Raises:
        UsageError: no title of the test part has a word of the vocabulary.
    """
    vocabulary, rows = collection.vocabulary, collection.part(2)
    order = np.random.default_rng([seed, 0]).permutation(len(rows))
    titles = [(int(row), collection.words[int(row)][:MAX_WORDS]) for row in rows[order]]
    known = [(row, words) for row, words in titles if words][:limit]
    if not known:
        raise UsageError(
            f"none of the {len(rows)} titles of {', '.join(collection.names)} to draw has a word that the network knows"
        )
    texts = tuple(
        Text(row, words, tuple(_label_of(word, vocabulary) for word in words), 10_000 * seed + index)
        for index, (row, words) in enumerate(known)
    )
    no_ops = tuple(
        Change(text.words, (*text.words, *vocabulary.known(split(NO_OPS[index % len(NO_OPS)]))), text.seed)
        for index, text in enumerate(texts[:CHANGES])
    )
    left_out = sum(not words for _, words in titles)
    return Texts(texts, -(-pictures // len(texts)), no_ops, _recoloured(texts, vocabulary), left_out)


def _label_of(word: Word, vocabulary: Vocabulary) -> Label | None:
    """The label of a word, None if it names no type, colour or gender."""
    attribute = vocabulary.attribute(word)
    if word.lab is not None:
        return Label(attribute, word.cluster, word.lab, float(vocabulary.palette.radii[word.cluster]))
    values = {"type": vocabulary.types, "gender": GENDERS}.get(attribute)
    return None if values is None else Label(attribute, values.index(word.token))


def _recoloured(texts: Sequence[Text], vocabulary: Vocabulary) -> tuple[Change, ...]:
    """Titles that name one colour, with black and with red in its place."""
    black, red = (
        next((word for word in vocabulary.known(split(name)) if word.lab is not None), None) for name in RECOLOURED
    )
    if black is None or red is None:
        return ()
    coloured = [text for text in texts if sum(word.lab is not None for word in text.words) == 1][:CHANGES]
    changes = []
    for text in coloured:
        before, after = (tuple(colour if word.lab else word for word in text.words) for colour in (black, red))
        changes.append(Change(before, after, text.seed))
    return tuple(changes)


def _hashed(words: Sequence[Word]) -> tuple[object, ...]:
    return tuple(_HashedWord(*astuple(word)) for word in words)
