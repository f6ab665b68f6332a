from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from modiste.catalog import Outfit
from modiste.catalog.readers import mango
from modiste.colour import COLOURS
from modiste.errors import UsageError
from modiste.lab.datasets import read
from tests.photos import write_photo

HEADER = (
    '"cod_modelo_color","cod_color_code","des_color_specification_esp","des_agrup_color_eng","des_sex","des_age",'
    '"des_line","des_fabric","des_product_category","des_product_aggregated_family","des_product_family",'
    '"des_product_type","des_filename"\n'
)
FAMILY = "Tops,Sweaters and Cardigans,Sweater"
JEANS = "53000586-TO,TO,TEJANO OSCURO,BLUE,Female,Adult,SHE,J-JEANS,Bottoms,Jeans,Jeans,Jeans"
TOP = f"57000001-99,99,NEGRO,GREY,Female,Adult,SHE,T-TRICOT,{FAMILY},Top"


def publish(folder: Path, *rows: str, outfits: str = "", photos: int = 2) -> Path:
    """A small copy of the publisher's layout; `folder` is what holds `dataset` and `images`."""
    lines = []
    for number, row in enumerate(rows):
        code = row.partition(",")[0].replace("-", "_")
        lines.append(f"{row},datathon/images/2019_{code}.jpg\n")
        if number < photos:
            write_photo(folder / "images" / f"2019_{code}.jpg", number)
    (folder / "dataset").mkdir(parents=True)
    (folder / "dataset" / "product_data.csv").write_text(HEADER + "".join(lines))
    (folder / "dataset" / "outfit_data.csv").write_text("cod_outfit,cod_modelo_color\n" + outfits)
    return folder


@pytest.mark.parametrize("inside", ["", "datathon"])
def test_both_folders_are_accepted(tmp_path: Path, inside: str) -> None:
    publish(tmp_path / inside, JEANS, TOP, outfits="1,53000586-TO\n1,57000001-99\n1,57000001-99\n2,57000001-99\n")
    catalog = read(tmp_path)
    jeans, top = catalog.products
    assert jeans.images == (tmp_path / inside / "images" / "2019_53000586_TO.jpg",)
    assert (jeans.title, jeans.colour, jeans.variant_of) == ("Women's dark denim jeans", "dark denim", "53000586")
    assert (top.title, top.colour, top.gender) == ("Women's black knitted top", "black", "Women")
    assert (top.category, top.attributes["fabric"], top.attributes["year"]) == ("Top", "knitted", 2019.0)
    assert top.attributes["colour_specification"] == "NEGRO"
    assert catalog.outfits == (Outfit("1", ("53000586-TO", "57000001-99")), Outfit("2", ("57000001-99",)))
    assert catalog.rejected == ()


def test_missing_photos_and_items_are_rejected(tmp_path: Path) -> None:
    catalog = read(publish(tmp_path, JEANS, TOP, outfits="1,57000001-99\n1,53000586-TO\n", photos=1))
    assert [product.id for product in catalog.products] == ["53000586-TO"]
    photo, item = catalog.rejected
    assert "no image at" in photo.reason
    assert item.reason == 'outfit 1 names "57000001-99", which is no product here'
    assert item.source == "outfit_data.csv, line 2"
    assert catalog.outfits == (Outfit("1", ("53000586-TO",)),)


@pytest.mark.parametrize(
    ("gender", "colour", "fabric", "kind", "title"),
    [
        ("Women", "navy blue", "woven", "Trousers", "Women's navy blue trousers"),
        ("Women", "dark denim", "denim", "Skirt", "Women's dark denim skirt"),
        ("Women", "white", "denim", "Skirt", "Women's white denim skirt"),
        ("Women", "black", "leather", "Leather Jacket", "Women's black leather jacket"),
        ("Women", "red", "faux leather", "Trousers", "Women's red faux leather trousers"),
        ("Girls", "pink", "jersey", "Jacket (Cazadora)", "Girls' pink jersey jacket"),
        ("Men", "sand", "", "Totes bag", "Men's sand tote bag"),
        ("", "", "", "Dress", "Dress"),
    ],
)
def test_titles_say_what_is_known_once(gender: str, colour: str, fabric: str, kind: str, title: str) -> None:
    assert mango._title(gender, colour, fabric, kind) == title


def test_all_colours_have_names_that_are_known() -> None:
    assert len(mango.COLOURS) == 110
    assert set(mango.COLOURS.values()) <= set(COLOURS)


def test_another_table_of_that_name_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, JEANS)
    (tmp_path / "dataset" / "product_data.csv").write_text("cod_modelo_color\n")
    with pytest.raises(UsageError, match=r"product_data.csv has no column des_filename; give the publisher's file"):
        read(tmp_path)


def test_the_real_set(photographs: Path) -> None:
    catalog = read(photographs / "mango")
    assert len(catalog.products) > 8_500
    assert len(catalog.outfits) > 6_300
    assert {product.colour for product in catalog.products} <= set(COLOURS), "no Spanish is left"
    colours = Counter(product.colour for product in catalog.products)
    assert colours.most_common(1)[0][0] == "black"
