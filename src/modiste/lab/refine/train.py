"""Train VAL on triplets drawn from a catalogue: `modiste train refine`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modiste.encoders.pipeline import TrainedEncoder
from modiste.lab.measures import ranks, recall_at
from modiste.lab.refine.baselines import BASELINES, Baseline
from modiste.lab.refine.data import Corpus, Parts, split_parts, words_of
from modiste.lab.refine.losses import hierarchical_matching
from modiste.lab.training import (
    Average,
    Group,
    Run,
    batches,
    check_sizes,
    gather,
    record,
    set_rates,
    setup,
    update,
)
from modiste.refine.model import VAL, PhotoFeatures, VALConfig, Words
from modiste.weights import Weights, find, save

Composer = VAL | Baseline


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a run."""

    network: VALConfig = field(default_factory=VALConfig)
    encoder: str = "encoder-photos"
    """Weights of the encoder whose features it sees."""
    triplets: int = 60_000
    """Drawn once, before the first step."""
    steps: int = 1000
    batch_size: int = 256
    """Triplets a step, over all processes; every other target in the batch is a negative."""
    negatives: int = 256
    """Further products a step, over all processes, beside the targets."""
    lr: float = 1e-3
    """Peak learning rate."""
    weight_decay: float = 0.05
    average_decay: float = 0.995
    """Of the moving average of the weights, which is what is measured and saved."""
    warm_up: int = 100
    """Steps until the peak."""
    visual_semantic: float = 0.5
    """Of visual-semantic matching beside visual-visual."""
    depth_weight: float = 0.5
    """Of the depths' own losses beside that of the joined vector."""
    drop_words: float = 0.1
    """Share of token states left out."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_sizes(batch_size=self.batch_size, steps=self.steps)


PRESETS = {
    "modern": TrainConfig(),
    "paper": TrainConfig(VALConfig(block="paper", hidden=512), lr=2e-4, negatives=0, batch_size=32, steps=6000),
    "boutique": TrainConfig(encoder="encoder-boutique", triplets=20_000, steps=700, batch_size=192, negatives=128),
    "quick": TrainConfig(encoder="encoder-boutique", triplets=400, steps=12, batch_size=32, negatives=16, warm_up=2),
}
"""`modern` measures best; `paper` is the published block, loss and start; `quick` shows in a minute that all works."""


class _Batch(NamedTuple):
    """Triplets of a step, further negatives, and what is a positive of what."""

    sources: PhotoFeatures
    words: Words
    gallery: PhotoFeatures
    """The targets, in the order of the sources, then the further negatives."""
    positives: Tensor
    """True where an item of all processes' gallery answers a query of all processes. Shape: (b, g)."""
    descriptions: Words
    """A short description of each target."""
    described: Tensor
    """True where a target fits a description. Shape: (b, b)."""


def train(
    data: Sequence[Path], out: Path, *, preset: str = "modern", seed: int = 0, resume: bool = False,
    device: str = "auto",
) -> Weights:  # fmt: skip
    """Train VAL on the training part of some catalogues and write its weights to the run's folder.

    Args:
        data: catalogues in any layout that `modiste index` reads.
        out: the run's folder.
        resume: go on with the run that stands in `out`.
        preset, seed, device: those of `setup`.

    Raises:
        UsageError: unknown preset, a run in `out` without `resume`, nothing that can be asked about the products.
    """
    config, torch_device = setup(PRESETS, preset, seed, device)
    encoder = TrainedEncoder(config.encoder)
    with Group.join().leader_first():
        parts = split_parts(data, encoder, triplets=config.triplets)
    run = Run(out, seed=seed, resume=resume, settings={**asdict(config), "splits": parts.hashes})
    average = fit(build(config, parts.train), parts, config, run, torch_device)
    metrics = validate(average, parts.validation, torch_device)
    if run.group.leads:
        example = average.gallery(parts.validation.photos.features(slice(1), torch_device))
        contents = record(
            "refine", data, config, parts.hashes, parts.licences,
            encoder={"name": encoder.name, "revision": encoder.revision}, network=asdict(config.network),
            dim=sum(vectors.shape[1] for vectors in example), colours=parts.colours,
            products=len(parts.train.photos), metrics=metrics,
        )  # fmt: skip
        tensors = {name: tensor for name, tensor in average.state_dict().items() if tensor.is_floating_point()}
        save(out, {name: tensor.cpu().numpy() for name, tensor in tensors.items()}, contents)
    run.group.leave()
    return find(str(out))


def fit(network: Composer, parts: Parts, config: TrainConfig, run: Run, device: torch.device) -> Composer:
    """Train, from the run's checkpoint if it has one; returns the moving average of the weights."""
    data = parts.train
    network.to(device).train()
    average = Average(network, config.average_decay)
    groups = [{"params": list(network.parameters()), "peak": config.lr}]
    optimiser = torch.optim.AdamW(groups, lr=config.lr, weight_decay=config.weight_decay)
    run.resume(network, average, optimiser)
    order = batches(
        len(data.triplets.sources), config.batch_size, range(run.step, config.steps), config.seed, run.group
    )

    for step, rows in run.progress(order, config.steps - run.step, "training refine"):
        random = run.seed_step(step)
        set_rates(optimiser, step, config.steps, config.warm_up)
        batch = _draw_batch(data, rows, config, random, device)
        losses = _losses(network, batch, config)
        loss = torch.stack(list(losses.values())).sum()
        update(loss, network, optimiser, run)
        average.update(network, step)
        if step % 10 == 0:
            run.log(step, loss=loss.item(), scale=network.scale.item(), **{k: v.item() for k, v in losses.items()})
        if (step + 1) % 250 == 0:
            run.log(step, **validate(average.network, parts.validation, device))
        if run.save_due or step + 1 == config.steps:
            run.save(network, average, optimiser, step + 1)
    return average.network


