"""A completer with a small network that hasn't learnt, and a shop for it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from modiste.catalog.records import Catalog, Product
from modiste.complete.lookup import fold
from modiste.complete.model import CSANet, CSANetConfig
from modiste.complete.pipeline import Completer
from modiste.shop import Shop, open_shop
from modiste.weights import save
from tests.fakes import COLOURS, FakeEncoder, save_photo

LABELS = ("shirt", "jeans", "dress", "coat", "sneakers", "handbag")
"""Each in another category of outfits."""


def network(**config) -> CSANet:
    """All of it moved from its start, so that categories and items matter."""
    torch.manual_seed(0)
    network = CSANet(8, CSANetConfig(dim=16, hidden=8, table=8, **config))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return network.eval()


class MadeCompleter(Completer):
    """A photo's vector is noise that its colours seed, so that no graph is needed."""

    size = (32, 24)

    def gallery(self, photos):
        assert photos.shape[1:] == (*self.size, 3)
        noise = [np.random.default_rng(photo.mean((0, 1)).astype(int)).standard_normal(16) for photo in photos]
        return fold(np.array([one / np.linalg.norm(one) for one in noise], np.float32))


def completer(folder: Path) -> MadeCompleter:
    """What `modiste train complete` would have saved."""
    made = network()
    count = len(made.config.categories)
    config = {
        "system": "complete",
        "network": asdict(made.config),
        "features": 8,
        "dim": 33,
        "missing": {"outfits": 10, "both": np.ones((count, count), int).tolist()},
    }
    save(folder, {name: tensor.numpy() for name, tensor in made.state_dict().items()}, config)
    return MadeCompleter(str(folder))


def catalogue(folder: Path) -> Catalog:
    """36 products of six categories, and one of none."""
    shades = [(name, shade) for name in COLOURS for shade in range(6)]
    products = []
    for number, (name, shade) in enumerate(shades):
        colour = tuple((10 * shade + part) % 256 for part in COLOURS[name])
        photo = save_photo(folder / f"{number}.png", colour)
        products.append(Product(f"p{number:02}", (photo,), title=f"{name} thing", category=LABELS[shade]))
    lamp = Product("lamp", (save_photo(folder / "lamp.png", "white"),), title="lamp", category="Lipstick")
    return Catalog("spring", (*products, lamp))


def shop(folder: Path) -> Shop:
    """A shop of that catalogue."""
    opened = open_shop(folder / "shop", encoder=FakeEncoder(), completer=completer(folder / "weights"), create=True)
    opened.add(catalogue(folder / "photos"))
    return opened
