"""Triplets as arrays: photos as the encoder's features, sentences as MiniLM's states, positives as allowed values.

Triplets are drawn from catalogues, or published with sentences of their own: FashionIQ, Fashion200k and Shoes, as
`datasets.triplets` reads them. Everything slow happens once, in `split_parts`; training on a corpus needs nothing but
torch and numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from modiste.cache import cache_folder
from modiste.catalog.records import Catalog, Product
from modiste.encoders.efficientnet import Maps
from modiste.encoders.pipeline import TrainedEncoder, load_network
from modiste.errors import UsageError
from modiste.lab.datasets import TRIPLETS, check_names, detect, read, read_triplets, with_photo
from modiste.lab.datasets.sentences import describe
from modiste.lab.datasets.splits import Split, split_products, whole
from modiste.lab.datasets.triplets import Protocol, Triplet, TripletData
from modiste.lab.refine.protocol import LABELS, DrawnTriplet, ProductAttributes, draws, frequent_colours
from modiste.lab.training.features import Features
from modiste.lab.training.token_states import TokenStates, kept_states
from modiste.refine.model import DEPTHS, PhotoFeatures, Words

SHARES = {"colour": 4, "words": 2, "difference": 3}
"""How often each kind of triplet is drawn from a catalogue that allows it."""
DESCRIPTIONS = 3
"""Search texts composed for each product, for visual-semantic matching."""
CHUNK = 512
"""Photos at once."""
VALIDATION_QUERIES = 600
"""Queries of each data set that the progress is measured on."""
BY_CAPTION = ("fashion200k",)
"""Published data sets in which every photo with the target's caption is a positive."""
Source = Catalog | TripletData


@dataclass(frozen=True)
class Photos:
    """The encoder's features of numbered photos, in half precision."""

    low: NDArray[np.float16]
    mid: NDArray[np.float16]
    high: NDArray[np.float16]
    summary: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.low)

    def features(self, rows: NDArray[np.int64] | slice, device: torch.device | str = "cpu") -> PhotoFeatures:
        """The photos in these rows, as tensors."""
        parts = (self.low, self.mid, self.high, self.summary)
        return PhotoFeatures(*(torch.from_numpy(part[rows]).to(device).float() for part in parts))


@dataclass(frozen=True)
class Triplets:
    """Queries with their own targets, and the values that their positives have."""

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    """Indices among the products. Shape: (triplets,)."""
    texts: NDArray[np.int64]
    """Number of each sentence. Shape: (triplets,)."""
    queries: NDArray[np.int32]
    """What each query allows of each attribute: a row of the attribute's table or, of attributes without one, the
    value itself; 0 allows all. Shape: (triplets, attributes)."""
    allowed: tuple[NDArray[np.bool_], ...]
    """The tables of the first attributes: the values that each row allows. Shapes: (rows, values)."""
    codes: NDArray[np.int32]
    """Every product's values. Shape: (products, attributes)."""

    def positives(self, triplets: NDArray[np.int64], products: NDArray[np.int64]) -> NDArray[np.bool_]:
        """True where a product answers a triplet's query. Shape: (triplets, products)."""
        answers = np.ones((len(triplets), len(products)), bool)
        for attribute in range(self.codes.shape[1]):
            rows, codes = self.queries[triplets, attribute], self.codes[products, attribute]
            if not rows.any():
                continue
            if attribute < len(self.allowed):
                answers &= self.allowed[attribute][rows][:, codes]
            else:
                answers &= (rows[:, None] == codes) | (rows[:, None] == 0)
        return answers


@dataclass(frozen=True)
class Corpus:
    """Photos, sentences and triplets of them."""

    photos: Photos
    triplets: Triplets
    states: TokenStates
    """Of sentences and descriptions."""
    descriptions: NDArray[np.int64]
    """Texts that describe each product. Shape: (products, descriptions)."""
    attribute_groups: NDArray[np.int64]
    """Number of each product's combination of category, colour and gender. Shape: (products,)."""


class Parts(NamedTuple):
    """Triplets to learn from, and others to measure the progress on."""

    train: Corpus
    validation: Corpus
    hashes: dict[str, str]
    """Data set to the hash of its split."""
    colours: dict[str, list[str]]
    """Data set to the colours that are frequent in its training part."""
    licences: tuple[str, ...]
    """The terms that the data sets state."""


