"""Train try-on on single photos of people: `modiste train tryon --part shape`, then `--part appearance`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modiste.errors import UsageError, unknown
from modiste.lab.datasets.people import read_people
from modiste.lab.training import Average, Group, MeanLosses, Run, batches, record, set_rates, setup, update
from modiste.lab.tryon.data import draw_appearance_task, draw_shape_task, gather
from modiste.lab.tryon.losses import GAN, AppearanceGAN, ShapeGAN
from modiste.parsing import Scene
from modiste.tryon.model import AppearanceConfig, ShapeConfig
from modiste.weights import TENSORS, Weights, find, save, suited

PARTS = ("shape", "appearance")
CHECK_EVERY = 25
"""Steps between two lines of the log."""


@dataclass(frozen=True)
class TrainConfig:
    """Configuration of the two networks' training."""

    shape: ShapeConfig = field(default_factory=ShapeConfig)
    appearance: AppearanceConfig = field(default_factory=AppearanceConfig)
    encoder: str = "encoder-photos"
    """Weights by whose first blocks pictures are compared."""
    shape_steps: int = 820
    shape_batch: int = 12
    """Photos a step, over all processes."""
    appearance_steps: int = 1200
    appearance_batch: int = 6
    lr: float = 4e-4
    """Peak learning rate of the generators; Adam's betas are 0.5 and 0.999, as published."""
    discriminator_lr: float = 1e-3
    warm_up: int = 30
    average_decay: float = 0.995
    swapped: float = 0.3
    """Share of appearance tasks in which another person's garment is put on."""
    untextured: float = 0.15
    """Share of appearance tasks without the texture path, so that the codes learn to carry colour."""
    adversarial: float = 0.3
    """Weight of a picture's adversarial loss."""
    map_adversarial: float = 0.02
    """Weight of a map's adversarial loss."""
    perceptual: float = 1.0
    l1: float = 4.0
    statistics: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("shape_steps", "shape_batch", "appearance_steps", "appearance_batch"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1; got {getattr(self, name)}")


PRESETS = {
    "photos": TrainConfig(),
    "boutique": TrainConfig(encoder="encoder-boutique", shape_steps=640, appearance_steps=240),
    "quick": TrainConfig(
        ShapeConfig(widths=(8, 16, 16, 16)), AppearanceConfig(widths=(8, 16, 16, 16), blocks=1),
        encoder="encoder-boutique", shape_steps=4, shape_batch=2, appearance_steps=3, appearance_batch=2, warm_up=1,
    ),
}  # fmt: skip
"""`photos` is for Clothing Co-Parsing; `quick` shows in a minute that all works."""


def train(
    data: Sequence[Path], out: Path, *, part: str, preset: str = "photos", seed: int = 0, resume: bool = False,
    device: str = "auto",
) -> Weights:  # fmt: skip
    """Train one network on the training part of some data sets; with the other it makes the run's weights.

    Args:
        data: sources with photos of people, their maps and keypoints.
        out: the folder of both networks' runs.
        part: `shape` or `appearance`; neither needs the other.
        resume: go on with the run that stands in `out`.
        preset, seed, device: those of `setup`.

    Returns:
        The part's weights, or both parts' once both are trained.

    Raises:
        UsageError: unknown part or preset, a run in `out` without `resume`, no people with maps.
    """
    if part not in PARTS:
        raise unknown("part", part, PARTS)
    config, torch_device = setup(PRESETS, preset, seed, device)
    with Group.join().leader_first():
        sets = [read_people(source) for source in data]
        people = gather([photo for each in sets for photo in each.part("train")])
    hashes = {each.name: each.split.hash for each in sets}
    run = Run(out / part, seed=seed, resume=resume, settings={**asdict(config), "splits": hashes})
    average = fit(build(part, config), people, part, config, run, torch_device)
    if run.group.leads:
        tensors = {name: tensor.numpy() for name, tensor in average.state_dict().items() if "perception" not in name}
        terms = [each.licence for each in sets]
        save(out / part, tensors, record("tryon", data, config, hashes, terms, part=part, photos=len(people)))
        _join(out)
    run.group.leave()
    return find(str(out if (out / TENSORS).exists() else out / part))


def fit(gan: GAN, people: Sequence[Scene], part: str, config: TrainConfig, run: Run, device: torch.device) -> GAN:
    """Train, from the run's checkpoint if it has one; returns the moving average of the weights."""
    gan.to(device).train()
    average = Average(gan, config.average_decay)
    optimiser = _optimiser(gan, config)
    run.resume(gan, average, optimiser)
    if part == "shape":
        steps, size = config.shape_steps, config.shape_batch
        draw: Callable[..., tuple[Tensor, ...]] = partial(draw_shape_task, people, size=config.shape.size)
    else:
        steps, size = config.appearance_steps, config.appearance_batch
        draw = partial(draw_appearance_task, people, swapped=config.swapped, untextured=config.untextured)
    order = batches(len(people), size, range(run.step, steps), config.seed, run.group)
    losses = MeanLosses()

    for step, rows in run.progress(order, steps - run.step, f"training {part}"):
        random = run.seed_step(step)
        set_rates(optimiser, step, steps, config.warm_up)
        tasks = [draw(row=row, random=random) for row in rows]
        parts = gan.losses(*(torch.stack(each).to(device) for each in zip(*tasks, strict=True)))
        loss = sum(parts.values(), torch.zeros((), device=device))
        update(loss, gan, optimiser, run, clipped=[(gan.generator, 5.0)])
        average.update(gan, step)
        losses.add(parts)
        if (step + 1) % CHECK_EVERY == 0:
            losses.log(run, step)
        if run.save_due or step + 1 == steps:
            run.save(gan, average, optimiser, step + 1)
    return average.network.cpu()


def build(part: str, config: TrainConfig) -> GAN:
    """A fresh network with its discriminator."""
    torch.manual_seed(config.seed)
    if part == "shape":
        return ShapeGAN(config.shape, config.map_adversarial)
    weights = {name: getattr(config, name) for name in ("l1", "perceptual", "statistics", "adversarial")}
    return AppearanceGAN(config.appearance, config.encoder, weights)


def _optimiser(gan: GAN, config: TrainConfig) -> torch.optim.Adam:
    """One optimiser for both players, at rates of their own."""
    groups = [
        {"params": list(gan.generator.parameters()), "peak": config.lr},
        {"params": list(gan.discriminator.parameters()), "peak": config.discriminator_lr},
    ]
    return torch.optim.Adam(groups, lr=config.lr, betas=(0.5, 0.999))


def _join(out: Path) -> None:
    """Both parts' weights in one file, once both are there."""
    if not all((out / part / TENSORS).exists() for part in PARTS):
        return
    tensors: dict[str, NDArray[np.float32]] = {}
    records: dict[str, Any] = {}
    for part in PARTS:
        weights = find(str(out / part))
        records[part] = weights.config
        for name, tensor in weights.tensors().items():
            player, _, rest = name.partition(".")
            if player == "generator":
                tensors[f"{part}.{rest}"] = tensor
            elif part == "appearance":  # whose discriminator online refinement uses
                tensors[name] = tensor
    shared = {key: records["shape"][key] for key in ("system", "domain", "trained_on", "photos", "terms")}
    shared["parser"] = suited("parser", shared["domain"])
    networks = {part: records[part]["settings"][part] for part in PARTS}
    save(
        out, tensors, {**shared, "networks": networks, "settings": {part: records[part]["settings"] for part in PARTS}}
    )
