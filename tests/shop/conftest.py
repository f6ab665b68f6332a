"""A shop of plain colours: six kinds of things in six colours, and a few that are told by their photos."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from modiste.catalog.records import Catalog, Product
from modiste.shop import Shop, open_shop
from tests.fakes import COLOURS, FakeCompleter, FakeEncoder, save_photo

KINDS = ("t-shirt", "jeans", "sneakers", "sandals", "Handbag", "beanie")


def product(folder: Path, id: str, paint: str | tuple[int, int, int], category: str, **fields: Any) -> Product:
    """A product with one photo of its own: no two have the same bytes."""
    height = 32 + len(list(folder.glob("*.png")))
    photo = save_photo(folder / f"{id}.png", paint, (24, height))
    return Product(id, (photo,), title=f"{paint} {category}", category=category, **fields)


def wardrobe(folder: Path) -> list[Product]:
    """`red-sneakers` and the like; the price is the place of the colour."""
    return [
        product(folder, f"{colour}-{kind.lower()}", colour, kind, colour=colour, price=float(price))
        for kind in KINDS
        for price, colour in enumerate(COLOURS)
    ]


def opened(folder: Path, products: list[Product] | None = None, completer: Any = None) -> Shop:
    """A shop with its fakes, new where there are products."""
    new = products is not None
    shop = open_shop(folder, encoder=FakeEncoder(), completer=completer or FakeCompleter(), create=new)
    if products is not None:
        shop.add(Catalog("spring", tuple(products)))
    return shop


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that tests only read."""
    folder = tmp_path_factory.mktemp("spring")
    return opened(folder / "shop", wardrobe(folder / "photos"))


@pytest.fixture
def shop(plain: Shop, tmp_path: Path) -> Shop:
    """A copy that nobody has looked at, and that a test may change."""
    shutil.copytree(plain.path, tmp_path / "shop", ignore=shutil.ignore_patterns("spaces"))
    return opened(tmp_path / "shop")
