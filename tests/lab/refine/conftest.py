"""A shop of coloured shapes, and a run on it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from modiste.encoders.pipeline import TrainedEncoder
from modiste.lab.refine.train import PRESETS, TrainConfig, train
from modiste.refine.model import VALConfig
from tests.lab.encoder.conftest import COLOURS, KINDS, draw

SHAPES = 144
TINY = TrainConfig(
    VALConfig(depths=("high",)), "encoder-boutique", triplets=300, steps=60, batch_size=32, negatives=8, warm_up=2,
    lr=2e-3, drop_words=0.0, average_decay=0.8,
)  # fmt: skip
"""Learns what colours and shapes are called, for which one depth is enough."""


@pytest.fixture(scope="session")
def encoder(cache: Path) -> TrainedEncoder:
    return TrainedEncoder("encoder-boutique")


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of coloured shapes, which differ in kind and colour alone."""
    folder = tmp_path_factory.mktemp("shops") / "shapes"
    folder.mkdir()
    combinations = [(kind, colour) for kind in KINDS for colour in COLOURS]
    with (folder / "products.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "image", "title", "category", "colour", "gender"])
        for number in range(SHAPES):
            kind, colour = combinations[number % len(combinations)]
            draw(kind, colour, number).save(folder / f"{number}.png")
            table.writerow([f"p{number}", f"{number}.png", f"Women's {colour} {kind}", kind, colour, "Women"])
    return folder


@pytest.fixture(scope="session")
def run(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("runs") / "shapes"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "tiny", TINY)
        patch.setattr("modiste.lab.refine.data.VALIDATION_QUERIES", 60)
        train([shapes], folder, preset="tiny", device="cpu")
    return folder
