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
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.errors import UsageError, unknown
from modiste.lab.datasets.people import read_people
from modiste.lab.training import (
    Average,
    Group,
    MeanLosses,
    Run,
    batches,
    record,
    set_rates,
    setup,
    update,
)
from modiste.lab.tryon.data import (
    AppearanceTask,
    Crowd,
    ShapeTask,
    appearance_task,
    draw_regions,
    gather,
    mirrored,
    shape_task,
)
from modiste.lab.tryon.losses import map_loss, perceptual, region_statistics
from modiste.lab.tryon.perception import Perception
from modiste.tryon.appearance import CLASSES, AppearanceConfig, AppearanceNetwork
from modiste.tryon.layers import PatchDiscriminator
from modiste.tryon.online import least_squares, masked_l1
from modiste.tryon.scene import Scene
from modiste.tryon.shape import BODY, ShapeConfig, ShapeNetwork
from modiste.weights import TENSORS, Weights, find, save, suited

PARTS = ("shape", "appearance")
CHECK_EVERY = 25
"""Steps between two lines of the log."""


@dataclass(frozen=True)
class TrainConfig:
    """How the two networks learn."""

    shape: ShapeConfig = field(default_factory=ShapeConfig)
    appearance: AppearanceConfig = field(default_factory=AppearanceConfig)
    encoder: str = "encoder-photos"
    """By whose first blocks pictures are compared."""
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
    """Share of appearance tasks in which a stranger's garment is put on."""
    untextured: float = 0.15
    """Share of appearance tasks without the texture path, so that the codes learn to carry colour."""
    adversarial: float = 0.3
    """Weight of the discriminator's word for a picture."""
    map_adversarial: float = 0.02
    """Weight of the discriminator's word for a map."""
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
        preset: a name in PRESETS.
        seed: of the order of the photos, the tasks made of them, and the networks' start.
        resume: go on with the run that stands in `out`.
        device: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Returns:
        The part's weights, or both parts' once both are trained.

    Raises:
        UsageError: unknown part or preset, a run in `out` without `resume`, no people with maps.
    """
    if part not in PARTS:
        raise unknown("part", part, PARTS)
    config, place = setup(PRESETS, preset, seed, device)
    with Group.join().leader_first():
        people = [read_people(source) for source in data]
        crowd = gather([photo for some in people for photo in some.part("train")])
    hashes = {some.name: some.split.hash for some in people}
    run = Run(out / part, seed=seed, resume=resume, settings={**asdict(config), "splits": hashes})
    average = fit(build(part, config), crowd, config, run, place)
    if run.group.leads:
        tensors = {name: tensor.numpy() for name, tensor in average.state_dict().items() if "perception" not in name}
        terms = [some.licence for some in people]
        save(out / part, tensors, record("tryon", data, config, hashes, terms, part=part, photos=len(crowd)))
        join(out)
    run.group.leave()
    return find(str(out if (out / TENSORS).exists() else out / part))


def fit(game: Game, crowd: Crowd, config: TrainConfig, run: Run, device: torch.device) -> Game:
    """The loop; from the run's checkpoint if it has one. Gives the moving average of the weights."""
    game.to(device).train()
    average = Average(game, config.average_decay)
    optimiser = make_optimiser(game, config)
    run.resume(game, average, optimiser)
    order = batches(len(crowd), game.size, range(run.step, game.steps), config.seed, run.group)
    losses = MeanLosses()

    for step, rows in run.progress(order, game.steps - run.step, f"training {game.part}"):
        random = run.seed_step(step)
        set_rates(optimiser, step, game.steps, config.warm_up)
        batch = game.batch([draw_task(crowd, row, game.task, random) for row in rows], device)
        parts = game.losses(batch)
        loss = sum(parts.values(), torch.zeros((), device=device))
        update(loss, game, optimiser, run, clipped=[(game.generator, 5.0)])
        average.update(game, step)
        losses.add(parts)
        if (step + 1) % CHECK_EVERY == 0:
            losses.log(run, step)
        if run.save_due or step + 1 == game.steps:
            run.save(game, average, optimiser, step + 1)
    return average.network.cpu()


