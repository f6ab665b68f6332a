from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from modiste.boutique import design, make, photograph
from modiste.catalog import Outfit, Rejected
from modiste.errors import UsageError
from modiste.lab.datasets import read


@pytest.fixture(autouse=True)
def one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outfits are what is looked at here."""
    photo = photograph(design(0, 0), (64, 48))
    monkeypatch.setattr(import_module("modiste.boutique.make"), "photograph", lambda spec, size: photo)


def test_outfits_are_read_as_they_were_drawn(tmp_path: Path) -> None:
    make(tmp_path, products=60, outfits=12)
    catalog = read(tmp_path)
    ids = {product.id for product in catalog.products}
    assert catalog.rejected == ()
    assert [outfit.id for outfit in catalog.outfits] == [f"o0-{number:05d}" for number in range(12)]
    assert all(3 <= len(outfit.items) <= 7 and set(outfit.items) <= ids for outfit in catalog.outfits)
    rows = (tmp_path / "outfits.csv").read_text().splitlines()
    assert rows[0] == "outfit,product"
    assert rows[1:] == [f"{outfit.id},{item}" for outfit in catalog.outfits for item in outfit.items]


def test_a_row_that_names_no_product_is_rejected(tmp_path: Path) -> None:
    make(tmp_path, products=2)
    (tmp_path / "outfits.csv").write_text("outfit,product\no1,b0-00001\no1,b0-00009\no1,b0-00000\no1,b0-00001\n")
    catalog = read(tmp_path)
    assert catalog.outfits == (Outfit("o1", ("b0-00001", "b0-00000")),)
    reason = 'outfit o1 names "b0-00009", which is no product here'
    assert catalog.rejected == (Rejected("b0-00009", reason, "outfits.csv, line 3"),)


def test_an_older_boutique_has_no_outfits(tmp_path: Path) -> None:
    make(tmp_path, products=2)
    (tmp_path / "outfits.csv").unlink()
    catalog = read(tmp_path)
    assert (len(catalog.products), catalog.outfits, catalog.rejected) == (2, (), ())


def test_another_table_of_that_name_is_refused(tmp_path: Path) -> None:
    make(tmp_path, products=1)
    (tmp_path / "outfits.csv").write_text("outfit\n")
    with pytest.raises(UsageError, match=r"outfits.csv has no column product; draw the boutique again"):
        read(tmp_path)
