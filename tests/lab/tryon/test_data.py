from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from modiste.catalog.categories import REGIONS
from modiste.errors import UsageError
from modiste.lab.datasets.people import PersonPhoto
from modiste.lab.tryon.data import (
    _appearance_task,
    _draw_regions,
    _jittered,
    _mirrored,
    _round_trip,
    _shaken,
    _shape_task,
    body_model,
    framed,
    gather,
    generated_zone,
    person_box,
)
from modiste.tryon.body import CLASS
from modiste.tryon.model import BODY
from tests.tryon.figures import HEIGHT, JOINTS, PAINTS, WIDTH, overlap, person, scene

SIZE = (128, 96)


def dice(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def people():
    """Somebody, a stranger who stands otherwise, and a third."""
    leaning = JOINTS + np.stack([np.linspace(-8, 8, 17), np.zeros(17)], 1).astype(np.float32)
    return person(), person(joints=leaning * 0.92 + 6, paints={"top": (30, 140, 60)}), person(sleeves="short")


def test_a_mirrored_scene_has_its_left_on_the_other_side(people):
    there = _mirrored(people[1])
    np.testing.assert_array_equal(there.map, people[1].map[:, ::-1])
    assert there.keypoints[5, 0] == WIDTH - 1 - people[1].keypoints[6, 0]
    back = _mirrored(there)
    np.testing.assert_array_equal(back.pixels, people[1].pixels)
    np.testing.assert_allclose(back.keypoints, people[1].keypoints)


def test_people_without_keypoints_or_maps_are_nothing_to_learn_from():
    photo = PersonPhoto("0001", "0001", Path("0001.jpg"))
    with pytest.raises(UsageError, match=r"none of the 1 photos of people has both .* pose_mediapipe33.json"):
        gather([photo])


def test_regions_are_drawn_from_what_is_worn(people):
    random = dice()
    drawn = [_draw_regions(people[0], random) for _ in range(60)]
    assert {len(regions) for regions in drawn} == {1, 2}
    assert {"top", "bottom"} <= {region for regions in drawn for region in regions} <= {"top", "bottom", "shoes"}
    assert all(sorted(regions, key=REGIONS.index) == regions for regions in drawn)
    assert _draw_regions(scene(np.zeros((HEIGHT, WIDTH), np.uint8)), random) == []


def test_a_garment_comes_back_from_a_stranger_nearly_where_it_was(people):
    field = _round_trip(people[0], people[1], "top", dice())
    torso = field[18:30, 20:28]  # cells in the middle of the trunk
    rows, columns = np.mgrid[18:30, 20:28]
    off = np.hypot(torso[..., 0] - (columns * 4 + 1.5), torso[..., 1] - (rows * 4 + 1.5))
    assert 0.1 < np.median(off) < 20


def test_jittered_joints_are_near_and_the_picture_is_untouched(people):
    there = _jittered(people[0], dice())
    off = np.abs(there.keypoints[:, :2] - people[0].keypoints[:, :2])
    assert 0 < off.max() < 30
    np.testing.assert_array_equal(there.keypoints[:, 2], people[0].keypoints[:, 2])
    assert there.pixels is people[0].pixels


def test_the_zone_is_what_goes_and_comes_but_never_hair(people):
    query = people[0].map
    comes = np.zeros_like(query, bool)
    comes[200:210, 20:40] = True
    zone = generated_zone(query, [comes], {CLASS["top"]})
    assert zone[query == CLASS["top"]].all()
    assert zone[comes].all()
    assert not zone[query == CLASS["hair"]].any()
    assert not zone[250, 180]


def test_the_body_model_does_not_tell_what_was_in_the_zone(people):
    dressed = people[0]
    zone = generated_zone(dressed.map, [], {CLASS["top"]})
    other = replace(dressed, map=np.where(zone, 0, dressed.map).astype(np.uint8))
    told = body_model(dressed, zone, SIZE)
    assert told.shape == (BODY, *SIZE)
    torch.testing.assert_close(told, body_model(other, zone, SIZE))


def test_shaken_masks_are_each_moved_otherwise():
    masks = torch.zeros(3, 64, 48)
    masks[:, 20:40, 15:35] = 1
    moved = _shaken(masks, dice())
    assert moved.shape == masks.shape
    assert (moved >= 0).all()
    assert (moved <= 1).all()
    assert not torch.equal(moved[0], moved[1])
    assert all(overlap(mask.numpy() > 0.5, masks[0].numpy() > 0.5) > 0.5 for mask in moved)
    torch.testing.assert_close(_shaken(masks, dice()), moved)


def test_a_shape_task_keeps_what_is_asked_for_to_itself(people):
    """In the zone no class that stays is told; the garment itself is told only as a stranger would bend it."""
    task = _shape_task(*people, ["top"], SIZE, dice())
    assert (task.body.shape, task.masks.shape) == ((BODY, *SIZE), (13, *SIZE))
    assert (task.zone.shape, task.target.shape) == (SIZE, SIZE)
    deep = torch.nn.functional.avg_pool2d(task.zone[None], 25, 1, 12)[0] == 1
    assert deep.any()
    others = [value for value in range(13) if value != CLASS["top"]]
    assert task.masks[others][:, deep].max() == 0
    garment = task.target == CLASS["top"]
    bent = task.masks[CLASS["top"]] > 0.5
    assert 0.2 < overlap(bent.numpy(), garment.numpy()) < 0.99


def test_the_target_of_a_shape_task_is_the_scenes_own_map(people):
    task = _shape_task(*people, ["bottom"], SIZE, dice())
    assert (task.target.numpy() == people[0].map[1::2, 1::2]).mean() > 0.97


@pytest.mark.parametrize("swapped", [False, True])
def test_one_seed_one_task(people, swapped):
    first, again, other = (_appearance_task(*people[:2], ["top"], dice(seed), swapped=swapped) for seed in (0, 0, 1))
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    if not swapped:
        assert not torch.equal(first.composite, other.composite)
    shapes = [_shape_task(*people, ["top"], SIZE, dice(seed)) for seed in (0, 0, 1)]
    assert all(torch.equal(one, two) for one, two in zip(*shapes[:2], strict=True))
    assert not torch.equal(shapes[0].masks, shapes[2].masks)


def test_the_rough_picture_does_not_leak_what_is_to_be_painted(people):
    """Where the hole shows neither a reference's own pixel nor a class that is seen elsewhere, the truth is unknown."""
    secret = person()
    hidden = secret.mask("top") & (dice().random((HEIGHT, WIDTH)) < 0.5)
    secret.pixels[hidden] = (1, 2, 3)
    task = _appearance_task(secret, people[1], ["top"], dice(), textured=False)
    hole = task.changed[0].bool()
    assert hole[torch.from_numpy(hidden)].all()
    assert not task.sampled.any()
    painted = task.composite[:, torch.from_numpy(secret.mask("top"))]
    assert painted.std(1).max() < 0.02  # one colour, without the pattern
    outside = ~hole.expand_as(task.photo)
    assert torch.equal(task.composite[outside], task.photo[outside])


def test_what_the_garment_itself_shows_comes_bent(people):
    """The texture path gives a garment's own pixels, but not where they were."""
    striped = person()
    stripes = (np.arange(HEIGHT) // 3 % 2).astype(bool)[:, None] & striped.mask("top")
    striped.pixels[stripes] = (250, 250, 250)
    task = _appearance_task(striped, people[1], ["top"], dice())
    found = task.sampled[0].bool()
    assert found.sum() > 0.5 * striped.mask("top").sum()
    assert (task.composite - task.photo).abs().mean(0)[found].mean() > 0.05


def test_a_swapped_task_asks_for_the_strangers_garment(people):
    task = _appearance_task(*people[:2], ["top"], dice(), swapped=True)
    assert task.borrowed.nonzero().flatten().tolist() == [CLASS["top"]]
    torch.testing.assert_close(task.source[:, people[1].mask("top")].mean(1) * 255, torch.tensor([30.0, 140.0, 60.0]))
    assert not task.supervised[0].bool()[people[0].mask("top")].any()
    found = task.sampled[0].bool()
    worn = (task.composite[:, found].mean(1) * 255).numpy()
    assert np.abs(worn - (30, 140, 60)).max() < 12


def test_a_task_of_ones_own_borrows_nothing(people):
    task = _appearance_task(*people[:2], ["top"], dice())
    assert not task.borrowed.any()
    assert (task.supervised == 1).all()
    assert torch.equal(task.source, task.photo)
    assert np.abs(PAINTS["top"] - task.source[:, people[0].mask("top")].mean(1).numpy() * 255).max() < 2


@pytest.fixture
def photo(tmp_path):
    """A photo of twice the size, with somebody in its left half."""
    shown = person()
    pixels = np.full((512, 800, 3), PAINTS["background"], np.uint8)
    map = np.zeros((512, 800), np.uint8)
    pixels[:, :384] = shown.pixels.repeat(2, 0).repeat(2, 1)
    map[:, :384] = shown.map.repeat(2, 0).repeat(2, 1)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(map).save(tmp_path / "a-map.png")
    points = shown.keypoints.copy()
    points[:, :2] = points[:, :2] * 2 / (800, 512)
    return PersonPhoto("a", tmp_path / "a.png", "a", tmp_path / "a-map.png", points)


def test_a_photo_is_framed_around_its_person(photo):
    _, found = framed(photo)
    assert found.pixels.shape == (256, 192, 3)
    rows, columns = np.nonzero(found.map)
    assert rows.min() < 20
    assert rows.max() > 235
    assert (columns.min() + columns.max()) / 2 == pytest.approx(96, abs=6)
    for joint, name in ((0, "skin"), (13, "bottom")):
        x, y = found.keypoints[joint, :2].round().astype(int)
        assert found.map[y, x] == CLASS[name]


def test_photos_without_a_map_or_joints_are_left_aside(photo):
    (only,) = gather([photo, replace(photo, id="b", map=None), replace(photo, id="c", keypoints=None)])
    np.testing.assert_array_equal(only.map, framed(photo)[1].map)


def test_specks_do_not_widen_a_persons_box():
    map = np.zeros((100, 100), np.uint8)
    map[20:80, 40:60] = CLASS["top"]
    map[2:4, 95:97] = CLASS["bag"]
    points = np.zeros((17, 3), np.float32)
    assert person_box(map, points) == (40, 20, 60, 80)
    points[9] = [70, 50, 1]
    assert person_box(map, points) == (40, 20, 71, 80)