def split_parts(data: Sequence[Path], encoder: TrainedEncoder, *, triplets: int, seed: int = 0) -> Parts:
    """Triplets of the training part of all data sets, and of the part for validation.

    From catalogues they are drawn. Published triplets are taken as they are, a tenth of them at most for validation.

    Args:
        triplets: how many to learn from; a published pair that is drawn again comes with any of its sentences.

    Raises:
        UsageError: two data sets of one name, nothing can be asked about the products, other data sets beside
            published triplets, or too few of these.
    """
    if published := [source for source in data if detect(source) in TRIPLETS]:
        if len(data) > 1:
            raise UsageError(
                f"{published[0]} holds triplets of its own, which are learned from alone; leave the other --data out"
            )
        dataset = read_triplets(data[0])
        titles = {product.id: product.title for product in read(data[0]).products if product.title}
        train_pairs, validation_pairs = _divide(dataset, seed)
        return Parts(
            _published_corpus(replace(dataset, train=train_pairs), encoder, triplets, titles=titles, seed=seed),
            _published_corpus(
                replace(dataset, train=validation_pairs), encoder, len(validation_pairs), titles=titles, seed=seed
            ),
            {dataset.name: split_of(dataset).hash},
            {},
            (dataset.licence,),
        )
    catalogs = [read(source) for source in data]
    check_names(catalogs)
    splits = {catalog.name: split_products(catalog, seed=seed) for catalog in catalogs}
    train = {catalog.name: readable(catalog, splits[catalog.name].train) for catalog in catalogs}
    validation = {catalog.name: readable(catalog, splits[catalog.name].judge) for catalog in catalogs}
    return Parts(
        _build_corpus(train, encoder, triplets, seed=seed),
        _build_corpus(validation, encoder, VALIDATION_QUERIES * len(data), seed=seed),
        {name: split.hash for name, split in splits.items()},
        {name: frequent_colours(products) for name, products in train.items()},
        tuple(catalog.licence for catalog in catalogs),
    )


def _build_corpus(
    catalogs: Mapping[str, Sequence[Product]], encoder: TrainedEncoder, count: int, *, seed: int = 0
) -> Corpus:
    """A corpus of `count` triplets, drawn from each catalogue by its number of products.

    The slow parts, the photos' maps and the words' states, are kept in the cache folder.

    Args:
        catalogs: data set to its products.
    """
    products = [product for catalog in catalogs.values() for product in catalog]
    photos = encode_photos([product.images[0] for product in products], encoder)
    rng, attributes = Random(seed), ProductAttributes(products)
    drawn = list(_draw_triplets(catalogs, attributes, count, rng))
    described = [[describe(product, rng) for _ in range(DESCRIPTIONS)] for product in products]
    texts = list(dict.fromkeys([*(triplet.text for triplet in drawn), *(text for row in described for text in row)]))
    number = {text: index for index, text in enumerate(texts)}
    triplets = Triplets(
        sources=np.array([triplet.source for triplet in drawn]),
        targets=np.array([triplet.target for triplet in drawn]),
        texts=np.array([number[triplet.text] for triplet in drawn]),
        queries=np.array([attributes.rows_of(triplet) for triplet in drawn], np.int32),
        allowed=tuple(attributes.allowed),
        codes=attributes.codes,
    )
    groups = np.unique(attributes.codes[:, : len(LABELS)], axis=0, return_inverse=True)[1].ravel()
    descriptions = np.array([[number[text] for text in row] for row in described])
    return Corpus(photos, triplets, kept_states(texts, cache_folder()), descriptions, groups)


