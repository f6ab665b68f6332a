"""Train CSA-Net on outfits that people put together: `modiste train complete`."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from modiste.complete.model import CSANet, CSANetConfig, Matcher, Outfits
from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError, unknown
from modiste.lab.complete.baselines import BASELINES
from modiste.lab.complete.data import SPLITS, Collection, ItemTable, PhotoFeatures, Rows, collect, padded
from modiste.lab.complete.losses import MARGIN, PHI, check_not_collapsed, info_nce, outfit_ranking
from modiste.lab.complete.metrics import measure, network_scorer
from modiste.lab.complete.protocol import Queries, queries_of
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
from modiste.types import Indices, Mask
from modiste.weights import Weights, find, save

CHECK_EVERY = 50
"""Steps between two lines of the log, before each of which a run that has collapsed is stopped."""


@dataclass(frozen=True)
class TrainConfig:
    """Network, data, loss and rates of a run."""

    network: CSANetConfig = field(default_factory=CSANetConfig)
    encoder: str = "encoder-photos"
    """Whose features the network starts from."""
    even: bool = True
    """Make backgrounds even first."""
    loss: str = "choice"
    """`choice` (InfoNCE over the negatives), or how `outfit_ranking` joins them: min, mean or semi-hard."""
    steps: int = 400
    batch_size: int = 512
    """Outfits a step, over all processes; the targets of the others are an outfit's negatives."""
    drawn: int = 0
    """Further negatives a step, drawn uniformly among all training items."""
    negatives: int = 64
    """Most negatives of an outfit."""
    alike: str = "kind"
    """Negatives are of the target's `kind` (family, year and gender), or of its `category` as published."""
    lr: float = 1e-3
    """Peak learning rate of the trunk."""
    pair_lr: float = 20.0
    """Learning rate of all that depends on categories, over that of the trunk: it meets each pair in few outfits."""
    weight_decay: float = 0.05
    average_decay: float = 0.99
    """Of the moving average of the weights, which is what is measured and saved."""
    warm_up: int = 50
    """Steps until the peak; 0 to start at it, as published. From there half a cosine down, where the paper
    decays linearly."""
    mask_l1: float = 0.0
    """Weight of the masks' mean size, of Type-aware's losses."""
    vector_l2: float = 0.0
    """Weight of the masked vectors' mean square, of Type-aware's losses."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.loss != "choice" and self.loss not in PHI:
            raise unknown("loss", self.loss, ["choice", *PHI])
        if self.alike not in ("kind", "category"):
            raise UsageError(f"negatives are alike in kind or category; got {self.alike}")
        check_sizes(batch_size=self.batch_size, steps=self.steps)


PRESETS = {
    "modern": TrainConfig(),
    "paper": TrainConfig(
        CSANetConfig(subspaces=5, hidden=0, residual=False, attention=False, dropout=0.0), loss="semi-hard", steps=3000,
        batch_size=96, drawn=256, negatives=10, alike="category", lr=5e-5, pair_lr=1.0, weight_decay=0.0, warm_up=0,
    ),
    "boutique": TrainConfig(encoder="encoder-boutique", steps=600),
    "quick": TrainConfig(CSANetConfig(hidden=128), encoder="encoder-boutique", steps=15, batch_size=48, warm_up=2),
}  # fmt: skip
"""`modern` measures best; `paper` is the published head, loss and rates; `quick` shows in a minute that all works."""


@dataclass(frozen=True)
class TrainingData:
    """Items and outfits to learn from, and the queries of the validation."""

    table: ItemTable
    outfits: Sequence[Rows]
    validation: Queries

    @classmethod
    def of(cls, collection: Collection, split: str) -> TrainingData:
        """The training and the validation part of a split."""
        outfits = collection.training_outfits(split)
        return cls(collection.table, outfits, queries_of(collection, split, part=1))

    @cached_property
    def worn(self) -> Indices:
        """Rows of the items of all outfits, each once. Shape: (items,)."""
        return np.unique(np.concatenate([np.array(outfit, np.int64) for outfit in self.outfits]))


class _Batch(NamedTuple):
    """Outfits without their targets, and candidates; items are rows of `features`."""

    features: Tensor
    """Of the step's items, each once. Shape: (u, f)."""
    outfits: Tensor
    """Shape: (b, n)."""
    categories: Tensor
    """Shape: (b, n)."""
    present: Tensor
    """1 for items, 0 for padding. Shape: (b, n)."""
    wanted: Tensor
    """Categories of the targets. Shape: (b,)."""
    candidates: Tensor
    """The target in front, negatives behind. Shape: (b, 1 + m)."""
    valid: Tensor
    """1 for negatives, 0 for padding. Shape: (b, m)."""


