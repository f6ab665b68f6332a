from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.images import load_image
from modiste.lab.parser.data import Augmentation, augmented, draw_batch, framed, mirrored
from modiste.lab.parser.examples import Example
from modiste.lab.parser.losses import IGNORED
from modiste.parsing import Frame
from modiste.parsing.base import MIRRORED
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
        sample = framed(photo, example, frame)
        for turned in (sample, mirrored(sample)):
            _check(turned)


@pytest.mark.parametrize("seed", range(12))
def test_augmented_joints_lie_on_what_they_belong_to(example, seed):
    how = Augmentation(zoom=(0.8, 1.2), part=0.0)
    _check(augmented(example, how, np.random.default_rng(seed)))


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
    sample = augmented(nothing, Augmentation(), np.random.default_rng(0))
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
    sample = augmented(Example("a", example.image, example.read, doubtful), STILL, np.random.default_rng(1))
    assert sorted(sample.keypoints[:, 2].tolist()) == [-1] + [1] * 16


def test_half_bodies_are_shown(example):
    how = Augmentation(zoom=(1.0, 1.0), shift=0.0, turn=0.0, part=1.0)
    shown = [np.unique(augmented(example, how, np.random.default_rng(seed)).map) for seed in range(16)]
    without_shoes = sum(value("shoes") not in some for some in shown)
    without_hair = sum(value("hair") not in some for some in shown)
    assert without_shoes > 2
    assert without_hair > 2


def test_a_studio_keeps_the_person(example):
    how = Augmentation(zoom=(1.0, 1.0), far=1.0, shift=0.0, turn=0.0, part=0.0, studio=1.0)
    sample = augmented(example, how, np.random.default_rng(4))
    ground = np.kron(sample.map == 0, np.ones((2, 2))).astype(bool)
    assert sample.pixels[ground].std(0).max() < 25
    assert set(np.unique(sample.map)) == {
        value(name) for name in ("background", "hair", "skin", "top", "bottom", "shoes")
    }
    assert len(PARSING_CLASSES) == 13
