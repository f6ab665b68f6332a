"""Light falls from the upper left, and what rises catches it."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.boutique.drawing.curves import box, curve
from modiste.boutique.drawing.light import light, shadow
from modiste.boutique.drawing.materials import Fabric
from modiste.boutique.drawing.parts import Drawing, Fold, Part

SMOOTH = Fabric(grain=0.0, fall=0.0)
SHAPE = box(100, 100, 300, 400)


def lit(part, fabric=SMOOTH):
    return light(Drawing((part,)), fabric, 0)


def test_what_lies_flat_keeps_its_colour():
    lamp = lit(Part(SHAPE, (0, 0, 0), bulge=6))
    assert np.abs(lamp.shade[80:170, 75:125]).max() < 0.01
    assert lamp.texture.max() == 0


def test_the_edges_towards_the_lamp_are_brighter():
    shade = lit(Part(SHAPE, (0, 0, 0), bulge=10)).shade
    assert shade[125, 52] > 0.02 > -0.02 > shade[125, 147]
    assert shade[52, 100] > 0.02 > -0.02 > shade[197, 100]


@pytest.mark.parametrize(("height", "sign"), [(4.0, 1), (-4.0, -1)])
def test_a_ridge_is_bright_on_the_side_of_the_lamp_and_a_furrow_dark(height, sign):
    fold = Fold(curve((120, 240), (200, 240), (280, 240)), height, 12)
    shade = lit(Part(SHAPE, (0, 0, 0), folds=(fold,))).shade
    assert sign * shade[117, 100] > 0.02
    assert sign * shade[123, 100] < -0.02


def test_worn_cloth_is_brighter_in_itself():
    fold = Fold(curve((200, 180), (200, 260), (200, 340)), 0, 30, tone=0.4)
    assert lit(Part(SHAPE, (0, 0, 0), folds=(fold,))).texture[130, 100] > 0.1


def test_a_part_shadows_what_lies_under_it():
    below, above = Part(SHAPE, (0, 0, 0), bulge=4), Part(box(150, 200, 250, 300), (0, 0, 0), bulge=4, lift=0.8)
    shade = light(Drawing((below, above)), SMOOTH, 0).shade
    assert shade[153, 100] < -0.05
    assert abs(shade[180, 100]) < 0.01


def test_cover_and_shadow():
    cover = lit(Part(SHAPE, (0, 0, 0))).cover
    assert (cover[125, 100], cover[20, 20]) == (1, 0)
    ground = shadow(cover)
    assert ground.shape == (128, 96)
    assert ground[102, 50] > 0.05 > ground[2, 2]


def test_the_same_seed_gives_the_same_cloth():
    cloth = Fabric(grain=0.05, fall=1.0)
    part = Part(SHAPE, (0, 0, 0), patterned=True)
    one, same, other = (light(Drawing((part,)), cloth, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.texture, same.texture)
    assert not np.array_equal(one.texture, other.texture)
