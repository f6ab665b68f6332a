"""A drawn boutique, a run on it, and made-up item tables, outfits and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from modiste.boutique import make
from modiste.catalog.records import Product
from modiste.complete.model import CSANet, CSANetConfig, Outfits
from modiste.encoders.pipeline import TrainedEncoder
from modiste.lab.complete.data import Collection, ItemTable, PhotoFeatures, collect
from modiste.lab.complete.train import PRESETS, TrainConfig, train
from modiste.weights import Weights, find, save

PRODUCTS, OUTFITS = 240, 400
"""Fewer leave the judges nothing that could be asked about, or too little to tell learning from luck."""
TINY = TrainConfig(
    CSANetConfig(dim=32, hidden=0), "encoder-boutique", steps=60, batch_size=96, warm_up=5, lr=3e-3, average_decay=0.9
)
WIDTH = 12
"""Of made-up features."""


@pytest.fixture(scope="session")
def encoder(cache: Path) -> TrainedEncoder:
    return TrainedEncoder("encoder-boutique")


@pytest.fixture(scope="session")
def boutique(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose outfits follow a style that can be seen."""
    folder = tmp_path_factory.mktemp("shops") / "boutique"
    make(folder, products=PRODUCTS, outfits=OUTFITS, size=(64, 48))
    return folder


@pytest.fixture(scope="session")
def collection(boutique: Path, encoder: TrainedEncoder) -> Collection:
    return collect([boutique], PhotoFeatures(encoder))


@pytest.fixture(scope="session")
def run(boutique: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("runs") / "boutique"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "tiny", TINY)
        train([boutique], folder, preset="tiny", device="cpu")
    return folder


class Blind:
    """Features of photos that nobody looks at."""

    def load(self, files: Sequence[Path]) -> np.ndarray:
        """Another row for each."""
        return np.arange(len(files), dtype=np.float16)[:, None].repeat(WIDTH, 1)


def item_table(categories: Sequence[int], times: Sequence[int] = (), kinds: Sequence[int] = ()) -> ItemTable:
    """Products that look like nothing; each is worn once, and of the kind of its category, if nothing else is said."""
    count = len(categories)
    return ItemTable(
        tuple(Product(f"p{row}", category=f"c{category}") for row, category in enumerate(categories)),
        np.random.default_rng(0).normal(size=(count, WIDTH)).astype(np.float16),
        np.array(categories, np.int64),
        np.array(kinds if len(kinds) else categories, np.int64),
        np.array(times if len(times) else [1] * count, np.int64),
    )


def unit(*shape: int, seed: int = 0) -> torch.Tensor:
    """Random vectors of unit length."""
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def outfits(count: int, items: int = 3, dim: int = 8, categories: int = 11, seed: int = 0) -> Outfits:
    """Outfits of unit vectors, all of one size."""
    random = torch.Generator().manual_seed(seed)
    numbers = torch.randint(categories, (count, items + 1), generator=random)
    return Outfits(unit(count, items, dim, seed=seed), numbers[:, 1:], torch.ones(count, items), numbers[:, 0])


def widened(asked: Outfits, more: int) -> Outfits:
    """The same outfits with noise behind their items that isn't there."""
    noise = outfits(len(asked.wanted), more, asked.vectors.shape[2], seed=7)
    return Outfits(
        torch.cat([asked.vectors, noise.vectors], 1),
        torch.cat([asked.categories, noise.categories], 1),
        torch.cat([asked.present, torch.zeros_like(noise.present)], 1),
        asked.wanted,
    )


def saved(folder: Path, network: CSANet, **record: object) -> Weights:
    """The weights of a network as a run writes them."""
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    encoder, settings = find("encoder-boutique"), network.config
    said = {
        "system": "complete",
        "encoder": {"name": encoder.name, "revision": encoder.revision},
        "network": asdict(settings),
        "features": len(tensors["trunk.mean"]),
        "dim": 2 * settings.dim + 1,
        "missing": {"outfits": 0, "both": np.zeros((len(settings.categories),) * 2, int).tolist()},
    }
    save(folder, tensors, said | record)
    return find(str(folder))