def train(
    data: Sequence[Path], out: Path, *, preset: str = "modern", split: str = "disjoint", seed: int = 0,
    resume: bool = False, device: str = "auto",
) -> Weights:  # fmt: skip
    """Train CSA-Net on the training part of some data sets and write its weights to the run's folder.

    Args:
        data: sources with outfits, in any layout that `modiste index` reads.
        out: the run's folder.
        split: `disjoint` learns from training items alone, `random` from training outfits with all their items.
        resume: go on with the run that stands in `out`.
        preset, seed, device: those of `setup`.

    Raises:
        UsageError: unknown preset or split, a run in `out` without `resume`, no outfits, a run that collapses.
    """
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    config, torch_device = setup(PRESETS, preset, seed, device)
    encoder = TrainedEncoder(config.encoder)
    with Group.join().leader_first():
        collection = collect(data, PhotoFeatures(encoder, even=config.even), split=split)
    config = replace(config, network=replace(config.network, categories=collection.categories))
    training = TrainingData.of(collection, split)
    settings = {**asdict(config), "split": split, "splits": collection.hashes}
    run = Run(out, seed=seed, resume=resume, settings=settings)
    average = fit(build(config, training), training, config, run, torch_device)
    if run.group.leads:
        contents = record(
            "complete", data, config, collection.hashes, collection.licences,
            encoder={"name": encoder.name, "revision": encoder.revision}, network=asdict(config.network),
            features=training.table.features.shape[1], dim=2 * config.network.dim + 1, split=split,
            outfits=len(training.outfits), missing=_category_counts(training, len(collection.categories)),
            metrics=validate(average, training),
        )  # fmt: skip
        save(out, {name: tensor.cpu().numpy() for name, tensor in average.state_dict().items()}, contents)
    run.group.leave()
    return find(str(out))


def fit(network: Matcher, data: TrainingData, config: TrainConfig, run: Run, device: torch.device) -> Matcher:
    """Train, from the run's checkpoint if it has one; returns the moving average of the weights."""
    network.to(device).train()
    average = Average(network, config.average_decay)
    optimiser = _optimiser(network, config)
    run.resume(network, average, optimiser)
    order = batches(len(data.outfits), config.batch_size, range(run.step, config.steps), config.seed, run.group)
    losses: list[float] = []

    for step, rows in run.progress(order, config.steps - run.step, "training complete"):
        random = run.seed_step(step)
        set_rates(optimiser, step, config.steps, config.warm_up)
        batch = _draw_batch(data, rows, config, random, device)
        loss = _loss(network, batch, config)
        update(loss, network, optimiser, run)
        average.update(network, step)
        losses.append(loss.item())
        if (step + 1) % CHECK_EVERY == 0:
            cosine = _mean_cosine(network, batch.features)
            run.log(step, loss=float(np.mean(losses)), cosine=cosine, scale=network.scale.item())
            check_not_collapsed(float(np.mean(losses)), cosine, None if config.loss == "choice" else MARGIN)
            losses.clear()
        if (step + 1) % 200 == 0:
            run.log(step, **validate(copy.deepcopy(average.network).cpu(), data))
        if run.save_due or step + 1 == config.steps:
            run.save(network, average, optimiser, step + 1)
    return average.network.cpu()


def build(config: TrainConfig, data: TrainingData, name: str = "complete") -> Matcher:
    """An untrained network with the statistics of the training items: CSA-Net, or the baseline of this name."""
    torch.manual_seed(config.seed)
    width = data.table.features.shape[1]
    network = CSANet(width, config.network) if name == "complete" else BASELINES[name](width, config.network)
    network.trunk.set_statistics(data.table.features_of(data.worn))
    return network


def validate(network: Matcher, data: TrainingData) -> dict[str, float]:
    """The metrics on the validation queries."""
    return measure(network_scorer(network, data.table), data.validation)


