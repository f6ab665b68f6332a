"""Measure how often a photo with a sentence finds what is wanted: `modiste evaluate refine`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from modiste.cache import cache_folder
from modiste.encoders.pipeline import TrainedEncoder, encoder_of
from modiste.errors import UsageError
from modiste.lab.datasets.splits import Split
from modiste.lab.datasets.triplets import Protocol, TripletData
from modiste.lab.measures import evaluation_result, mean_of, ranks, recall_at
from modiste.lab.refine.baselines import BASELINES
from modiste.lab.refine.data import (
    Parts,
    Photos,
    Source,
    encode_photos,
    published_protocols,
    read_source,
    readable,
    split_of,
    split_parts,
    words_of,
)
from modiste.lab.refine.protocol import frequent_colours, protocols
from modiste.lab.refine.train import Composer, TrainConfig, build, fit
from modiste.lab.training import Run, check_split, check_unseen
from modiste.lab.training.token_states import kept_states
from modiste.refine.model import VALConfig
from modiste.refine.pipeline import load_network
from modiste.weights import Weights, find

CUTS = (1, 10, 50)
CHUNK = 256
"""Photos or queries at once."""


class Task(NamedTuple):
    """A protocol with the features of its gallery."""

    protocol: Protocol
    photos: Photos


def evaluate(
    data: Sequence[Path], *, weights: Sequence[str] = ("refine-photos",), baselines: bool = False, split: str = "test"
) -> dict[str, Any]:
    """Compare VAL with the baselines on every protocol that the data allow.

    Args:
        weights: names or runs, one for each seed; their mean is reported.
        baselines: train the baselines on the same triplets as the weights, once for each of their seeds.
        split: `test`, or `all` where nothing in `data` was ever trained on.

    Returns:
        The contents of an evaluation file.

    Raises:
        UsageError: no such split; products of the test part were trained on; baselines without a training part;
            weights on different encoders.
    """
    started = time.monotonic()
    check_split(split, baselines)
    seeds_weights = [find(name) for name in weights]
    first_weights, settings = seeds_weights[0], seeds_weights[0].config["settings"]
    encoder = _shared_encoder(seeds_weights)
    sources = [read_source(source) for source in data]
    splits = [split_of(source, split) for source in sources]
    if split == "test":
        hashes = {source.name: part.hash for source, part in zip(sources, splits, strict=True)}
        for each in seeds_weights:
            check_unseen(each, hashes)
    tasks = tasks_of(sources, splits, encoder, first_weights.config)
    models = {"refine": mean_of([measure(load_network(each), tasks) for each in seeds_weights])}
    seeds = [each.config["settings"]["seed"] for each in seeds_weights]
    if baselines:
        parts = split_parts(data, encoder, triplets=settings["triplets"])
        models |= _train_baselines(parts, tasks, _settings(first_weights), seeds)
    first, *others = (task.protocol for task in tasks)
    also = (f"{other.name}@{other.hash} ({len(other.queries)} among {len(other.gallery)})" for other in others)
    return evaluation_result(
        system="refine",
        data=[source.name for source in sources],
        split_hash="+".join(part.hash for part in splits),
        protocol=f"{first.name}@{first.hash}: {len(first.queries)} questions among {len(first.gallery)} products "
        f"({split}), the source left out; also " + ", ".join(also),
        models=models,
        seeds=seeds,
        seconds=time.monotonic() - started,
    )


def tasks_of(
    sources: Sequence[Source], splits: Sequence[Split], encoder: TrainedEncoder, config: Mapping[str, Any]
) -> list[Task]:
    """Every protocol of every data set, with its photos' features.

    Args:
        config: of the weights, for the colours that were frequent in their training part.
    """
    tasks = []
    for source, split in zip(sources, splits, strict=True):
        if isinstance(source, TripletData):
            for protocol in published_protocols(source):
                photos = encode_photos([source.photos[id] for id in protocol.gallery], encoder)
                tasks.append(Task(protocol, photos))
            continue
        products = readable(source, split.test)
        photos = encode_photos([product.images[0] for product in products], encoder)
        colours = config["colours"].get(source.name) or frequent_colours(products, least=2)
        tasks += [Task(protocol, photos) for protocol in protocols(source.name, products, colours=colours)]
    return tasks


def measure(network: Composer, tasks: Sequence[Task]) -> dict[str, float]:
    """R@1, R@10 and R@50 of every protocol; those of the first bear no name."""
    metrics: dict[str, float] = {}
    for index, (protocol, photos) in enumerate(tasks):
        best = _ranks_of(network, protocol, photos)
        name = f" {protocol.name}" if index else ""
        metrics |= {f"R@{cut}{name}": recall_at(best, cut) for cut in CUTS}
    return metrics


def _ranks_of(network: Composer, protocol: Protocol, photos: Photos) -> NDArray[np.int64]:
    """The rank of each query's best positive. Shape: (queries,)."""
    row = {id: index for index, id in enumerate(protocol.gallery)}
    positives = [np.array([row[id] for id in query.targets]) for query in protocol.queries]
    left_out = [row[query.source] for query in protocol.queries] if protocol.leaves_out_source else None
    return ranks(scores_of(network, protocol, photos), positives, left_out)


