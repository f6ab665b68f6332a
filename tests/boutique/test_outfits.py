"""Drawn outfits: what one can wear, from the whole shop, and as true as the style that they are drawn from."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import combinations, islice
from random import Random

import numpy as np
import pytest

from modiste.boutique import Look, design, draw_outfits, fits, outfit_score
from modiste.boutique.outfits import FLOOR, relate
from modiste.catalog.categories import OUTFIT_CATEGORIES

SPECS = [design(0, index) for index in range(600)]
IDS = [spec.id for spec in SPECS]
LOOKS = {spec.id: Look.of_spec(spec) for spec in SPECS}


@cache
def draw(count, seed=0, products=600):
    return list(islice(draw_outfits(IDS[:products], list(LOOKS.values())[:products], seed), count))


OUTFITS = draw(1500)[:400]


def test_an_outfit_can_be_worn():
    for outfit in OUTFITS:
        categories = [LOOKS[id].category for id in outfit.items]
        assert 3 <= len(outfit.items) <= 7
        assert len(set(categories)) == len(categories)
        assert categories == sorted(categories, key=OUTFIT_CATEGORIES.index)
        assert "shoes" in categories
        assert ({"tops", "bottoms"} <= set(categories)) != ("all-body" in categories)
        assert len({LOOKS[id].gender for id in outfit.items} - {"Unisex"}) <= 1


def test_outfits_are_varied():
    seen = Counter(LOOKS[id].category for outfit in OUTFITS for id in outfit.items)
    assert set(seen) == {LOOKS[id].category for id in IDS}
    assert {len(outfit.items) for outfit in OUTFITS} >= {3, 4, 5, 6}
    assert len({outfit.items for outfit in OUTFITS}) == len({outfit.id for outfit in OUTFITS}) == 400
    genders = Counter("Men" in {LOOKS[id].gender for id in outfit.items} for outfit in OUTFITS)
    assert min(genders.values()) > 80


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sandals", "puffer jacket"),
        ("sun hat", "coat"),
        ("joggers", "heels"),
        ("beanie", "shorts"),
        ("hoodie", "heels"),
    ],
)
def test_nobody_is_dressed_like_this(one, other):
    kinds = {spec.id: spec.kind for spec in SPECS}
    assert {one, other} <= set(kinds.values())
    assert not [outfit for outfit in draw(1500) if {one, other} <= {kinds[id] for id in outfit.items}]


def test_items_go_together():
    pairs = relate(list(LOOKS.values()), list(LOOKS.values())).pairs
    drawn = [
        pairs[IDS.index(one), IDS.index(other)] for outfit in OUTFITS for one, other in combinations(outfit.items, 2)
    ]
    assert min(drawn) > 0.2
    assert np.mean(drawn) > 2 * pairs.mean()
    assert np.mean([outfit_score([LOOKS[id] for id in outfit.items]) for outfit in OUTFITS[:30]]) > FLOOR


def test_most_of_the_shop_is_worn_and_nothing_all_the_time():
    worn = Counter(id for outfit in OUTFITS for id in outfit.items)
    assert max(worn.values()) <= 0.06 * len(OUTFITS)
    assert len({id for outfit in draw(1500) for id in outfit.items}) > 0.95 * len(IDS)


def test_the_truth_knows_most_of_the_answers_and_not_all():
    """Fill-in-the-blank against three of the same category: what a system that has learnt all could reach."""
    rng, right = Random("blanks"), []
    for outfit in OUTFITS[:120]:
        for id in outfit.items:
            rest = [LOOKS[item] for item in outfit.items if item != id]
            genders = {look.gender for look in rest} - {"Unisex"}
            like = [
                other
                for other in IDS
                if other != id
                and LOOKS[other].category == LOOKS[id].category
                and len(genders | {LOOKS[other].gender} - {"Unisex"}) <= 1
            ]
            scores = fits(rest, [LOOKS[choice] for choice in [id, *rng.sample(like, 3)]])
            right.append(scores[0] > scores[1:].max())
    assert 0.83 < np.mean(right) < 0.93


def test_fewer_outfits_are_the_beginning_of_more():
    assert draw(30) == OUTFITS[:30] != draw(30, seed=1)
    assert OUTFITS[7].id == "o0-00007"


def test_the_same_in_every_process():
    code = "from itertools import islice; from modiste.boutique import Look, design, draw_outfits; "
    code += "specs = [design(0, index) for index in range(600)]; "
    code += "looks = [Look.of_spec(spec) for spec in specs]; "
    code += "print(list(islice(draw_outfits([spec.id for spec in specs], looks, 0), 5)))"
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout == f"{OUTFITS[:5]}\n"


@pytest.mark.parametrize("products", [0, 1, 8, 60])
def test_a_small_shop_gives_what_it_has(products):
    outfits = draw(5000, products=products)
    assert len(outfits) < 5000
    assert len({frozenset(outfit.items) for outfit in outfits}) == len(outfits)
    assert (len(outfits) > 0) == (products == 60)


def test_items_that_go_with_nothing_stay_at_home():
    """A green suit and a red bag: no outfit rather than a poor one."""
    look = Look("tops", "Men", "green", "", "solid", "formal", "winter")
    ids, looks = ["top", "trousers", "shoes"], [look]
    looks += [Look("bottoms", "Men", "orange", "", "solid", "sporty", "summer")]
    looks += [Look("shoes", "Men", "purple", "", "solid", "party", "spring")]
    assert list(draw_outfits(ids, looks, 0)) == []
