"""The metrics, on values that a reader can check."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.lab.tryon.metrics import (
    MOST_PSNR,
    NOT_THERE,
    _forearms,
    feature_distance,
    garment_delta_e,
    iou,
    map_iou,
    psnr,
    shortened,
    sleeve_length,
    ssim_map,
    texture,
    untouched,
)
from tests.tryon.figures import VALUE, person

LEFT = np.zeros((64, 64), bool)
LEFT[:, :32] = True


def plain(value: int) -> np.ndarray:
    return np.full((64, 64, 3), value, np.uint8)


def stripes(across: bool, width: int = 4) -> np.ndarray:
    bands = np.where(np.arange(64) // width % 2, 40, 210)
    grid = np.broadcast_to(bands[:, None] if across else bands, (64, 64))
    return np.repeat(grid[..., None], 3, 2).astype(np.uint8)


@pytest.mark.parametrize(
    ("apart", "mask", "expected"),
    [
        (10, None, 20 * np.log10(255 / 10)),
        (0, None, MOST_PSNR),
        (10, ~LEFT, MOST_PSNR),
        (10, LEFT, 20 * np.log10(255 / 10)),
    ],
)
def test_psnr_is_that_of_the_mask(apart, mask, expected):
    made = plain(100)
    made[LEFT if mask is not None else slice(None)] += apart
    assert psnr(made, plain(100), mask) == pytest.approx(expected)


def test_psnr_over_half_a_picture():
    made = plain(100)
    made[LEFT] += 10
    assert psnr(made, plain(100)) == pytest.approx(10 * np.log10(255**2 / 50))


def test_ssim_is_one_where_pictures_agree_and_low_where_not():
    made = stripes(True)
    made[:, 40:] = stripes(False)[:, 40:]
    alike = ssim_map(made, stripes(True))
    assert alike.shape == (64, 64)
    assert alike[:, :30] == pytest.approx(1)
    assert alike[:, 50:].mean() < 0.2


def test_feature_distance_is_a_mean_of_cosines_over_depths_and_places():
    low, mid = np.zeros((2, 4, 4), np.float32), np.zeros((2, 2, 2), np.float32)
    low[0], mid[0] = 3, 1
    other = low.copy()
    other[:, 0, :2] = [[0], [5]]  # two of sixteen places at right angles
    assert feature_distance({"low": low, "mid": mid}, {"low": 2 * low, "mid": mid}) == pytest.approx(0)
    assert feature_distance({"low": low, "mid": mid}, {"low": other, "mid": mid}) == pytest.approx((2 / 16 + 0) / 2)
    mask = np.zeros((8, 8), bool)
    mask[:2, :4] = mask[6:, 6:] = True  # the two places, and one where nothing differs
    assert feature_distance({"low": low, "mid": mid}, {"low": other, "mid": mid}, mask) == pytest.approx((2 / 3) / 2)


def test_map_iou_is_a_mean_over_the_classes_that_the_truth_has():
    true = np.zeros((10, 10), np.uint8)
    true[:4], true[6:] = VALUE["top"], VALUE["skirt"]
    made = np.zeros_like(true)
    made[:2], made[6:] = VALUE["top"], VALUE["skirt"]
    assert map_iou(made, true, ["top"]) == pytest.approx(0.5)
    assert map_iou(made, true, ["top", "bottom"]) == pytest.approx(0.75)
    assert map_iou(made, true, ["hat"]) is None
    assert map_iou(np.where(made == VALUE["skirt"], VALUE["bottom"], made), true, ["bottom"]) == 0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(LEFT, LEFT, 1.0), (LEFT, ~LEFT, 0.0), (LEFT, LEFT | ~LEFT, 0.5), (LEFT & ~LEFT, LEFT & ~LEFT, 1.0)],
)
def test_iou(one, other, expected):
    assert iou(one, other) == expected


def test_garment_delta_e_is_of_medians_inside_both_masks():
    made, reference = plain(0), plain(255)
    made[LEFT], reference[~LEFT] = (200, 30, 40), (200, 30, 40)
    made[:10, :32] = 0  # a fold: less than half
    assert garment_delta_e(made, LEFT, reference, ~LEFT) == pytest.approx(0, abs=1e-6)
    assert garment_delta_e(made, ~LEFT, reference, LEFT) == pytest.approx(100, abs=0.1)


def test_a_garment_that_is_not_there_is_as_far_as_can_be():
    none = np.zeros_like(LEFT)
    assert garment_delta_e(plain(0), none, plain(0), LEFT) == NOT_THERE
    assert texture(plain(0), none, plain(0), LEFT) == 0


@pytest.mark.parametrize(
    ("made", "least", "most"),
    [
        (stripes(True), 0.99, 1.0),
        (np.roll(stripes(True), 2, 0), 0.8, 1.0),
        (255 - stripes(True), 0.9, 1.0),
        (stripes(False), 0.0, 0.3),
        (plain(120), 0.0, 0.4),
    ],
)
def test_texture_knows_stripes_their_direction_and_their_lack(made, least, most):
    assert least <= texture(made, LEFT, stripes(True), LEFT) <= most


def test_texture_sees_nothing_outside_the_garment():
    made = stripes(True)
    made[~LEFT] = stripes(False)[~LEFT]
    assert texture(made, LEFT, stripes(True), LEFT) > 0.95


def test_untouched_is_to_the_bit():
    made = plain(100)
    made[0, 0] = 99
    assert untouched(made, plain(100), LEFT)
    assert not untouched(made, plain(100), ~LEFT)


@pytest.mark.parametrize("sleeves", ["long", "short"])
def test_sleeves_are_told_by_the_forearms(sleeves):
    scene = person(sleeves=sleeves)
    assert sleeve_length(scene.map, scene.keypoints) == sleeves


def test_arms_out_of_sight_tell_nothing():
    scene = person(confidence=0.1)
    assert _forearms(scene.map, scene.keypoints) == (0, 0)
    assert sleeve_length(scene.map, scene.keypoints) == ""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("long", "short", True), ("short", "long", False), ("long", "long", False), ("short", "short", False)],
)
def test_sleeves_are_shortened_when_cloth_falls_and_skin_rises(before, after, expected):
    first, last = person(sleeves=before), person(sleeves=after)
    assert shortened(first.map, last.map, first.keypoints) is expected


def test_cloth_that_falls_without_skin_is_no_shorter_sleeve():
    scene = person()
    gone = replace(scene, map=np.where(scene.mask("top"), 0, scene.map).astype(np.uint8))
    assert not shortened(scene.map, gone.map, scene.keypoints)
