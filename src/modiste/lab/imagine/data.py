"""Garments that pictures are learnt from: standardised photos, and what their titles say."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modiste.cache import cache_folder, write_once
from modiste.catalog.records import Catalog, Product
from modiste.colour import Colour
from modiste.errors import UsageError
from modiste.images import ImageError, image_hash
from modiste.imagine.palette import Palette, dominant_colours
from modiste.imagine.preprocessing import SIZE, Standard, standardise_all
from modiste.imagine.words import GENDERS, MIN_TITLES, SILENT, Vocabulary, Word, same, title_phrases, understood
from modiste.lab.datasets import read
from modiste.lab.datasets.splits import PARTS, split_products, whole
from modiste.parsing import open_parser
from modiste.types import Indices, Pixels

TYPES = ("pants", "jeans", "shorts")
SPLITS = ("default", "all")
PARSER = "parser-photos"
"""What tells a garment from who wears it, where a data set has no masks."""
REVISION = "3"
"""Counts the ways in which photos were standardised, so that none is taken for another."""

Phrases = tuple[tuple[str, Colour | None], ...]


@dataclass(frozen=True)
class Collection:
    """Garments of some data sets, standardised."""

    names: tuple[str, ...]
    """Of the data sets."""
    ids: tuple[str, ...]
    titles: tuple[str, ...]
    pixels: Pixels
    """Shape: (n, 128, 96, 3)."""
    masks: Pixels
    """Shape: (n, 128, 96), 0-255."""
    types: Indices
    """Places in the vocabulary's types. Shape: (n,)."""
    genders: Indices
    """Places in GENDERS; -1 where it isn't said. Shape: (n,)."""
    labs: NDArray[np.float64]
    """Each garment's own colour, from its pixels. Shape: (n, 3)."""
    sources: Indices
    """Places in `names`. Shape: (n,)."""
    parts: Indices
    """Places in PARTS. Shape: (n,)."""
    vocabulary: Vocabulary
    words: tuple[tuple[Word, ...], ...]
    """What each title says, as far as the vocabulary knows it."""
    hashes: dict[str, str]
    """Data set to the hash of its split."""
    licences: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, number: int) -> Indices:
        """The rows of a part: 0 for training, 1 for judges, 2 for the test."""
        return np.flatnonzero(self.parts == number)


def collect(
    data: Sequence[Path], *, split: str = "default", types: Sequence[str] = TYPES, vocabulary: Vocabulary | None = None
) -> Collection:
    """Read data sets and standardise their photos of some types of garment.

    Args:
        split: `default`, or `all` for data of which nothing was trained on.
        types: garments by the words that stand for them; `trousers` are `pants`.
        vocabulary: of a network that is there already; else one is made from the training part.

    Raises:
        UsageError: unknown split, two data sets of one name, nothing to learn from.
    """
    if split not in SPLITS:
        raise UsageError(f'no split "{split}"; give {" or ".join(SPLITS)}')
    types = vocabulary.types if vocabulary else tuple(types)
    catalogs = [read(source) for source in data]
    names = tuple(catalog.name for catalog in catalogs)
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f'two data sets are called "{twice[0]}", as their files are; give one of them another name')
    splits = [whole(catalog) if split == "all" else split_products(catalog) for catalog in catalogs]
    found = [
        (number, product, standard)
        for number, (source, catalog) in enumerate(zip(data, catalogs, strict=True))
        for product, standard in _standardised(source, catalog, types)
    ]
    if not found:
        raise UsageError(f"no photo of {', '.join(types)} is in {', '.join(map(str, data))}")
    products = [product for _, product, _ in found]
    pixels = np.stack([standard.pixels for *_, standard in found])
    masks = np.stack([standard.mask for *_, standard in found])
    sources = np.array([number for number, *_ in found], np.int64)
    places = [{id: place for place, part in enumerate(PARTS) for id in getattr(one, part)} for one in splits]
    parts = np.array([places[number][product.id] for number, product, _ in found], np.int64)
    labs = dominant_colours(pixels, masks)
    phrases = [tuple(title_phrases(product.title)) for product in products]
    if vocabulary is None:
        learnt = np.flatnonzero(parts == 0)
        vocabulary = make_vocabulary([phrases[row] for row in learnt], labs[learnt], types)
    return Collection(
        names=names,
        ids=tuple(product.id for product in products),
        titles=tuple(product.title for product in products),
        pixels=pixels,
        masks=masks,
        types=np.array([types.index(str(type_of(product, types))) for product in products], np.int64),
        genders=np.array([_gender(product) for product in products], np.int64),
        labs=labs,
        sources=sources,
        parts=parts,
        vocabulary=vocabulary,
        words=tuple(tuple(known(one, vocabulary)) for one in phrases),
        hashes={name: one.hash for name, one in zip(names, splits, strict=True)},
        licences=tuple(filter(None, dict.fromkeys(catalog.licence for catalog in catalogs))),
    )


