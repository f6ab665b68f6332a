from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.errors import UsageError
from modiste.images import load_image
from modiste.lab.datasets import ccp
from modiste.lab.parser.data import (
    ALWAYS,
    Augmentation,
    Example,
    _augmented,
    _framed,
    _garment_class,
    _mirrored,
    draw_batch,
    read_parts,
)
from modiste.lab.parser.losses import IGNORED
from modiste.parsing import Frame
from modiste.parsing.frame import MIRRORED, foreground
from tests.parsing.figures import figure_map, joints, photo_of, value

FIGURE = (40.0, 20.0, 200.0)
STILL = Augmentation(zoom=(1.0, 1.0), far=1.0, shift=0.0, turn=0.0, part=0.0, studio=0.0)


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Example:
    folder = tmp_path_factory.mktemp("figure")
    map = figure_map((240, 256), [FIGURE])
    photo_of(map).save(folder / "figure.png")
    return Example("figure", folder / "figure.png", partial(np.copy, map), joints((240, 256), *FIGURE))


def test_left_becomes_right_in_a_mirror():
    names = [KEYPOINTS[place] for place in MIRRORED]
    assert names[:3] == ["nose", "right_eye", "left_eye"]
    assert [MIRRORED[place] for place in MIRRORED] == list(range(17))


def test_joints_lie_on_what_they_belong_to(example):
    """Wherever a frame, a mirror or a turn puts the figure, pixels, map and joints go together."""
    photo = load_image(example.image)
    for frame in (Frame.whole(photo), Frame(30, 10, 165, 220)):
        sample = _framed(photo, example, frame)
        for turned in (sample, _mirrored(sample)):
            _check(turned)


@pytest.mark.parametrize("seed", range(12))
def test_augmented_joints_lie_on_what_they_belong_to(example, seed):
    how = Augmentation(zoom=(0.8, 1.2), part=0.0)
    _check(_augmented(example, how, np.random.default_rng(seed)))


def _check(sample) -> None:
    for name, there in [("nose", "skin"), ("left_hip", "bottom"), ("right_knee", "bottom"), ("left_shoulder", "top")]:
        x, y, seen = sample.keypoints[KEYPOINTS.index(name)]
        if seen > 0 and 2 < x < 190 and 2 < y < 254:
            near = sample.map[max(0, int(y / 2) - 3) : int(y / 2) + 4, max(0, int(x / 2) - 3) : int(x / 2) + 4]
            assert value(there) in near, (name, x, y)
    left, right = (sample.keypoints[KEYPOINTS.index(name), 0] for name in ("left_shoulder", "right_shoulder"))
    assert left > right  # the person's left is on the right of the picture, in a mirror too


