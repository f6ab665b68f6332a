"""Outfits as arrays: features, categories and kinds of items, and which items are worn together.

Everything slow happens once, in `collect`. Training on the result needs nothing but torch and numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modiste.backgrounds import even_background
from modiste.cache import cache_folder, write_once
from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.catalog.records import Catalog, Product
from modiste.complete.model import Backbone
from modiste.complete.pipeline import label_category
from modiste.encoders.onnx import export, open_session
from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError
from modiste.images import SIZE, fit, image_hash, load_image
from modiste.lab.datasets import OUTFITS, check_names, detect, read, read_outfits, with_photo
from modiste.lab.datasets.outfits import OutfitData
from modiste.lab.datasets.splits import PARTS, SHARES, split_products
from modiste.types import Indices, Pixels

Rows = tuple[int, ...]
"""Rows of an item table."""
SPLITS = ("disjoint", "random")
"""Whether parts share no items, or no outfits."""
MIN_KNOWN = 0.5
"""Share of the labels of outfits' items that the published categories must know to be used for a catalogue."""
FEATURES = "vector, summary, mean and deviation of the low and the mid map"
"""Names what features are made of in the names of cached files; with another one they are computed anew."""
CHUNK = 64
"""Photos in a batch, so that memory stays small however many are given."""


class PhotoFeatures:
    """Features of photos, each computed once and kept in the cache folder.

    The tint of a studio's background tells which products were shot, and so often put together, on one day. It is made
    even before the encoder sees the photo.

    Args:
        even: make backgrounds even first; without, the shortcut stays (to measure it).
    """

    def __init__(self, encoder: TrainedEncoder, *, even: bool = True) -> None:
        self.encoder, self.even = encoder, even

    def extract(self, photos: Pixels) -> NDArray[np.float32]:
        """Features of pixels. Shape: (n, 128, 96, 3) to (n, f)."""
        features = []
        for start in range(0, len(photos), CHUNK):
            chunk = photos[start : start + CHUNK]
            features += self._session.run(None, {"photos": even_background(chunk) if self.even else chunk})
        return np.concatenate(features) if features else np.empty((0, 0), np.float32)

    def load(self, files: Sequence[Path]) -> NDArray[np.float16]:
        """Features of photos in files. Shape: (n, f)."""
        key = _short_hash(self.encoder.revision, FEATURES, str(self.even), *map(image_hash, files))

        def write(path: Path) -> None:
            np.save(path, np.concatenate([self.extract(pixels) for pixels in photo_chunks(files)]).astype(np.float16))

        features: NDArray[np.float16] = np.load(write_once(cache_folder() / f"looks-{key}.npy", write))
        return features

    @cached_property
    def _session(self) -> Any:
        def write(path: Path) -> None:
            photos = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
            axes = {name: {0: "n"} for name in ("photos", "features")}
            export(Backbone(self.encoder), (photos,), ["photos"], ["features"], axes, path)

        graph = cache_folder() / f"looks-{self.encoder.revision}-{_short_hash(FEATURES)}.onnx"
        return open_session(write_once(graph, write))


def photo_chunks(files: Sequence[Path]) -> Iterator[Pixels]:
    """Photos at the encoder's size, CHUNK at a time. Shape: (n, 128, 96, 3)."""
    with ThreadPoolExecutor() as threads:
        for start in range(0, len(files), CHUNK):
            chunk = files[start : start + CHUNK]
            yield np.stack(list(threads.map(lambda file: fit(load_image(file, at_least=SIZE)), chunk)))


@dataclass(frozen=True)
class ItemTable:
    """Products that outfits are made of, one a row."""

    products: tuple[Product, ...]
    features: NDArray[np.float16]
    """Shape: (n, f)."""
    categories: Indices
    """Indices in the network's categories. Shape: (n,)."""
    kinds: Indices
    """Negatives are drawn among products of one kind: one family, year and gender. Shape: (n,)."""
    times: Indices
    """Number of outfits that each is in. Shape: (n,)."""

    def __len__(self) -> int:
        return len(self.categories)

    def features_of(self, rows: Indices | slice = slice(None)) -> Tensor:
        """Features in single precision. Shape: (n, f)."""
        return torch.from_numpy(self.features[rows].astype(np.float32))


