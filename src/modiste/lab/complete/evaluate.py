"""Measure how well items complete outfits: `modiste evaluate complete`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection as Ids
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from modiste.boutique import Look, Relations, combine, relate
from modiste.cache import cache_folder
from modiste.complete.model import CSANetConfig
from modiste.complete.pipeline import load_network
from modiste.encoders.pipeline import encoder_of
from modiste.errors import UsageError
from modiste.lab.complete.baselines import BASELINES, co_occurrence, popularity
from modiste.lab.complete.data import ItemTable, PhotoFeatures, Rows, collect
from modiste.lab.complete.metrics import Scorer, measure, network_scorer
from modiste.lab.complete.protocol import Queries, all_queries, queries_of
from modiste.lab.complete.train import TrainConfig, TrainingData, build, fit
from modiste.lab.measures import evaluation_result, mean_of
from modiste.lab.training import Run, check_split, check_unseen, keep_memory
from modiste.types import Doubles, Indices
from modiste.weights import Weights, find


def evaluate(
    data: Sequence[Path], *, weights: Sequence[str] = ("complete-photos",), baselines: bool = False,
    split: str = "test", ids: Ids[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Compare CSA-Net with the baselines on fill-in-the-blank queries about the data's outfits.

    Args:
        weights: names or runs, one for each seed; their mean is reported, and their spread.
        baselines: train those that learn on the same outfits as the weights, once for each of their seeds.
        split: `test`, in the split that the weights were trained on, or `all` where nothing in `data` was trained on.
        ids: with `all`, take only these products as targets.

    Returns:
        What an evaluation file holds, with `spread`, the standard deviation over the seeds, and where the data were
        drawn, the `ceiling`: the metrics of the style that they were drawn from.

    Raises:
        UsageError: no such split; products of the test part were trained on; baselines without a training part;
            weights of different kinds.
    """
    started = time.monotonic()
    keep_memory()
    check_split(split, baselines)
    if ids and split != "all":
        raise UsageError("--ask names products of data that were never trained on; give --split all with it")
    trained = [find(name, "complete") for name in weights]
    config, trained_split = _settings(trained[0]), str(trained[0].config["split"])
    _check_alike(trained)
    features = PhotoFeatures(encoder_of(trained[0]), even=config.even)
    collection = collect(data, features, split=trained_split, categories=trained[0].config["network"]["categories"])
    if split == "test":
        for seed_weights in trained:
            check_unseen(seed_weights, collection.hashes)
    queries = queries_of(collection, trained_split, part=2) if split == "test" else all_queries(collection, ids)
    table = collection.table
    models = {"complete": [measure(network_scorer(network, table), queries) for network in map(load_network, trained)]}
    seeds = [seed_weights.config["settings"]["seed"] for seed_weights in trained]
    models["popularity"] = [measure(popularity(table), queries)]
    if baselines:
        training = TrainingData.of(collection, trained_split)
        models["co-occurrence"] = [measure(co_occurrence(table, training.outfits), queries)]
        models |= _train_baselines(training, collection.hashes, queries, config, seeds)
    result = evaluation_result(
        system="complete", data=collection.names, split_hash="+".join(collection.hashes.values()),
        protocol=f"{trained_split if split == 'test' else 'all'}@{queries.hash}: {_in_words(queries)}",
        models={name: mean_of(metrics) for name, metrics in models.items()}, seeds=seeds,
        seconds=time.monotonic() - started,
    )  # fmt: skip
    result["spread"] = {name: _spread(metrics) for name, metrics in models.items()}
    return result | _ceiling(table, queries)


def _train_baselines(
    data: TrainingData, hashes: Mapping[str, str], queries: Queries, config: TrainConfig, seeds: Sequence[int]
) -> dict[str, list[dict[str, float]]]:
    """The metrics of every baseline that learns, for every seed.

    They are trained in the cache folder, so that an evaluation that was stopped goes on where it was.
    """
    folder = cache_folder() / f"baselines-{_key(data, hashes, config)}"
    metrics: dict[str, list[dict[str, float]]] = {}
    for name in BASELINES:
        metrics[name] = []
        for seed in seeds:
            seeded = replace(config, seed=seed)
            run = Run(folder / f"{name}-{seed}".replace(" ", "-"), seed=seed, resume=True)
            network = fit(build(seeded, data, name), data, seeded, run, torch.device("cpu"))
            metrics[name].append(measure(network_scorer(network, data.table), queries))
    return metrics


def _spread(metrics: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The standard deviation of each metric over the seeds, to four digits; 0 for one seed."""
    return {name: round(float(np.std([values[name] for values in metrics])), 4) for name in metrics[0]}


def _true_style(table: ItemTable) -> Scorer:
    """The hidden style that a drawn boutique's outfits come from: the best that a network could be.

    Raises:
        UsageError: the products weren't drawn.
    """
    looks = [Look.of(product) for product in table.products]
    relations = relate(looks, looks)

    def scores(outfits: Sequence[Rows], candidates: Indices) -> Doubles:
        blocks = [np.ix_(outfit, rows) for outfit, rows in zip(outfits, candidates, strict=True)]
        return np.array([combine(Relations(relations.pairs[block], relations.echoes[block])) for block in blocks])

    return scores


def _ceiling(table: ItemTable, queries: Queries) -> dict[str, dict[str, float]]:
    """The metrics of the true style under `ceiling`; nothing where the products weren't drawn."""
    try:
        style = _true_style(table)
    except UsageError:
        return {}
    return {"ceiling": measure(style, queries)}


def _settings(weights: Weights) -> TrainConfig:
    """The configuration that weights were trained with."""
    settings = dict(weights.config["settings"])
    network = dict(settings.pop("network"))
    return TrainConfig(CSANetConfig(**{**network, "categories": tuple(network["categories"])}), **settings)


def _in_words(queries: Queries) -> str:
    """Numbers of queries, of negatives and of items in the pools."""
    pools = sorted(len(rows) for rows in queries.pools.values())
    first = next(iter(queries.negatives))
    return (
        f"{len(queries)} items taken out of their outfits, each among "
        f"{queries.negatives[first].shape[2]} negatives of its kind, and in pools of {pools[0]} to {pools[-1]} items "
        "of its category"
    )


def _key(data: TrainingData, hashes: Mapping[str, str], config: TrainConfig) -> str:
    """Names what baselines are trained on and how, the seed aside."""
    text = f"{hashes} {replace(config, seed=0)} {data.outfits}".encode()
    return hashlib.sha256(text + data.table.features.tobytes()).hexdigest()[:12]


def _check_alike(weights: Sequence[Weights]) -> None:
    """Mean and spread are of weights that differ in nothing but their seed."""
    first, *others = [{**each.config, "settings": {**each.config["settings"], "seed": 0}} for each in weights]
    for other, config in zip(weights[1:], others, strict=True):
        for name in ("encoder", "network", "split", "settings"):
            if config[name] != first[name]:
                raise UsageError(
                    f"{other.name} has {name} {config[name]}, {weights[0].name} {first[name]}; "
                    "evaluate them one after the other"
                )
