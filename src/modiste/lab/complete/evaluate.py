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

from modiste.cache import cache_folder
from modiste.complete.looks import Looks
from modiste.complete.model import CSANetConfig
from modiste.complete.pipeline import find_weights, load_network
from modiste.encoders.pipeline import encoder_of
from modiste.errors import UsageError, unknown
from modiste.lab.complete.baselines import BASELINES, CoOccurrence, Popularity
from modiste.lab.complete.data import Collection, Rows, collect
from modiste.lab.complete.metrics import Network, measure
from modiste.lab.complete.protocol import Questions, ask, ask_all
from modiste.lab.complete.train import TrainConfig, build, fit
from modiste.lab.complete.truth import ceiling
from modiste.lab.measures import evaluation_result, mean_of
from modiste.lab.training import Run, check_unseen, keep_memory
from modiste.weights import Weights

SPLITS = ("test", "all")


def evaluate(
    data: Sequence[Path],
    *,
    weights: Sequence[str] = ("complete-photos",),
    baselines: bool = False,
    split: str = "test",
    ids: Ids[str] = (),
) -> dict[str, Any]:
    """Compare CSA-Net with the baselines on what the data's outfits lost.

    Args:
        weights: names or runs, one for each seed; their mean is reported, and their spread.
        baselines: train those that learn on the same outfits as the weights, once for each of their seeds.
        split: `test`, in the split that the weights were trained on, or `all` where nothing in `data` was trained on.
        ids: with `all`, ask for these products only.

    Returns:
        What an evaluation file holds, with `spread`, the standard deviation over the seeds, and where the data were
        drawn, the `ceiling` of the truth that they were drawn from.

    Raises:
        UsageError: no such split; products of the test part were trained on; baselines without a training part;
            weights of different kinds.
    """
    started = time.monotonic()
    keep_memory()
    _check_asked(split, baselines, ids)
    found = [find_weights(name) for name in weights]
    config, trained = _settings(found[0]), str(found[0].config["split"])
    _check_alike(found)
    looks = Looks(encoder_of(found[0]), even=config.even)
    collection = collect(data, looks, split=trained, categories=found[0].config["network"]["categories"])
    if split == "test":
        for one in found:
            check_unseen(one, collection.hashes)
    asked = ask(collection, trained, part=2) if split == "test" else ask_all(collection, ids)
    models = {"complete": [measure(Network(load_network(one), collection.wardrobe), asked) for one in found]}
    seeds = [one.config["settings"]["seed"] for one in found]
    models["popularity"] = [measure(Popularity(collection.wardrobe), asked)]
    if baselines:
        learnt = collection.learnt(trained)
        models["co-occurrence"] = [measure(CoOccurrence(collection.wardrobe, learnt), asked)]
        models |= train_baselines(collection, learnt, asked, ask(collection, trained, part=1), config, seeds)
    result = evaluation_result(
        system="complete",
        data=collection.names,
        split_hash="+".join(collection.hashes.values()),
        protocol=f"{trained if split == 'test' else 'all'}@{asked.hash}: {_said(asked)}",
        models={name: mean_of(metrics) for name, metrics in models.items()},
        seeds=seeds,
        seconds=time.monotonic() - started,
    )
    truth = ceiling(collection, asked)
    spread = {name: spread_of(metrics) for name, metrics in models.items()}
    return {**result, "spread": spread, **({"ceiling": truth} if truth else {})}


def train_baselines(
    collection: Collection, learnt: Sequence[Rows], asked: Questions, judged: Questions, config: TrainConfig,
    seeds: Sequence[int],
) -> dict[str, list[dict[str, float]]]:  # fmt: skip
    """The metrics of every baseline that learns, for every seed.

    They are trained in the cache folder, so that an evaluation that was stopped goes on where it was.
    """
    folder = cache_folder() / f"baselines-{_key(collection, learnt, config)}"
    metrics: dict[str, list[dict[str, float]]] = {}
    for name in BASELINES:
        metrics[name] = []
        for seed in seeds:
            own = replace(config, seed=seed)
            run = Run(folder / f"{name}-{seed}".replace(" ", "-"), seed=seed, resume=True)
            network = build(own, collection.wardrobe, learnt, name)
            trained = fit(network, collection.wardrobe, learnt, judged, own, run, torch.device("cpu"))
            metrics[name].append(measure(Network(trained, collection.wardrobe), asked))
    return metrics


def spread_of(metrics: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The standard deviation of each metric over the seeds, to four digits; 0 for one seed."""
    return {name: round(float(np.std([one[name] for one in metrics])), 4) for name in metrics[0]}


def _settings(weights: Weights) -> TrainConfig:
    """What the weights were trained with, as the baselines are."""
    settings = dict(weights.config["settings"])
    network = dict(settings.pop("network"))
    return TrainConfig(CSANetConfig(**{**network, "categories": tuple(network["categories"])}), **settings)


def _said(asked: Questions) -> str:
    """What was asked, in words."""
    pools = sorted(len(rows) for rows in asked.pools.values())
    first = next(iter(asked.strangers))
    return (
        f"{len(asked)} items taken out of their outfits, each among "
        f"{asked.strangers[first].shape[2]} strangers of its kind, and in pools of {pools[0]} to {pools[-1]} items of "
        "its category"
    )


def _key(collection: Collection, learnt: Sequence[Rows], config: TrainConfig) -> str:
    """Names what baselines are trained on and how, the seed aside."""
    said = f"{collection.hashes} {replace(config, seed=0)} {learnt}".encode()
    return hashlib.sha256(said + collection.wardrobe.looks.tobytes()).hexdigest()[:12]


def _check_asked(split: str, baselines: bool, ids: Ids[str]) -> None:
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    if baselines and split == "all":
        raise UsageError("--baselines learns from the training part, and --split all has none; give --split test")
    if ids and split != "all":
        raise UsageError("--ask names products of data that were never trained on; give --split all with it")


def _check_alike(weights: Sequence[Weights]) -> None:
    """Mean and spread are of one thing, trained in one way but for the seed."""
    first, *others = [{**one.config, "settings": {**one.config["settings"], "seed": 0}} for one in weights]
    for one, config in zip(weights[1:], others, strict=True):
        for name in ("encoder", "network", "split", "settings"):
            if config[name] != first[name]:
                raise UsageError(
                    f"{one.name} has {name} {config[name]}, {weights[0].name} {first[name]}; "
                    "evaluate them one after the other"
                )