@dataclass(frozen=True)
class Collection:
    """Data sets with outfits, read."""

    names: tuple[str, ...]
    categories: tuple[str, ...]
    """Of items, as the network knows them."""
    table: ItemTable
    outfits: tuple[Rows, ...]
    """At least two items each."""
    item_parts: Indices
    """Index in PARTS of each product's part; 0 where outfits have published parts. Shape: (n,)."""
    outfit_parts: Indices
    """The same of each outfit. Shape: (outfits,)."""
    published_part: NDArray[np.bool_]
    """True where an outfit's part is its publisher's. Shape: (outfits,)."""
    published: tuple[tuple[OutfitData, dict[str, int]], ...]
    """Data sets whose publishers give parts and queries, each with the rows of its products by id."""
    hashes: dict[str, str]
    """Data set to the hash of its split."""
    licences: tuple[str, ...]

    def training_outfits(self, split: str) -> list[Rows]:
        """The outfits of the training part.

        Args:
            split: `disjoint` takes every outfit, as far as its items are training items; `random` takes whole outfits.
        """
        kept = []
        for outfit, part, published in zip(self.outfits, self.outfit_parts, self.published_part, strict=True):
            if split == "random" or published:
                kept += [outfit] if part == 0 else []
            else:
                kept.append(tuple(row for row in outfit if self.item_parts[row] == 0))
        return list(dict.fromkeys(outfit for outfit in kept if len(outfit) > 1))


def collect(
    data: Sequence[Path], features: PhotoFeatures, *, split: str = "disjoint", categories: Sequence[str] | None = None
) -> Collection:
    """Read data sets and compute the features of their photos.

    Args:
        split: names what the hashes are of.
        categories: those of a trained network; else the published eleven, or the labels of a catalogue that those
            don't serve.

    Raises:
        UsageError: no outfits, or two data sets of one name.
    """
    sources = [read_outfits(source) if detect(source) in OUTFITS else read(source) for source in data]
    catalogs = [source.catalog if isinstance(source, OutfitData) else source for source in sources]
    check_names(catalogs)
    if without := [catalog.name for catalog in catalogs if not catalog.outfits]:
        raise UsageError(f"{without[0]} has no outfits; complete learns from products that were put together")
    categories = tuple(categories or _categories_of(catalogs))
    parts = [_parts_of(source, split) for source in sources]
    items: list[tuple[Product, str]] = []
    rows_by_id: list[dict[str, int]] = []  # one for each source: two may number their products alike
    for source in sources:
        usable = _items(source, categories)
        rows_by_id.append({product.id: row for row, (product, _) in enumerate(usable, len(items))})
        items += usable
    outfits = [
        (own.outfits[outfit.id], isinstance(source, OutfitData), rows)
        for source, catalog, own, row in zip(sources, catalogs, parts, rows_by_id, strict=True)
        for outfit in catalog.outfits
        if len(rows := tuple(dict.fromkeys(row[item] for item in outfit.items if item in row))) > 1
    ]
    if not outfits:
        raise UsageError(f"no outfit of two items whose photos can be read is in {', '.join(map(str, data))}")
    return Collection(
        names=tuple(catalog.name for catalog in catalogs),
        categories=categories,
        table=_table(items, [rows for *_, rows in outfits], features, categories),
        outfits=tuple(rows for *_, rows in outfits),
        item_parts=np.array([own.items.get(id, 0) for own, row in zip(parts, rows_by_id, strict=True) for id in row]),
        outfit_parts=np.array([part for part, *_ in outfits]),
        published_part=np.array([published for _, published, _ in outfits]),
        published=tuple(
            (source, row) for source, row in zip(sources, rows_by_id, strict=True) if isinstance(source, OutfitData)
        ),
        hashes={catalog.name: own.hash for catalog, own in zip(catalogs, parts, strict=True)},
        licences=tuple(catalog.licence for catalog in catalogs),
    )


