from __future__ import annotations

import numpy as np
import pytest

from modiste.catalog.categories import PARSING_CLASSES, REGIONS
from modiste.parsing.frame import region_classes
from modiste.tryon.body import CLASS, FOLLOWED, OCCLUDERS, SEEN, bones, cells, covers, follow, parts, stand_in, standing
from tests.tryon.figures import JOINTS, person

GRID = cells(64, 48, (256, 192))
CLASSES = [*REGIONS, "skirt"]


def followed(classes):
    return list(dict.fromkeys(name for label in classes for name in FOLLOWED[label]))


def at(points, classes, here=JOINTS, there=JOINTS):
    return follow(here, there, followed(classes), np.array(points, np.float32))


@pytest.mark.parametrize("name", CLASSES)
def test_one_body_maps_points_to_themselves(name):
    np.testing.assert_allclose(follow(JOINTS, JOINTS, followed([name]), GRID), GRID, atol=1e-2)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize(("scale", "shift"), [(1.3, (-20, 4)), (0.6, (30, 50))])
def test_a_larger_body_elsewhere_is_exactly_that_scaling(name, scale, shift):
    there = JOINTS * scale + np.array(shift, np.float32)
    np.testing.assert_allclose(follow(JOINTS, there, followed([name]), GRID), GRID * scale + shift, atol=2e-2)


def test_a_sleeve_goes_with_the_arm_and_the_trunk_stays():
    raised = JOINTS.copy()
    raised[[7, 9]] = [[152, 52], [183, 46]]  # the person's left arm stretched out to the side
    wrist, elbow, chest = at([raised[9], raised[7], (96, 90)], ["top"], here=raised)
    np.testing.assert_allclose(wrist, JOINTS[9], atol=3)
    np.testing.assert_allclose(elbow, JOINTS[7], atol=4)
    np.testing.assert_allclose(chest, (96, 90), atol=1)


def test_trousers_follow_each_leg_and_a_skirt_the_middle():
    apart = JOINTS.copy()
    apart[[13, 15], 0] += 25
    knee = apart[13]
    np.testing.assert_allclose(at([knee], ["bottom"], here=apart)[0], JOINTS[13], atol=3)
    (hem,) = at([(apart[13] + apart[14]) / 2], ["skirt"], here=apart)
    np.testing.assert_allclose(hem, (JOINTS[13] + JOINTS[14]) / 2, atol=3)


@pytest.mark.parametrize(
    "collapsed",
    [(7, 9), (5, 7, 9), (11, 13, 15), (5, 6), tuple(range(5, 17)), tuple(range(17))],
    ids=["lower arm", "arm", "leg", "shoulders", "body", "all"],
)
def test_limbs_without_length_give_numbers(collapsed):
    short = JOINTS.copy()
    short[list(collapsed)] = short[collapsed[0]]
    for here, there in ((short, JOINTS), (JOINTS, short), (short, short)):
        assert np.isfinite(follow(here, there, followed(["top", "bottom", "skirt", "shoes", "hat"]), GRID)).all()
    assert np.isfinite([bone.axes for bone in bones(short).values()]).all()


def test_stand_in_keeps_what_is_seen_and_places_the_rest_by_it():
    points = standing((80.0, 50.0), 55.0)
    blind = points.copy()
    hidden = [9, 10, 13, 14, 15, 16]
    blind[hidden] = [0, 0, SEEN - 0.01]
    found = stand_in(blind)
    np.testing.assert_allclose(found, points[:, :2], atol=1e-2)
    assert found.shape == (17, 2)


@pytest.mark.parametrize("seen", [0, 1])
def test_without_joints_somebody_stands_in_the_frame(seen):
    points = np.zeros((17, 3), np.float32)
    points[:seen] = [96, 40, 1]
    found = stand_in(points)
    assert ((found > 0) & (found < [192, 256])).all()
    assert found[15, 1] > found[11, 1] > found[5, 1]  # ankles under hips under shoulders


def test_parts_are_where_the_body_is():
    head, torso, arms, legs = parts(JOINTS, 256, 192)
    assert head[34, 96]
    assert torso[90, 96]
    assert arms[110, 125]
    assert legs[200, 106]
    assert not (torso | arms | legs)[34, 96]
    assert not (head | torso | arms | legs)[250, 10]


def test_parts_of_half_the_size_are_the_same_shapes():
    large, small = parts(JOINTS, 256, 192), parts(JOINTS / 2, 128, 96)
    assert (large[:, ::2, ::2] == small).mean() > 0.99


def test_cells_are_middles_of_pixels():
    np.testing.assert_allclose(cells(2, 2), [[0, 0], [1, 0], [0, 1], [1, 1]])
    np.testing.assert_allclose(cells(2, 1, (8, 6)), [[2.5, 1.5], [2.5, 5.5]])


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
