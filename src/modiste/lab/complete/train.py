"""Train CSA-Net on outfits that people put together: `modiste train complete`."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modiste.complete.looks import Looks
from modiste.complete.model import CSANet, CSANetConfig, Matcher, Outfits, padded
from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError, unknown
from modiste.lab.complete.baselines import BASELINES
from modiste.lab.complete.data import SPLITS, Collection, Rows, Wardrobe, collect
from modiste.lab.complete.losses import MARGIN, PHI, check_not_collapsed, choice, outfit_ranking
from modiste.lab.complete.metrics import Network, measure
from modiste.lab.complete.protocol import Questions, ask
from modiste.lab.training import (
    Average,
    Group,
    Run,
    batches,
    gather,
    learning_rate,
    record,
    setup,
    update,
)
from modiste.weights import Weights, find, save

CHECK_EVERY = 50
"""Steps between two looks at whether the run has collapsed."""


@dataclass(frozen=True)
class TrainConfig:
    """How a network learns."""

    network: CSANetConfig = field(default_factory=CSANetConfig)
    encoder: str = "encoder-photos"
    """Whose looks it sees."""
    even: bool = True
    """Make backgrounds even first."""
    loss: str = "choice"
    """`choice` (InfoNCE over the strangers), or how `outfit_ranking` joins them: min, mean or semi-hard."""
    steps: int = 400
    batch_size: int = 512
    """Outfits a step, over all processes; what they lost is strangers to the others."""
    drawn: int = 0
    """Further strangers a step, drawn among all training items alike."""
    strangers: int = 64
    """Most strangers that an outfit is asked to tell its item from."""
    alike: str = "kind"
    """Strangers are of the lost item's `kind` (family, year and gender), or of its `category` as published."""
    lr: float = 1e-3
    """Peak learning rate of the trunk."""
    pair_lr: float = 20.0
    """Learning rate of all that looks at categories, over that of the trunk: it meets each pair in few outfits."""
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
            raise UsageError(f"strangers are alike in kind or category; got {self.alike}")
        if self.batch_size < 2:
            raise UsageError(
                f"batch_size must be at least 2, because strangers come from the batch; got {self.batch_size}"
            )
        if self.steps < 1:
            raise UsageError(f"there must be at least 1 step; got {self.steps}")


PRESETS = {
    "modern": TrainConfig(),
    "paper": TrainConfig(
        CSANetConfig(subspaces=5, hidden=0, residual=False, attention=False, dropout=0.0), loss="semi-hard", steps=3000,
        batch_size=96, drawn=256, strangers=10, alike="category", lr=5e-5, pair_lr=1.0, weight_decay=0.0, warm_up=0,
    ),
    "boutique": TrainConfig(encoder="encoder-boutique", steps=600),
    "quick": TrainConfig(CSANetConfig(hidden=128), encoder="encoder-boutique", steps=60, batch_size=96, warm_up=5),
}  # fmt: skip
"""`modern` measures best; `paper` is the published head, loss and rates; `quick` shows in a minute that all works."""


class Batch(NamedTuple):
    """What a step learns from; items are places in `looks`."""

    looks: Tensor
    """Of the step's items, each once. Shape: (u, f)."""
    outfits: Tensor
    """Shape: (b, n)."""
    categories: Tensor
    """Shape: (b, n)."""
    there: Tensor
    """Shape: (b, n)."""
    wanted: Tensor
    """Categories of the lost items. Shape: (b,)."""
    candidates: Tensor
    """The lost item in front, strangers behind. Shape: (b, 1 + m)."""
    wrong: Tensor
    """1 for strangers, 0 for padding. Shape: (b, m)."""


