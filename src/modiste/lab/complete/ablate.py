"""What each part of CSA-Net is worth, and the backgrounds' tint: `modiste evaluate complete --ablations`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from modiste.backgrounds import backdrop
from modiste.complete.looks import Looks, pixels_of
from modiste.encoders.pipeline import TrainedEncoder
from modiste.lab.complete.data import Collection, Rows, collect
from modiste.lab.complete.losses import CollapseError
from modiste.lab.complete.metrics import Network, measure
from modiste.lab.complete.protocol import ask
from modiste.lab.complete.train import PRESETS, TrainConfig, build, fit
from modiste.lab.measures import evaluation_result, mean_of
from modiste.lab.training import Run, keep_memory

RAW = " (backgrounds as they are)"


def variants(base: TrainConfig) -> Iterator[tuple[str, TrainConfig]]:
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
    collections = {even: collect(data, Looks(encoder, even=even)) for even in (True, False)}
    first = collections[True]
    base = replace(base, network=replace(base.network, categories=first.categories))
    asked, judged, learnt = ask(first, "disjoint", 2), ask(first, "disjoint", 1), first.learnt("disjoint")
    models = {f"the background's tint alone{RAW}": measure(Tint(first), asked)}
    collapsed = []
    for name, config in variants(base):
        wardrobe = collections[config.even].wardrobe
        found = []
        for seed in range(seeds):
            own = replace(config, seed=seed)
            run = Run(out / f"{name}-{seed}".replace(" ", "-").replace(",", ""), seed=seed, resume=True)
            network = build(own, wardrobe, learnt)
            with suppress(CollapseError):
                found.append(measure(Network(fit(network, wardrobe, learnt, judged, own, run, _CPU), wardrobe), asked))
        if len(found) == seeds:
            models[name] = mean_of(found)
        else:
            collapsed.append(name)
    return evaluation_result(
        system="complete",
        data=first.names,
        split_hash="+".join(first.hashes.values()),
        protocol=f"disjoint@{asked.hash}, {base.steps} steps each"
        + (f"; without numbers, because they collapsed: {', '.join(collapsed)}" if collapsed else ""),
        models=models,
        seeds=list(range(seeds)),
        seconds=time.monotonic() - started,
    )


_CPU = torch.device("cpu")


class Tint:
    """How alike the backgrounds are: no garment is looked at."""

    def __init__(self, collection: Collection) -> None:
        photos = pixels_of([product.images[0] for product in collection.wardrobe.products])
        tints = np.concatenate([backdrop(some) for some in photos])
        self._tints = np.where(np.isnan(tints), np.nanmean(tints, 0), tints)

    def scores(self, outfits: Sequence[Rows], candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """Minus the mean distance in LAB. Shape: (b, g) to (b, g)."""
        apart = [
            np.linalg.norm(self._tints[some][:, None] - self._tints[list(outfit)][None], axis=2).mean(1)
            for outfit, some in zip(outfits, candidates, strict=True)
        ]
        return -np.array(apart)
