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
from modiste.errors import UsageError
from modiste.lab.measures import ranks, recall_at
from modiste.lab.refine.baselines import BASELINES, Baseline
from modiste.lab.refine.data import Corpus, Parts, Triplets, split_parts, words_of
from modiste.lab.refine.losses import hierarchical_matching
from modiste.lab.training import (
    Average,
    Group,
    Run,
    batches,
    gather,
    record,
    set_rates,
    setup,
    update,
)
from modiste.refine.model import VAL, VALConfig, Views, Words
from modiste.weights import Weights, find, save

Composer = VAL | Baseline


@dataclass(frozen=True)
class TrainConfig:
    """How a composer learns."""

    network: VALConfig = field(default_factory=VALConfig)
    encoder: str = "encoder-photos"
    """Whose maps it sees."""
    triplets: int = 60_000
    """Drawn once, before the first step."""
    steps: int = 1000
    batch_size: int = 256
    """Triplets a step, over all processes; every other target in the batch is a negative."""
    strangers: int = 256
    """Further products a step, which are negatives too."""
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
        if self.batch_size < 2:
            raise UsageError(
                f"batch_size must be at least 2, because negatives come from the batch; got {self.batch_size}"
            )
        if self.steps < 1:
            raise UsageError(f"there must be at least 1 step; got {self.steps}")


PRESETS = {
    "modern": TrainConfig(),
    "paper": TrainConfig(VALConfig(block="paper", hidden=512), lr=2e-4, strangers=0, batch_size=32, steps=6000),
    "boutique": TrainConfig(encoder="encoder-boutique", triplets=20_000, steps=700, batch_size=192, strangers=128),
    "quick": TrainConfig(encoder="encoder-boutique", triplets=2000, steps=60, batch_size=64, strangers=32, warm_up=5),
}
"""`modern` measures best; `paper` is the published block, loss and start; `quick` shows in a minute that all works."""


class Batch(NamedTuple):
    """What a step learns from."""

    sources: Views
    words: Words
    items: Views
    """The targets, in the order of the sources, and strangers behind them."""
    right: Tensor
    """Which items of all processes would answer which question. Shape: (b, g)."""
    described: Words
    """A short description of each target."""
    same: Tensor
    """Which targets fit which description. Shape: (b, b)."""


def train(
    data: Sequence[Path], out: Path, *, preset: str = "modern", seed: int = 0, resume: bool = False,
    device: str = "auto",
) -> Weights:  # fmt: skip
    """Train VAL on the training part of some catalogues and write its weights to the run's folder.

    Args:
        data: catalogues in any layout that `modiste index` reads.
        out: the run's folder.
        preset: a name in PRESETS.
        seed: of triplets' order and the network's start.
        resume: go on with the run that stands in `out`.
        device: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Raises:
        UsageError: unknown preset, a run in `out` without `resume`, nothing that can be asked about the products.
    """
    config, place = setup(PRESETS, preset, seed, device)
    encoder = TrainedEncoder(config.encoder)
    with Group.join().leader_first():
        parts = split_parts(data, encoder, triplets=config.triplets)
    run = Run(out, seed=seed, resume=resume, settings={**asdict(config), "splits": parts.hashes})
    average = fit(build(config, parts.train), parts, config, run, place)
    metrics = validate(average, parts.judge, place)
    if run.group.leads:
        dim = sum(vectors.shape[1] for vectors in average.gallery(parts.judge.photos.views(slice(1), place)))
        learnt = record(
            "refine", data, config, parts.hashes, parts.licences,
            encoder={"name": encoder.name, "revision": encoder.revision}, network=asdict(config.network), dim=dim,
            colours=parts.colours, products=len(parts.train.photos), metrics=metrics,
        )  # fmt: skip
        save(out, weights_of(average), learnt)
    run.group.leave()
    return find(str(out))


def fit(network: Composer, parts: Parts, config: TrainConfig, run: Run, device: torch.device) -> Composer:
    """The loop; from the run's checkpoint if it has one. Gives the moving average of the weights."""
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
        batch = draw_batch(data, rows, config, random, device)
        losses = loss_parts(network, batch, config)
        loss = torch.stack(list(losses.values())).sum()
        update(loss, network, optimiser, run)
        average.update(network, step)
        if step % 10 == 0:
            run.log(step, loss=loss.item(), scale=network.scale.item(), **{k: v.item() for k, v in losses.items()})
        if (step + 1) % 250 == 0:
            run.log(step, **validate(average.network, parts.judge, device))
        if run.save_due or step + 1 == config.steps:
            run.save(network, average, optimiser, step + 1)
    return average.network


def build(config: TrainConfig, data: Corpus, name: str = "refine") -> Composer:
    """A fresh network that knows the scale of the features it will see: VAL, or the baseline of this name."""
    torch.manual_seed(config.seed)
    network = VAL(config.network) if name == "refine" else BASELINES[name]()
    network.measure(sample(data))
    return network


def sample(data: Corpus, count: int = 2048) -> Views:
    """Some of the photos."""
    rows = np.random.default_rng(0).permutation(len(data.photos))[:count]
    return data.photos.views(np.sort(rows))


