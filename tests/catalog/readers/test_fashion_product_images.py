from __future__ import annotations

from pathlib import Path

import pytest

from modiste.catalog.readers import fashion_product_images
from modiste.errors import UsageError
from modiste.lab.datasets import read
from tests.photos import write_photo

HEADER = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName\n"


def publish(folder: Path, *lines: str, photos: str = "") -> Path:
    """A small copy of the publisher's layout."""
    (folder / "images").mkdir()
    for id in photos.split():
        write_photo(folder / "images" / f"{id}.jpg", int(id) % 256)
    (folder / "styles.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def test_a_row_becomes_a_product(tmp_path: Path) -> None:
    line = "1163,Men,Apparel,Topwear,Tshirts,Navy Blue,Summer,2011,Sports,Nike Men  Navy Blue Jersey"
    catalog = read(publish(tmp_path, line, photos="1163"))
    (product,) = catalog.products
    assert product.id == "1163"
    assert product.images == (tmp_path / "images" / "1163.jpg",)
    assert (product.title, product.category) == ("Nike Men Navy Blue Jersey", "Tshirts")
    assert (product.gender, product.colour) == ("Men", "navy blue")
    assert product.attributes == {
        "master_category": "Apparel",
        "sub_category": "Topwear",
        "season": "Summer",
        "usage": "Sports",
        "year": 2011.0,
    }
    assert "research" in catalog.licence


def test_commas_in_names_and_unknown_values(tmp_path: Path) -> None:
    lines = ("1,Women,Apparel,Dress,Dresses,NA,,,NA,Dress, long, with belt", '2,Men,A,B,Tshirts,Red,,2012,NA,"A, B"')
    first, second = read(publish(tmp_path, *lines, photos="1 2")).products
    assert first.title == "Dress, long, with belt"
    assert first.colour == ""
    assert first.attributes == {"master_category": "Apparel", "sub_category": "Dress"}
    assert second.title == "A, B"


def test_every_line_is_a_product_whatever_its_quotes(tmp_path: Path) -> None:
    row = "Men,Apparel,Topwear,Tshirts,Blue,Fall,2011,Casual"
    names = ('"Classic Red Tee', "Polo, black", 'Lagoon 17" tee', '"A, B"', "Rima")
    catalog = read(publish(tmp_path, *(f"{n},{row},{name}" for n, name in enumerate(names, 1)), photos="1 2 3 4 5"))
    assert [product.title for product in catalog.products] == [
        *("Classic Red Tee", "Polo, black", 'Lagoon 17" tee', "A, B", "Rima")
    ]
    assert catalog.rejected == ()


def test_what_cannot_be_used_is_rejected(tmp_path: Path) -> None:
    row = "Men,Apparel,Topwear,Tshirts,Blue,Fall,2011,Casual,Shirt"
    catalog = read(publish(tmp_path, f"1,{row}", f"2,{row}", f"1,{row}", f",{row}", "3,Men", photos="1 3"))
    assert [product.id for product in catalog.products] == ["1"]
    assert [(bad.id, bad.source) for bad in catalog.rejected] == [
        ("2", "styles.csv, line 3"),
        ("1", "styles.csv, line 4"),
        ("", "styles.csv, line 5"),
        ("3", "styles.csv, line 6"),
    ]
    reasons = [bad.reason for bad in catalog.rejected]
    assert reasons[0] == f"no image at {tmp_path / 'images' / '2.jpg'}; put it there or remove the row"
    assert reasons[1:3] == [
        'id "1" is taken by styles.csv, line 2; give every product its own',
        "the id is missing; give every product one",
    ]
    assert "2 cells instead of 10" in reasons[3]


def test_models_are_products_of_one_shoot_that_differ_in_colour_alone(tmp_path: Path) -> None:
    names = {
        101: ("Blue", "Lee Men Slim Blue Shirt"),
        102: ("Navy Blue", "Lee Men Slim Navy Blue Shirt"),
        103: ("Red", "Lee Men Wide Red Shirt"),
        104: ("Green", "Span Women Green Kurta"),
        105: ("Green", "Span Women Green Kurta"),
        106: ("Red", "Span Women Red Kurta"),
        151: ("Red", "Lee Men Slim Red Shirt"),
    }
    lines = [f"{id},Men,Apparel,Topwear,Shirts,{colour},,,,{name}" for id, (colour, name) in names.items()]
    catalog = read(publish(tmp_path, *lines, photos=" ".join(map(str, names))))
    models = {product.id: product.variant_of for product in catalog.products}
    assert models == {"101": "101", "102": "101", "103": "", "104": "", "105": "", "106": "", "151": ""}


def test_another_table_of_that_name_is_refused(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "styles.csv").write_text("id,name\n")
    with pytest.raises(UsageError, match=r"has no column articleType, productDisplayName; give the publisher's styles"):
        read(tmp_path)


def test_the_real_set(photographs: Path) -> None:
    folder = photographs / "fashion-product-images"
    catalog = fashion_product_images.LAYOUT.read(folder)
    lines = (folder / "styles.csv").read_text(encoding="utf-8").count("\n")
    assert len(catalog.products) + len(catalog.rejected) == lines - 1
    assert len(catalog.products) > 39_000
    assert all(product.title and product.category and product.gender for product in catalog.products)