def _table(
    items: Sequence[tuple[Product, str]], outfits: Sequence[Rows], features: PhotoFeatures, categories: Sequence[str]
) -> ItemTable:
    return ItemTable(
        tuple(product for product, _ in items),
        features.load([product.images[0] for product, _ in items]),
        np.array([categories.index(category) for _, category in items], np.int64),
        _kinds(items),
        np.bincount([row for outfit in outfits for row in outfit], minlength=len(items)),
    )


def _categories_of(catalogs: Sequence[Catalog]) -> tuple[str, ...]:
    """The published categories where they know most labels of the outfits' items; else the catalogues' own labels."""
    labels: list[str] = []
    for catalog in catalogs:
        label_of = {product.id: product.category for product in catalog.products}
        labels += [label_of[item] for outfit in catalog.outfits for item in outfit.items if item in label_of]
    if sum(outfit_category(label) is not None for label in labels) >= MIN_KNOWN * len(labels):
        return OUTFIT_CATEGORIES
    return tuple(sorted(set(filter(None, labels))))


def _items(source: Catalog | OutfitData, categories: Sequence[str]) -> list[tuple[Product, str]]:
    """The products of one of the categories whose first photo can be read, and the category."""
    catalog = source.catalog if isinstance(source, OutfitData) else source
    given = source.categories if isinstance(source, OutfitData) else {}
    known = {item.id: given.get(item.id) or label_category(item.category, categories) for item in catalog.products}
    usable = with_photo(product for product in catalog.products if known[product.id] in categories)
    return [(product, str(known[product.id])) for product in usable]


def _kinds(items: Sequence[tuple[Product, str]]) -> Indices:
    """Number of each product's family, year and gender; where a catalogue has no families, of its category."""
    names = [
        (str(product.attributes.get("family") or category), str(product.attributes.get("year", "")), product.gender)
        for product, category in items
    ]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])


class _Parts(NamedTuple):
    """Indices in PARTS, by id, of a data set's outfits and items, and the hash of this split."""

    outfits: Mapping[str, int]
    """Their publisher's, or else random ones, by the hash of the id."""
    items: Mapping[str, int]
    """Nothing where outfits have published parts."""
    hash: str


def _parts_of(source: Catalog | OutfitData, split: str) -> _Parts:
    if isinstance(source, OutfitData):
        outfits = {outfit.id: number for number, part in enumerate(PARTS) for outfit in getattr(source, part)}
        return _Parts(outfits, {}, source.split_hash)
    draws = {
        outfit.id: int(hashlib.sha256(outfit.id.encode()).hexdigest()[:8], 16) / 2**32 for outfit in source.outfits
    }
    outfits = {id: (draw >= SHARES[0]) + (draw >= SHARES[0] + SHARES[1]) for id, draw in draws.items()}
    products = split_products(source)
    items = {id: number for number, part in enumerate(PARTS) for id in getattr(products, part)}
    lines = sorted(f"{outfit.id}:{PARTS[outfits[outfit.id]]}\n" for outfit in source.outfits)
    random_hash = hashlib.sha256("".join(lines).encode()).hexdigest()[:12]
    return _Parts(outfits, items, products.hash if split == "disjoint" else random_hash)


def _short_hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def padded(outfits: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Rows of items padded with 0 to one array, and 1 for items, 0 for padding. Shapes: (b, n)."""
    longest = max(map(len, outfits), default=0)
    rows = torch.zeros(len(outfits), longest, dtype=torch.long)
    present = torch.zeros(len(outfits), longest)
    for index, items in enumerate(outfits):
        rows[index, : len(items)] = torch.tensor(items, dtype=torch.long)
        present[index, : len(items)] = 1
    return rows, present