def train(
    data: Sequence[Path], out: Path, *, preset: str = "modern", split: str = "disjoint", seed: int = 0,
    resume: bool = False, device: str = "auto",
) -> Weights:  # fmt: skip
    """Train CSA-Net on the training part of some data sets and write its weights to the run's folder.

    Args:
        data: sources with outfits, in any layout that `modiste index` reads.
        out: the run's folder.
        preset: a name in PRESETS.
        split: `disjoint` learns from training items alone, `random` from training outfits with all their items.
        seed: of the order of the outfits, what they lose, and the network's start.
        resume: go on with the run that stands in `out`.
        device: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Raises:
        UsageError: unknown preset or split, a run in `out` without `resume`, no outfits, a run that collapses.
    """
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    config, place = setup(PRESETS, preset, seed, device)
    encoder = TrainedEncoder(config.encoder)
    with Group.join().leader_first():
        collection = collect(data, Looks(encoder, even=config.even), split=split)
    config = replace(config, network=replace(config.network, categories=collection.categories))
    learnt, judged = collection.learnt(split), ask(collection, split, part=1)
    settings = {**asdict(config), "split": split, "splits": collection.hashes}
    run = Run(out, seed=seed, resume=resume, settings=settings)
    average = fit(build(config, collection.wardrobe, learnt), collection.wardrobe, learnt, judged, config, run, place)
    if run.group.leads:
        metrics = validate(average, collection.wardrobe, judged)
        learning = record(
            "complete", data, config, collection.hashes, collection.licences,
            encoder={"name": encoder.name, "revision": encoder.revision}, network=asdict(config.network),
            looks=collection.wardrobe.looks.shape[1], dim=2 * config.network.dim + 1, split=split, outfits=len(learnt),
            missing=companions(collection, learnt), metrics=metrics,
        )  # fmt: skip
        save(out, weights_of(average), learning)
    run.group.leave()
    return find(str(out))


def fit(
    network: Matcher, wardrobe: Wardrobe, learnt: Sequence[Rows], judged: Questions, config: TrainConfig, run: Run,
    device: torch.device,
) -> Matcher:  # fmt: skip
    """The loop; from the run's checkpoint if it has one. Gives the moving average of the weights."""
    network.to(device).train()
    average = Average(network, config.average_decay)
    optimiser = make_optimiser(network, config)
    run.resume(network, average, optimiser)
    worn = worn_items(learnt)
    order = batches(len(learnt), config.batch_size, range(run.step, config.steps), config.seed, run.group)
    losses: list[float] = []

    for step, rows in run.progress(order, config.steps - run.step, "training complete"):
        random = run.seed_step(step)
        trunk, pairs = optimiser.param_groups
        trunk["lr"] = learning_rate(step, config.steps, config.lr, config.warm_up)
        pairs["lr"] = config.pair_lr * trunk["lr"]
        batch = draw_batch(wardrobe, [learnt[row] for row in rows], worn, config, random, device)
        loss = batch_loss(network, batch, config)
        update(loss, network, optimiser, run)
        average.update(network, step)
        losses.append(loss.item())
        if (step + 1) % CHECK_EVERY == 0:
            cosine = mean_cosine(network, batch.looks)
            run.log(step, loss=float(np.mean(losses)), cosine=cosine, scale=network.scale.item())
            check_not_collapsed(float(np.mean(losses)), cosine, None if config.loss == "choice" else MARGIN)
            losses.clear()
        if (step + 1) % 200 == 0:
            run.log(step, **validate(copy.deepcopy(average.network).cpu(), wardrobe, judged))
        if run.save_due or step + 1 == config.steps:
            run.save(network, average, optimiser, step + 1)
    return average.network.cpu()


def build(config: TrainConfig, wardrobe: Wardrobe, learnt: Sequence[Rows], name: str = "complete") -> Matcher:
    """A fresh network that knows the scale of the looks it will see: CSA-Net, or the baseline of this name."""
    torch.manual_seed(config.seed)
    width = wardrobe.looks.shape[1]
    network = CSANet(width, config.network) if name == "complete" else BASELINES[name](width, config.network)
    network.trunk.measure(wardrobe.seen(worn_items(learnt)))
    return network


def make_optimiser(network: Matcher, config: TrainConfig) -> torch.optim.AdamW:
    """Two groups of parameters: the trunk, and all that looks at categories, which doesn't decay."""
    trunk = {id(parameter) for parameter in network.trunk.parameters()}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in trunk]
    groups: list[dict[str, Any]] = [{"params": list(network.trunk.parameters())}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.lr, weight_decay=config.weight_decay)


def worn_items(learnt: Sequence[Rows]) -> NDArray[np.int64]:
    """The items of all outfits, each once. Shape: (items,)."""
    return np.unique(np.concatenate([np.array(outfit, np.int64) for outfit in learnt]))


