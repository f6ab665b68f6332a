"""Pasted garments: where they land, what stays on top, and what they are called in the map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.lab.tryon.baselines import BASELINES, _box, _box_field, _box_on_query, _tps_field
from modiste.parsing import Scene
from modiste.tryon.align import enlarge
from tests.tryon.figures import JOINTS, PAINTS, TSHIRT, VALUE, flat, moved, overlap, person

GREEN, GOLD = (20, 160, 60), (230, 190, 20)


def smaller(scene: Scene) -> Scene:
    """Somebody half as high, from joints that are."""
    return person(paints={"top": GREEN, "bottom": GOLD}, joints=JOINTS * 0.5 + np.array([40, 60]))


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("region", ["top", "bottom"])
def test_a_garment_of_the_same_pose_takes_the_old_ones_place(name, region):
    query, reference = person(), person(paints={"top": GREEN, "bottom": GOLD})
    dressed = BASELINES[name](query, {region: reference})
    worn = query.mask(region)
    new = (dressed.pixels == PAINT[region]).all(2)
    assert overlap(new, worn) > 0.93
    assert overlap(dressed.map == VALUE[region], worn) > 0.93
    assert (dressed.pixels == query.pixels)[~dressed.changed].all()


PAINT = {"top": GREEN, "bottom": GOLD}


@pytest.mark.parametrize("name", BASELINES)
def test_a_smaller_persons_garment_is_brought_to_size(name):
    query = person()
    dressed = BASELINES[name](query, {"top": smaller(query)})
    assert overlap((dressed.pixels == GREEN).all(2), query.mask("top")) > 0.7


@pytest.mark.parametrize("field_of", [_box_field, _tps_field])
def test_a_reference_that_is_the_query_shifted_is_shifted_back(field_of):
    query = person()
    field = enlarge(field_of(query, moved(query, 7, -5), "top"), 256, 192).numpy()
    rows, columns = np.nonzero(query.mask("top"))
    assert np.abs(field[0][rows, columns] - columns - 7).max() < 1
    assert np.abs(field[1][rows, columns] - rows + 5).max() < 1


def test_the_spline_follows_a_leaning_body_where_the_box_cannot():
    lean = JOINTS + np.array([[(226 - y) * 0.3, 0] for y in JOINTS[:, 1]], np.float32)
    query, reference = person(joints=lean), person(paints={"top": GREEN})
    fit = {
        name: overlap(BASELINES[name](query, {"top": reference}).changed, query.mask("top"))
        for name in ("box paste", "tps paste")
    }
    assert fit["tps paste"] > fit["box paste"] + 0.05


def test_hair_and_bags_stay_on_top_and_hands_do_not():
    query = person()
    map, pixels = query.map.copy(), query.pixels.copy()
    for name, rows in (("hair", slice(60, 75)), ("bag", slice(80, 95)), ("skin", slice(100, 110))):
        map[rows, 85:105], pixels[rows, 85:105] = VALUE[name], PAINTS[name]
    dressed = BASELINES["box paste"](replace(query, map=map, pixels=pixels), {"top": person(paints={"top": GREEN})})
    assert (dressed.pixels[60:75, 85:105] == PAINTS["hair"]).all()
    assert (dressed.map[80:95, 85:105] == VALUE["bag"]).all()
    assert (dressed.pixels[101:109, 86:104] == GREEN).all()


def test_a_jacket_stays_over_a_new_top_and_goes_where_it_is_replaced():
    query = person()
    map = np.where(query.mask("top") & (np.arange(192) < 96), VALUE["outer"], query.map).astype(np.uint8)
    query = replace(query, map=map)
    top, jacket = person(paints={"top": GREEN}), person()
    jacket = replace(jacket, map=np.where(jacket.mask("top"), VALUE["outer"], jacket.map).astype(np.uint8))
    under = BASELINES["tps paste"](query, {"top": top})
    over = BASELINES["tps paste"](query, {"top": top, "outer": jacket})
    assert (under.map[query.mask("outer")] == VALUE["outer"]).all()
    assert not under.changed[query.mask("outer")].any()
    assert over.changed[query.mask("outer")].mean() > 0.8


@pytest.mark.parametrize(("bottom", "value"), [("skirt", "skirt"), ("bottom", "bottom")])
def test_the_map_says_what_the_reference_wears(bottom, value):
    dressed = BASELINES["box paste"](person(), {"bottom": person(bottom=bottom)})
    pasted = dressed.map[dressed.changed]
    assert (pasted == VALUE[value]).all()


def test_what_nobody_wears_goes_where_the_joints_say():
    query = person()
    query = replace(query, map=np.where(query.mask("top"), VALUE["skin"], query.map).astype(np.uint8))
    left, upper, right, lower = _box_on_query(query, person(), "top")
    worn = _box(person().mask("top"), (256, 192))
    assert np.abs(np.array([left, upper, right, lower]) - worn).max() < 8
    for name in BASELINES:
        assert overlap(BASELINES[name](query, {"top": person()}).changed, person().mask("top")) > 0.75


@pytest.mark.parametrize("name", BASELINES)
def test_a_t_shirt_that_lies_alone_lands_on_the_trunk(name):
    query = person()
    lying = flat("top", TSHIRT)
    dressed = BASELINES[name](query, {"top": lying})
    trunk = np.zeros((256, 192), bool)
    trunk[70:115, 84:108] = True
    assert dressed.changed[trunk].mean() > 0.9


def test_a_t_shirt_that_lies_alone_is_brought_to_the_shoulders_by_the_spline():
    dressed = BASELINES["tps paste"](person(), {"top": flat("top", TSHIRT)})
    rows, _ = np.nonzero(dressed.changed[:, 80:113])
    assert rows.min() == pytest.approx(58, abs=10)  # of the shoulders
    assert 115 < rows.max() < 190  # a shirt's length below


def test_shoes_that_lie_alone_go_to_the_feet():
    lying = flat("shoes", [(60.0, 120.0), (110.0, 110.0), (130.0, 140.0), (60.0, 140.0)])
    dressed = BASELINES["tps paste"](person(), {"shoes": lying})
    rows, _ = np.nonzero(dressed.changed)
    assert rows.min() > 205


def test_mean_colour_is_the_median_of_the_reference():
    reference = person(paints={"top": GREEN})
    reference.pixels[:80] = 255  # less than half of the top
    dressed = BASELINES["mean colour"](person(), {"top": reference})
    assert (dressed.pixels[dressed.changed] == GREEN).all()


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (np.zeros((30, 60), bool), (20, 10, 40, 20)),
        (np.pad(np.ones((10, 20), bool), ((5, 15), (30, 10))), (30, 5, 50, 15)),
    ],
)
def test_a_box_lies_around_a_mask(mask, expected):
    assert _box(mask, mask.shape).tolist() == list(expected)


def test_a_box_leaves_specks_out_and_keeps_the_second_shoe():
    mask = np.zeros((60, 60), bool)
    mask[40:50, 10:20] = mask[40:50, 30:40] = mask[2, 2] = True
    assert _box(mask, mask.shape).tolist() == [10, 40, 40, 50]
