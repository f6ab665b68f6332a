from __future__ import annotations

import numpy as np
import pytest

from modiste.catalog.categories import PARSING_CLASSES, REGIONS
from modiste.tryon.scene import CLASS, OCCLUDERS, covers, region_classes
from tests.tryon.figures import person


def test_classes_are_places_in_a_map():
    assert [PARSING_CLASSES[CLASS[name]] for name in PARSING_CLASSES] == list(PARSING_CLASSES)
    assert {PARSING_CLASSES[value] for value in OCCLUDERS} == {"hair", "hat", "accessory", "bag"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_is_its_own_class_and_skirts_are_bottoms(region):
    names = [PARSING_CLASSES[value] for value in region_classes(region)]
    assert names == (["bottom", "skirt"] if region == "bottom" else [region])


def test_covers_is_any_of_the_classes():
    map = np.array([[0, 1], [5, 9]], np.uint8)
    np.testing.assert_array_equal(covers(map, (1, 9)), [[False, True], [False, True]])
    assert not covers(map, ()).any()


@pytest.mark.parametrize(("bottom", "name"), [("bottom", "bottom"), ("skirt", "skirt")])
def test_the_mask_of_a_region_is_where_its_garment_is(bottom, name):
    dressed = person(bottom=bottom)
    np.testing.assert_array_equal(dressed.mask("bottom"), dressed.map == CLASS[name])
    assert dressed.mask("bottom").any()
    assert not dressed.mask("outer").any()