def draw_batch(
    data: Corpus, rows: NDArray[np.int64], config: TrainConfig, random: np.random.Generator, device: torch.device
) -> Batch:
    """Sources, sentences and targets of these triplets, and strangers; what is right is said for all processes."""
    triplets, group = data.triplets, Group.join()
    targets = triplets.targets[rows]
    strangers = random.integers(0, len(data.photos), group.share(config.strangers))
    texts = data.descriptions[targets, random.integers(0, data.descriptions.shape[1], len(rows))]
    asked, shown = (gather(torch.from_numpy(one).to(device)).cpu().numpy() for one in (rows, strangers))
    return Batch(
        _mirrored(data.photos.views(triplets.sources[rows], device), random),
        _thinned(words_of(data.states, triplets.texts[rows], device), config.drop_words, random),
        _mirrored(data.photos.views(np.concatenate([targets, strangers]), device), random),
        torch.from_numpy(_right(triplets, asked, shown)).to(device),
        _thinned(words_of(data.states, texts, device), config.drop_words, random),
        torch.from_numpy(_alike(data.attribute_groups[triplets.targets[asked]])).to(device),
    )


def loss_parts(network: Composer, batch: Batch, config: TrainConfig) -> dict[str, Tensor]:
    """Visual-visual matching of the joined vector and of every depth, and visual-semantic (section 3.3-3.4)."""
    scale = None if config.network.block == "paper" else network.scale
    own = len(batch.sources.low)
    queries = [gather(query) for query in network.query(batch.sources, batch.words)]
    found = network.gallery(batch.items)
    targets = [gather(item[:own]) for item in found]
    items = [torch.cat([target, gather(item[own:])]) for target, item in zip(targets, found, strict=True)]
    losses = {"matching": hierarchical_matching(queries, items, batch.right, scale=scale)}
    if len(queries) > 1 and scale is not None:
        joined = hierarchical_matching([network.join(queries)], [network.join(items)], batch.right, scale=scale)
        losses = {"joined": joined, "matching": config.depth_weight * losses["matching"]}
    if config.visual_semantic and isinstance(network, VAL):
        described = [gather(vector) for vector in network.describe(batch.described)]
        semantic = hierarchical_matching(described, targets, batch.same, scale=scale)
        losses["semantic"] = config.visual_semantic * semantic
    return losses


@torch.no_grad()
def validate(network: Composer, data: Corpus, device: torch.device) -> dict[str, float]:
    """R@1 and R@10 of the judges' questions among the judges' products."""
    network.eval()
    triplets = data.triplets
    products, asked = np.arange(len(data.photos)), np.arange(len(triplets.sources))
    right = [np.flatnonzero(row) for row in triplets.right(asked, products)]
    right = [np.union1d(places, [target]) for places, target in zip(right, triplets.targets, strict=True)]
    shown, said = ([rows[start : start + 256] for start in range(0, len(rows), 256)] for rows in (products, asked))
    items = torch.cat([network.join(network.gallery(data.photos.views(rows, device))) for rows in shown])
    queries = torch.cat([_queries(network, data, rows, device) for rows in said])
    found = ranks((queries @ items.T).cpu().numpy(), right, triplets.sources.tolist())
    return {"R@1": recall_at(found, 1), "R@10": recall_at(found, 10)}


def weights_of(network: Composer) -> dict[str, NDArray[np.float32]]:
    """What is saved of a network."""
    return {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items() if tensor.is_floating_point()}


def _queries(network: Composer, data: Corpus, rows: NDArray[np.int64], device: torch.device) -> Tensor:
    triplets = data.triplets
    words = words_of(data.states, triplets.texts[rows], device)
    return network.join(network.query(data.photos.views(triplets.sources[rows], device), words))


def _right(triplets: Triplets, asked: NDArray[np.int64], strangers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which items answer which question; where one is the source itself, it is no negative either."""
    items = np.concatenate([triplets.targets[asked], strangers])
    right = triplets.right(asked, items) | _alike(triplets.sources[asked], items)
    own = np.arange(len(asked))
    right[own, own] = True
    return right


def _alike(rows: NDArray[np.int64], columns: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """Where two numbers are the same. Shape: (rows, columns)."""
    return np.equal.outer(rows, rows if columns is None else columns)


def _mirrored(views: Views, random: np.random.Generator) -> Views:
    """Half of the photos as in a mirror."""
    flip = torch.from_numpy(random.random(len(views.low)) < 0.5).to(views.low.device)[:, None, None, None]
    low, mid, high = (torch.where(flip, one.flip(3), one) for one in (views.low, views.mid, views.high))
    return Views(low, mid, high, views.summary)


def _thinned(words: Words, share: float, random: np.random.Generator) -> Words:
    """Sentences from which some token states are left out; the start token stays, so that none is empty."""
    kept = torch.from_numpy(random.random(words.mask.shape) >= share).to(words.mask.device)
    mask = words.mask * kept
    mask[:, 0] = 1.0
    return Words(words.states * mask[:, :, None], mask)
