"""Further bottoms: what is true of them shows in the drawing, and stands in titles often enough to be learnt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from modiste.boutique import attributes, description, design, photograph
from modiste.boutique.garments.bottoms import measures
from modiste.boutique.garments.spec import design_bottom
from modiste.boutique.garments.titles import bottom_title
from modiste.catalog.categories import outfit_category
from modiste.colour import COLOURS, parse_colour
from modiste.phrases.facts import read_title

SPECS = [design_bottom(7, index) for index in range(2500)]
TITLES = [bottom_title(spec) for spec in SPECS]
PLAIN = next(spec for spec in SPECS if (spec.kind, spec.gender, spec.pattern) == ("trousers", "Women", "solid"))


def shape(**changes):
    """Height of the drawn garment, its width at the widest and at the hem, all of its waistband's width."""
    mask = photograph(replace(PLAIN, **{"length": "regular", "fit": "straight", "size": "regular"} | changes)).mask
    rows = np.flatnonzero(mask.any(1))
    across = [int(np.ptp(np.flatnonzero(mask[row]))) for row in (rows[8], rows[-10])]
    return len(rows) / across[0], np.ptp(np.flatnonzero(mask.any(0))) / across[0], across[1] / across[0]


def test_a_bottom_depends_on_its_place_alone():
    assert design_bottom(7, 40) == SPECS[40]
    assert design_bottom(8, 40).make != SPECS[40].make
    assert len({spec.id for spec in SPECS} | {design(7, index).id for index in range(2500)}) == 5000


def test_two_colours_of_a_model_differ_in_nothing_else():
    for first, other in zip(SPECS[::2], SPECS[1::2], strict=True):
        assert (first.variant_of, other.variant_of) == ("", first.id)
        assert first.colour != other.colour
        assert measures(first) == measures(other)
        for name in ("kind", "gender", "pattern", "fabric", "fit", "length", "size"):
            assert getattr(first, name) == getattr(other, name)


def test_there_are_enough_of_everything():
    kinds, genders = Counter(spec.kind for spec in SPECS), Counter(spec.gender for spec in SPECS)
    assert set(kinds) == {"trousers", "jeans", "shorts"}
    assert min(kinds.values()) > 750
    assert set(genders) == {"Women", "Men", "Unisex"}
    assert min(genders.values()) > 400
    assert min(Counter(spec.colour for spec in SPECS).values()) >= 20
    both = [spec for spec in SPECS if (spec.size, spec.length) == ("petite", "capri")]
    assert {spec.kind for spec in both} == {"trousers", "jeans"}


@pytest.mark.parametrize(
    "word",
    ["petite", "capri", "cropped", "mini", "knee-length", "skinny", "slim", "straight", "tapered", "relaxed",
     "wide-leg", "flared", "pants", "trousers", "women's", "men's", "unisex", "for women", "striped", "checked"],
)  # fmt: skip
def test_a_word_stands_in_fifty_titles(word):
    assert sum(f" {word} " in f" {text.lower()} " for text in TITLES) >= 50


def test_titles_are_true():
    for spec, text in zip(SPECS, TITLES, strict=True):
        said = text.lower().split()
        assert COLOURS[spec.colour].lab == parse_colour(text).lab, text
        assert (said.count("petite"), said.count("capri")) <= (spec.size == "petite", spec.length == "capri")
        assert said[-1] not in ("with", "in", "for")
        assert {"trousers": {"trousers", "pants"}}.get(spec.kind, {spec.kind}) & set(said)
        told = read_title(text) | read_title(description(spec))
        for attribute, value in told.items():
            if attribute not in ("formality", "season"):
                assert value == attributes(spec)[attribute], (attribute, text)


def test_petite_and_capri_are_said_nearly_always():
    for word, field in (("petite", "size"), ("capri", "length")):
        true = [text for spec, text in zip(SPECS, TITLES, strict=True) if getattr(spec, field) == word]
        assert 0.8 < sum(word in text.lower() for text in true) / len(true) < 1


def test_words_stand_in_many_orders():
    women = [text.lower() for text in TITLES if "petite" in text.lower() and "women" in text.lower()]
    assert any(text.startswith("petite ") for text in women)
    assert any(text.startswith("women's ") for text in women)
    assert any(text.endswith("for women") for text in women)
    pants = [text for spec, text in zip(SPECS, TITLES, strict=True) if spec.kind == "trousers"]
    assert 0.4 < sum("pants" in text.lower() for text in pants) / len(pants) < 0.6


def test_length_and_size_show():
    lengths = [shape(length=length)[0] for length in ("capri", "cropped", "regular")]
    assert lengths[0] < 0.9 * lengths[1] < 0.9 * 0.9 * lengths[2]
    for length in ("capri", "cropped", "regular"):
        assert shape(length=length, size="petite")[0] < 0.92 * shape(length=length)[0]
    assert shape(size="petite")[1] < 0.96 * shape()[1]
    shorts = [shape(kind="shorts", length=length, fit="regular")[0] for length in ("mini", "knee")]
    assert shorts[0] < 0.9 * shorts[1] < 0.9 * lengths[0]


def test_fit_shows():
    widths = [shape(fit=fit)[2] for fit in ("skinny", "straight", "flared", "wide")]
    assert widths == sorted(widths)
    assert widths[-1] > 1.2 * widths[1] > 1.2 * 1.1 * widths[0]


@pytest.mark.parametrize("changes", [{}, {"fit": "skinny"}, {"kind": "shorts", "length": "knee", "fit": "regular"}])
def test_owners_differ_in_proportion(changes):
    tall, wide, _ = (np.array(row) for row in zip(*(shape(gender=owner, **changes) for owner in
                                                    ("Women", "Unisex", "Men")), strict=True))  # fmt: skip
    assert (tall[1:] < 0.95 * tall[:-1]).all()
    assert (wide[1:] < 0.95 * wide[:-1]).all()


def test_a_further_bottom_is_a_product_like_others():
    for spec in SPECS[:200]:
        assert outfit_category(spec.kind) == "bottoms"
        assert spec.formality
        assert spec.season
        assert spec.price > 0
