from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from modiste.catalog.records import Product
from modiste.lab.datasets import inspect, with_photo
from tests.photos import write_photo


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_photo(tmp_path / "a.png", 1)
    write_photo(tmp_path / "b.png", 1)
    write_photo(tmp_path / "c.png", 2)
    (tmp_path / "cut.png").write_bytes(write_photo(tmp_path / "d.png", 3).read_bytes()[:60])
    rows = ["1,a.png,dress,red", "2,b.png,dress,", "3,c.png|a.png,coat,red", "4,cut.png,coat,red", "5,none.png,,"]
    (tmp_path / "shop.csv").write_text("sku,image,category,colour\n" + "\n".join(rows))
    return tmp_path / "shop.csv"


def test_what_a_shop_holds_and_what_is_wrong_with_it(shop: Path) -> None:
    told: list[tuple[int, int]] = []
    found = inspect(shop, progress=lambda done, total: told.append((done, total)))
    assert (found.name, found.layout, found.products, found.photos) == ("shop", "csv", 4, 5)
    assert found.categories == {"dress": 2, "coat": 2}
    assert found.colours == {"red": 3}
    assert found.coverage == {"category": 1.0, "colour": 0.75}
    assert [(bad.id, bad.reason.partition(";")[0].partition("(")[0].strip()) for bad in found.problems] == [
        ("5", "no image at none.png"),
        ("4", "cut.png is damaged"),
    ]
    assert found.repeats == (("1", "2"),)
    assert found.notes[0] == "read id from the column sku"
    assert told[-1] == (4, 4)


def test_an_inspection_can_be_written_as_json(shop: Path) -> None:
    assert json.loads(json.dumps(asdict(inspect(shop))))["layout"] == "csv"


def test_the_real_street_photos(photographs: Path) -> None:
    found = inspect(photographs / "ccp")
    assert found.layout == "ccp"
    assert found.products > 1_800
    assert found.problems == ()
    assert "Apache-2.0" in found.licence
    assert any("0536" in trap for trap in found.traps)


def test_with_photo_keeps_products_whose_first_photo_can_be_read(tmp_path: Path) -> None:
    fine, broken, cut = write_photo(tmp_path / "fine.png"), tmp_path / "broken.png", tmp_path / "cut.png"
    broken.write_bytes(b"no image")
    cut.write_bytes(fine.read_bytes()[:60])
    photos = {
        "one": (fine,),
        "none": (),
        "broken": (broken,),
        "cut": (cut,),
        "gone": (tmp_path / "gone.png",),
        "a folder": (tmp_path,),
        "broken second": (fine, broken),
        "broken first": (broken, fine),
        "the same": (fine,),
    }
    products = [Product(id, images) for id, images in photos.items()]
    kept = with_photo(iter(products))
    assert [product.id for product in kept] == ["one", "broken second", "the same"], "in the order in which they came"
    assert kept[0] is products[0]


def test_with_photo_of_nothing() -> None:
    assert with_photo([]) == []
