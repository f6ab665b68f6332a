"""Triplets as arrays: photos as the encoder's maps, sentences as MiniLM's states, answers as allowed values.

Everything slow happens once, in `prepare`. What trains on it needs nothing but torch and numpy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from modiste.cache import cache_folder
from modiste.catalog.photos import with_photo
from modiste.catalog.records import Catalog, Product
from modiste.encoders.efficientnet import Maps
from modiste.encoders.pipeline import TrainedEncoder, load_network
from modiste.errors import UsageError
from modiste.lab.datasets import holds_triplets, read
from modiste.lab.datasets.splits import split_products
from modiste.lab.refine.asking import LABELS, Answers, Asked
from modiste.lab.refine.protocol import draws, frequent_colours
from modiste.lab.training.features import Features
from modiste.lab.training.token_states import TokenStates, kept_states
from modiste.phrases import describe
from modiste.refine.model import DEPTHS, Views, Words

SHARES = {"colour": 4, "words": 2, "difference": 3}
"""How often each kind of question is drawn from a catalogue that allows it."""
DESCRIPTIONS = 3
"""Search texts composed for each product, for visual-semantic matching."""
CHUNK = 512
JUDGES = 600
"""Questions of each catalogue that the progress is measured on."""


@dataclass(frozen=True)
class Photos:
    """What the encoder sees in some photos, in half precision."""

    low: NDArray[np.float16]
    mid: NDArray[np.float16]
    high: NDArray[np.float16]
    summary: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.low)

    def views(self, rows: NDArray[np.int64] | slice, device: torch.device | str = "cpu") -> Views:
        """The photos in these rows, as tensors."""
        parts = (self.low, self.mid, self.high, self.summary)
        return Views(*(torch.from_numpy(part[rows]).to(device).float() for part in parts))


@dataclass(frozen=True)
class Triplets:
    """Questions with their own targets and what else would answer them."""

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    """Positions among the products. Shape: (triplets,)."""
    texts: NDArray[np.int64]
    """Number of each sentence. Shape: (triplets,)."""
    questions: NDArray[np.int32]
    """What each question allows of each attribute: a row of the attribute's table or, of attributes without one, the
    value itself; 0 allows all. Shape: (triplets, attributes)."""
    allowed: tuple[NDArray[np.bool_], ...]
    """The tables of the first attributes: the values that each row allows. Shapes: (rows, values)."""
    codes: NDArray[np.int32]
    """Every product's values. Shape: (products, attributes)."""

    def right(self, triplets: NDArray[np.int64], products: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the products would answer which of the triplets. Shape: (triplets, products)."""
        answers = np.ones((len(triplets), len(products)), bool)
        for place in range(self.codes.shape[1]):
            rows, codes = self.questions[triplets, place], self.codes[products, place]
            if not rows.any():
                continue
            if place < len(self.allowed):
                answers &= self.allowed[place][rows][:, codes]
            else:
                answers &= (rows[:, None] == codes) | (rows[:, None] == 0)
        return answers


@dataclass(frozen=True)
class Corpus:
    """What a recipe learns from."""

    photos: Photos
    triplets: Triplets
    states: TokenStates
    """Of sentences and descriptions."""
    descriptions: NDArray[np.int64]
    """Texts that describe each product. Shape: (products, descriptions)."""
    attribute_groups: NDArray[np.int64]
    """Number of each product's combination of category, colour and gender. Shape: (products,)."""


def words_of(
    states: TokenStates, texts: Sequence[int] | NDArray[np.int64], device: torch.device | str = "cpu"
) -> Words:
    """Token states of the texts with these numbers, as tensors."""
    return Words(*(torch.from_numpy(part).to(device) for part in states.of(texts)))


class Parts(NamedTuple):
    """Triplets to learn from, and others to watch the progress on."""

    train: Corpus
    judge: Corpus
    hashes: dict[str, str]
    """Data set to the hash of its split."""
    colours: dict[str, list[str]]
    """Data set to the colours that are frequent in its training part."""
    licences: tuple[str, ...]
    """What the data sets say of their terms."""


def split_parts(data: Sequence[Path], encoder: TrainedEncoder, *, triplets: int, seed: int = 0) -> Parts:
    """Triplets drawn from the training products of all data sets, and from the judges' products.

    Published triplets are taken as they are.

    Args:
        triplets: how many to learn from.

    Raises:
        UsageError: two data sets of one name, or nothing can be asked about the products.
    """
    if any(map(holds_triplets, data)):
        from modiste.lab.refine.published import split_published  # which makes corpora of what stands here

        return split_published(data, encoder, triplets=triplets, seed=seed)
    catalogs = [read(source) for source in data]
    names = [catalog.name for catalog in catalogs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f'two data sets are called "{twice[0]}", as their files are; give one of them another name')
    splits = {catalog.name: split_products(catalog, seed=seed) for catalog in catalogs}
    train = {catalog.name: usable(catalog, splits[catalog.name].train) for catalog in catalogs}
    judge = {catalog.name: usable(catalog, splits[catalog.name].judge) for catalog in catalogs}
    return Parts(
        prepare(train, encoder, triplets, seed=seed),
        prepare(judge, encoder, JUDGES * len(data), seed=seed),
        {name: split.hash for name, split in splits.items()},
        {name: frequent_colours(products) for name, products in train.items()},
        tuple(filter(None, dict.fromkeys(catalog.licence for catalog in catalogs))),
    )


def prepare(catalogs: Mapping[str, Sequence[Product]], encoder: TrainedEncoder, count: int, *, seed: int = 0) -> Corpus:
    """A corpus of `count` triplets, drawn from each catalogue by its number of products.

    What is slow, the photos' maps and the words' states, is kept in the cache folder.

    Args:
        catalogs: data set to its products.
    """
    products = [product for catalog in catalogs.values() for product in catalog]
    photos = photos_of([product.images[0] for product in products], encoder)
    rng, answers = Random(seed), Answers(products)
    asked = list(_asked(catalogs, answers, count, rng))
    described = [[describe(product, rng) for _ in range(DESCRIPTIONS)] for product in products]
    texts = list(dict.fromkeys([*(one.text for one in asked), *(text for row in described for text in row)]))
    number = {text: place for place, text in enumerate(texts)}
    triplets = Triplets(
        sources=np.array([one.source for one in asked]),
        targets=np.array([one.target for one in asked]),
        texts=np.array([number[one.text] for one in asked]),
        questions=np.array([answers.question(one) for one in asked], np.int32),
        allowed=tuple(answers.allowed),
        codes=answers.codes,
    )
    groups = np.unique(answers.codes[:, : len(LABELS)], axis=0, return_inverse=True)[1].ravel()
    descriptions = np.array([[number[text] for text in row] for row in described])
    return Corpus(photos, triplets, kept_states(texts, cache_folder()), descriptions, groups)


def photos_of(files: Sequence[Path], encoder: TrainedEncoder) -> Photos:
    """What the encoder sees in the photos; each photo meets it once."""
    found = Features(encoder).get(files, DEPTHS)
    return Photos(**found, summary=summaries(found["high"], encoder))


def means(photos: Photos) -> Photos:
    """The same photos with maps of one place, which is all that the baselines look at."""
    low, mid, high = (part.mean((2, 3), np.float32, keepdims=True) for part in (photos.low, photos.mid, photos.high))
    half = np.float16
    return Photos(low.astype(half), mid.astype(half), high.astype(half), photos.summary)


@torch.no_grad()
def summaries(high: NDArray[np.float16], encoder: TrainedEncoder) -> NDArray[np.float16]:
    """The pooled output of the encoder's head. Shape: (n, 320, 4, 3) to (n, 1280)."""
    network = load_network(encoder.weights).image.network
    empty = torch.empty(0)
    parts = [
        network.pooled(Maps(empty, empty, torch.from_numpy(high[start : start + CHUNK]).float())).half().numpy()
        for start in range(0, len(high), CHUNK)
    ]
    return np.concatenate(parts) if parts else np.empty((0, 1280), np.float16)


def usable(catalog: Catalog, ids: Sequence[str] | None = None) -> list[Product]:
    """The products with these ids whose first photo can be read."""
    wanted = None if ids is None else set(ids)
    return with_photo(product for product in catalog.products if wanted is None or product.id in wanted)


def _asked(catalogs: Mapping[str, Sequence[Product]], answers: Answers, count: int, rng: Random) -> Iterator[Asked]:
    """Questions about each catalogue, by its number of products; positions are those among all products."""
    offset, total = 0, sum(map(len, catalogs.values()))
    for name, catalog in catalogs.items():
        own = answers.part(offset, offset + len(catalog))
        kinds = draws(name, catalog, own, colours=frequent_colours(catalog, least=2), held_out=False)
        shares = [SHARES.get(title.rpartition("-")[2], 1) for title in kinds]
        for draw in rng.choices(list(kinds.values()), shares, k=round(count * len(catalog) / total)):
            one = draw(rng)
            yield replace(one, source=one.source + offset, target=one.target + offset)
        offset += len(catalog)
