"""Measure how well sentences lead from a photo to what is wanted: `modiste evaluate refine`."""

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
from modiste.errors import UsageError, unknown
from modiste.lab.datasets.splits import Split
from modiste.lab.datasets.triplets import Protocol, TripletData
from modiste.lab.measures import evaluation_result, mean_of, ranks, recall_at
from modiste.lab.refine.baselines import BASELINES
from modiste.lab.refine.data import Parts, Photos, means, photos_of, split_parts, usable, words_of
from modiste.lab.refine.protocol import frequent_colours, protocols
from modiste.lab.refine.published import Source, asked_of, read_source, split_of
from modiste.lab.refine.train import Composer, TrainConfig, build, fit
from modiste.lab.training import Run, check_unseen
from modiste.lab.training.token_states import kept_states
from modiste.refine.model import VALConfig
from modiste.refine.pipeline import load_network
from modiste.weights import Weights, find

SPLITS = ("test", "all")
CUTS = (1, 10, 50)
CHUNK = 256


class Task(NamedTuple):
    """A protocol with its gallery as the encoder sees it."""

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
        What an evaluation file holds.

    Raises:
        UsageError: no such split; products of the test part were trained on; baselines without a training part;
            weights on different encoders.
    """
    started = time.monotonic()
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    if baselines and split == "all":
        raise UsageError("--baselines learns from the training part, and --split all has none; give --split test")
    found = [find(name) for name in weights]
    encoder = _shared_encoder(found)
    catalogs = [read_source(source) for source in data]
    splits = [split_of(catalog, split) for catalog in catalogs]
    if split == "test":
        hashes = {catalog.name: split.hash for catalog, split in zip(catalogs, splits, strict=True)}
        for one in found:
            check_unseen(one, hashes)
    asked = questions(catalogs, splits, encoder, found[0].config)
    models = {"refine": mean_of([measure(load_network(one), asked) for one in found])}
    seeds = [one.config["settings"]["seed"] for one in found]
    if baselines:
        parts = split_parts(data, encoder, triplets=found[0].config["settings"]["triplets"])
        models |= train_baselines(parts, asked, _settings(found[0]), seeds)
    first = asked[0].protocol
    return evaluation_result(
        system="refine",
        data=[catalog.name for catalog in catalogs],
        split_hash="+".join(part.hash for part in splits),
        protocol=f"{first.name}@{first.hash}: {len(first.questions)} questions among {len(first.gallery)} products "
        f"({split}), the source left out; also " + ", ".join(_named(one.protocol) for one in asked[1:]),
        models=models,
        seeds=seeds,
        seconds=time.monotonic() - started,
    )


def questions(
    catalogs: Sequence[Source], splits: Sequence[Split], encoder: TrainedEncoder, config: Mapping[str, Any]
) -> list[Task]:
    """Every protocol of every data set."""
    found = []
    for catalog, part in zip(catalogs, splits, strict=True):
        if isinstance(catalog, TripletData):
            for protocol in asked_of(catalog):
                photos = photos_of([catalog.photos[id] for id in protocol.gallery], encoder)
                found.append(Task(protocol, photos))
            continue
        products = usable(catalog, part.test)
        photos = photos_of([product.images[0] for product in products], encoder)
        colours = config["colours"].get(catalog.name) or frequent_colours(products, least=2)
        found += [Task(protocol, photos) for protocol in protocols(catalog.name, products, colours=colours)]
    return found


def measure(network: Composer, asked: Sequence[Task]) -> dict[str, float]:
    """R@1, R@10 and R@50 of every protocol; those of the first bear no name."""
    metrics: dict[str, float] = {}
    for place, (protocol, photos) in enumerate(asked):
        found = ranks_of(network, protocol, photos)
        name = f" {protocol.name}" if place else ""
        metrics |= {f"R@{cut}{name}": recall_at(found, cut) for cut in CUTS}
    return metrics


@torch.no_grad()
def ranks_of(network: Composer, protocol: Protocol, photos: Photos) -> NDArray[np.int64]:
    """The rank of each question's best answer. Shape: (questions,)."""
    network.eval()
    place = {id: row for row, id in enumerate(protocol.gallery)}
    sources = np.array([place[question.source] for question in protocol.questions])
    right = [np.array([place[id] for id in question.right]) for question in protocol.questions]
    items = np.concatenate([_gallery(network, photos, start) for start in range(0, len(photos), CHUNK)])
    texts = list(dict.fromkeys(question.text for question in protocol.questions))
    number = {text: row for row, text in enumerate(texts)}
    states = kept_states(texts, cache_folder())
    queries = []
    for start in range(0, len(sources), CHUNK):
        some = protocol.questions[start : start + CHUNK]
        words = words_of(states, [number[question.text] for question in some])
        queries.append(network.join(network.query(photos.views(sources[start : start + CHUNK]), words)).numpy())
    left_out = sources.tolist() if protocol.leaves_out_source else None
    return ranks(np.concatenate(queries) @ items.T, right, left_out)


