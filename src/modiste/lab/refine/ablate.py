"""Ablations of VAL: `modiste evaluate refine --ablations`.

{preserve, change, both} x {high; mid and high; all depths} x {with, without visual-semantic matching}, each trained
for the same few steps on the same triplets.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import torch

from modiste.encoders.pipeline import TrainedEncoder
from modiste.lab.datasets import read
from modiste.lab.datasets.splits import split_products
from modiste.lab.measures import evaluation_result
from modiste.lab.refine.data import split_parts
from modiste.lab.refine.evaluate import measure, tasks_of
from modiste.lab.refine.train import PRESETS, TrainConfig, build, fit
from modiste.lab.training import Run, keep_memory
from modiste.refine.model import DEPTHS, VALConfig

STEPS, BATCH = 100, 128
PROTOCOLS = ("-colour", "-words")
"""Endings of the protocols that variants are measured on, where a data set has them."""
FUSED = {"preserve": (True, False), "change": (False, True), "both": (True, True)}
MATCHED = {"high": DEPTHS[2:], "mid+high": DEPTHS[1:], "all": DEPTHS}
SEMANTIC = {"with": 0.5, "without": 0.0}


def _variants(base: TrainConfig) -> Iterator[tuple[str, TrainConfig]]:
    """Names and settings of all 18 variants, the whole network first."""
    for fused, matched, semantic in product(reversed(FUSED), reversed(MATCHED), SEMANTIC):
        preserve, change = FUSED[fused]
        network = VALConfig(depths=MATCHED[matched], preserve=preserve, change=change)
        name = f"{fused}, {matched}, {semantic} visual-semantic"
        yield name, replace(base, network=network, visual_semantic=SEMANTIC[semantic])


def ablate(data: Sequence[Path], out: Path, *, preset: str = "modern", steps: int = STEPS) -> dict[str, Any]:
    """Train every variant and measure it on the test part; a stopped run goes on where it was.

    Args:
        data: catalogues in any layout that `modiste index` reads.
        out: a folder for the runs.
        preset: what the variants share.
        steps: of each.

    Returns:
        The contents of an evaluation file; the whole network bears the verb.
    """
    started = time.monotonic()
    keep_memory()
    base = replace(PRESETS[preset], steps=steps, batch_size=BATCH, negatives=BATCH, warm_up=steps // 10)
    encoder = TrainedEncoder(base.encoder)
    parts = split_parts(data, encoder, triplets=base.triplets)
    catalogs = [read(source) for source in data]
    splits = [split_products(catalog) for catalog in catalogs]
    tasks = tasks_of(catalogs, splits, encoder, {"colours": parts.colours})
    tasks = [task for task in tasks if task.protocol.name.endswith(PROTOCOLS)] or tasks
    models = {}
    for name, config in _variants(base):
        run = Run(out / name.replace(" ", "-"), seed=config.seed, resume=True)
        network = fit(build(config, parts.train), parts, config, run, torch.device("cpu"))
        models[name] = measure(network, tasks)
    whole, *others = models
    return evaluation_result(
        system="refine",
        data=[catalog.name for catalog in catalogs],
        split_hash="+".join(part.hash for part in splits),
        protocol=f"{tasks[0].protocol.name}@{tasks[0].protocol.hash}, after {steps} steps of {BATCH} triplets each",
        models={"refine": models[whole], **{name: models[name] for name in others}},
        seeds=[base.seed],
        seconds=time.monotonic() - started,
    )
