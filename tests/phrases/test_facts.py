"""Known facts about a product, from columns and titles."""

from __future__ import annotations

import pytest

from modiste.catalog import Product
from modiste.phrases import LEXICON, SCALES, facts
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
