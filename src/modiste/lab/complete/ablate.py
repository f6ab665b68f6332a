"""CSA-Net without each of its parts, and the backgrounds' tint alone: `modiste evaluate complete --ablations`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from modiste.backgrounds import backdrop
from modiste.encoders.pipeline import TrainedEncoder
from modiste.lab.complete.data import ItemTable, PhotoFeatures, Rows, collect, photo_chunks
from modiste.lab.complete.losses import CollapseError
from modiste.lab.complete.metrics import Scorer, measure, network_scorer
from modiste.lab.complete.protocol import queries_of
from modiste.lab.complete.train import PRESETS, TrainConfig, TrainingData, build, fit
from modiste.lab.measures import evaluation_result, mean_of
from modiste.lab.training import Run, keep_memory
from modiste.types import Doubles, Indices

RAW = " (backgrounds as they are)"


def _variants(base: TrainConfig) -> Iterator[tuple[str, TrainConfig]]:
    """The whole network first, then without each of its parts, and with other losses."""
    network = base.network
    yield "complete", base
    yield f"CSA-Net{RAW}", replace(base, even=False)
    yield "without attention over items", replace(base, network=replace(network, attention=False))
    yield "one layer instead of a perceptron", replace(base, network=replace(network, hidden=0))
    yield "masks as published", replace(base, network=replace(network, residual=False))
    for phi in ("min", "mean"):
        yield f"outfit ranking loss, {phi}", replace(base, loss=phi)


def ablate(data: Sequence[Path], out: Path, *, preset: str = "modern", seeds: int = 1) -> dict[str, Any]:
    """Train every variant and measure it on the test part; a stopped run goes on where it was.

    Args:
        data: sources with outfits.
        out: a folder for the runs.
        preset: what the variants share.
        seeds: how often each is trained.

    Returns:
        What an evaluation file holds; among the models, the tint of the background alone.
    """
    started = time.monotonic()
    keep_memory()
    base, encoder = PRESETS[preset], TrainedEncoder(PRESETS[preset].encoder)
    collections = {even: collect(data, PhotoFeatures(encoder, even=even)) for even in (True, False)}
    first = collections[True]
    base = replace(base, network=replace(base.network, categories=first.categories))
    queries, training = queries_of(first, "disjoint", part=2), TrainingData.of(first, "disjoint")
    models = {f"the background's tint alone{RAW}": measure(_background_tint(first.table), queries)}
    collapsed = []
    for name, config in _variants(base):
        own_data = replace(training, table=collections[config.even].table)
        metrics = []
        for seed in range(seeds):
            seeded = replace(config, seed=seed)
            run = Run(out / f"{name}-{seed}".replace(" ", "-").replace(",", ""), seed=seed, resume=True)
            with suppress(CollapseError):
                network = fit(build(seeded, own_data), own_data, seeded, run, torch.device("cpu"))
                metrics.append(measure(network_scorer(network, own_data.table), queries))
        if len(metrics) == seeds:
            models[name] = mean_of(metrics)
        else:
            collapsed.append(name)
    return evaluation_result(
        system="complete",
        data=first.names,
        split_hash="+".join(first.hashes.values()),
        protocol=f"disjoint@{queries.hash}, {base.steps} steps each"
        + (f"; without numbers, because they collapsed: {', '.join(collapsed)}" if collapsed else ""),
        models=models,
        seeds=list(range(seeds)),
        seconds=time.monotonic() - started,
    )


def _background_tint(table: ItemTable) -> Scorer:
    """Similarity of the backgrounds' tints, without a look at any garment: minus the mean distance in LAB."""
    chunks = photo_chunks([product.images[0] for product in table.products])
    tints = np.concatenate([backdrop(photos) for photos in chunks])
    tints = np.where(np.isnan(tints), np.nanmean(tints, 0), tints)

    def scores(outfits: Sequence[Rows], candidates: Indices) -> Doubles:
        distances = [
            np.linalg.norm(tints[rows][:, None] - tints[list(outfit)][None], axis=2).mean(1)
            for outfit, rows in zip(outfits, candidates, strict=True)
        ]
        return -np.array(distances)

    return scores