@torch.no_grad()
def scores_of(network: Composer, protocol: Protocol, photos: Photos) -> NDArray[np.float32]:
    """Similarity of each query to each photo of the gallery. Shape: (queries, gallery)."""
    network.eval()
    row = {id: index for index, id in enumerate(protocol.gallery)}
    texts = list(dict.fromkeys(query.text for query in protocol.queries))
    number = {text: index for index, text in enumerate(texts)}
    states = kept_states(texts, cache_folder())
    gallery, queries = [], []
    for start in range(0, len(photos), CHUNK):
        features = photos.features(slice(start, start + CHUNK))
        gallery.append(network.join(network.gallery(features)).numpy())
    for start in range(0, len(protocol.queries), CHUNK):
        chunk = protocol.queries[start : start + CHUNK]
        words = words_of(states, [number[query.text] for query in chunk])
        features = photos.features(np.array([row[query.source] for query in chunk]))
        queries.append(network.join(network.query(features, words)).numpy())
    scores: NDArray[np.float32] = np.concatenate(queries) @ np.concatenate(gallery).T
    return scores


def _train_baselines(
    parts: Parts, tasks: Sequence[Task], config: TrainConfig, seeds: Sequence[int]
) -> dict[str, dict[str, float]]:
    """Every baseline's metrics, the mean over the seeds.

    They get half of VAL's steps: with pooled features they stop getting better before. They are trained in the cache
    folder, so that an evaluation that was stopped goes on where it was, and on means of maps, which are taken once.
    """
    config = replace(config, steps=max(1, config.steps // 2))
    folder = cache_folder() / f"baselines-{_key(parts, config)}"
    train, validation = (replace(part, photos=_pooled(part.photos)) for part in (parts.train, parts.validation))
    parts = parts._replace(train=train, validation=validation)
    metrics = {}
    for name in BASELINES:
        each = []
        for seed in seeds:
            run = Run(folder / f"{name}-{seed}".replace(" ", "-"), seed=seed, resume=True)
            own = replace(config, seed=seed)
            each.append(measure(fit(build(own, parts.train, name), parts, own, run, torch.device("cpu")), tasks))
        metrics[name] = mean_of(each)
    return metrics


def _pooled(photos: Photos) -> Photos:
    """The same photos with the maps' means in place of the maps, which is all that the baselines use."""
    low, mid, high = (part.mean((2, 3), np.float32, keepdims=True) for part in (photos.low, photos.mid, photos.high))
    return Photos(low.astype(np.float16), mid.astype(np.float16), high.astype(np.float16), photos.summary)


def _key(parts: Parts, config: TrainConfig) -> str:
    """Hash of the baselines' training data and settings, the seed aside."""
    triplets = parts.train.triplets
    arrays = (parts.train.photos.summary, triplets.sources, triplets.targets, triplets.texts)
    settings = f"{parts.hashes} {replace(config, seed=0)}".encode()
    return hashlib.sha256(settings + b"".join(array.tobytes() for array in arrays)).hexdigest()[:12]


def _shared_encoder(weights: Sequence[Weights]) -> TrainedEncoder:
    """The encoder that all of the weights were trained on, because a gallery is encoded once."""
    encoders = [encoder_of(each) for each in weights]
    for each, encoder in zip(weights, encoders, strict=True):
        if encoder.revision != encoders[0].revision:
            raise UsageError(
                f"{each.name} was trained on {encoder.name}@{encoder.revision}, {weights[0].name} on "
                f"{encoders[0].name}@{encoders[0].revision}; evaluate them one after the other"
            )
    return encoders[0]


def _settings(weights: Weights) -> TrainConfig:
    """The settings that the weights were trained with."""
    settings = dict(weights.config["settings"])
    network = dict(settings.pop("network"))
    return TrainConfig(VALConfig(**{**network, "depths": tuple(network["depths"])}), **settings)
