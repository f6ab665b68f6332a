"""Outfits as arrays: what items look like, what they are, and which are worn together.

Everything slow happens once, in `collect`. What trains on it needs nothing but torch and numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.catalog.photos import with_photo
from modiste.catalog.records import Catalog, Outfit, Product
from modiste.complete.looks import Looks
from modiste.errors import UsageError
from modiste.lab.datasets import holds_outfits, read, read_outfits
from modiste.lab.datasets.outfits import OutfitData
from modiste.lab.datasets.splits import PARTS, SHARES, split_products

Rows = tuple[int, ...]
"""Places of products in a wardrobe."""
SPLITS = ("disjoint", "random")
"""Whether parts share no items, or no outfits."""
SERVED = 0.5
"""Share of an outfit's labels that the published categories must know, for a catalogue to be told by them."""


@dataclass(frozen=True)
class Wardrobe:
    """Products that outfits are made of."""

    products: tuple[Product, ...]
    looks: NDArray[np.float16]
    """Shape: (n, f)."""
    categories: NDArray[np.int64]
    """Places in the network's categories. Shape: (n,)."""
    kinds: NDArray[np.int64]
    """Strangers are drawn among products of one kind: one family, year and gender. Shape: (n,)."""
    times: NDArray[np.int64]
    """In how many outfits each is. Shape: (n,)."""

    def __len__(self) -> int:
        return len(self.categories)

    def seen(self, rows: NDArray[np.int64] | slice = slice(None)) -> Tensor:
        """Looks as a tensor. Shape: (n, f)."""
        return torch.from_numpy(self.looks[rows].astype(np.float32))


@dataclass(frozen=True)
class Collection:
    """Data sets with outfits, read."""

    names: tuple[str, ...]
    categories: tuple[str, ...]
    """What an item can be."""
    wardrobe: Wardrobe
    outfits: tuple[Rows, ...]
    """At least two items each."""
    item_parts: NDArray[np.int64]
    """The part of PARTS that each product is in; 0 where outfits have published parts. Shape: (n,)."""
    outfit_parts: NDArray[np.int64]
    """The same of each outfit. Shape: (outfits,)."""
    whole: NDArray[np.bool_]
    """Whether an outfit's part is its publisher's. Shape: (outfits,)."""
    published: tuple[tuple[OutfitData, dict[str, int]], ...]
    """Data sets whose publishers give parts and questions, with the place of each of their products."""
    hashes: dict[str, str]
    """Data set to the hash of its split."""
    licences: tuple[str, ...]

    def learnt(self, split: str) -> list[Rows]:
        """The outfits of the training part.

        Args:
            split: `disjoint` takes every outfit, as far as its items are training items; `random` takes whole outfits.
        """
        kept = []
        for outfit, part, whole in zip(self.outfits, self.outfit_parts, self.whole, strict=True):
            if split == "random" or whole:
                kept += [outfit] if part == 0 else []
            else:
                kept.append(tuple(row for row in outfit if self.item_parts[row] == 0))
        return list(dict.fromkeys(outfit for outfit in kept if len(outfit) > 1))


def collect(
    data: Sequence[Path], looks: Looks, *, split: str = "disjoint", categories: Sequence[str] | None = None
) -> Collection:
    """Read data sets, and let the encoder look at their photos.

    Args:
        split: names what the hashes are of.
        categories: those of a network that is there already; else the published eleven, or the labels of a catalogue
            that those don't serve.

    Raises:
        UsageError: no outfits, or two data sets of one name.
    """
    found = [read_outfits(source) if holds_outfits(source) else read(source) for source in data]
    catalogs = [one.catalog if isinstance(one, OutfitData) else one for one in found]
    _check(catalogs)
    categories = tuple(categories or categories_of(catalogs))
    given = [one.categories if isinstance(one, OutfitData) else {} for one in found]
    worn = [_worn(catalog, categories, known) for catalog, known in zip(catalogs, given, strict=True)]
    products = tuple(product for some in worn for product, _ in some)
    places = _places(worn)
    outfits = [
        (one, outfit, rows)
        for one, catalog, place in zip(found, catalogs, places, strict=True)
        for outfit in catalog.outfits
        if len(rows := _rows(outfit, place)) > 1
    ]
    if not outfits:
        raise UsageError(f"no outfit of two items whose photos can be read is in {', '.join(map(str, data))}")
    told = [category for some in worn for _, category in some]
    wardrobe = Wardrobe(
        products,
        looks.get([product.images[0] for product in products]),
        np.array([categories.index(category) for category in told], np.int64),
        _kinds(products, told),
        np.bincount([row for *_, rows in outfits for row in rows], minlength=len(products)),
    )
    return Collection(
        names=tuple(catalog.name for catalog in catalogs),
        categories=categories,
        wardrobe=wardrobe,
        outfits=tuple(rows for *_, rows in outfits),
        item_parts=_item_parts(found, places, len(products)),
        outfit_parts=_outfit_parts(outfits),
        whole=np.array([isinstance(one, OutfitData) for one, *_ in outfits]),
        published=tuple((one, place) for one, place in zip(found, places, strict=True) if isinstance(one, OutfitData)),
        hashes={catalog.name: _hash(one, split) for one, catalog in zip(found, catalogs, strict=True)},
        licences=tuple(filter(None, dict.fromkeys(catalog.licence for catalog in catalogs))),
    )


