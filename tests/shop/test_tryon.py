"""Trying on products of a shop: which photo is worn where, and what can't be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modiste.catalog.records import Catalog
from modiste.errors import UsageError
from modiste.index import Identity
from modiste.shop import Shop
from modiste.shop.tryon import garments_of
from modiste.weights import save
from tests.fakes import COLOURS
from tests.shop.conftest import opened, product


class FakeFitting:
    """A picture that is there at once, and what it was refined with."""

    feed_forward = "tried on"

    def refined(self, steps, progress=None):
        return ("refined", steps, progress)


@pytest.fixture
def asked(monkeypatch):
    """What the fitting that a shop asks for is asked."""
    calls = []

    def fake(request):
        options = {name: getattr(request, name) for name in ("refine_steps", "weights", "parser", "anyway", "known")}
        calls.append((request.person, dict(request.garments), options))
        return FakeFitting()

    monkeypatch.setattr("modiste.tryon.pipeline.fit_on", fake)
    return calls


@pytest.mark.parametrize(
    ("items", "regions"),
    [
        (["red-t-shirt"], ["top"]),
        ("red-t-shirt", ["top"]),
        (["red-t-shirt", "blue-jeans", "black-sneakers", "white-handbag", "green-beanie"],
         ["top", "bottom", "shoes", "bag", "hat"]),
        (["red-t-shirt", "red-t-shirt"], ["top"]),
    ],
    ids=str,
)  # fmt: skip
def test_items_are_worn_where_their_categories_say(items, regions, plain, asked):
    assert plain.try_on("me.jpg", items) == "tried on"
    ((person, garments, options),) = asked
    assert person == Path("me.jpg")
    assert list(garments) == regions
    ids = [items] if isinstance(items, str) else list(dict.fromkeys(items))
    assert [file.stem for file in garments.values()] == ids
    assert options == {
        "refine_steps": 0, "weights": "tryon-photos", "parser": None, "anyway": False,
        "known": frozenset(regions),
    }  # fmt: skip


def test_what_is_asked_for_is_passed_on(plain, asked):
    def follow(done, total):
        return True

    assert plain.try_on(b"bytes", "red-t-shirt", 30, "run", "parser", follow, anyway=True) == ("refined", 30, follow)
    ((person, _, options),) = asked
    assert person == b"bytes"
    assert options == {
        "refine_steps": 30, "weights": "run", "parser": "parser", "anyway": True,
        "known": {"top"},
    }  # fmt: skip


def test_weights_go_with_what_an_encoder_of_ones_own_has_learnt_from(tmp_path):
    run = save(tmp_path / "run", {"a": np.zeros(2)}, {"system": "encoder", "domain": "boutique"})
    shop = Shop(tmp_path / "shop", Identity(run.name, "12345678", "none", 4))
    assert shop.weights_for("tryon") == "tryon-boutique"


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([], "there is nothing to try on; give the ids of products"),
        (["red-tshirt"], 'no product "red-tshirt" in this shop; nearest: red-t-shirt'),
        (["red-t-shirt", "blue-t-shirt"], '"red-t-shirt" and "blue-t-shirt" are both tried on as top; name one'),
        (["red-sneakers", "blue-sandals"], "are both tried on as shoes"),
    ],
    ids=str,
)
def test_what_can_not_be_tried_on_is_said(items, says, plain, asked):
    with pytest.raises(UsageError) as error:
        plain.try_on("me.jpg", items)
    assert says in str(error.value)
    assert asked == []


@pytest.mark.parametrize(
    ("category", "title", "says"),
    [
        ("Lipstick", "lip", 'is of the category "Lipstick", which can\'t be tried on; what can be is worn as legwear'),
        ("earrings", "pearl", "the category \"earrings\", which isn't understood or can't be tried on"),
        ("grobl", "frobnitz", 'the category "grobl", which isn\'t understood'),
        ("", "frobnitz", "has no category, so where it is worn isn't known"),
    ],
)
def test_what_is_worn_nowhere_is_said(category, title, says, tmp_path):
    one = product(tmp_path / "photos", "odd", "red", category)
    shop = opened(tmp_path / "shop", [type(one)("odd", one.images, title=title, category=category)])
    with pytest.raises(UsageError) as error:
        garments_of(shop.index, ["odd"])
    assert says in str(error.value)


def test_a_title_tells_where_a_product_without_a_category_is_worn(tmp_path):
    one = product(tmp_path / "photos", "odd", "red", "")
    shop = opened(tmp_path / "shop", [type(one)("odd", one.images, title="linen shirt with a belt")])
    assert list(garments_of(shop.index, ["odd"])) == ["top"]


def test_the_first_photo_is_worn(tmp_path):
    photos = tmp_path / "photos"
    several = [product(photos, f"shirt-{colour}", colour, "shirt").images[0] for colour in COLOURS]
    one = product(photos, "one", "red", "shirt")
    shop = opened(tmp_path / "shop", [type(one)("one", tuple(several), title="shirt", category="shirt")])
    assert garments_of(shop.index, ["one"]) == {"top": several[0]}
    assert len(Catalog("x", tuple(shop.index.products())).products[0].images) == len(several)