class Game(nn.Module):
    """A generator against its discriminator (pix2pix, section 3.1), and what else the generator is held to."""

    part: str
    steps: int
    size: int
    generator: ShapeNetwork | AppearanceNetwork
    discriminator: PatchDiscriminator
    task: Callable[[Scene, Sequence[Scene], Sequence[str], np.random.Generator], tuple[Tensor, ...]]

    def batch(self, tasks: Sequence[tuple[Tensor, ...]], device: torch.device) -> tuple[Tensor, ...]:
        """Tasks side by side."""
        return tuple(torch.stack(parts).to(device) for parts in zip(*tasks, strict=True))

    def losses(self, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """What is added up; each player's terms reach its own parameters alone."""
        raise NotImplementedError

    def judged(self, given: Tensor, real: Tensor, made: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What the generator lacks in the discriminator's eyes where it makes something, and what that one lacks."""
        self.discriminator.requires_grad_(False)
        lacks = least_squares(self.discriminator(given, made), 1, mask)
        self.discriminator.requires_grad_(True)
        apart = self.discriminator(torch.cat([given, given]), torch.cat([real, made.detach()]))
        seen, found = apart.chunk(2)
        return lacks, (least_squares(seen, 1, mask) + least_squares(found, 0, mask)) / 2


class ShapeGame(Game):
    """Maps; the discriminator is told the body model, and sees likelihoods, not logits."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.part, self.steps, self.size, self.config = "shape", config.shape_steps, config.shape_batch, config
        self.generator = ShapeNetwork(config.shape)
        self.discriminator = PatchDiscriminator(BODY, CLASSES)
        self.task = partial(_shape_task, size=config.shape.size)

    def losses(self, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        task = ShapeTask(*batch)
        logits = self.generator(task.body, task.masks)
        real = F.one_hot(task.target, CLASSES).permute(0, 3, 1, 2).float()
        lacks, discriminator = self.judged(task.body, real, logits.softmax(1), task.zone[:, None])
        return {
            "map": map_loss(logits, task.target, task.zone),
            "adversarial": self.config.map_adversarial * lacks,
            "discriminator": discriminator,
        }


class AppearanceGame(Game):
    """Photos; the discriminator is told the map."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.part, self.steps, self.size = "appearance", config.appearance_steps, config.appearance_batch
        self.config = config
        self.generator = AppearanceNetwork(config.appearance)
        self.discriminator = PatchDiscriminator(CLASSES, 3)
        self.perception = Perception.of(config.encoder)
        self.task = partial(_appearance_task, config=config)

    def losses(self, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        task, weight = AppearanceTask(*batch), self.config
        codes = mixed_codes(self.generator.encoder, task)
        made = self.generator(task.rough, task.sampled, task.changed, task.masks, codes)
        hole, worn = task.changed * task.told, task.sampled * (1 - task.told)
        truth = torch.where(task.told > 0, task.photo, made.detach())  # a stranger's garment has no true answer
        lacks, discriminator = self.judged(task.masks, task.photo, made, task.changed)
        return {
            "l1": weight.l1 * masked_l1(made, task.photo, hole),
            "perceptual": weight.perceptual * perceptual(self.perception(made), self.perception(truth), hole),
            "statistics": weight.statistics * region_statistics(made, task.rough, worn),
            "adversarial": weight.adversarial * lacks,
            "discriminator": discriminator,
        }


def mixed_codes(encoder: nn.Module, task: AppearanceTask) -> Tensor:
    """Codes of the photo's own classes and of those that are borrowed. Shape: (b, 13, codes)."""
    own, theirs = encoder(torch.cat([task.photo, task.source]), torch.cat([task.masks, task.source_masks])).chunk(2)
    return torch.where(task.borrowed[..., None], theirs, own)


def build(part: str, config: TrainConfig) -> Game:
    """A fresh game."""
    torch.manual_seed(config.seed)
    return ShapeGame(config) if part == "shape" else AppearanceGame(config)


def make_optimiser(game: Game, config: TrainConfig) -> torch.optim.Adam:
    """One optimiser for both players, at rates of their own."""
    groups = [
        {"params": list(game.generator.parameters()), "peak": config.lr},
        {"params": list(game.discriminator.parameters()), "peak": config.discriminator_lr},
    ]
    return torch.optim.Adam(groups, lr=config.lr, betas=(0.5, 0.999))


def draw_task(
    crowd: Crowd, row: int, make: Callable[..., tuple[Tensor, ...]], random: np.random.Generator
) -> tuple[Tensor, ...]:
    """A task of this photo, or of another where it shows no garment; half of them in a mirror."""
    for _ in range(20):
        scene = crowd.scene(row)
        regions = draw_regions(scene, random)
        if regions:
            break
        row = int(random.integers(len(crowd)))
    strangers = [crowd.scene(int(place)) for place in random.integers(len(crowd), size=8)]
    if random.random() < 0.5:
        scene = mirrored(scene)
    return make(scene, strangers, regions, random)


def _shape_task(
    scene: Scene, strangers: Sequence[Scene], regions: Sequence[str], random: np.random.Generator,
    size: tuple[int, int],
) -> ShapeTask:  # fmt: skip
    return shape_task(scene, strangers[0], strangers[1], regions, size, random)


def _appearance_task(
    scene: Scene, strangers: Sequence[Scene], regions: Sequence[str], random: np.random.Generator, config: TrainConfig
) -> AppearanceTask:
    textured = random.random() >= config.untextured
    if random.random() < config.swapped:
        for stranger in strangers:
            shared = [region for region in regions if stranger.mask(region).mean() > 0.01]
            if shared:
                return appearance_task(scene, stranger, shared, random, swapped=True, textured=True)
    return appearance_task(scene, strangers[0], regions, random, textured=textured)


def join(out: Path) -> None:
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
            elif part == "appearance":  # which online refinement asks
                tensors[name] = tensor
    shared = {key: records["shape"][key] for key in ("system", "domain", "trained_on", "photos", "terms")}
    shared["parser"] = suited("parser", shared["domain"])
    networks = {part: records[part]["settings"][part] for part in PARTS}
    save(
        out, tensors, {**shared, "networks": networks, "settings": {part: records[part]["settings"] for part in PARTS}}
    )
