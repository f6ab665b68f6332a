"""Garments with their titles, and training batches of them with prefixes of texts."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from modiste.cache import cache_folder, write_once
from modiste.catalog.records import Catalog, Product
from modiste.colour import Colour, delta_e, rgb_to_lab
from modiste.errors import UsageError
from modiste.images import ImageError, image_hash
from modiste.imagine.model import COARSE, FINE, ImagineConfig, Tokens
from modiste.imagine.pipeline import SIZE
from modiste.imagine.words import GENDERS, STOP_WORDS, SYNONYMS, Palette, Vocabulary, Word, split
from modiste.lab.datasets import read
from modiste.lab.datasets.splits import PARTS, split_products, whole
from modiste.lab.imagine.preprocessing import Preprocessed, dominant_colours, preprocess_all
from modiste.parsing import open_parser
from modiste.types import Doubles, Indices, Pixels

TYPES = ("pants", "jeans", "shorts")
SPLITS = ("default", "all")
ATTRIBUTES = ("type", "colour", "gender")
PARSER = "parser-photos"
"""Parser that tells a garment from who wears it, where a data set has no masks."""
REVISION = "3"
"""Number of the preprocessing, raised with every change to it, so that the cache's photos are of one kind."""

MIDDLE = slice((SIZE[1] - FINE[1]) // 2, (SIZE[1] + FINE[1]) // 2)
"""The columns that aren't always white."""
MIN_TITLES = 50
"""Titles with a word before it enters a network's vocabulary."""
LONGEST = 10
"""Most words of a training text."""
WHOLE, SHUFFLED, COMPOSED = 0.5, 0.3, 0.5
"""Shares of texts that are whole, whose words are shuffled, and which name every known attribute of the garment."""

Phrases = tuple[tuple[str, Colour | None], ...]


@dataclass(frozen=True)
class Collection:
    """Preprocessed garments of some data sets."""

    names: tuple[str, ...]
    """Names of the data sets."""
    ids: tuple[str, ...]
    titles: tuple[str, ...]
    pixels: Pixels
    """Shape: (n, 128, 96, 3)."""
    masks: Pixels
    """Shape: (n, 128, 96), 0-255."""
    types: Indices
    """Indices in the vocabulary's types. Shape: (n,)."""
    genders: Indices
    """Indices in GENDERS; -1 for unknown. Shape: (n,)."""
    labs: Doubles
    """Each garment's own colour, from its pixels. Shape: (n, 3)."""
    sources: Indices
    """Indices in `names`. Shape: (n,)."""
    parts: Indices
    """Indices in PARTS. Shape: (n,)."""
    vocabulary: Vocabulary
    words: tuple[tuple[Word, ...], ...]
    """Words of each title that are in the vocabulary."""
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
    """Read data sets and preprocess their photos of some types of garment.

    Args:
        split: `default`, or `all` for data that nothing was trained on.
        types: garments by their tokens; `trousers` are `pants`.
        vocabulary: of a trained network; by default one is made from the training part.

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
    part_of = [{id: part for part, name in enumerate(PARTS) for id in getattr(each, name)} for each in splits]
    garments = [
        (source, product, preprocessed)
        for source, (folder, catalog) in enumerate(zip(data, catalogs, strict=True))
        for product, preprocessed in _preprocessed(folder, catalog, types)
    ]
    if not garments:
        raise UsageError(f"no photo of {', '.join(types)} is in {', '.join(map(str, data))}")
    products = [product for _, product, _ in garments]
    pixels = np.stack([preprocessed.pixels for *_, preprocessed in garments])
    masks = np.stack([preprocessed.mask for *_, preprocessed in garments])
    parts = np.array([part_of[source][product.id] for source, product, _ in garments], np.int64)
    labs = dominant_colours(pixels, masks)
    phrases = [tuple(split_title(product.title)) for product in products]
    if vocabulary is None:
        train = np.flatnonzero(parts == 0)
        vocabulary = make_vocabulary([phrases[row] for row in train], labs[train], types)
    return Collection(
        names, ids=tuple(product.id for product in products), titles=tuple(product.title for product in products),
        pixels=pixels, masks=masks, labs=labs, parts=parts,
        types=np.array([types.index(str(_type_of(product, types))) for product in products], np.int64),
        genders=np.array([_gender(product) for product in products], np.int64),
        sources=np.array([source for source, *_ in garments], np.int64),
        vocabulary=vocabulary, words=tuple(vocabulary.known(pairs) for pairs in phrases),
        hashes={name: each.hash for name, each in zip(names, splits, strict=True)},
        licences=tuple(filter(None, dict.fromkeys(catalog.licence for catalog in catalogs))),
    )  # fmt: skip


def split_title(title: str) -> list[tuple[str, Colour | None]]:
    """Split a title without its brand: in "Lee Men Blue Jeans" the words before the capitalised gender."""
    gender = re.search(r"\b(Men|Women|Unisex|Mens|Womens|Man|Woman|Ladies)\b", title)
    brand = title[: gender.start()] if gender else ""
    return split(title if any(colour for _, colour in split(brand)) else title[len(brand) :])


def make_vocabulary(phrases: Sequence[Phrases], labs: Doubles, types: Sequence[str]) -> Vocabulary:
    """The words of enough titles, and the palette of their garments.

    Args:
        phrases: of each title.
        labs: each garment's own colour. Shape: (n, 3).
        types: garments that are learnt.
    """
    counts = Counter(word for pairs in phrases for word in {SYNONYMS.get(phrase, phrase) for phrase, _ in pairs})
    least = min(MIN_TITLES, max(2, len(phrases) // 20))
    colours = [next((phrase for phrase, colour in pairs if colour is not None), "") for pairs in phrases]
    palette = Palette.build(colours, labs)
    named = {phrase for pairs in phrases for phrase, colour in pairs if colour is not None}
    plain = sorted(word for word, count in counts.items() if count >= least and word not in named)
    words = dict.fromkeys([*types, *(gender for gender in GENDERS if counts[gender]), *palette.words, *plain])
    tokens = tuple(word for word in words if word not in STOP_WORDS)
    return Vocabulary(tokens, tuple(types), dict(sorted(counts.items())), palette)


def _type_of(product: Product, types: Sequence[str]) -> str | None:
    """The type of a product by its category or, where it has none, by the last word of its title."""
    words = (product.category or product.title).lower().split()
    name = words[-1] if len(words) == 1 or not product.category else " ".join(words)
    token = SYNONYMS.get(name, name)
    return token if token in types else None


def word_vectors(texts: Iterable[Sequence[int]], count: int, width: int = 32) -> NDArray[np.float32]:
    """Word vectors from co-occurrences in titles (word2vec's matrix; Levy and Goldberg, 2014).

    Args:
        texts: indices of each title's words.
        count: size of the vocabulary.
    """
    together = np.zeros((count, count))
    for text in texts:
        indices = np.unique(np.asarray(text, np.int64))
        together[np.ix_(indices, indices)] += 1
    alone = np.maximum(np.diag(together), 1)
    np.fill_diagonal(together, 0)
    total = max(together.sum(), 1)
    information = np.log(np.maximum(together * total, 1e-9) / np.outer(alone, alone))
    left, size, _ = np.linalg.svd(np.maximum(information, 0) + 1e-3 * np.eye(count))
    vectors = (left * np.sqrt(size))[:, :width]
    vectors = np.pad(vectors, ((0, 0), (0, width - vectors.shape[1])))
    return np.asarray(vectors / np.maximum(np.sqrt((vectors**2).mean()), 1e-6), np.float32)


@dataclass(frozen=True)
class Batch:
    """A step's garments and texts as tensors; maps of both stages are pairs, the coarse one first."""

    real: tuple[Tensor, Tensor]
    """RGB 0 to 1. Shapes: (b, 3, 64, 32), (b, 3, 128, 64)."""
    masks: tuple[Tensor, Tensor]
    """Shapes: (b, 1, 64, 32), (b, 1, 128, 64)."""
    relief: Tensor
    """Difference from the garment's colour in LAB, beside the mask. Shape: (b, 4, 64, 32)."""
    lab: Tensor
    """Each garment's colour. Shape: (b, 3)."""
    tokens: Tokens
    """Prefixes of texts of the garments."""
    recoloured: Tokens
    """The same in the colours of others."""
    coloured: Tensor
    """1 where the prefix names a colour. Shape: (b,)."""
    lengths: Tensor
    """Words of each prefix. Shape: (b,)."""
    ends_in_colour: Tensor
    """1 where the last word is a colour, which should leave the shape alone. Shape: (b,)."""
    named: dict[str, Tensor]
    """Class of each attribute that the prefix names, -1 for none. Shapes: (b,)."""
    labels: dict[str, Tensor]
    """Class of each attribute of the garment, -1 for unknown. Shapes: (b,)."""
    words: Tensor
    """1 for words of the prefix that name no type, colour or gender. Shape: (b, v)."""
    title_words: Tensor
    """1 for such words of the whole title. Shape: (b, v)."""
    mismatched: Tensor
    """Index in the batch of a text to set against each garment. Shape: (b,)."""
    contradicts: Tensor
    """1 where that text contradicts the garment. Shape: (b,)."""
    eps: Tensor
    """Standard normal noise of the conditioning sample. Shape: (b, sample)."""
    noise: Tensor
    """StackGAN's noise beside it. Shape: (b, noise)."""
    gumbel: Tensor
    """Gumbel noise that chooses a mode of the prior. Shape: (b, modes)."""
    shifts: tuple[Tensor, Tensor]
    """Translations of photos and of drawings before a discriminator sees them. Shapes: (b, 2)."""

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(**{field.name: _to(getattr(self, field.name), device) for field in fields(self)})


class TrainingData:
    """The training part of a collection, of which batches are made."""

    def __init__(self, collection: Collection, network: ImagineConfig, shift: float = 0.06) -> None:
        self.collection, self.rows = collection, collection.part(0)
        self.network, self.shift = network, shift
        vocabulary = collection.vocabulary
        palette = vocabulary.palette
        self.labels = {
            "type": collection.types[self.rows],
            "gender": collection.genders[self.rows],
            "colour": np.array([delta_e(lab, palette.labs).argmin() for lab in collection.labs[self.rows]], np.int64),
        }
        self._colours = [
            Word(name, name if name in vocabulary.indices else "", (lightness, a, b), cluster)
            for cluster, (name, (lightness, a, b)) in enumerate(zip(palette.names, palette.labs.tolist(), strict=True))
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, chosen: NDArray[np.int64], random: np.random.Generator) -> Batch:
        """Make a batch of these garments, half of them mirrored."""
        rows, vocabulary = self.rows[chosen], self.collection.vocabulary
        texts = [self.text(int(row), random) for row in chosen]
        prefixes = [text if random.random() < WHOLE else text[: int(random.integers(len(text) + 1))] for text in texts]
        flip = random.random(len(rows)) < 0.5
        pixels, masks = self.collection.pixels[rows][:, :, MIDDLE], self.collection.masks[rows][:, :, MIDDLE]
        pixels = np.where(flip[:, None, None, None], pixels[:, :, ::-1], pixels)
        masks = np.where(flip[:, None, None], masks[:, :, ::-1], masks)
        real = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).float() / 255
        mask = torch.from_numpy(masks[:, None] / 255).float()
        lab = self.collection.labs[rows]
        prefix_labels = [vocabulary.labels(prefix) for prefix in prefixes]
        named = {name: np.array([each.get(name, -1) for each in prefix_labels], np.int64) for name in ATTRIBUTES}
        labels = {name: values[chosen] for name, values in self.labels.items()}
        mismatched, contradicts = _mismatched(named, labels, random)
        tokens = Tokens.of(prefixes, vocabulary)
        labs, coloured = tokens.labs.clone(), tokens.coloured > 0
        labs[coloured] = labs[coloured].roll(1, 0)
        ends = [bool(prefix) and vocabulary.attribute(prefix[-1]) == "colour" for prefix in prefixes]
        return Batch(
            real=(F.interpolate(real, COARSE, mode="area"), real),
            masks=(F.interpolate(mask, COARSE, mode="area"), mask),
            relief=_relief(pixels, masks, lab),
            lab=torch.from_numpy(lab).float(),
            tokens=tokens,
            recoloured=tokens._replace(labs=labs),
            coloured=tokens.coloured.amax(1),
            lengths=torch.tensor([len(prefix) for prefix in prefixes]),
            ends_in_colour=torch.tensor(ends).float(),
            named={name: torch.from_numpy(values) for name, values in named.items()},
            labels={name: torch.from_numpy(values) for name, values in labels.items()},
            words=self._other_words(prefixes),
            title_words=self._other_words([self.collection.words[row] for row in rows]),
            mismatched=torch.from_numpy(mismatched),
            contradicts=torch.from_numpy(contradicts).float(),
            eps=torch.randn(len(rows), self.network.sample),
            noise=torch.randn(len(rows), self.network.noise),
            gumbel=-torch.log(-torch.log(torch.rand(len(rows), self.network.modes).clamp(1e-6, 1 - 1e-6))),
            shifts=(self._shifts(len(rows)), self._shifts(len(rows))),
        )

    def text(self, row: int, random: np.random.Generator) -> list[Word]:
        """A text of a garment: its title, or its title and all other known attributes, in any order.

        Colours are those of its pixels, whatever the title has (ReStGAN's look-up table).
        """
        vocabulary = self.collection.vocabulary
        colour = self._colours[int(self.labels["colour"][row])]
        title = self.collection.words[self.rows[row]]
        text = [word if word.lab is None or word.cluster == colour.cluster else colour for word in title]
        if random.random() < COMPOSED:
            named = {vocabulary.attribute(word) for word in text}
            type, gender = vocabulary.types[int(self.labels["type"][row])], int(self.labels["gender"][row])
            if "gender" not in named and gender >= 0 and GENDERS[gender] in vocabulary.indices:
                text.append(Word(GENDERS[gender], GENDERS[gender]))
            text += [colour] if "colour" not in named else []
            text += [Word(type, type)] if "type" not in named else []
        if random.random() < SHUFFLED:
            text = [text[index] for index in random.permutation(len(text))]
        return text[:LONGEST]

    def _other_words(self, texts: Sequence[Sequence[Word]]) -> Tensor:
        """1 for words that name no type, colour or gender. Shape: (b, v)."""
        vocabulary = self.collection.vocabulary
        words = torch.zeros(len(texts), len(vocabulary.tokens))
        for row, text in enumerate(texts):
            words[row, [vocabulary.indices[word.token] for word in text if vocabulary.attribute(word) == "other"]] = 1
        return words

    def _shifts(self, count: int) -> Tensor:
        return self.shift * (4 * torch.rand(count, 2) - 2)  # a grid is two wide


def _mismatched(
    named: dict[str, NDArray[np.int64]], labels: dict[str, NDArray[np.int64]], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each garment the index of a text that contradicts it, and whether the batch has any. Shapes: (b,)."""
    count = len(named["type"])
    contradicts = np.zeros((count, count), bool)
    for name, wanted in named.items():
        own = labels[name][:, None]
        contradicts |= (wanted[None] >= 0) & (own >= 0) & (wanted[None] != own)
    draw = np.where(contradicts, random.random((count, count)), -1)
    return draw.argmax(1), np.asarray(contradicts.any(1))


def _relief(pixels: Pixels, masks: Pixels, lab: Doubles) -> Tensor:
    """Difference of the coarse pixels from each garment's colour in LAB, beside the mask. Shape: (b, 4, 64, 32)."""
    small, mask = pixels[:, ::2, ::2], masks[:, ::2, ::2, None] / 255
    difference = (rgb_to_lab(small) - lab[:, None, None]) / 30 * mask
    return torch.from_numpy(np.concatenate([difference, mask], -1).transpose(0, 3, 1, 2).copy()).float()


def _to(value: Any, device: torch.device) -> Any:
    """Tensors, or dicts and tuples of them, on a device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {name: _to(item, device) for name, item in value.items()}
    items = [_to(item, device) for item in value]
    return Tokens(*items) if isinstance(value, Tokens) else tuple(items)


def _preprocessed(source: Path, catalog: Catalog, types: Sequence[str]) -> Iterator[tuple[Product, Preprocessed]]:
    """Preprocess a catalogue's garments, by their masks where a data set has them, else by the parser; cached.

    Garments that aren't seen whole, and children's, are left out.
    """
    products = [
        product for product in catalog.products if _type_of(product, types) and product.images and _gender(product) > -2
    ]
    photos = [product.images[0] for product in products]
    drawn = [source / "masks" / f"{photo.stem}.png" for photo in photos]
    masks = [mask if mask.exists() else None for mask in drawn]
    parser = None if all(masks) else open_parser(PARSER)
    key = repr((REVISION, parser and parser.revision, [_file_hash(file) for file in (*photos, *masks)]))
    file = cache_folder() / f"garments-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"

    def write(path: Path) -> None:
        kept = [(row, each) for row, each in enumerate(preprocess_all(photos, parser, masks)) if each is not None]
        np.savez(
            path,
            rows=np.array([row for row, _ in kept], np.int64),
            pixels=np.stack([each.pixels for _, each in kept]) if kept else np.empty((0, *SIZE, 3), np.uint8),
            masks=np.stack([each.mask for _, each in kept]) if kept else np.empty((0, *SIZE), np.uint8),
        )

    with np.load(write_once(file, write)) as kept:
        for row, pixels, mask in zip(kept["rows"], kept["pixels"], kept["masks"], strict=True):
            yield products[int(row)], Preprocessed(pixels, mask)


def _file_hash(file: Path | None) -> str:
    """SHA-256 of a file, empty if there is none or it can't be read."""
    try:
        return image_hash(file) if file else ""
    except ImageError:
        return ""


def _gender(product: Product) -> int:
    """Index in GENDERS; -1 for unknown, -2 for children's clothes."""
    gender = product.gender.lower()
    if gender in ("boys", "girls"):
        return -2
    return GENDERS.index(gender) if gender in GENDERS else -1
