"""Train the parser of people: `modiste train parser`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modiste.catalog.categories import PARSING_CLASSES
from modiste.errors import UsageError
from modiste.images import load_image
from modiste.lab.parser.data import Augmentation, Batch, Example, Examples, draw_batch, read_parts
from modiste.lab.parser.losses import IGNORED, joints, overlap, pixels, tags
from modiste.lab.parser.metrics import Parse, measure
from modiste.lab.training import Average, Group, MeanLosses, Run, batches, check_sizes, record, set_rates, setup, update
from modiste.parsing.frame import SIZE, Frame, Parsed
from modiste.parsing.model import ParserConfig, ParserExport, build
from modiste.parsing.pipeline import joints_of, load_network
from modiste.types import Pixels
from modiste.weights import Weights, find, save

CHECK_EVERY = 50
"""Steps between two lines of the log."""
UNSURE = 0.5
"""Probability under which the network's own prediction is not learnt from."""


@dataclass(frozen=True)
class TrainConfig:
    """Configuration of a parser's training."""

    network: ParserConfig = field(default_factory=ParserConfig)
    encoder: str = ""
    """On whose trunk it starts; on ImageNet's where none is named."""
    steps: int = 1100
    parsed: int = 7
    """People with maps in a step, over all processes."""
    tagged: int = 3
    """People without."""
    alone: int = 2
    """Garments that lie alone."""
    products: int = 150
    """Garments of each region that are learnt from, at most."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    lr: float = 2e-3
    """Peak learning rate of the decoder."""
    trunk_lr: float = 7e-4
    """Peak learning rate of what starts from the encoder."""
    weight_decay: float = 0.02
    warm_up: int = 60
    """Steps until the peak."""
    average_decay: float = 0.995
    balance: float = 0.25
    """How far rare classes weigh more: the power of their rarity."""
    smoothing: float = 0.05
    """Share of a pixel's truth that is spread over all classes."""
    overlap_weight: float = 0.5
    tags_weight: float = 0.5
    joints_weight: float = 0.15
    relabel: float = 0.5
    """Share of the steps after which people without maps are parsed once by what was learnt so far, within their tags,
    and learnt from as if those maps were true."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.parsed < 1:
            raise UsageError(f"there must be at least 1 parsed photo in a step; got {self.parsed}")
        check_sizes(steps=self.steps)


PRESETS = {
    "photos": TrainConfig(),
    "further": TrainConfig(
        steps=600, parsed=13, tagged=2, alone=1, relabel=1.0, smoothing=0.02, balance=0.4, lr=1e-3, trunk_lr=4e-4,
        augmentation=Augmentation(zoom=(0.8, 1.3), far=0.5, part=0.2, studio=0.1),
    ),
    "boutique": TrainConfig(
        steps=320, parsed=9, tagged=0, alone=3, products=60, relabel=1.0, smoothing=0.0,
        warm_up=30, average_decay=0.99,
    ),
    "quick": TrainConfig(steps=6, parsed=3, tagged=1, alone=1, products=5, relabel=0.5, warm_up=2),
}  # fmt: skip
"""`photos` is for Clothing Co-Parsing with Mango's garments, `further` goes on from its weights with photos as they
mostly are, and `quick` shows in a minute that all works."""


def train(
    data: Sequence[Path], out: Path, *, preset: str = "photos", start: str = "", seed: int = 0, resume: bool = False,
    device: str = "auto",
) -> Weights:  # fmt: skip
    """Train a parser on the training part of some data sets and write its weights to the run's folder.

    Args:
        data: sources with people, and catalogues whose garments lie alone.
        out: the run's folder.
        start: the weights of a parser to go on from, shipped ones or a run's folder.
        resume: go on with the run that stands in `out`.
        preset, seed, device: those of `setup`.

    Raises:
        UsageError: unknown preset, a run in `out` without `resume`, no people.
    """
    config, torch_device = setup(PRESETS, preset, seed, device)
    with Group.join().leader_first():
        parts = read_parts(data, config.products, ("train", "judge"))
    run = Run(out, seed=seed, resume=resume, settings={**asdict(config), "splits": dict(parts.hashes)})
    network: nn.Module = build(config.network, config.encoder, seed)
    if start:
        network.load_state_dict(load_network(find(start)).state_dict())
    average = fit(network, parts.train, config, run, torch_device)
    if run.group.leads:
        tensors = {name: tensor.cpu().numpy() for name, tensor in average.state_dict().items()}
        photos = {name: len(getattr(parts.train, name)) for name in ("parsed", "tagged", "alone")}
        contents = record(
            "parser", data, config, parts.hashes, parts.licences, network=asdict(config.network), photos=photos,
            metrics=measure(parse_with(average), parts.judge),
        )  # fmt: skip
        save(out, tensors, contents)
    run.group.leave()
    return find(str(out))


def fit(network: nn.Module, examples: Examples, config: TrainConfig, run: Run, device: torch.device) -> nn.Module:
    """Train, from the run's checkpoint if it has one; returns the moving average of the weights."""
    network.to(device).train()
    average = Average(network, config.average_decay)
    optimiser = _optimiser(network, config)
    run.resume(network, average, optimiser)
    balance = _class_weights(examples.parsed, config.balance).to(device)
    change = round(config.relabel * config.steps)
    losses = MeanLosses()

    for step in run.progress(range(run.step, config.steps), config.steps - run.step, "training the parser"):
        if step >= change and any(example.read is None for example in examples.tagged):
            examples = replace(examples, tagged=_relabelled(average.network, examples.tagged, run, device))
        random = run.seed_step(step)
        set_rates(optimiser, step, config.steps, config.warm_up)
        batch = draw_batch(_chosen(examples, config, step, run.group), config.augmentation, random)
        parts = _losses(network, Batch(*(part.to(device) for part in batch)), balance, config)
        update(sum(parts.values(), torch.zeros((), device=device)), network, optimiser, run)
        average.update(network, step)
        losses.add(parts)
        if (step + 1) % CHECK_EVERY == 0:
            losses.log(run, step)
        if run.save_due or step + 1 == config.steps:
            run.save(network, average, optimiser, step + 1)
    trained: nn.Module = average.network.cpu()
    return trained