def _published_corpus(
    data: TripletData, encoder: TrainedEncoder, count: int, *, titles: Mapping[str, str], seed: int = 0
) -> Corpus:
    """A corpus of `count` published triplets, each with one of its sentences.

    Only the target is a positive or, in data sets BY_CAPTION, every photo with the target's caption.

    Args:
        titles: descriptions of photos, by their ids; other targets are described by their own sentence.
    """
    rng, ids = Random(seed), sorted(_photo_ids(data.train))
    row = {id: index for index, id in enumerate(ids)}
    rounds = -(-count // len(data.train))  # no pair comes again before all have come
    pairs = [pair for _ in range(rounds) for pair in rng.sample(data.train, len(data.train))][:count]
    drawn = [(pair, rng.choice(pair.texts)) for pair in pairs]
    sentences = {pair.target: pair.texts[0] for pair in data.train}
    described = [titles.get(id) or sentences.get(id, "") for id in ids]  # only targets are ever described
    texts = list(dict.fromkeys([*(text for _, text in drawn), *described]))
    number = {text: index for index, text in enumerate(texts)}
    captions = [titles.get(id, id) for id in ids] if data.name in BY_CAPTION else ids
    codes = 1 + np.unique(captions, return_inverse=True)[1].astype(np.int32)  # 0 would allow everything
    targets = np.array([row[pair.target] for pair, _ in drawn])
    triplets = Triplets(
        sources=np.array([row[pair.source] for pair, _ in drawn]),
        targets=targets,
        texts=np.array([number[text] for _, text in drawn]),
        queries=codes[targets][:, None],
        allowed=(),
        codes=codes[:, None],
    )
    descriptions = np.array([[number[text]] for text in described])
    photos = encode_photos([data.photos[id] for id in ids], encoder)
    return Corpus(photos, triplets, kept_states(texts, cache_folder()), descriptions, descriptions[:, 0])


def encode_photos(files: Sequence[Path], encoder: TrainedEncoder) -> Photos:
    """The encoder's features of the photos; each photo is encoded once."""
    maps = Features(encoder).get(files, DEPTHS)
    network, empty = load_network(encoder.weights).image.network, torch.empty(0)
    summaries = [np.empty((0, 1280), np.float16)]
    with torch.no_grad():
        for start in range(0, len(maps["high"]), CHUNK):
            high = torch.from_numpy(maps["high"][start : start + CHUNK]).float()
            summaries.append(network.pooled(Maps(empty, empty, high)).half().numpy())
    return Photos(**maps, summary=np.concatenate(summaries))


def words_of(
    states: TokenStates, texts: Sequence[int] | NDArray[np.int64], device: torch.device | str = "cpu"
) -> Words:
    """Token states of the texts with these numbers, as tensors."""
    return Words(*(torch.from_numpy(part).to(device) for part in states.of(texts)))


def readable(catalog: Catalog, ids: Iterable[str]) -> list[Product]:
    """The products with these ids whose first photo can be read."""
    wanted = set(ids)
    return with_photo(product for product in catalog.products if product.id in wanted)


def read_source(source: Path) -> Source:
    """Triplets if the publisher gives some, else a catalogue, from which queries are drawn."""
    return read_triplets(source) if detect(source) in TRIPLETS else read(source)


def split_of(source: Source, part: str = "test") -> Split:
    """The split into training and test part; of published triplets the publisher's.

    Args:
        part: `test`, or `all` for a catalogue of which nothing was learned.
    """
    if isinstance(source, Catalog):
        return whole(source) if part == "all" else split_products(source)
    gallery = {id for protocol in source.protocols for id in protocol.gallery}
    return Split(tuple(sorted(_photo_ids(source.train) - gallery)), (), tuple(sorted(gallery)))


def published_protocols(data: TripletData) -> Iterator[Protocol]:
    """The publisher's protocols, without photos that can't be read and the queries that need them.

    Raises:
        UsageError: there is none.
    """
    if not data.protocols:
        raise UsageError(f"{data.name} asks nothing: {'; '.join(data.notes) or 'it has no questions'}")
    for protocol in data.protocols:
        intact = _intact(data, protocol.gallery)
        queries = [
            replace(query, targets=tuple(id for id in query.targets if id in intact))
            for query in protocol.queries
            if query.source in intact
        ]
        gallery = tuple(id for id in protocol.gallery if id in intact)
        yield replace(protocol, gallery=gallery, queries=tuple(query for query in queries if query.targets))


def _draw_triplets(
    catalogs: Mapping[str, Sequence[Product]], attributes: ProductAttributes, count: int, rng: Random
) -> Iterator[DrawnTriplet]:
    """Triplets of each catalogue, by its number of products; indices are those among all products."""
    offset, total = 0, sum(map(len, catalogs.values()))
    for name, catalog in catalogs.items():
        own = attributes.slice(offset, offset + len(catalog))
        kinds = draws(name, catalog, own, colours=frequent_colours(catalog, least=2), held_out=False)
        shares = [SHARES.get(title.rpartition("-")[2], 1) for title in kinds]
        for draw in rng.choices(list(kinds.values()), shares, k=round(count * len(catalog) / total)):
            triplet = draw(rng)
            yield replace(triplet, source=triplet.source + offset, target=triplet.target + offset)
        offset += len(catalog)


def _divide(data: TripletData, seed: int) -> tuple[tuple[Triplet, ...], tuple[Triplet, ...]]:
    """Pairs of readable photos to learn from and to validate on; no photo is in both."""
    intact = _intact(data, _photo_ids(data.train))
    pairs = [pair for pair in data.train if {pair.source, pair.target} <= intact]
    mixed = Random(seed).sample(pairs, len(pairs))
    validation = tuple(mixed[: min(VALIDATION_QUERIES, -(-len(pairs) // 10))])
    held_out = _photo_ids(validation)
    train = tuple(pair for pair in pairs if not {pair.source, pair.target} & held_out)
    if len(train) < 2:
        raise UsageError(
            f"{len(pairs)} training triplets with photos are too few to learn from; download the rest of the photos"
        )
    return train, validation


def _intact(data: TripletData, ids: Iterable[str]) -> set[str]:
    """The photos that can be read; downloads of many are never all whole."""
    return {product.id for product in with_photo(Product(id, (data.photos[id],)) for id in ids)}


def _photo_ids(pairs: Iterable[Triplet]) -> set[str]:
    return {id for pair in pairs for id in (pair.source, pair.target)}
