"""The truth as a scorer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.boutique import Look, fit
from modiste.errors import UsageError
from modiste.lab.complete.metrics import measure
from modiste.lab.complete.protocol import ask
from modiste.lab.complete.truth import Truth, ceiling
from tests.lab.complete.conftest import wardrobe


def test_it_says_how_well_a_product_fits_the_hidden_style(collection):
    looks = [Look.of(product) for product in collection.wardrobe.products]
    outfits = [outfit[1:] for outfit in collection.outfits[:20]]
    candidates = np.random.default_rng(0).integers(0, len(looks), (20, 5))
    scores = Truth(collection.wardrobe).scores(outfits, candidates)
    for outfit, some, own in zip(outfits, candidates, scores, strict=True):
        expected = [fit([looks[item] for item in outfit], looks[row]) for row in some]
        assert own.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_the_truth_knows_most_answers_but_not_chance(collection, split):
    """Outfits are drawn with some chance from it, so it can't know all."""
    found = ceiling(collection, ask(collection, split, part=2))
    assert 0.75 < found["fitb"] < 1
    assert 0.8 < found["auc"] < 1
    assert found["fitb_popularity"] > 0.7


def test_the_ceiling_is_the_measured_truth(collection):
    asked = ask(collection, "disjoint", part=2)
    assert ceiling(collection, asked) == measure(Truth(collection.wardrobe), asked)


def test_what_was_not_drawn_has_no_truth(collection):
    undrawn = wardrobe([0, 1, 2])
    with pytest.raises(UsageError, match='no formality ""'):
        Truth(undrawn)
    assert ceiling(replace(collection, wardrobe=undrawn), ask(collection, "disjoint", part=2)) == {}
