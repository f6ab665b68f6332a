from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from modiste.catalog import categories
from modiste.catalog.categories import (
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

FASHION_PRODUCT_IMAGES = {
    "tops": "Tshirts, Shirts, Tops, Kurtas, Kurtis, Tunics, Sweatshirts, Sweaters, Lounge Tshirts",
    "bottoms": """Jeans, Trousers, Track Pants, Shorts, Capris, Leggings, Jeggings, Skirts, Salwar, Churidar,
        Patiala, Salwar and Dupatta, Rain Trousers, Lounge Pants, Lounge Shorts""",
    "all-body": """Dresses, Jumpsuit, Rompers, Sarees, Lehenga Choli, Kurta Sets, Clothing Set, Tracksuits,
        Swimwear""",
    "outerwear": "Jackets, Blazers, Waistcoat, Shrug, Nehru Jackets, Rain Jacket, Suits",
    "shoes": """Casual Shoes, Sports Shoes, Formal Shoes, Heels, Flats, Sandals, Sports Sandals, Flip Flops,
        Booties""",
    "bags": """Handbags, Backpacks, Clutches, Duffel Bag, Laptop Bag, Messenger Bag, Rucksacks, Trolley Bag,
        Waist Pouch""",
    "jewellery": """Watches, Earrings, Pendant, Necklace and Chains, Ring, Bangle, Bracelet, Jewellery Set,
        Cufflinks""",
    "accessories": """Belts, Wallets, Ties, Ties and Cufflinks, Socks, Stockings, Tights, Gloves, Suspenders,
        Wristbands, Mobile Pouch, Tablet Sleeve, Travel Accessory, Accessory Gift Set, Umbrellas, Key chain,
        Hair Accessory, Headband, Water Bottle""",
    "hats": "Caps, Hat",
    "scarves": "Scarves, Stoles, Mufflers, Dupatta",
    "sunglasses": "Sunglasses",
    NOT_WORN: """Bra, Briefs, Trunk, Boxers, Innerwear Vests, Camisoles, Shapewear, Baby Dolls, Nightdress,
        Night suits, Bath Robe, Robe, Shoe Accessories, Shoe Laces, Perfume and Body Mist, Deodorant,
        Fragrance Gift Set, Lipstick, Lip Gloss, Lip Care, Lip Liner, Lip Plumper, Nail Polish, Nail Essentials,
        Kajal and Eyeliner, Eyeshadow, Mascara, Concealer, Compact, Foundation and Primer, Highlighter and Blush,
        Makeup Remover, Eye Cream, Face Moisturisers, Face Wash and Cleanser, Face Scrub and Exfoliator,
        Face Serum and Gel, Mask and Peel, Toner, Sunscreen, Body Lotion, Body Wash and Scrub, Hair Colour,
        Beauty Accessory, Mens Grooming Kit, Free Gifts, Footballs, Basketballs, Cushion Covers, Ipad""",
}
"""Outfit category to the labels of `articleType`."""

MANGO = {
    "tops": """Top, T-Shirt, Shirt, Blouse, Sweater, Sweater Vest, Sweatshirt, Cardigan, Cardigan Vest, Bodysuit,
        Poloshirt, Bikini top""",
    "bottoms": "Trousers, Jeans, Shorts, Bermudas, Skirt, Skort, Leggings, Joggers, Bikini pantie",
    "all-body": "Dress, Pichi, Jumpsuit, Overall, Swimsuit, Kaftan",
    "outerwear": """Coat, Jacket, Jacket (Cazadora), Leather Jacket, Blazer, Vest, Outer vest, Overshirt, Parka,
        Puffer coat, Trenchcoat, Poncho, Cape""",
    "shoes": "Sandals, Shoes, Ankle Boots, Boots, Trainers, Clogs, Slippers",
    "bags": """Handbag, Shoulder bag, Crossbody bag, Totes bag, Bucket bag, Citybag, Mini Bag, Belt bag, Backpack,
        Clutch and Pochettes""",
    "jewellery": "Earrings, Necklace, Ring, Bracelet",
    "accessories": """Belt, Braces, Tie, Gloves, Socks, Sock (Pack), Tights, Hairclip, Hairband, Headband, Wallet,
        Purse, Card holder, Case, Cosmetic bag, Glasses case, Umbrella, Keyring, Gadget, Beach Towel""",
    "hats": "Hat, Cap, Beanie, Turban",
    "scarves": "Scarf, Foulard, Kerchief",
    "sunglasses": "Sunglasses, Glasses",
    NOT_WORN: """Bras, Knicker, Shape, Nightgown, Dressing Gown (Bata), Pyjama, Pyjama Trousers, Pyjama Shirt,
        Pyjama Shorts, Pyjama T-Shirt, Pyjama Top, Pyjama Sweatshirt, Pyjama Cardigan""",
}
"""Outfit category to the labels of `des_product_type`."""

BOUTIQUE = {
    "tops": "t-shirt, shirt, blouse, sweater, cardigan, hoodie, sweatshirt, tank top, camisole, polo shirt",
    "bottoms": "jeans, trousers, chinos, joggers, shorts, skirt, leggings",
    "all-body": "dress, shirt dress, jumpsuit",
    "outerwear": "coat, trench coat, jacket, blazer, denim jacket, bomber jacket, puffer, puffer jacket, vest",
    "shoes": "sneakers, boots, ankle boots, heels, sandals, loafers, ballet flats",
    "bags": "handbag, backpack, tote, tote bag, clutch, crossbody bag",
    "hats": "cap, beanie, sun hat, bucket hat, hat",
    "accessories": "belt",
    "scarves": "scarf",
    "sunglasses": "sunglasses, glasses",
}
"""Outfit category to the kinds that the drawn boutique sells."""

TABLES = {
    name: {label: category for category, labels in table.items() for label in re.split(r",\s+", labels)}
    for name, table in (("fashion-product-images", FASHION_PRODUCT_IMAGES), ("mango", MANGO), ("boutique", BOUTIQUE))
}
"""Label to outfit category."""


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_published_label_has_its_category(table: Mapping[str, str]) -> None:
    assert set(table.values()) <= {*OUTFIT_CATEGORIES, NOT_WORN}
    for label, category in table.items():
        assert outfit_category(label) == (None if category == NOT_WORN else category)
        assert never_worn(label) is (category == NOT_WORN)


def test_outfit_categories_are_labels_too() -> None:
    assert list(map(outfit_category, OUTFIT_CATEGORIES)) == [*OUTFIT_CATEGORIES]


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
    assert {*categories._WORDS.values(), *categories._LABELS.values()} == {*OUTFIT_CATEGORIES, NOT_WORN}


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