def _optimiser(network: Matcher, config: TrainConfig) -> torch.optim.AdamW:
    """Two groups of parameters: the trunk, and all that depends on categories, which doesn't decay."""
    trunk = {id(parameter) for parameter in network.trunk.parameters()}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in trunk]
    groups = [
        {"params": list(network.trunk.parameters()), "peak": config.lr},
        {"params": rest, "peak": config.lr, "times": config.pair_lr, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.lr, weight_decay=config.weight_decay)


def _draw_batch(
    data: TrainingData, indices: Sequence[int] | Indices, config: TrainConfig, random: np.random.Generator,
    device: torch.device,
) -> _Batch:  # fmt: skip
    """Take a random target out of each outfit, and draw negatives of its kind among the targets of the others.

    Args:
        indices: of the step's outfits.
    """
    table, outfits = data.table, [data.outfits[index] for index in indices]
    positions = [int(random.integers(len(outfit))) for outfit in outfits]
    targets = np.array([outfit[position] for outfit, position in zip(outfits, positions, strict=True)])
    pool = targets
    if config.drawn:
        pool = np.concatenate([targets, random.choice(data.worn, Group.join().share(config.drawn))])
    pool = gather(torch.from_numpy(pool).to(device)).cpu().numpy()
    negatives, valid = _negatives(table, outfits, targets, pool[random.permutation(len(pool))], config)
    rest, present = padded([outfit[:at] + outfit[at + 1 :] for outfit, at in zip(outfits, positions, strict=True)])
    candidates = np.concatenate([targets[:, None], negatives], 1)
    items, flat = np.unique(np.concatenate([rest.numpy().ravel(), candidates.ravel()]), return_inverse=True)
    rows = torch.from_numpy(flat.ravel())
    return _Batch(
        table.features_of(items).to(device),
        rows[: rest.numel()].view(rest.shape).to(device),
        torch.from_numpy(table.categories)[rest].to(device),
        present.to(device),
        torch.from_numpy(table.categories[targets]).to(device),
        rows[rest.numel() :].view(candidates.shape).to(device),
        torch.from_numpy(valid).float().to(device),
    )


def _loss(network: Matcher, batch: _Batch, config: TrainConfig) -> Tensor:
    """InfoNCE over an outfit's scores, or the published hinge, and the penalties of masks and vectors."""
    vectors = network.trunk(batch.features)  # each item once, however many pairs it is in
    outfits = Outfits(vectors[batch.outfits], batch.categories, batch.present, batch.wanted)
    items = vectors[batch.candidates]
    scores = network.scores(outfits, items)
    if config.loss == "choice":
        loss = info_nce(network.scale * scores, batch.valid)
    else:
        distances = 2 - 2 * scores[:, None]  # mean distance to the outfit's items, which every Matcher's scores give
        loss = outfit_ranking(distances[:, :, 0], distances[:, :, 1:], valid=batch.valid, phi=config.loss)
    if config.mask_l1 or config.vector_l2:
        masks, masked = network.masked(outfits)
        loss = loss + config.mask_l1 * masks.abs().mean() + config.vector_l2 * (masked**2).mean()
    return loss


def _negatives(
    table: ItemTable, outfits: Sequence[Rows], targets: Indices, pool: Indices, config: TrainConfig
) -> tuple[Indices, Mask]:
    """For each outfit the first items of the pool that are of the target's kind and not its own; True where valid.

    Shapes: (b, m).
    """
    kinds = table.kinds if config.alike == "kind" else table.categories
    by_kind = {kind: pool[kinds[pool] == kind] for kind in np.unique(kinds[targets]).tolist()}
    drawn = []
    for outfit, target in zip(outfits, targets.tolist(), strict=True):
        others = by_kind[int(kinds[target])]
        drawn.append(others[~np.isin(others, outfit)][: config.negatives])
    most = max(1, max(map(len, drawn)))
    negatives, valid = np.tile(targets[:, None], (1, most)), np.zeros((len(targets), most), bool)
    for index, rows in enumerate(drawn):
        negatives[index, : len(rows)], valid[index, : len(rows)] = rows, True
    return negatives, valid


@torch.no_grad()
def _mean_cosine(network: Matcher, features: Tensor, count: int = 256) -> float:
    """Mean cosine of random items: 1 when all have collapsed into one."""
    vectors = network.trunk(features[torch.randperm(len(features), device=features.device)[:count]])
    total = len(vectors)
    return float(((vectors @ vectors.T).sum() - total) / max(total * (total - 1), 1))


def _category_counts(data: TrainingData, count: int) -> dict[str, object]:
    """Number of outfits, and of those with each pair of categories; `Completer.missing` predicts from them.

    Args:
        count: number of categories.
    """
    has = np.zeros((len(data.outfits), count), np.int64)
    for index, outfit in enumerate(data.outfits):
        has[index, data.table.categories[list(outfit)]] = 1
    return {"outfits": len(data.outfits), "both": (has.T @ has).tolist()}