def test_the_same_seed_draws_the_same(example):
    first, second = (draw_batch([example] * 3, Augmentation(), np.random.default_rng(5)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        torch.testing.assert_close(one, other)
    assert first.pixels.shape == (3, 256, 192, 3)
    assert first.map.shape == (3, 128, 96)
    assert first.heat.shape == (3, 17, 64, 48)
    assert not torch.equal(first.pixels[0], first.pixels[1])


def test_what_is_unknown_stays_unknown(example):
    nothing = Example("a", example.image)
    sample = _augmented(nothing, Augmentation(), np.random.default_rng(0))
    assert (sample.map == IGNORED).all()
    assert (sample.keypoints[:, 2] == -1).all()


def test_garments_alone_have_no_joints(example):
    alone = Example("a", example.image, example.read, alone=True)
    batch = draw_batch([alone], STILL, np.random.default_rng(0))
    assert batch.known.all()
    assert batch.heat.sum() == 0


def test_joints_nobody_is_sure_of(example):
    doubtful = example.keypoints.copy()
    doubtful[KEYPOINTS.index("left_wrist"), 2] = 0.2
    sample = _augmented(Example("a", example.image, example.read, doubtful), STILL, np.random.default_rng(1))
    assert sorted(sample.keypoints[:, 2].tolist()) == [-1] + [1] * 16


def test_half_bodies_are_shown(example):
    how = Augmentation(zoom=(1.0, 1.0), shift=0.0, turn=0.0, part=1.0)
    shown = [np.unique(_augmented(example, how, np.random.default_rng(seed)).map) for seed in range(16)]
    without_shoes = sum(value("shoes") not in some for some in shown)
    without_hair = sum(value("hair") not in some for some in shown)
    assert without_shoes > 2
    assert without_hair > 2


def test_a_studio_keeps_the_person(example):
    how = Augmentation(zoom=(1.0, 1.0), far=1.0, shift=0.0, turn=0.0, part=0.0, studio=1.0)
    sample = _augmented(example, how, np.random.default_rng(4))
    ground = np.kron(sample.map == 0, np.ones((2, 2))).astype(bool)
    assert sample.pixels[ground].std(0).max() < 25
    assert set(np.unique(sample.map)) == {
        value(name) for name in ("background", "hair", "skin", "top", "bottom", "shoes")
    }
    assert len(PARSING_CLASSES) == 13


@pytest.mark.parametrize(("category", "name"), [
    ("Skirt", "skirt"), ("Midi skirts", "skirt"), ("Skort", "skirt"), ("Jeans", "bottom"), ("Casual Shoes", "shoes"),
    ("Shirt dress", "dress"), ("Socks", "legwear"), ("Lipstick", None), ("Necklace", None), ("street photo", None),
])  # fmt: skip
def test_the_class_of_a_product(category, name):
    assert _garment_class(category) == name


def test_a_boutique_has_people_and_garments(people: Path):
    parts = read_parts([people], products=2)
    assert sum(len(part.parsed) for part in (parts.train, parts.judge, parts.test)) == 23  # no truth is learnt from
    assert not parts.train.tagged
    assert set(parts.hashes) == {"people", "people people"}
    values = [int(example.read().max()) for example in parts.train.alone]
    assert max(np.bincount(values)) == 2
    assert len(set(values)) > 3
    for example in parts.train.alone:
        with Image.open(people / "masks" / f"{example.id}.png") as mask:
            np.testing.assert_array_equal(example.read() > 0, np.asarray(mask.convert("L")) > 127)
    ids = [{one.id for one in part.parsed} for part in (parts.train, parts.judge, parts.test)]
    assert not ids[0] & ids[2]


def test_parts_that_are_not_wanted_stay_empty(people: Path):
    parts = read_parts([people], 2, ["judge"])
    assert parts.judge.parsed
    assert not parts.train.parsed
    assert not parts.test.alone


def test_tags_say_what_there_is(tmp_path: Path):
    pixels, tags = tmp_path / "annotations" / "pixel-level", tmp_path / "annotations" / "image-level"
    for folder in (tmp_path / "photos", pixels, tags):
        folder.mkdir(parents=True)
    labels = {"0001": ("skin", "hair", "jeans"), "0002": ("skirt", "bag"), "0003": ()}
    for at, (name, some) in enumerate(labels.items()):
        noise = np.random.default_rng(at).integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "photos" / f"{name}.jpg")
        numbers = np.array([[0, *(ccp.LABELS.index(label) for label in some)]], np.uint8)
        if at == 0:
            savemat(pixels / f"{name}.mat", {"groundtruth": np.repeat(numbers, 2, 0)})
        else:
            savemat(tags / f"{name}.mat", {"tags": numbers})
    parts = read_parts([tmp_path], 1)
    everyone = [one for part in (parts.train, parts.judge, parts.test) for one in (*part.parsed, *part.tagged)]
    allowed = {
        one.id: {name for name, may in zip(PARSING_CLASSES, one.allowed, strict=True) if may} for one in everyone
    }
    assert allowed["0001"] == set(PARSING_CLASSES)  # the map says it all
    assert allowed["0002"] == {*ALWAYS, "skirt", "bag"}
    assert allowed["0003"] == set(PARSING_CLASSES)  # without a tag nothing is known
    assert [one.read is None for one in sorted(everyone, key=lambda one: one.id)] == [False, True, True]


def test_garments_are_found_before_their_backdrop(tmp_path: Path, people: Path):
    with (tmp_path / "products.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "image", "category"])
        for number in range(40):
            photo = Image.new("RGB", (96, 128), (245, 244, 242))
            if number % 4:  # every fourth shows nothing
                photo.paste((200, 20, 30 + number), (24, 20, 72, 100))
            photo.save(tmp_path / f"{number}.png")
            table.writerow([f"p{number}", f"{number}.png", "Skirt"])
    parts = read_parts([people, tmp_path], 30)
    added = [one for one in parts.train.alone if one.image.parent == tmp_path]
    assert 10 < len(added) <= 30
    for one in added:
        assert set(np.unique(one.read())) == {0, value("skirt")}
        assert (one.read() > 0).mean() == pytest.approx(48 * 80 / (96 * 128), rel=0.1)
        assert one.alone


@pytest.mark.parametrize("size", [(96, 128), (300, 200), (600, 900)])
def test_the_foreground_has_the_photos_size(size):
    photo = Image.new("RGB", size, (245, 244, 242))
    box = tuple(round(side * share) for share in (0.3, 0.6) for side in size)
    photo.paste((30, 60, 120), box)
    found = foreground(photo)
    assert found.shape == size[::-1]
    truth = np.zeros_like(found)
    truth[box[1] : box[3], box[0] : box[2]] = True
    assert (found & truth).sum() / (found | truth).sum() > 0.75


def test_without_people_nothing_is_learnt(tmp_path: Path):
    (tmp_path / "products.csv").write_text("id,image,category\na,a.png,Skirt\n")
    Image.new("RGB", (30, 40)).save(tmp_path / "a.png")
    with pytest.raises(UsageError, match="has no people with parsing maps; give Clothing Co-Parsing or a boutique"):
        read_parts([tmp_path], 1)
