"""Catalogues as arrays: photos as pixels, texts as MiniLM's states, labels as numbers.

Everything slow happens once, in `prepare`, into one folder of plain arrays. Training on it needs nothing but torch and
numpy, so that the folder can travel to a machine that has nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modiste.cache import cache_folder, fill_once
from modiste.catalog.records import Product
from modiste.encoders.product import ATTRIBUTES
from modiste.errors import UsageError
from modiste.images import SIZE, ImageError, fit, image_hash, load_image
from modiste.lab.datasets import read
from modiste.lab.datasets.sentences import describe
from modiste.lab.datasets.splits import split_products
from modiste.lab.training.token_states import TokenStates, token_states

VALIDATION = 2500
"""Most products of the validation."""
CHUNK = 512
"""Photos in a batch."""


@dataclass(frozen=True)
class Prepared:
    """Products as arrays, in one order throughout."""

    ids: tuple[str, ...]
    photos: NDArray[np.uint8]
    """Shape: (products, 128, 96, 3)."""
    labels: dict[str, tuple[str, ...]]
    """Category, colour and gender of each product in lower case; empty where the source doesn't say."""
    texts: tuple[str, ...]
    """Distinct texts, titles and descriptions."""
    titles: NDArray[np.int64]
    """Index of each product's title in `texts`; -1 without one. Shape: (products,)."""
    descriptions: NDArray[np.int64]
    """Indices of each product's descriptions in `texts`. Shape: (products, descriptions)."""
    states: TokenStates
    """Of the texts."""

    @cached_property
    def attribute_groups(self) -> NDArray[np.int64]:
        """Number of each product's combination of category, colour and gender. Shape: (products,)."""
        combinations = list(zip(*(self.labels[name] for name in ATTRIBUTES), strict=True))
        number = {combination: count for count, combination in enumerate(dict.fromkeys(combinations))}
        return np.array([number[combination] for combination in combinations], np.int64)


class Parts(NamedTuple):
    """Products of the training and of the validation."""

    train: Prepared
    validation: Prepared
    hashes: dict[str, str]
    """Data set to the hash of its split."""
    licences: tuple[str, ...]
    """Terms of the data sets."""


def prepare(products: Sequence[Product], cache: Path, *, descriptions: int = 3, seed: int = 0) -> Prepared:
    """Arrays of the products whose first photo can be read, from the folder `cache` if they are there already.

    Args:
        cache: folder for prepared sets; each set has a folder named after its products' texts and photos.
        descriptions: short search texts composed for each product, beside its title.

    Raises:
        UsageError: none of the products has a photo that can be read.
    """
    folder = cache / f"prepared-{_key(products, descriptions, seed)}"
    fill_once(folder, lambda half: _write(products, half, descriptions, seed))
    record = json.loads((folder / "products.json").read_text())
    return Prepared(
        ids=tuple(record["ids"]),
        photos=np.load(folder / "photos.npy", mmap_mode="r"),  # stay on disk until they are used
        labels={name: tuple(labels) for name, labels in record["labels"].items()},
        texts=tuple(record["texts"]),
        titles=np.load(folder / "titles.npy"),
        descriptions=np.load(folder / "descriptions.npy"),
        states=TokenStates(np.load(folder / "tokens.npy"), np.load(folder / "starts.npy")),
    )


def split_parts(data: Sequence[Path], seed: int, descriptions: int = 3) -> Parts:
    """The training products of all data sets, and at most 2,500 of their products for validation."""
    train: list[Product] = []
    validation: list[Product] = []
    hashes: dict[str, str] = {}
    catalogs = [read(source) for source in data]
    for catalog in catalogs:
        split = split_products(catalog, seed=seed)
        hashes[catalog.name] = split.hash
        part = dict.fromkeys(split.train, train) | dict.fromkeys(split.judge, validation)
        for product in catalog.products:
            part.get(product.id, []).append(product)
    order = np.random.default_rng(seed).permutation(len(validation))[:VALIDATION]
    prepared = prepare(train, cache_folder(), descriptions=descriptions)
    drawn = prepare([validation[row] for row in order], cache_folder())
    return Parts(prepared, drawn, hashes, tuple(catalog.licence for catalog in catalogs))


def _key(products: Sequence[Product], descriptions: int, seed: int) -> str:
    with ThreadPoolExecutor() as pool:
        photos = pool.map(_photo_hash, products)
        rows = [(replace(product, images=()), photo) for product, photo in zip(products, photos, strict=True)]
    return hashlib.sha256(repr((descriptions, seed, SIZE, rows)).encode()).hexdigest()[:12]


def _photo_hash(product: Product) -> str:
    try:
        return image_hash(product.images[0])
    except (ImageError, IndexError):
        return ""


def _write(products: Sequence[Product], folder: Path, descriptions: int, seed: int) -> None:
    products = _write_photos(products, folder / "photos.npy")
    random = Random(seed)
    described = [[describe(product, random) for _ in range(descriptions)] for product in products]
    texts = dict.fromkeys(product.title for product in products if product.title)
    texts.update(dict.fromkeys(text for texts in described for text in texts))
    number = {text: count for count, text in enumerate(texts)}
    np.save(folder / "titles.npy", np.array([number.get(product.title, -1) for product in products], np.int64))
    np.save(folder / "descriptions.npy", np.array([[number[text] for text in row] for row in described], np.int64))
    states = token_states(list(texts))
    np.save(folder / "tokens.npy", states.tokens)
    np.save(folder / "starts.npy", states.starts)
    labels = {name: [getattr(product, name).lower() for product in products] for name in ATTRIBUTES}
    record = {"ids": [product.id for product in products], "texts": list(texts), "labels": labels}
    (folder / "products.json").write_text(json.dumps(record))


def _write_photos(products: Sequence[Product], path: Path) -> list[Product]:
    """Write the photos that can be read; returns the products that they are of."""
    usable: list[Product] = []
    chunks: list[NDArray[np.uint8]] = []
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(products), CHUNK):
            chunk = products[start : start + CHUNK]
            pixels = list(pool.map(_pixels, chunk))
            usable += [product for product, photo in zip(chunk, pixels, strict=True) if photo is not None]
            chunks.append(np.array([photo for photo in pixels if photo is not None], np.uint8).reshape(-1, *SIZE, 3))
    if not usable:
        raise UsageError(f"none of the {len(products)} products has a photo that can be read")
    np.save(path, np.concatenate(chunks))
    return usable


def _pixels(product: Product) -> NDArray[np.uint8] | None:
    try:
        return fit(load_image(product.images[0], at_least=SIZE))
    except (ImageError, IndexError):
        return None