def draw_batch(
    wardrobe: Wardrobe, chosen: Sequence[Rows], worn: NDArray[np.int64], config: TrainConfig,
    random: np.random.Generator, device: torch.device,
) -> Batch:  # fmt: skip
    """Let each outfit lose an item, and draw strangers of the item's kind from what the others lost.

    Args:
        chosen: the step's outfits.
        worn: items of all outfits, among which further strangers are drawn. Shape: (items,).
    """
    places = [int(random.integers(len(outfit))) for outfit in chosen]
    lost = np.array([outfit[place] for outfit, place in zip(chosen, places, strict=True)])
    offered = lost
    if config.drawn:
        offered = np.concatenate([lost, random.choice(worn, Group.join().share(config.drawn))])
    offered = gather(torch.from_numpy(offered).to(device)).cpu().numpy()
    strangers, wrong = _strangers(wardrobe, chosen, lost, offered, config, random)
    rest, there = padded([outfit[:at] + outfit[at + 1 :] for outfit, at in zip(chosen, places, strict=True)])
    candidates = np.concatenate([lost[:, None], strangers], 1)
    items, flat = np.unique(np.concatenate([rest.numpy().ravel(), candidates.ravel()]), return_inverse=True)
    numbers = torch.from_numpy(flat.ravel())
    return Batch(
        wardrobe.seen(items).to(device),
        numbers[: rest.numel()].view(rest.shape).to(device),
        torch.from_numpy(wardrobe.categories)[rest].to(device),
        there.to(device),
        torch.from_numpy(wardrobe.categories[lost]).to(device),
        numbers[rest.numel() :].view(candidates.shape).to(device),
        torch.from_numpy(wrong).float().to(device),
    )


def batch_loss(network: Matcher, batch: Batch, config: TrainConfig) -> Tensor:
    """InfoNCE over an outfit's scores, or the published hinge, and what masks and vectors cost."""
    vectors = network.vector(batch.looks)  # each item once, however many pairs it is in
    outfits = Outfits(vectors[batch.outfits], batch.categories, batch.there, batch.wanted)
    items = vectors[batch.candidates]
    scores = network.scores(outfits, items)
    if config.loss == "choice":
        loss = choice(network.scale * scores, batch.wrong)
    else:
        apart = 2 - 2 * scores[:, None]  # the mean distance to the outfit's items, whoever scores
        loss = outfit_ranking(apart[:, :, 0], apart[:, :, 1:], wrong=batch.wrong, phi=config.loss)
    if config.mask_l1 or config.vector_l2:
        masks, masked = network.masked(outfits)
        loss = loss + config.mask_l1 * masks.abs().mean() + config.vector_l2 * (masked**2).mean()
    return loss


def validate(network: Matcher, wardrobe: Wardrobe, judged: Questions) -> dict[str, float]:
    """The metrics on the judges' questions."""
    return measure(Network(network, wardrobe), judged)


@torch.no_grad()
def mean_cosine(network: Matcher, looks: Tensor, count: int = 256) -> float:
    """Of random items: 1 when all have collapsed into one."""
    vectors = network.vector(looks[torch.randperm(len(looks), device=looks.device)[:count]])
    total = len(vectors)
    return float(((vectors @ vectors.T).sum() - total) / max(total * (total - 1), 1))


def weights_of(network: Matcher) -> dict[str, NDArray[np.float32]]:
    """What is saved of a network."""
    return {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}


def _strangers(
    wardrobe: Wardrobe, chosen: Sequence[Rows], lost: NDArray[np.int64], offered: NDArray[np.int64],
    config: TrainConfig, random: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:  # fmt: skip
    """For each outfit some of what is offered of the lost item's kind; the outfit's own items are none."""
    kinds = wardrobe.kinds if config.alike == "kind" else wardrobe.categories
    offered = offered[random.permutation(len(offered))]
    by_kind = {kind: offered[kinds[offered] == kind] for kind in np.unique(kinds[lost]).tolist()}
    found = []
    for outfit, row in zip(chosen, lost.tolist(), strict=True):
        others = by_kind[int(kinds[row])]
        found.append(others[~np.isin(others, outfit)][: config.strangers])
    most = max(1, max(map(len, found)))
    strangers = np.tile(lost[:, None], (1, most))
    wrong = np.zeros((len(lost), most), bool)
    for at, some in enumerate(found):
        strangers[at, : len(some)], wrong[at, : len(some)] = some, True
    return strangers, wrong


def companions(collection: Collection, learnt: Sequence[Rows]) -> dict[str, object]:
    """How often outfits have each category, and each two of them: what tells which category an outfit lacks."""
    count = len(collection.categories)
    has = np.zeros((len(learnt), count), np.int64)
    for at, outfit in enumerate(learnt):
        has[at, collection.wardrobe.categories[list(outfit)]] = 1
    return {"outfits": len(learnt), "both": (has.T @ has).tolist()}