def build(config: TrainConfig, data: Corpus, name: str = "refine") -> Composer:
    """A fresh network with the scale of the features it will see: VAL, or the baseline of this name."""
    torch.manual_seed(config.seed)
    network = VAL(config.network) if name == "refine" else BASELINES[name]()
    sample = np.random.default_rng(0).permutation(len(data.photos))[:2048]
    network.measure(data.photos.features(np.sort(sample)))
    return network


@torch.no_grad()
def validate(network: Composer, data: Corpus, device: torch.device) -> dict[str, float]:
    """R@1 and R@10 of the validation queries among the validation products."""
    network.eval()
    triplets = data.triplets
    products, rows = np.arange(len(data.photos)), np.arange(len(triplets.sources))
    positives = [
        np.union1d(np.flatnonzero(answers), [target])
        for answers, target in zip(triplets.positives(rows, products), triplets.targets, strict=True)
    ]
    gallery, queries = [], []
    for start in range(0, len(products), 256):
        chunk = products[start : start + 256]
        gallery.append(network.join(network.gallery(data.photos.features(chunk, device))))
    for start in range(0, len(rows), 256):
        chunk = rows[start : start + 256]
        words = words_of(data.states, triplets.texts[chunk], device)
        sources = data.photos.features(triplets.sources[chunk], device)
        queries.append(network.join(network.query(sources, words)))
    scores = (torch.cat(queries) @ torch.cat(gallery).T).cpu().numpy()
    best = ranks(scores, positives, triplets.sources.tolist())
    return {"R@1": recall_at(best, 1), "R@10": recall_at(best, 10)}


def _draw_batch(
    data: Corpus, rows: NDArray[np.int64], config: TrainConfig, random: np.random.Generator, device: torch.device
) -> _Batch:
    """This process' part of a batch; its positives are those of all processes.

    Args:
        rows: numbers of the triplets.
    """
    triplets = data.triplets
    targets = triplets.targets[rows]
    negatives = random.integers(0, len(data.photos), Group.join().share(config.negatives))
    texts = data.descriptions[targets, random.integers(0, data.descriptions.shape[1], len(rows))]
    all_rows, all_negatives = (
        gather(torch.from_numpy(indices).to(device)).cpu().numpy() for indices in (rows, negatives)
    )
    gallery = np.concatenate([triplets.targets[all_rows], all_negatives])
    # an item that is the source itself is no negative either
    positives = triplets.positives(all_rows, gallery) | np.equal.outer(triplets.sources[all_rows], gallery)
    np.fill_diagonal(positives, True)
    groups = data.attribute_groups[triplets.targets[all_rows]]
    return _Batch(
        _mirrored(data.photos.features(triplets.sources[rows], device), random),
        _thinned(words_of(data.states, triplets.texts[rows], device), config.drop_words, random),
        _mirrored(data.photos.features(np.concatenate([targets, negatives]), device), random),
        torch.from_numpy(positives).to(device),
        _thinned(words_of(data.states, texts, device), config.drop_words, random),
        torch.from_numpy(np.equal.outer(groups, groups)).to(device),
    )


def _losses(network: Composer, batch: _Batch, config: TrainConfig) -> dict[str, Tensor]:
    """Visual-visual matching of the joined vector and of every depth, and visual-semantic (section 3.3-3.4)."""
    scale = None if config.network.block == "paper" else network.scale
    own = len(batch.sources.low)
    queries = [gather(query) for query in network.query(batch.sources, batch.words)]
    vectors = network.gallery(batch.gallery)
    targets = [gather(vector[:own]) for vector in vectors]
    gallery = [torch.cat([target, gather(vector[own:])]) for target, vector in zip(targets, vectors, strict=True)]
    losses = {"matching": hierarchical_matching(queries, gallery, batch.positives, scale=scale)}
    if len(queries) > 1 and scale is not None:
        joined = [network.join(queries)], [network.join(gallery)]
        losses = {
            "joined": hierarchical_matching(*joined, batch.positives, scale=scale),
            "matching": config.depth_weight * losses["matching"],
        }
    if config.visual_semantic and isinstance(network, VAL):
        descriptions = [gather(vector) for vector in network.describe(batch.descriptions)]
        semantic = hierarchical_matching(descriptions, targets, batch.described, scale=scale)
        losses["semantic"] = config.visual_semantic * semantic
    return losses


def _mirrored(photos: PhotoFeatures, random: np.random.Generator) -> PhotoFeatures:
    """Half of the photos flipped from left to right."""
    flip = torch.from_numpy(random.random(len(photos.low)) < 0.5).to(photos.low.device)[:, None, None, None]
    low, mid, high = (torch.where(flip, maps.flip(3), maps) for maps in (photos.low, photos.mid, photos.high))
    return PhotoFeatures(low, mid, high, photos.summary)


def _thinned(words: Words, share: float, random: np.random.Generator) -> Words:
    """Sentences without a share of their token states; the start token stays, so that none is empty."""
    kept = torch.from_numpy(random.random(words.mask.shape) >= share).to(words.mask.device)
    mask = words.mask * kept
    mask[:, 0] = 1.0
    return Words(words.states * mask[:, :, None], mask)