def make_vocabulary(phrases: Sequence[Phrases], labs: NDArray[np.float64], types: Sequence[str]) -> Vocabulary:
    """The words of enough titles, and the palette of their garments.

    Args:
        phrases: of each title.
        labs: each garment's own colour. Shape: (n, 3).
        types: garments that are learnt.
    """
    counts = Counter(word for one in phrases for word in {same(said) for said, _ in one})
    least = min(MIN_TITLES, max(2, len(phrases) // 20))
    colours = [next((said for said, colour in one if colour is not None), "") for one in phrases]
    palette = Palette.build(colours, labs)
    named = {said for one in phrases for said, colour in one if colour is not None}
    plain = sorted(word for word, count in counts.items() if count >= least and word not in named)
    tokens = dict.fromkeys([*types, *(gender for gender in GENDERS if counts[gender]), *palette.words, *plain])
    spoken = tuple(token for token in tokens if token not in SILENT)
    return Vocabulary(spoken, tuple(types), dict(sorted(counts.items())), palette)


def known(phrases: Phrases, vocabulary: Vocabulary) -> Iterator[Word]:
    """The words of a title that the vocabulary knows."""
    for said, colour in phrases:
        word = understood(said, colour, vocabulary)
        if word is not None:
            yield word


def type_of(product: Product, types: Sequence[str]) -> str | None:
    """Which of the types a product is, by its category or, where it has none, by the last word of its title."""
    label = (product.category or product.title).lower().split()
    word = same(label[-1]) if len(label) == 1 or not product.category else same(" ".join(label))
    return word if word in types else None


def word_vectors(texts: Iterable[Sequence[int]], count: int, width: int = 32) -> NDArray[np.float32]:
    """Vectors of words by the company they keep in titles (word2vec's matrix; Levy and Goldberg, 2014).

    Args:
        texts: places of each title's words.
        count: words there are.
    """
    together = np.zeros((count, count))
    for text in texts:
        places = np.unique(np.asarray(text, np.int64))
        together[np.ix_(places, places)] += 1
    alone = np.maximum(np.diag(together), 1)
    np.fill_diagonal(together, 0)
    total = max(together.sum(), 1)
    likely = np.log(np.maximum(together * total, 1e-9) / np.outer(alone, alone))
    left, size, _ = np.linalg.svd(np.maximum(likely, 0) + 1e-3 * np.eye(count))
    vectors = (left * np.sqrt(size))[:, :width]
    vectors = np.pad(vectors, ((0, 0), (0, width - vectors.shape[1])))
    return np.asarray(vectors / np.maximum(np.sqrt((vectors**2).mean()), 1e-6), np.float32)


def _standardised(source: Path, catalog: Catalog, types: Sequence[str]) -> Iterator[tuple[Product, Standard]]:
    """A catalogue's garments that are seen whole; from the cache once they are there.

    By their drawn masks where a data set has them, else by the parser.
    """
    products = [
        product for product in catalog.products if type_of(product, types) and product.images and _gender(product) > -2
    ]
    photos = [product.images[0] for product in products]
    drawn = [source / "masks" / f"{photo.stem}.png" for photo in photos]
    masks = [mask if mask.exists() else None for mask in drawn]
    parser = None if all(masks) else open_parser(PARSER)
    key = repr((REVISION, parser and parser.revision, [_file_hash(file) for file in (*photos, *masks)]))
    file = cache_folder() / f"garments-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"

    def write(path: Path) -> None:
        standards = standardise_all(photos, parser, masks)
        kept = [(row, standard) for row, standard in enumerate(standards) if standard is not None]
        np.savez(
            path,
            rows=np.array([row for row, _ in kept], np.int64),
            pixels=np.stack([one.pixels for _, one in kept]) if kept else np.empty((0, *SIZE, 3), np.uint8),
            masks=np.stack([one.mask for _, one in kept]) if kept else np.empty((0, *SIZE), np.uint8),
        )

    with np.load(write_once(file, write)) as kept:
        for row, pixels, mask in zip(kept["rows"], kept["pixels"], kept["masks"], strict=True):
            yield products[int(row)], Standard(pixels, mask)


def _file_hash(file: Path | None) -> str:
    try:
        return image_hash(file) if file else ""
    except ImageError:
        return ""


def _gender(product: Product) -> int:
    """The place among GENDERS; -1 where it isn't said, -2 for children's clothes."""
    gender = product.gender.lower()
    if gender in ("boys", "girls"):
        return -2
    return GENDERS.index(gender) if gender in GENDERS else -1
