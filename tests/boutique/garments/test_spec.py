"""Designs: valid combinations only, and each depends on nothing but its seed and its place."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

from modiste.boutique import KINDS, attributes, design
from modiste.boutique.garments.spec import VARIANTS
from modiste.catalog.categories import outfit_category
from modiste.colour import COLOURS
from modiste.phrases import LEXICON

SPECS = [design(0, index) for index in range(1500)]
OWN = {"id", "colour", "second", "price", "in_stock", "variant_of", "backdrop"}
"""What two colours of one model may differ in."""


def test_the_shop_is_as_rich_as_it_says():
    assert {spec.kind for spec in SPECS} == set(KINDS)
    assert len(KINDS) >= 22
    assert len({spec.colour for spec in SPECS}) >= 24
    assert {spec.pattern for spec in SPECS} == {"solid", "striped", "checked", "dotted", "floral", "logo"}
    assert {spec.season for spec in SPECS} >= {"summer", "spring", "autumn", "winter", "all year"}
    assert {spec.formality for spec in SPECS} == {"sporty", "casual", "smart casual", "formal", "party"}


def test_a_design_depends_on_its_seed_and_place_only():
    assert design(0, 17) == SPECS[17]
    assert design(1, 17) != SPECS[17]
    assert len({spec.id for spec in SPECS}) == len(SPECS)


@pytest.mark.parametrize("attribute", ["neck", "sleeve", "length", "fit", "heel"])
def test_attributes_are_given_where_they_make_sense(attribute):
    for spec in SPECS:
        allowed = getattr(KINDS[spec.kind], f"{attribute}s")
        value = getattr(spec, attribute)
        assert value in allowed if allowed else value == ""


def test_the_words_are_those_of_the_lexicon():
    for spec in SPECS:
        known = attributes(spec)
        for attribute in set(known) & set(LEXICON):
            assert not known[attribute] or known[attribute] in LEXICON[attribute], (attribute, known[attribute])


def test_every_colour_has_a_name_and_every_kind_a_category():
    for kind in KINDS.values():
        assert set(kind.colours) <= set(COLOURS)
    assert [kind for kind in KINDS if outfit_category(kind) is None] == []


def test_variants_are_one_model_in_other_colours():
    by_id = {spec.id: spec for spec in SPECS}
    variants = [spec for spec in SPECS if spec.variant_of]
    assert len(variants) > 300
    shared = [field.name for field in fields(SPECS[0]) if field.name not in OWN]
    for spec in variants:
        first = by_id[spec.variant_of]
        assert first.variant_of == ""
        assert [getattr(spec, name) for name in shared] == [getattr(first, name) for name in shared]
    colours = Counter((spec.variant_of or spec.id, spec.colour) for spec in SPECS)
    assert max(colours.values()) == 1
    assert max(Counter(spec.variant_of for spec in variants).values()) == VARIANTS - 1


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("sandals", lambda spec: spec.season == "summer"),
        ("puffer jacket", lambda spec: spec.season == "winter"),
        ("hoodie", lambda spec: spec.formality == "sporty"),
        ("blazer", lambda spec: spec.formality in ("formal", "smart casual")),
    ],
)
def test_season_and_formality_are_true(kind, holds):
    assert all(holds(spec) for spec in SPECS if spec.kind == kind)


def test_a_print_stands_out_from_its_ground():
    assert all(abs(COLOURS[spec.colour].lab[0] - COLOURS[spec.second].lab[0]) > 38 for spec in SPECS)
