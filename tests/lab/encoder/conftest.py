"""A shop of coloured shapes, and an encoder trained on it for a few steps."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from modiste.lab.encoder.train import PRESETS, TrainConfig, train

COLOURS = {"red": (200, 20, 30), "blue": (20, 40, 200), "green": (20, 150, 40), "black": (15, 15, 15)}
KINDS = {"shirt": (24, 20, 72, 70), "trousers": (36, 30, 60, 120), "bag": (30, 70, 66, 110)}
TINY = TrainConfig(batch_size=6, cached_epochs=1, epochs=1, variants=2, warm_up=2)


def draw(kind: str, colour: str, seed: int) -> Image.Image:
    """A rectangle where the kind's garment would be."""
    random = np.random.default_rng(seed)
    photo = Image.new("RGB", (96, 128), (245, 244, 242))
    box = np.array(KINDS[kind]) + random.integers(-4, 5, 4)
    ImageDraw.Draw(photo).rectangle(box.tolist(), fill=COLOURS[colour])
    return photo


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of 48 coloured shapes with titles, categories, colours and genders."""
    folder = tmp_path_factory.mktemp("shapes")
    combinations = [(kind, colour) for kind in KINDS for colour in COLOURS]
    with (folder / "products.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "image", "title", "category", "colour", "gender"])
        for number in range(48):
            kind, colour = combinations[number % len(combinations)]
            gender = ("Women", "Men")[number % 2]
            draw(kind, colour, number).save(folder / f"{number}.png")
            title = f"{gender}'s {colour} {kind} no. {number}"
            table.writerow([f"p{number}", f"{number}.png", title, kind, colour, gender])
    return folder


@pytest.fixture(scope="session")
def run(shapes: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("runs") / "shapes"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "tiny", TINY)
        train([shapes], folder, preset="tiny", device="cpu")
    return folder
