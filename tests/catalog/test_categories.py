from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from modiste.catalog import categories
from modiste.catalog.categories import (
    BOUTIQUE,
    FASHION_PRODUCT_IMAGES,
    MANGO,
    NOT_WORN,
    OUTFIT_CATEGORIES,
    PARSING_CLASSES,
    REGION_CLASSES,
    REGIONS,
    REPLACES,
    never_worn,
    outfit_category,
    tryon_region,
)

TABLES = {
    "fashion-product-images": categories._by_label(FASHION_PRODUCT_IMAGES),
    "mango": categories._by_label(MANGO),
    "boutique": categories._by_label(BOUTIQUE),
    "polyvore-outfits": {category: category for category in OUTFIT_CATEGORIES},
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_label_has_the_category_of_its_table(table: Mapping[str, str]) -> None:
    assert set(table.values()) <= {*OUTFIT_CATEGORIES, NOT_WORN}
    for label, category in table.items():
        assert (outfit_category(label) or NOT_WORN) == category


def test_the_tables_are_whole() -> None:
    assert len(OUTFIT_CATEGORIES) == 11
    assert len(PARSING_CLASSES) == 13
    assert len(TABLES["fashion-product-images"]) == 143
    assert len(TABLES["mango"]) == 103


def test_regions_are_parsing_classes_in_layer_order() -> None:
    assert set(REGION_CLASSES) == set(REGIONS)
    assert {one for many in REGION_CLASSES.values() for one in many} <= set(PARSING_CLASSES)
    assert REGIONS.index("top") < REGIONS.index("outer") < REGIONS.index("bag")
    assert set(REPLACES["dress"]) <= set(REGIONS)


@pytest.mark.parametrize(
    ("label", "category", "region"),
    [
        ("Casual Shoes", "shoes", "shoes"),
        ("  casual shoes ", "shoes", "shoes"),
        ("dress shoes", "shoes", "shoes"),
        ("shirt dress", "all-body", "dress"),
        ("Women's midi dress with belt", "all-body", "dress"),
        ("T-shirts", "tops", "top"),
        ("dresses", "all-body", "dress"),
        ("bag for shoes", "bags", "bag"),
        ("sun hats (straw)", "hats", "hat"),
        ("knee socks", "accessories", "legwear"),
        ("Tights", "accessories", "legwear"),
        ("Sock Boots", "shoes", "shoes"),
        ("Sock-boots", "shoes", "shoes"),
        ("Women > Shoes > Sock Sneakers", "shoes", "shoes"),
        ("Stocking shoes with socks", "shoes", "shoes"),
        ("Boot Socks", "accessories", "legwear"),
        ("Sock (Pack)", "accessories", "legwear"),
        ("Pack of 3 socks", "accessories", "legwear"),
        ("Pair of boots", "shoes", "shoes"),
        ("Hosiery", "accessories", "legwear"),
        ("Socks - Ankle", "accessories", "legwear"),
        ("Bag charms", None, None),
        ("Coat hanger", None, None),
        ("Watches", "jewellery", None),
        ("Scarves", "scarves", None),
        ("Sunglasses", "sunglasses", None),
        ("Briefs", None, None),
        ("cotton briefs", None, None),
        ("garden hose", None, None),
        ("", None, None),
    ],
)
def test_labels_that_no_table_has(label: str, category: str | None, region: str | None) -> None:
    assert outfit_category(label) == category
    assert tryon_region(label) == region


def test_known_nouns_are_categories() -> None:
    assert set(categories._WORDS.values()) <= {*OUTFIT_CATEGORIES, NOT_WORN}


@pytest.mark.parametrize("name", ["fashion-product-images", "mango"])
def test_every_label_of_the_real_data_is_in_its_table(photographs: Path, name: str) -> None:
    from modiste.lab.datasets import read

    labels = {product.category for product in read(photographs / name).products}
    assert labels <= set(TABLES[name])


@pytest.mark.parametrize(
    ("label", "never"),
    [("Lipstick", True), ("Bras & lingerie", True), ("Casual Shoes", False), ("", False), ("gizmo", False)],
)
def test_what_is_never_worn_is_told_from_what_is_not_understood(label: str, never: bool) -> None:
    assert never_worn(label) is never
