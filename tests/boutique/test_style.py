"""The hidden style: it ranks as somebody with an eye would, and says the same of a row as of its design."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.boutique import KINDS, Look, compatibility, design, fit, fits, make, outfit_score
from modiste.boutique.outfits import FORMALITY, LOUDNESS, SEASON, combine, echo, harmony, relate
from modiste.colour import COLOURS
from modiste.errors import UsageError
from modiste.lab.datasets import read

SPECS = [design(0, index) for index in range(300)]
LOOKS = [Look.of_spec(spec) for spec in SPECS]
TOP = Look("tops", "Women", "white", "", "solid", "casual", "all year")
JEANS = Look("bottoms", "Women", "dark denim", "", "solid", "casual", "all year")
SHOES = Look("shoes", "Women", "red", "", "solid", "casual", "all year")


def test_a_row_has_the_look_of_its_design(tmp_path):
    make(tmp_path, products=12, outfits=0, size=(64, 48))
    assert [Look.of(product) for product in read(tmp_path).products] == LOOKS[:12]
    assert len({look.pattern for look in LOOKS[:12]}) > 1


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (("navy blue", "white"), ("navy blue", "black")),
        (("black", "red"), ("green", "red")),
        (("camel", "navy blue"), ("coral", "green")),
        (("mint", "bottle green"), ("mint", "rust")),
        (("mustard", "rust"), ("mustard", "fuchsia")),
        (("blue", "orange"), ("blue", "fuchsia")),
        (("lavender", "purple"), ("yellow", "pink")),
        (("dusty pink", "sage"), ("fuchsia", "yellow")),
        (("light denim", "cognac"), ("royal blue", "red")),
    ],
)
def test_harmony(better, worse):
    assert harmony(*better) > harmony(*worse) + 0.05


def test_harmony_and_echo_are_the_same_both_ways():
    some = list(COLOURS)[::5]
    assert all(harmony(one, other) == harmony(other, one) for one in some for other in some)
    assert all(0 <= harmony(one, other) <= 1 for one in some for other in some)
    assert echo("red", "red") == 1 > echo("cognac", "leather brown") > 0.5 > 0.01 > echo("red", "navy blue")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"formality": "casual"}, {"formality": "sporty"}),
        ({"formality": "smart casual"}, {"formality": "party"}),
        ({"season": "spring"}, {"season": "winter"}),
        ({"colour": "navy blue"}, {"colour": "off white"}),
        ({"gender": "Unisex"}, {"gender": "Men"}),
        ({}, {"pattern": "floral", "second": "red"}),
        ({"pattern": "logo", "second": "navy blue"}, {"pattern": "checked", "second": "navy blue"}),
        ({"pattern": "striped", "second": "rust"}, {"pattern": "striped", "second": "red"}),
    ],
    ids=str,
)
def test_what_goes_better_with_a_striped_top(better, worse):
    """White with rust stripes, casual, for spring."""
    top = replace(TOP, pattern="striped", second="rust", season="spring")
    assert compatibility(top, replace(JEANS, **better)) > compatibility(top, replace(JEANS, **worse))


def test_nobody_wears_both():
    assert compatibility(TOP, replace(JEANS, gender="Men")) == 0
    assert fit([TOP, SHOES], replace(JEANS, gender="Men")) == 0
    assert fit([TOP, replace(SHOES, gender="Unisex")], JEANS) > 0


def test_small_things_repeat_a_colour_and_garments_do_not():
    red = replace(TOP, colour="red")
    assert fit([red, JEANS], SHOES) > fit([replace(red, colour="black"), JEANS], SHOES)
    assert relate([red], [SHOES]).echoes[0, 0] == 1
    assert relate([red], [replace(JEANS, colour="red")]).echoes[0, 0] == 0


def test_relations_are_those_of_every_pair():
    relations = relate(LOOKS[:40], LOOKS[40:70])
    assert relations.pairs.shape == relations.echoes.shape == (40, 30)
    for at, to in ((0, 0), (7, 21), (39, 29)):
        assert relations.pairs[at, to] == compatibility(LOOKS[at], LOOKS[40 + to])
    every = relate(LOOKS, LOOKS)
    assert np.array_equal(every.pairs, every.pairs.T)
    assert ((every.pairs >= 0) & (every.pairs <= 1) & (every.echoes >= 0) & (every.echoes <= 1)).all()
    assert len(np.unique(every.pairs)) > 5_000, "fine enough to rank by"


def test_an_outfit_is_its_mean_and_its_worst_pair():
    relations = relate([TOP, JEANS], [SHOES])
    first, second = compatibility(TOP, SHOES), compatibility(JEANS, SHOES)
    repeated = max(relations.echoes[:, 0])
    expected = ((first + second) / 2 + min(first, second)) / 2 * (1 - 0.2 * (1 - repeated))
    assert combine(relations)[0] == fit([TOP, JEANS], SHOES) == pytest.approx(expected)
    others = [fit([TOP, JEANS], SHOES), fit([TOP, SHOES], JEANS), fit([JEANS, SHOES], TOP)]
    assert outfit_score([TOP, JEANS, SHOES]) == pytest.approx(sum(others) / 3)
    assert fits([TOP], [SHOES, JEANS]).tolist() == [fit([TOP], SHOES), fit([TOP], JEANS)]


def test_the_style_knows_all_that_the_boutique_sells():
    patterns = {pattern for kind in KINDS.values() for pattern in kind.patterns}
    assert patterns == set(LOUDNESS)
    assert {spec.formality for spec in SPECS} <= set(FORMALITY)
    assert {spec.season for spec in SPECS} <= set(SEASON)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"season": "monsoon"}, 'no season "monsoon" in the boutique\'s style; there are 5, such as summer, spring'),
        ({"formality": ""}, 'no formality "" in the boutique\'s style'),
        ({"pattern": "stripes"}, 'no pattern "stripes" in the boutique\'s style; nearest: striped'),
        ({"colour": ""}, 'no colour ""'),
        ({"second": "blurple"}, 'no colour "blurple"'),
    ],
    ids=str,
)
def test_a_look_refuses_what_the_style_has_no_opinion_on(change, says):
    with pytest.raises(UsageError) as refused:
        replace(TOP, **change)
    assert says in str(refused.value)


def test_nothing_fits_an_empty_outfit():
    with pytest.raises(UsageError, match="nothing fits an outfit of 0 items; give at least 1"):
        fits([], [TOP])
