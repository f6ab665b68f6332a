"""Known facts about a product, from columns and titles, and short search texts."""

from __future__ import annotations

from random import Random

import pytest

from modiste.catalog import Product
from modiste.lab.datasets import read
from modiste.phrases import LEXICON, SCALES, describe, facts
from modiste.phrases.facts import spelled
from modiste.phrases.lexicon import DERIVED, head, label, nouns
from modiste.phrases.requests import _positions


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("", {}),
        ("Scullers Men Check Blue Shirt", {"colour": "blue", "pattern": "checked"}),
        ("Long Sleeve Top", {"sleeve": "long"}),
        ("Half-sleeve tee with stripes", {"sleeve": "short", "pattern": "striped"}),
        ("Printed polka dot dress", {"pattern": "dotted"}),
        ("Lace-up boots", {}),
        ("Gun Metal flats", {"colour": "gunmetal"}),
        ("Slim fit v neck jumper in grey melange", {"colour": "grey melange", "fit": "slim", "neck": "v-neck"}),
        ("U.S. Polo Assn. Men Shirt", {}),
    ],
)
def test_titles_are_read(title, found):
    assert facts({"title": title}) == found


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"sleeve": "half", "title": "Long sleeve shirt"}, {"sleeve": "short"}),
        ({"Neckline": "V", "sleeve_length": "3/4"}, {"neck": "v-neck", "sleeve": "three-quarter"}),
        ({"pattern": "stripe", "fabric": "Knitted"}, {"pattern": "striped", "fabric": "knit"}),
        ({"pattern": "Herringbone"}, {"pattern": "herringbone"}),
        ({"colour": "Gray"}, {"colour": "grey"}),
        ({"colour": "multi", "title": "Red scarf"}, {"colour": "multi"}),
        ({"gender": "Female", "category": "Casual Shoes"}, {"gender": "women", "category": "casual shoes"}),
        ({"usage": "Smart Casual", "season": "Fall"}, {"formality": "smart casual", "season": "autumn"}),
        ({"year": 2012.0, "waterproof": True}, {}),
    ],
)
def test_columns_win_and_get_the_lexicons_names(columns, found):
    assert facts(columns) == found


def test_a_product_and_its_columns_tell_the_same():
    product = Product(
        "1", title="Striped tee", category="Tshirts", gender="Men", colour="navy", attributes={"fit": "slim"}
    )
    columns = {"title": "Striped tee", "category": "Tshirts", "gender": "Men", "colour": "navy", "fit": "slim"}
    assert facts(product) == facts(columns)


def test_no_phrase_of_a_title_means_two_things():
    meanings = {}
    for attribute, values in LEXICON.items():
        for name, value in values.items():
            for word in {spelled(word) for word in (*value.before, *value.also)}:
                assert meanings.setdefault(word, (attribute, name)) == (attribute, name)


def test_scales_hold_values_of_the_lexicon():
    for attribute, scales in SCALES.items():
        assert all(set(scale) <= set(LEXICON[attribute]) for scale in scales)
    assert set(DERIVED) <= set(LEXICON)


@pytest.mark.parametrize(
    ("attribute", "value", "other", "expected"),
    [
        ("length", "mini", "maxi", (0, 3)),
        ("length", "mini", "cropped", None),
        ("fit", "skinny", "oversized", (0, 4)),
        ("fit", "wide", "tapered", (4, 2)),
        ("neck", "boat", "crew", None),
        ("pattern", "solid", "striped", None),
    ],
)
def test_only_values_of_one_scale_compare(attribute, value, other, expected):
    assert _positions(attribute, value, other) == expected


@pytest.mark.parametrize(
    ("category", "singular", "spoken", "last"),
    [
        ("Tshirts", "tshirt", "t-shirt", "t-shirt"),
        ("Casual Shoes", "casual shoes", "casual shoes", "shoes"),
        ("Dresses", "dress", "dress", "dress"),
        ("Scarves", "scarf", "scarf", "scarf"),
        ("Watches", "watch", "watch", "watch"),
        ("Track Pants", "track pants", "track pants", "pants"),
        ("Totes bag", "totes bag", "tote bag", "bag"),
        ("Bodysuit", "bodysuit", "bodysuit", "bodysuit"),
        ("Accessories", "accessory", "accessory", "accessory"),
    ],
)
def test_nouns(category, singular, spoken, last):
    assert (label(category), nouns(category)[0], head(category)) == (singular, spoken, last)


def test_no_category_has_no_noun():
    assert (label(""), nouns(""), head("")) == ("", (), "")


SHIRT = {
    "category": "Shirts", "gender": "Men", "colour": "navy blue", "pattern": "striped", "sleeve": "long",
    "neck": "collar", "fabric": "cotton", "formality": "formal",
}  # fmt: skip


def many(item, count=300, seed=0):
    rng = Random(seed)
    return [describe(item, rng) for _ in range(count)]


def test_descriptions_vary_and_name_the_product():
    texts = many(SHIRT)
    assert len(set(texts)) > 150
    assert all("shirt" in text.split() for text in texts)
    assert all(text == text.lower() and "  " not in text and len(text) < 80 for text in texts)


@pytest.mark.parametrize(
    "part",
    [
        "navy",
        "navy blue",
        "men's",
        "for men",
        "striped",
        "with stripes",
        "long sleeve",
        "with a collar",
        "cotton",
        "in navy",
    ],
)
def test_every_attribute_is_named_now_and_then(part):
    assert 5 < sum(part in text for text in many(SHIRT, 600)) < 540


def test_descriptions_are_true():
    """What is read back from a description is what was known."""
    known = facts(SHIRT)
    for text in many(SHIRT):
        read = facts({"title": text})
        assert {name: known[name] for name in read} == read


@pytest.mark.parametrize(
    ("item", "never"),
    [
        ({"category": "Casual Shoes", "colour": "red", "usage": "Casual"}, "casual casual"),
        ({"category": "Jeans", "colour": "blue", "fabric": "denim"}, "denim"),
        ({"category": "Denim jacket", "colour": "red", "fabric": "denim"}, "denim denim"),
        ({"category": "Tshirts", "colour": "red"}, "multi"),
        ({"category": "Jackets", "colour": "bleached denim"}, "wash"),
    ],
)
def test_nothing_is_said_twice_or_oddly(item, never):
    assert not any(never in text for text in many(item))


def test_a_product_of_which_nothing_is_known_gives_its_title():
    assert describe(Product("1", title="Gift card"), Random(0)) == "Gift card"
    assert describe({"title": "Gift card"}, Random(0)) == "Gift card"
    assert describe({}, Random(0)) == ""


def test_a_seed_gives_the_same_texts():
    assert many(SHIRT, seed=3) == many(SHIRT, seed=3) != many(SHIRT, seed=4)


def test_real_products_are_described_in_few_words(photographs):
    rng = Random(0)
    for layout in ("fashion-product-images", "mango"):
        products = rng.sample(read(photographs / layout).products, 500)
        texts = [describe(product, rng) for product in products]
        assert all(texts)
        assert sum(len(text.split()) for text in texts) / 500 == pytest.approx(3.5, abs=1)
