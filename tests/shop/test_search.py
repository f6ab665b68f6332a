"""What texts leave out of a shop's answers, and what notes say of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.shop import open_shop
from tests.fakes import COLOURS, FakeEncoder, FakeRefiner
from tests.shop.conftest import opened, product


@pytest.fixture(scope="module")
def boutique(tmp_path_factory):
    """Shirts that columns, titles or descriptions tell of, each in some colours."""
    folder = tmp_path_factory.mktemp("boutique")
    (folder / "photos").mkdir()
    made = [
        product(folder / "photos", f"{colour}-shirt", colour, "Shirts", colour=colour, attributes={"pattern": pattern})
        for colour, pattern in zip(COLOURS, ("striped", "", "solid", "floral", "striped", ""), strict=True)
    ]
    made[0] = replace(made[0], gender="Women")
    words = {
        "untold": {"title": "Navy shirt", "colour": ""},
        "tape": {"title": "Red Tape shirt", "colour": "black"},
        "laced": {"title": "White shoes", "colour": "white", "description": "Canvas shoes with laces."},
        "slip": {"title": "White slip-ons", "colour": "white", "description": "Canvas shoes without laces."},
    }
    for id, fields in words.items():
        one = product(folder / "photos", id, (40, 40, 40), "Shoes" if "Canvas" in str(fields) else "Shirts")
        made.append(one.__class__(id, one.images, category=one.category, **fields))
    opened(folder / "shop", made)
    return open_shop(folder / "shop", encoder=FakeEncoder(), refiner=FakeRefiner())


def found(page):
    return {hit.id for hit in page.hits}


@pytest.mark.parametrize(
    ("text", "gone", "note"),
    [
        ("shirt but not blue", {"blue-shirt", "untold"}, "left out: blue"),
        ("shirt, not red", {"red-shirt"}, "left out: red"),
        ("anything but white", {"white-shirt", "laced", "slip"}, "left out: white"),
        ("shirt without stripes", {"red-shirt", "black-shirt"}, "left out: stripes"),
        ("shirts without print", {"red-shirt", "yellow-shirt", "black-shirt"}, "left out: print"),
        ("no shoes", {"laced", "slip"}, "left out: shoes"),
        ("shirt, not for women", {"red-shirt"}, "left out: women"),
        ("shoes without laces", {"laced"}, "left out where titles and descriptions say so: laces"),
        ("neither red nor green shirts", {"red-shirt", "green-shirt"}, "left out: red, green shirts"),
    ],
)
def test_what_is_negated_is_left_out_and_said(boutique, text, gone, note):
    page = boutique.search(text=text, k=10)
    assert set(boutique.index.ids()) - found(page) == gone
    assert page.total == 10 - len(gone)
    assert note in page.notes


def test_negations_go_with_filters_photos_and_ids(boutique, tmp_path):
    page = boutique.search(id="blue-shirt", text="not red", where="category = 'Shirts'", k=10)
    assert found(page) == {"green-shirt", "yellow-shirt", "black-shirt", "white-shirt", "untold", "tape"}
    alone = boutique.search(id="blue-shirt", where="category = 'Shirts'", k=10)
    assert page.hits[0] == alone.hits[0]  # nothing is wanted but another colour, so the likeness alone counts


@pytest.mark.parametrize(
    ("texts", "gone", "asked"),
    [
        (["not blue"], {"blue-shirt", "untold"}, ["not blue"]),
        (["not red"], {"red-shirt", "blue-shirt"}, []),
        (["not red but green"], {"red-shirt", "blue-shirt"}, ["green"]),
        (["not red", "longer"], {"red-shirt"}, ["longer"]),
        (["not red", "in red"], set(), ["in red"]),
        (["in crimson"], {"blue-shirt"}, ["in red"]),
    ],
)
def test_refine_leaves_out_turn_after_turn(boutique, texts, gone, asked):
    """A product that a turn starts from is no answer to it. Where a text only rules out what that product isn't, the
    network is asked nothing."""
    refiner = FakeRefiner()
    shop = open_shop(boutique.path, encoder=FakeEncoder(), refiner=refiner)
    page = shop.refine(texts, id="blue-shirt", k=10)
    start = page.turns[-1].id if page.turns else "blue-shirt"
    assert set(shop.index.ids()) - found(page) == gone | {start}
    assert refiner.asked == asked
    assert page.notes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("qwzx", 'no word of this text is known: "qwzx"; describe the product in other words'),
        ("under 50", "a price belongs into a filter"),
    ],
)
def test_a_text_of_which_nothing_is_left_is_refused(boutique, text, says):
    with pytest.raises(UsageError, match=says):
        boutique.search(text=text, k=5)
    with pytest.raises(UsageError, match=says):
        boutique.refine(text, id="blue-shirt", k=5)


def test_the_shops_own_words_are_no_mistakes(boutique):
    assert boutique.search(text="tape", k=5).notes == ()
    assert boutique.search(text="jaket", k=5).notes == ('"jaket" is read as "jacket"',)


def test_an_unknown_colour_is_searched_for_as_the_nearest(boutique):
    page = boutique.search(text="crimson", k=5)
    assert page.hits[0].id == "red-shirt"
    assert page.notes == ('"crimson" is read as "red", the nearest that the network knows',)
    assert np.isclose(page.hits[0].score, boutique.search(text="red", k=5).hits[0].score)