def categories_of(catalogs: Sequence[Catalog]) -> tuple[str, ...]:
    """The published categories where they know most labels of the outfits' items; else the catalogues' own labels."""
    labels = [_labels(catalog) for catalog in catalogs]
    worn = [label for catalog, own in zip(catalogs, labels, strict=True) for label in _worn_labels(catalog, own)]
    known = sum(outfit_category(label) is not None for label in worn)
    if known >= SERVED * len(worn):
        return OUTFIT_CATEGORIES
    return tuple(sorted(set(filter(None, worn))))


def label_category(label: str, categories: Sequence[str]) -> str | None:
    """What a shop's own label is among a network's categories."""
    if tuple(categories) == OUTFIT_CATEGORIES:
        return outfit_category(label)
    own = {category.lower(): category for category in categories}
    return own.get(label.strip().lower())


def _check(catalogs: Sequence[Catalog]) -> None:
    names = [catalog.name for catalog in catalogs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f'two data sets are called "{twice[0]}", as their files are; give one of them another name')
    for catalog in catalogs:
        if not catalog.outfits:
            raise UsageError(f"{catalog.name} has no outfits; complete learns from products that were put together")


def _labels(catalog: Catalog) -> dict[str, str]:
    return {product.id: product.category for product in catalog.products}


def _worn_labels(catalog: Catalog, labels: dict[str, str]) -> Iterable[str]:
    return (labels[item] for outfit in catalog.outfits for item in outfit.items if item in labels)


def _worn(catalog: Catalog, categories: Sequence[str], given: Mapping[str, str]) -> list[tuple[Product, str]]:
    """The products of some category whose first photo can be read, and the category."""
    told = {
        product.id: given.get(product.id) or label_category(product.category, categories)
        for product in catalog.products
    }
    chosen = with_photo(product for product in catalog.products if told[product.id] in categories)
    return [(product, str(told[product.id])) for product in chosen]


def _places(worn: Sequence[Sequence[tuple[Product, str]]]) -> list[dict[str, int]]:
    """Product id to its place among the products of all data sets, which may number theirs alike."""
    starts = np.cumsum([0, *map(len, worn)])
    return [
        {product.id: start + row for row, (product, _) in enumerate(some)}
        for start, some in zip(starts.tolist(), worn, strict=False)
    ]


def _rows(outfit: Outfit, place: dict[str, int]) -> Rows:
    return tuple(dict.fromkeys(place[item] for item in outfit.items if item in place))


def _kinds(products: Sequence[Product], categories: Sequence[str]) -> NDArray[np.int64]:
    """Numbers of family, year and gender; where a catalogue has no families, the category."""
    names = [
        (str(product.attributes.get("family") or category), str(product.attributes.get("year", "")), product.gender)
        for product, category in zip(products, categories, strict=True)
    ]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])


def _item_parts(
    found: Sequence[Catalog | OutfitData], places: Sequence[dict[str, int]], count: int
) -> NDArray[np.int64]:
    parts = np.zeros(count, np.int64)
    for one, place in zip(found, places, strict=True):
        if isinstance(one, Catalog):
            split = split_products(one)
            for number, part in enumerate(PARTS):
                parts[[place[id] for id in getattr(split, part) if id in place]] = number
    return parts


def _outfit_parts(outfits: Sequence[tuple[Catalog | OutfitData, Outfit, Rows]]) -> NDArray[np.int64]:
    """The published parts, or else chance, by the hash of an outfit's id."""
    known = {
        (id(one), outfit.id): number
        for one in {id(one): one for one, *_ in outfits}.values()
        if isinstance(one, OutfitData)
        for number, part in enumerate(PARTS)
        for outfit in getattr(one, part)
    }
    return np.array([known.get((id(one), outfit.id), _drawn(outfit.id)) for one, outfit, _ in outfits])


def _drawn(id: str) -> int:
    draw = int(hashlib.sha256(id.encode()).hexdigest()[:8], 16) / 2**32
    return int(draw >= SHARES[0]) + int(draw >= SHARES[0] + SHARES[1])


def _hash(one: Catalog | OutfitData, split: str) -> str:
    """Names the parts of a data set."""
    if isinstance(one, OutfitData):
        return one.split_hash
    if split == "disjoint":
        return split_products(one).hash
    lines = sorted(f"{outfit.id}:{PARTS[_drawn(outfit.id)]}\n" for outfit in one.outfits)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]
