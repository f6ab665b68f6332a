"""Fine-tune the product encoder on a catalogue's photos with their titles: `modiste train encoder`.

Two stages in one loop. First the blocks up to the low map stay as ImageNet left them, and their output is computed
once for a few variants of every photo: a step then costs a third. Then the whole network learns from augmented photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from modiste.encoders.efficientnet import Maps, imagenet
from modiste.encoders.product import ATTRIBUTES, ProductEncoder, scaled
from modiste.errors import UsageError
from modiste.lab.encoder.data import Parts, Prepared, split_parts
from modiste.lab.encoder.losses import attributes, contrastive
from modiste.lab.encoder.metrics import Predictions, measure
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


@dataclass(frozen=True)
class TrainConfig:
    """Batches, epochs, rates and weights of losses."""

    batch_size: int = 384
    """Products a step, over all processes; the others of a batch are the negatives."""
    cached_epochs: int = 8
    """Epochs over cached low maps."""
    epochs: int = 2
    """Epochs of the whole network behind them."""
    variants: int = 4
    """Augmented copies of each photo whose low maps are cached."""
    lr: float = 1e-3
    """Peak learning rate of parameters without pretrained weights."""
    network_lr: float = 3e-4
    """Peak learning rate of parameters with ImageNet's weights."""
    weight_decay: float = 0.02
    warm_up: int = 100
    """Steps until the peak."""
    title_share: float = 0.75
    """Share of products that are paired with their title; the others, with a short description of their attributes."""
    descriptions: int = 3
    """Short descriptions composed for each product."""
    drop_words: float = 0.1
    """Share of token states left out, so that the text's vector depends on no single word."""
    attribute_weight: float = 0.5
    """Of the attribute heads' loss beside the contrastive one."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_sizes(batch_size=self.batch_size)
        if self.cached_epochs + self.epochs < 1:
            raise UsageError("there must be at least 1 epoch; got cached_epochs 0 and epochs 0")


PRESETS = {
    "default": TrainConfig(),
    "boutique": TrainConfig(
        batch_size=192, cached_epochs=24, epochs=4, warm_up=50, title_share=0.35, descriptions=10, drop_words=0.0
    ),
    "quick": TrainConfig(batch_size=64, cached_epochs=2, epochs=0, variants=1, warm_up=5),
}
"""`boutique` is for a few thousand products; `quick` takes a minute, to try the command."""


class _Batch(NamedTuple):
    """Photos, texts and labels of a step."""

    photos: Tensor
    """Scaled photos (b, 3, h, w), or their low maps (b, 40, h / 8, w / 8)."""
    states: Tensor
    mask: Tensor
    positives: Tensor
    """True where a photo is relevant to a text, over all processes. Shape: (b, b)."""
    labels: dict[str, Tensor]


def train(
    data: Sequence[Path], out: Path, *, preset: str = "default", resume: bool = False, device: str = "auto"
) -> Weights:
    """Train an encoder on the training part of some catalogues and write its weights to the run's folder.

    Args:
        data: catalogues in any layout that `modiste index` reads; photos, titles and attributes are used.
        out: the run's folder.
        resume: go on with the run that stands in `out`.
        preset, device: those of `setup`.

    Raises:
        UsageError: unknown preset, a run in `out` without `resume`, no usable photo.
    """
    config, torch_device = setup(PRESETS, preset, 0, device)
    with Group.join().leader_first():
        parts = split_parts(data, config.seed, config.descriptions)
    run = Run(out, seed=config.seed, resume=resume, settings={**asdict(config), "splits": parts.hashes})
    network = build(parts.train, config)
    average = fit(network, parts, config, run, torch_device)
    tensors = {name: tensor.cpu().numpy() for name, tensor in average.state_dict().items()}
    metrics = validate(average, parts.validation, torch_device)
    if run.group.leads:
        contents = record(
            "encoder", data, config, parts.hashes, parts.licences, dim=average.dim, hidden=average.hidden,
            labels=average.labels, products=len(parts.train.ids), metrics=metrics,
        )  # fmt: skip
        save(out, tensors, contents)
    run.group.leave()
    return find(str(out))


def fit(network: ProductEncoder, parts: Parts, config: TrainConfig, run: Run, device: torch.device) -> ProductEncoder:
    """Train, from the run's checkpoint if it has one; returns the moving average of the weights."""
    data = parts.train
    network.to(device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]  # torch's own stub
    average = Average(network)
    optimiser = _optimiser(network, config)
    run.resume(network, average, optimiser)
    per_epoch = max(1, len(data.ids) // min(config.batch_size, len(data.ids)))
    cached, steps = config.cached_epochs * per_epoch, (config.cached_epochs + config.epochs) * per_epoch
    with run.group.leader_first():
        lows = _low_maps(network, data, config, run, device) if run.step < cached else None
    encoded = _encoded_labels(network, data)
    order = batches(len(data.ids), config.batch_size, range(run.step, steps), config.seed, run.group)

    for step, rows in run.progress(order, steps - run.step, "training the encoder"):
        random = run.seed_step(step)
        set_rates(optimiser, step, steps, config.warm_up)
        batch = _draw_batch(data, rows, lows if step < cached else None, encoded, config, random, device)
        maps = network.image.network.maps_from(batch.photos) if step < cached else network.image.network(batch.photos)
        loss, values = _loss(network, maps, batch, config)
        update(loss, network, optimiser, run)
        average.update(network, step)
        if step % 10 == 0:
            run.log(step, loss=loss.item(), scale=network.scale.item(), **values)
        if (step + 1) % per_epoch == 0:
            run.log(step, **validate(average.network, parts.validation, device))
        if run.save_due or step + 1 == steps:
            run.save(network, average, optimiser, step + 1)
    return average.network


def build(data: Prepared, config: TrainConfig) -> ProductEncoder:
    """A network with ImageNet's weights, and heads for the labels that occur in `data`."""
    torch.manual_seed(config.seed)
    labels = {name: tuple(sorted({label for label in data.labels[name] if label})) for name in ATTRIBUTES}
    network = ProductEncoder(labels)
    network.image.network.load_state_dict(imagenet().state_dict())
    return network


@torch.no_grad()
def validate(network: ProductEncoder, data: Prepared, device: torch.device) -> dict[str, float]:
    """The metrics of `modiste evaluate encoder` on the validation products."""
    titles = data.states.of(np.maximum(data.titles, 0))
    texts, photos = [], []
    labels: dict[str, list[str]] = {name: [] for name in ATTRIBUTES}
    for start in range(0, len(data.ids), 256):
        part = slice(start, start + 256)
        vector, _, _, _, *logits = network.describe(torch.tensor(data.photos[part], device=device))
        photos.append(vector.cpu().numpy())
        texts.append(network.text(*(torch.from_numpy(array[part]).to(device) for array in titles)).cpu().numpy())
        for name, logit in zip(ATTRIBUTES, logits, strict=True):
            labels[name] += [network.labels[name][best] for best in logit.argmax(1).tolist()]
    return measure(Predictions(np.concatenate(photos), np.concatenate(texts), labels), data)


def _optimiser(network: ProductEncoder, config: TrainConfig) -> torch.optim.AdamW:
    pretrained = list(network.image.network.parameters())
    known = {id(parameter) for parameter in pretrained}
    fresh = [parameter for parameter in network.parameters() if id(parameter) not in known]
    groups = [{"params": pretrained, "peak": config.network_lr}, {"params": fresh, "peak": config.lr}]
    return torch.optim.AdamW(groups, lr=config.lr, weight_decay=config.weight_decay)


def _draw_batch(
    data: Prepared, rows: Indices, lows: NDArray[np.float16] | None, encoded: dict[str, Tensor], config: TrainConfig,
    random: np.random.Generator, device: torch.device,
) -> _Batch:  # fmt: skip
    described = (random.random(len(rows)) > config.title_share) | (data.titles[rows] < 0)
    choice = random.integers(0, data.descriptions.shape[1], len(rows))
    texts = np.where(described, data.descriptions[rows, choice], data.titles[rows])
    states, mask = (torch.from_numpy(part).to(device) for part in data.states.of(texts))
    mask = mask * (torch.from_numpy(random.random(mask.shape)).to(device) >= config.drop_words)
    mask[:, 0] = 1.0  # the start token stays, so that no text is empty
    if lows is None:
        photos = _augmented(scaled(torch.from_numpy(data.photos[rows]).to(device)), random)
    else:
        low = lows[random.integers(0, len(lows), len(rows)), rows]
        photos = torch.from_numpy(low.astype(np.float32)).to(device).permute(0, 3, 1, 2)
    labels = {name: indices[rows].to(device) for name, indices in encoded.items()}
    return _Batch(photos, states * mask[:, :, None], mask, _positives(data, rows, described, device), labels)


def _loss(network: ProductEncoder, maps: Maps, batch: _Batch, config: TrainConfig) -> tuple[Tensor, dict[str, float]]:
    pooled = network.image.pooled(maps)
    photos, texts = gather(network.image.vector(pooled)), gather(network.text(batch.states, batch.mask))
    matching = contrastive(network.scale * texts @ photos.T, batch.positives)
    heads = attributes({name: head(pooled) for name, head in network.heads.items()}, batch.labels)
    return matching + config.attribute_weight * heads, {"matching": matching.item(), "heads": heads.item()}


def _augmented(photos: Tensor, random: np.random.Generator) -> Tensor:
    """Photos zoomed, shifted and flipped at random, in unchanged colours. Shape: (b, 3, h, w)."""
    count = len(photos)
    zoom = random.uniform(0.82, 1.08, count)
    flip = random.choice([-1.0, 1.0], count)
    shift = random.uniform(-0.08, 0.08, (count, 2))
    affine = np.zeros((count, 2, 3), np.float32)
    affine[:, 0, 0], affine[:, 1, 1], affine[:, :, 2] = zoom * flip, zoom, shift
    grid = F.affine_grid(torch.from_numpy(affine).to(photos.device), list(photos.shape), align_corners=False)
    moved = F.grid_sample(photos, grid, padding_mode="border", align_corners=False)
    return moved.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def _low_maps(
    network: ProductEncoder, data: Prepared, config: TrainConfig, run: Run, device: torch.device
) -> NDArray[np.float16]:
    """Low maps of every photo in several variants. Shape: (variants, products, 16, 12, 40)."""
    path = run.folder / f"low-{config.variants}-{config.seed}.npy"
    if path.exists():
        cached: NDArray[np.float16] = np.load(path, mmap_mode="r")
        return cached
    height, width = data.photos.shape[1:3]
    shape = (config.variants, len(data.ids), height // 8, width // 8, 40)
    lows = np.lib.format.open_memmap(path.with_suffix(".half"), "w+", np.float16, shape)
    starts = [(variant, start) for variant in range(config.variants) for start in range(0, len(data.ids), 256)]
    for variant, start in run.progress(starts, len(starts), "caching the first blocks"):
        photos = scaled(torch.tensor(data.photos[start : start + 256], device=device))
        photos = _augmented(photos, np.random.default_rng([config.seed, variant, start])) if variant else photos
        low = network.image.network.low_map(photos.contiguous(memory_format=torch.channels_last))
        lows[variant, start : start + 256] = low.permute(0, 2, 3, 1).half().cpu().numpy()
    path.with_suffix(".half").rename(path)
    return lows


def _positives(data: Prepared, rows: Indices, described: Mask, device: torch.device) -> Tensor:
    """A photo is relevant to a title that is its own too, and to a description of its own attributes."""
    keys = np.stack([data.titles[rows], data.attribute_groups[rows], described], 1)
    title, group, by_attributes = gather(torch.from_numpy(keys).to(device)).unbind(1)
    same_title = (title[:, None] == title[None]) & (title[:, None] >= 0)
    positives: Tensor = same_title | ((group[:, None] == group[None]) & (by_attributes[:, None] == 1))
    return positives


def _encoded_labels(network: ProductEncoder, data: Prepared) -> dict[str, Tensor]:
    """Index of each product's label in each head; -1 without one."""
    encoded = {}
    for name in ATTRIBUTES:
        number = {label: count for count, label in enumerate(network.labels[name])}
        encoded[name] = torch.tensor([number.get(label, -1) for label in data.labels[name]])
    return encoded
