"""How well words find photos, and how well attributes are told: `modiste evaluate encoder`.

Protocol: gallery and queries are products with a photo and a title that were not trained on. Each title is a query;
a photo is right when its product's title is the same, letter case aside.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from modiste.cache import cache_folder
from modiste.catalog.records import Catalog, Product
from modiste.datasets import read
from modiste.datasets.splits import Split, split_products, whole
from modiste.encoders.data import Prepared, prepare
from modiste.encoders.pipeline import TrainedEncoder
from modiste.encoders.product import ATTRIBUTES
from modiste.errors import UsageError, unknown
from modiste.measures import evaluation_result, ranks, recall_at, same_label, score_blocks

GALLERY = 2500
"""Products drawn from the test part; `--split all` takes every one."""
SPLITS = ("test", "all")
METRIC = {"category": "acc_type", "colour": "acc_colour", "gender": "acc_gender"}


class Answers(NamedTuple):
    """What an encoder says of some products."""

    photos: NDArray[np.float32]
    """Unit vectors. Shape: (n, dim)."""
    titles: NDArray[np.float32]
    """Unit vectors. Shape: (n, dim)."""
    attributes: dict[str, list[str]]
    """The likeliest category, colour and gender of each photo."""


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
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    if baselines and split == "all":
        raise UsageError("--baselines learns from the training part, and --split all has none; give --split test")
    encoder = TrainedEncoder(weights)
    catalogs = [read(source) for source in data]
    splits = [whole(catalog) if split == "all" else split_products(catalog, seed=seed) for catalog in catalogs]
    if split == "test":
        _check_unseen(encoder, catalogs, splits)
    test = prepare(_drawn(catalogs, splits, None if split == "all" else GALLERY, seed), cache_folder())
    models = {"encoder": score(answer(encoder, test), test)}
    if baselines:
        from modiste.encoders.baselines import frozen_projection

        train = prepare(_part(catalogs, [part.train for part in splits]), cache_folder())
        models["frozen projection"] = score(frozen_projection(train, test, encoder.dim, seed), test)
    return evaluation_result(
        system="encoder",
        data=[catalog.name for catalog in catalogs],
        split_hash="+".join(part.hash for part in splits),
        protocol=f"title to photo among {len(test.ids)} products ({split}); identical titles count as right",
        models=models,
        seeds=[seed],
        seconds=time.monotonic() - started,
    )


def answer(encoder: TrainedEncoder, data: Prepared) -> Answers:
    """What the encoder that ships says."""
    photos = np.asarray(data.photos)
    titles = [data.texts[number] if number >= 0 else "" for number in data.titles]
    return Answers(encoder.encode_images(photos), encoder.encode_texts(titles), encoder.attributes(photos))


def score(answers: Answers, data: Prepared) -> dict[str, float]:
    """The metrics of the encoder; accuracies over the products that state the attribute."""
    titles = [data.texts[number].lower() if number >= 0 else "" for number in data.titles]
    asked = [row for row, title in enumerate(titles) if title]
    right = same_label([titles[row] for row in asked], titles)
    found = ranks(score_blocks(answers.titles[asked], answers.photos), right)
    metrics = {"text_R@1": recall_at(found, 1), "text_R@10": recall_at(found, 10)}
    for name in ATTRIBUTES:
        metrics[METRIC[name]] = _accuracy(answers.attributes[name], data.labels[name])
    return metrics


def _accuracy(told: Sequence[str], stated: Sequence[str]) -> float:
    pairs = [(guess, label) for guess, label in zip(told, stated, strict=True) if label]
    return sum(guess == label for guess, label in pairs) / len(pairs) if pairs else 0.0


def _check_unseen(encoder: TrainedEncoder, catalogs: Sequence[Catalog], splits: Sequence[Split]) -> None:
    trained = encoder.weights.config["trained_on"]
    for catalog, split in zip(catalogs, splits, strict=True):
        if trained.get(catalog.name, split.hash) != split.hash:
            raise UsageError(
                f"{encoder.name} was trained on split {trained[catalog.name]} of {catalog.name}, this is {split.hash}, "
                "and its test part may hold products that were trained on: "
                "give the data as it was or, if it is new, --split all"
            )


def _drawn(catalogs: Sequence[Catalog], splits: Sequence[Split], count: int | None, seed: int) -> list[Product]:
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
