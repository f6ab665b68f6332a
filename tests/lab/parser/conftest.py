"""A drawn boutique with figures in its clothes, and a run on it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modiste.boutique import make
from modiste.lab.parser.train import PRESETS, TrainConfig, train
from modiste.parsing.model import ParserConfig
from tests.parsing.figures import figure_map, joints, photo_of

TINY = TrainConfig(
    ParserConfig((8, 8, 8, 16, 16)), steps=6, parsed=2, tagged=0, alone=1, products=3, warm_up=2, average_decay=0.5
)
SIZE = (72, 96)
"""Width and height of the figures' photos."""


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A boutique of 40 products and 24 figures, of which the last is the answer to a swap."""
    folder = tmp_path_factory.mktemp("shops") / "people"
    make(folder, products=40, outfits=0, size=(64, 48))
    for part in ("people",):
        (folder / part).mkdir(exist_ok=True)
    skeletons = {}
    random = np.random.default_rng(0)
    with (folder / "people.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["photo", "person", "image", "map", "role", "worn"])
        for number in range(24):
            id, height = f"p{number:05}", float(random.uniform(75, 90))
            left, top = float(random.uniform(-10, 0)), float(random.uniform(0, 96 - height))
            map = figure_map(SIZE, [(left, top, height)])
            photo_of(map).save(folder / "people" / f"{id}.png")
            Image.fromarray(map).save(folder / "people" / f"{id}-map.png")
            skeletons[id] = joints(SIZE, left, top, height).tolist()
            role = "truth" if number == 23 else "photo"
            table.writerow([id, id, f"people/{id}.png", f"people/{id}-map.png", role, json.dumps({})])
    (folder / "keypoints.json").write_text(json.dumps(skeletons))
    (folder / "swaps.csv").write_text("swap,query,truth,garments\n")
    return folder


@pytest.fixture(scope="session")
def run(people: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("runs") / "figures"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "tiny", TINY)
        train([people], folder, preset="tiny", device="cpu")
    return folder
