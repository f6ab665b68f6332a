"""Measure how well people are parsed: `modiste evaluate parser`."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from modiste.cache import cache_folder
from modiste.images import image_hash
from modiste.lab.measures import evaluation_result
from modiste.lab.parser.baselines import LinearHead, mean_person
from modiste.lab.parser.data import Augmentation, Examples, Parts, read_parts
from modiste.lab.parser.metrics import Parse, measure
from modiste.lab.parser.train import TrainConfig, fit, parse_with
from modiste.lab.training import Run, check_split, check_unseen, keep_memory
from modiste.parsing.model import ParserConfig
from modiste.parsing.pipeline import TrainedParser
from modiste.weights import Weights

KINDS = ("parsed", "tagged", "alone")


def evaluate(
    data: Sequence[Path], *, weights: str = "parser-photos", baselines: bool = False, split: str = "test"
) -> dict[str, Any]:
    """Compare a parser with the baselines on photos whose maps and joints are known.

    Args:
        weights: a name or the folder of a run.
        baselines: train a linear head on the same photos, for as many steps, too.
        split: `test`, in the split that the weights were trained on, or `all` where nothing in `data` was trained on.

    Raises:
        UsageError: no such split; photos of the test part were trained on; baselines without a training part.
    """
    started = time.monotonic()
    keep_memory()
    check_split(split, baselines)
    parser = TrainedParser(weights)
    config = _settings(parser.weights)
    parts = read_parts(data, config.products)
    examples = parts.test
    if split == "all":
        kinds = [[getattr(part, kind) for part in (parts.train, parts.judge, parts.test)] for kind in KINDS]
        examples = Examples(*(tuple(itertools.chain.from_iterable(each)) for each in kinds))
    else:
        check_unseen(parser.weights, parts.hashes)
    models: dict[str, Parse] = {"parser": parser.parse}
    if split == "test":
        models["mean person"] = mean_person([*parts.train.parsed, *parts.train.tagged])
    if baselines:
        models["linear head"] = _linear_head(parts, config)
    joints = sum(example.keypoints is not None for example in (*examples.parsed, *examples.tagged))
    return evaluation_result(
        system="parser",
        data=list(parts.hashes),
        split_hash="+".join(parts.hashes.values()),
        protocol=(
            f"{split}: {len(examples.parsed)} people with maps, {joints} with joints, {len(examples.alone)} garments "
            "alone, each photo whole in a 256x192 frame; joints within 0.05 of the person's height"
        ),
        models={name: measure(parse, examples) for name, parse in models.items()},
        seeds=[config.seed],
        seconds=time.monotonic() - started,
    )


def _linear_head(parts: Parts, config: TrainConfig) -> Parse:
    """Trained in the cache folder, so that an evaluation that was stopped goes on where it was."""
    learnt = (*parts.train.parsed, *parts.train.tagged, *parts.train.alone)
    photos = [image_hash(example.image) for example in learnt]
    maps = b"".join(example.read().tobytes() for example in learnt if example.read is not None)
    key = hashlib.sha256(f"{parts.hashes} {config} {photos}".encode() + maps).hexdigest()[:12]
    run = Run(cache_folder() / f"baselines-parser-{key}", seed=config.seed, resume=True)
    network = fit(LinearHead(config.encoder, config.seed), parts.train, config, run, torch.device("cpu"))
    return parse_with(network)


def _settings(weights: Weights) -> TrainConfig:
    """The configuration that weights were trained with."""
    settings: Mapping[str, Any] = weights.config["settings"]
    network = ParserConfig(tuple(settings["network"]["widths"]))
    augmentation = Augmentation(**{**settings["augmentation"], "zoom": tuple(settings["augmentation"]["zoom"])})
    return replace(TrainConfig(), **{**settings, "network": network, "augmentation": augmentation})
