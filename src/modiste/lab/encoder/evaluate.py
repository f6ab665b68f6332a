"""Measure how well texts retrieve photos, and the accuracy of attributes: `modiste evaluate encoder`.

Protocol: gallery and queries are products with a photo and a title that were not trained on. Each title is a query;
a photo is right when its product's title is the same, letter case aside.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from modiste.cache import cache_folder
from modiste.catalog.records import Catalog, Product
from modiste.encoders.pipeline import TrainedEncoder
from modiste.lab.datasets import read
from modiste.lab.datasets.splits import Split, split_products, whole
from modiste.lab.encoder.baselines import frozen_projection
from modiste.lab.encoder.data import Prepared, prepare
from modiste.lab.encoder.metrics import Predictions, measure
from modiste.lab.measures import evaluation_result
from modiste.lab.training import check_split, check_unseen

GALLERY = 2500
"""Products drawn from the test part; `--split all` takes every one."""


def evaluate(
    data: Sequence[Path],
    *,
    weights: str = "encoder-photos",
    baselines: bool = False,
    split: str = "test",
    seed: int = 0,
) -> dict[str, Any]:
    """Measure an encoder on some catalogues.

    Args:
        data: catalogues in any layout that `modiste index` reads.
        weights: shipped weights or the folder of a run.
        baselines: train the frozen projection on the training part and measure it beside the encoder.
        split: `test`, or `all` where nothing in `data` was ever trained on.

    Returns:
        What an evaluation file holds.

    Raises:
        UsageError: no such split; products of the test part were trained on; baselines without a training part.
    """
    started = time.monotonic()
    check_split(split, baselines)
    encoder = TrainedEncoder(weights)
    catalogs = [read(source) for source in data]
    splits = [whole(catalog) if split == "all" else split_products(catalog, seed=seed) for catalog in catalogs]
    if split == "test":
        hashes = {catalog.name: split.hash for catalog, split in zip(catalogs, splits, strict=True)}
        check_unseen(encoder.weights, hashes)
    test = prepare(_gallery(catalogs, splits, None if split == "all" else GALLERY, seed), cache_folder())
    models = {"encoder": measure(_predict(encoder, test), test)}
    if baselines:
        train = prepare(_part(catalogs, [part.train for part in splits]), cache_folder())
        models["frozen projection"] = measure(frozen_projection(train, test, encoder.dim, seed), test)
    return evaluation_result(
        system="encoder",
        data=[catalog.name for catalog in catalogs],
        split_hash="+".join(part.hash for part in splits),
        protocol=f"title to photo among {len(test.ids)} products ({split}); identical titles count as right",
        models=models,
        seeds=[seed],
        seconds=time.monotonic() - started,
    )


def _predict(encoder: TrainedEncoder, data: Prepared) -> Predictions:
    photos = np.asarray(data.photos)
    titles = [data.texts[number] if number >= 0 else "" for number in data.titles]
    return Predictions(encoder.encode_images(photos), encoder.encode_texts(titles), encoder.attributes(photos))


def _gallery(catalogs: Sequence[Catalog], splits: Sequence[Split], count: int | None, seed: int) -> list[Product]:
    """The products of the test parts that have a title, or `count` of them."""
    products = [product for product in _part(catalogs, [split.test for split in splits]) if product.title]
    if count is None or len(products) <= count:
        return products
    order = np.random.default_rng(seed).permutation(len(products))[:count]
    return [products[row] for row in sorted(order)]


def _part(catalogs: Sequence[Catalog], parts: Iterable[Sequence[str]]) -> list[Product]:
    chosen = []
    for catalog, ids in zip(catalogs, parts, strict=True):
        wanted = set(ids)
        chosen += [product for product in catalog.products if product.id in wanted]
    return chosen