def parse_with(network: nn.Module) -> Parse:
    """A function that parses frames with a network."""
    export = ParserExport(network).eval()

    def parse(frames: Pixels) -> list[Parsed]:
        with torch.inference_mode():
            maps, heat = export(torch.tensor(frames))
        return [Parsed(map, points) for map, points in zip(maps.numpy(), joints_of(heat.numpy()), strict=True)]

    return parse


def _optimiser(network: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """Two rates: what starts from an encoder has less to learn."""
    named = [(name, part) for name, part in network.named_parameters() if part.requires_grad]
    trunk = [part for name, part in named if name.startswith("trunk.")]
    fresh = [part for name, part in named if not name.startswith("trunk.")]
    groups = [{"params": trunk, "peak": config.trunk_lr}, {"params": fresh, "peak": config.lr}]
    return torch.optim.AdamW([group for group in groups if group["params"]], weight_decay=config.weight_decay)


def _losses(network: nn.Module, batch: Batch, balance: Tensor, config: TrainConfig) -> dict[str, Tensor]:
    """Weighted losses of a batch, which add up."""
    logits = network(batch.pixels)
    parts = {
        "pixels": pixels(logits.classes, batch.map, balance, config.smoothing),
        "overlap": config.overlap_weight * overlap(logits.classes, batch.map),
        "joints": config.joints_weight * joints(logits.heat, logits.absent, batch.heat, batch.known),
    }
    if config.tagged:
        parts["tags"] = config.tags_weight * tags(logits.classes, batch.allowed)
    return parts


def _class_weights(parsed: Sequence[Example], power: float, most: int = 400) -> Tensor:
    """More for rare classes, with a mean of 1 over those that there are. Shape: (13,)."""
    counts = np.zeros(len(PARSING_CLASSES))
    for example in parsed[:most]:
        map = example.read() if example.read is not None else np.zeros((0,), np.uint8)
        counts += np.bincount(map.ravel(), minlength=len(counts)) / max(1, map.size)
    weights, present = np.ones(len(counts)), counts > 0
    if present.any():
        weights[present] = counts[present] ** -power
        weights[present] /= weights[present].mean()
    return torch.from_numpy(weights).float()


def _relabelled(network: nn.Module, tagged: Sequence[Example], run: Run, device: torch.device) -> tuple[Example, ...]:
    """People without maps with those that the network gives them, each pixel of a class that their tags allow.

    They are kept in the run's folder: a resumed run learns from the same.
    """
    path = run.folder / "relabelled.npz"
    with run.group.leader_first():
        if not path.exists():
            half = path.with_suffix(".half.npz")
            np.savez_compressed(half, allow_pickle=False, **_predicted_maps(network, tagged, device))
            half.rename(path)
    with np.load(path) as kept:
        maps = {example.id: kept[example.id] for example in tagged}
    return tuple(replace(example, read=partial(maps.__getitem__, example.id)) for example in tagged)


@torch.no_grad()
def _predicted_maps(
    network: nn.Module, tagged: Sequence[Example], device: torch.device
) -> dict[str, NDArray[np.uint8]]:
    """By photo, maps at half the frame's size, cut to the photo."""
    export, found = ParserExport(network).eval(), {}
    for start in range(0, len(tagged), 16):
        chunk = tagged[start : start + 16]
        photos = [load_image(example.image, at_least=SIZE) for example in chunk]
        frames = np.stack([Frame.whole(photo).cut(photo) for photo in photos])
        logarithms = export.probabilities(torch.from_numpy(frames).to(device))[0]
        allowed = torch.tensor([example.allowed for example in chunk], device=device)
        best, map = logarithms.masked_fill(~allowed[:, :, None, None], -torch.inf).max(1)
        maps = torch.where(best.exp() < UNSURE, IGNORED, map).cpu().numpy().astype(np.uint8)
        for example, photo, predicted in zip(chunk, photos, maps, strict=True):
            corners = np.array([(0, 0), photo.size], np.float32)
            inner = Frame.whole(photo).to_frame(corners, (predicted.shape[0], predicted.shape[1])).round().astype(int)
            found[example.id] = predicted[inner[0, 1] : inner[1, 1], inner[0, 0] : inner[1, 0]]
    return found


def _chosen(examples: Examples, config: TrainConfig, step: int, group: Group) -> list[Example]:
    """The step's examples: parsed people stand in for kinds that there are none of."""
    wanted = {"tagged": config.tagged, "alone": config.alone}
    missing = sum(size for name, size in wanted.items() if not getattr(examples, name))
    chosen: list[Example] = []
    for seed, (name, size) in enumerate({"parsed": config.parsed + missing, **wanted}.items()):
        kind: tuple[Example, ...] = getattr(examples, name)
        if kind and size:
            _, rows = next(batches(len(kind), size, range(step, step + 1), 3 * config.seed + seed, group))
            chosen += [kind[row] for row in rows]
    return chosen