def train_baselines(
    parts: Parts, asked: Sequence[Task], config: TrainConfig, seeds: Sequence[int]
) -> dict[str, dict[str, float]]:
    """Every baseline's metrics, the mean over the seeds.

    They get half of VAL's steps: with pooled features they stop getting better before. They are trained in the cache
    folder, so that an evaluation that was stopped goes on where it was, and on means of maps, which are taken once.
    """
    config = replace(config, steps=max(1, config.steps // 2))
    folder = cache_folder() / f"baselines-{_key(parts, config)}"
    parts = parts._replace(train=replace(parts.train, photos=means(parts.train.photos)))
    parts = parts._replace(judge=replace(parts.judge, photos=means(parts.judge.photos)))
    metrics = {}
    for name in BASELINES:
        runs = (Run(folder / f"{name}-{seed}".replace(" ", "-"), seed=seed, resume=True) for seed in seeds)
        metrics[name] = mean_of([_trained(name, parts, asked, config, run) for run in runs])
    return metrics


def _trained(name: str, parts: Parts, asked: Sequence[Task], config: TrainConfig, run: Run) -> dict[str, float]:
    config = replace(config, seed=run.seed)
    return measure(fit(build(config, parts.train, name), parts, config, run, torch.device("cpu")), asked)


def _key(parts: Parts, config: TrainConfig) -> str:
    """Names what baselines are trained on and how, the seed aside."""
    learnt = parts.train.triplets
    arrays = (parts.train.photos.summary, learnt.sources, learnt.targets, learnt.texts)
    said = f"{parts.hashes} {replace(config, seed=0)}".encode()
    return hashlib.sha256(said + b"".join(array.tobytes() for array in arrays)).hexdigest()[:12]


def _gallery(network: Composer, photos: Photos, start: int) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = network.join(network.gallery(photos.views(slice(start, start + CHUNK)))).numpy()
    return vectors


def _shared_encoder(weights: Sequence[Weights]) -> TrainedEncoder:
    """The encoder that all of them were trained on: one gallery is seen by one encoder."""
    encoders = [encoder_of(one) for one in weights]
    for one, encoder in zip(weights, encoders, strict=True):
        if encoder.revision != encoders[0].revision:
            raise UsageError(
                f"{one.name} was trained on {encoder.name}@{encoder.revision}, {weights[0].name} on "
                f"{encoders[0].name}@{encoders[0].revision}; evaluate them one after the other"
            )
    return encoders[0]


def _settings(weights: Weights) -> TrainConfig:
    """What the weights were trained with, as the baselines are."""
    settings = dict(weights.config["settings"])
    network = dict(settings.pop("network"))
    return TrainConfig(VALConfig(**{**network, "depths": tuple(network["depths"])}), **settings)


def _named(protocol: Protocol) -> str:
    return f"{protocol.name}@{protocol.hash} ({len(protocol.questions)} among {len(protocol.gallery)})"
