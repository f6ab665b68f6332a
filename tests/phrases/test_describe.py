"""Short search texts."""

from __future__ import annotations

from random import Random

import pytest

from modiste.catalog import Product
from modiste.lab.datasets import read
from modiste.phrases import describe, facts

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
        told = facts({"title": text})
        assert {name: known[name] for name in told} == told


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
