"""What a text doesn't want."""

from __future__ import annotations

import pytest

from modiste.phrases.negation import split

BLUE, BLACK, NAVY = ("colour", "blue"), ("colour", "black"), ("colour", "navy blue")


def meant(text: str, **options: bool) -> set[tuple[str, str]]:
    """Attribute and one value of all that is unwanted, and words without an attribute."""
    found: set[tuple[str, str]] = set()
    for one in split(text, **options)[1]:
        found |= {(name, value) for name, values in one.values.items() for value in values}
        found |= {("words", word) for word in one.words}
    return found


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("shirt but not blue", "shirt", {BLUE}),
        ("t-shirt without print, not black", "plain t-shirt", {BLACK, ("pattern", "printed"), ("pattern", "floral")}),
        ("shoes without laces", "shoes", {("words", "laces")}),
        ("dress not red", "dress", {("colour", "red"), ("colour", "burgundy")}),
        ("anything but blue", "", {BLUE, ("colour", "navy blue")}),
        ("without sleeves", "sleeveless", {("sleeve", "long"), ("sleeve", "short")}),
        ("not red but blue", "blue", {("colour", "red")}),
        ("with long sleeves, not white", "with long sleeves", {("colour", "white"), ("colour", "ivory")}),
        ("no stripes", "", {("pattern", "striped")}),
        ("NOT BLACK", "", {BLACK}),
        ("Dress that isn’t blue", "Dress", {BLUE}),
        ("i don't want black shoes", "shoes", {BLACK}),
        ("neither red nor blue dress", "dress", {("colour", "red"), BLUE}),
        ("non-denim jacket", "jacket", {("fabric", "denim")}),
        ("leather-free bag", "bag", {("fabric", "leather")}),
        ("no red, blue or green shirts please", "shirt", {("colour", "red"), BLUE, ("colour", "green")}),
        ("shoes but no sneakers", "shoes", {("category", "sneakers")}),
        ("any shoes but boots", "any shoes", {("category", "boots")}),
        ("shirt in any colour but white", "shirt", {("colour", "white")}),
        ("shoes with no heel", "flat shoes", {("heel", "high"), ("heel", "wedge")}),
        ("top without collar and buttons", "top", {("neck", "collar"), ("words", "buttons")}),
        ("not black and with long sleeves", "with long sleeves", {BLACK}),
        ("jeans that aren't skinny", "jeans", {("fit", "skinny")}),
        ("dress, not too short", "dress", {("length", "mini")}),
        ("shirt (not white)", "shirt", {("colour", "white")}),
        ("not for men", "", {("gender", "men")}),
        ("shirt except black", "shirt", {BLACK}),
        ("other than red", "", {("colour", "red")}),
        ("leather-free bag, not black", "bag", {("fabric", "leather"), BLACK}),
        ("coat -navy", "coat", {NAVY}),
        ("coat !navy", "coat", {NAVY}),
        ("coat w/out navy", "coat", {NAVY}),
        ("anything besides navy", "", {NAVY}),
        ("coat, navy excluded", "coat", {NAVY}),
        ("leave out navy coats", "coat", {NAVY}),
        ("exclude navy, coat", "coat", {NAVY}),
        ("coat; not: navy", "coat", {NAVY}),
        ("coat, not any shade of blue", "coat", {BLUE}),
        ("coat that does not come in navy", "coat", {NAVY}),
        ("coat, navy is not ok", "coat", {NAVY}),
        ("not woollen coat", "coat", {("fabric", "wool")}),
        ("shirt, drop the stripes", "shirt", {("pattern", "striped")}),
    ],
)
def test_negations_are_parted_from_wishes(text, wanted, unwanted):
    assert split(text)[0] == wanted
    assert unwanted <= meant(text)


@pytest.mark.parametrize(
    "text",
    [
        "sleeveless dress",
        "not only red",
        "not bad shirt",
        "nothing but blue",
        "non-iron shirt",
        "why not red",
        "strapless top",
        "drop shoulder sweater",
        "drop-shoulder sweater",
        "drop waist dress",
        "t-shirt - navy",
        "no problem, in navy",
        "wire-free bra",
        "Nota shirt, knot dress",
        "",
    ],
)
def test_what_negates_nothing_stays_as_it_is(text):
    assert split(text) == (text, ())


def test_comparisons_are_left_to_who_compares():
    assert split("not so dark", compares=True) == ("not so dark", ())
    assert ("colour", "black") in meant("dress, not too dark")


@pytest.mark.parametrize(
    ("text", "item", "matches"),
    [
        ("not blue", {"colour": "Navy"}, True),
        ("not navy", {"colour": "light blue"}, False),
        ("not navy", {"colour": "midnight blue"}, True),
        ("not grey", {"colour": "charcoal"}, True),
        ("not blue", {"colour": ""}, False),
        ("no stripes", {"title": "Striped shirt"}, True),
        ("no sneakers", {"category": "Sneakers"}, True),
        ("no shirts", {"category": "Tshirts"}, False),
        ("no jackets", {"category": "Leather Jacket"}, True),
        ("not for women", {"gender": "Women"}, True),
        ("without laces", {"title": "Shoes with laces"}, False),
    ],
)
def test_what_a_product_is_known_to_be(text, item, matches):
    assert split(text)[1][0].matches(item) is matches
