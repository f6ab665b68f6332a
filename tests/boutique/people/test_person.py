"""Drawn people: what the map says is in the picture, the joints are where the limbs are, and poses move cloth along."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.boutique import design
from modiste.boutique.drawing.curves import box, line
from modiste.boutique.drawing.parts import Mark, Part, bent, halves
from modiste.boutique.people.body import Bend, Figure, Limb, Pose
from modiste.boutique.people.person import Person, design_person, draw_person
from modiste.boutique.people.wearing import wear
from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.colour import COLOURS

SIZE = (256, 192)
STRAIGHT = Pose((Bend(8, 4), Bend(8, 4)), (Bend(3, 2), Bend(3, 2)))


def of_kind(*kinds, **wanted):
    """The first product of the shop of one of these kinds, with these fields."""
    specs = (design(0, index) for index in range(2000))
    return next(
        spec for spec in specs
        if spec.kind in kinds and all(getattr(spec, name) == value for name, value in wanted.items())
    )  # fmt: skip


def somebody(**changed) -> Person:
    """A woman who stands straight in a studio."""
    person = design_person(0, 0)
    build = replace(person.figure.build, gender="Women", breadth=1.0, weight=1.0)
    figure = Figure(build, changed.pop("pose", STRAIGHT), scale=changed.pop("scale", 0.62))
    told = {"figure": figure, "opened": False, "tucked": False, "tights": None, "socks": None, **changed}
    return replace(person, head=replace(person.head, style="short"), **told)


@pytest.fixture(scope="module")
def worn():
    return {
        "top": of_kind("t-shirt", pattern="solid", colour="red"),
        "bottom": of_kind("jeans", length="regular", fit="straight"),
        "outer": of_kind("blazer"),
        "shoes": of_kind("sneakers"),
        "bag": of_kind("handbag"),
        "hat": of_kind("beanie"),
    }


def share(drawn, name):
    return float((drawn.map == PARSING_CLASSES.index(name)).mean())


def test_everything_that_is_worn_is_in_the_map(worn):
    drawn = draw_person(somebody(opened=True), worn, SIZE)
    assert drawn.pixels.shape == (*SIZE, 3)
    assert drawn.map.shape == SIZE
    seen = {PARSING_CLASSES[place] for place in np.unique(drawn.map)}
    assert seen >= {"background", "skin", "hair", "hat", "top", "outer", "bottom", "shoes", "bag"}
    assert not seen & {"dress", "skirt", "legwear"}


def test_the_map_says_where_the_colour_is(worn):
    drawn = draw_person(somebody(), {"top": worn["top"], "bottom": worn["bottom"]}, SIZE)
    red = drawn.pixels[drawn.map == PARSING_CLASSES.index("top")].astype(float)
    assert np.abs(np.median(red, 0) - COLOURS["red"].rgb).max() < 40
    others = drawn.pixels[drawn.map != PARSING_CLASSES.index("top")].astype(float)
    assert (others[:, 0] - others[:, 1] > 100).mean() < 0.01


def test_the_same_person_in_other_clothes_is_the_same_elsewhere(worn):
    person = somebody()
    one = draw_person(person, {"top": worn["top"], "bottom": worn["bottom"]}, SIZE)
    other = draw_person(person, {"top": worn["top"], "bottom": of_kind("skirt", length="knee")}, SIZE)
    assert (one.keypoints == other.keypoints).all()
    upper = slice(0, int(SIZE[0] * 0.3))
    assert (one.pixels[upper] == other.pixels[upper]).all()
    assert (one.map[upper] == other.map[upper]).all()
    assert share(other, "skirt") > 0.02
    assert share(one, "skirt") == share(other, "bottom") == 0


def test_joints_lie_on_the_body_and_left_is_the_persons_own():
    drawn = draw_person(somebody(), {}, SIZE)
    points = dict(zip(KEYPOINTS, drawn.keypoints.tolist(), strict=True))
    for name, (x, y, seen) in points.items():
        assert seen == 1
        assert drawn.map[int(y * SIZE[0]), int(x * SIZE[1])] in (1, 2), name
    for joint in ("eye", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        assert points[f"left_{joint}"][0] > points[f"right_{joint}"][0]
    for upper, lower in (("nose", "left_shoulder"), ("left_hip", "left_knee"), ("left_knee", "left_ankle")):
        assert points[upper][1] < points[lower][1]


def test_joints_beyond_the_picture_are_not_seen():
    drawn = draw_person(somebody(scale=0.9), {}, SIZE)
    points = dict(zip(KEYPOINTS, drawn.keypoints.tolist(), strict=True))
    assert points["left_ankle"][1] > 1
    assert points["left_ankle"][2] == points["right_ankle"][2] == 0
    assert points["left_hip"][2] == 1


@pytest.mark.parametrize("bend", [Bend(8, 4), Bend(44, -38), Bend(30, 70), Bend(12, -90, 0.8)])
def test_sleeves_follow_the_arms(worn, bend):
    figure = somebody(pose=replace(STRAIGHT, arms=(Bend(8, 4), bend))).figure
    sleeve = wear(of_kind("sweater", sleeve="long", fit="regular"), figure).sleeves[1]
    ring = np.concatenate([part.shape.points() for part in sleeve.parts])
    arm = figure.arms[1]
    for along in np.linspace(60, arm.length - 14, 6):
        at = figure.placed(np.array([arm.point(float(along))]))[0]
        nearest = np.hypot(ring[:, 0] - at.real, ring[:, 1] - at.imag).min()
        assert nearest < 30 * figure.scale
        assert any(_inside(part, at) for part in sleeve.parts)


def _inside(part: Part, at: complex) -> bool:
    left, right = part.shape.span(at.imag)
    return left <= at.real <= right


def test_an_open_jacket_shows_what_is_under_it(worn):
    closed, opened = (draw_person(somebody(opened=opened), worn, SIZE) for opened in (False, True))
    assert share(opened, "top") > 1.5 * share(closed, "top")


def test_trousers_lie_on_the_legs(worn):
    drawn = draw_person(
        somebody(pose=replace(STRAIGHT, legs=(Bend(9, 8), Bend(14, 2)))), {"bottom": worn["bottom"]}, SIZE
    )
    points = dict(zip(KEYPOINTS, drawn.keypoints.tolist(), strict=True))
    for joint in ("left_knee", "right_knee"):
        x, y, _ = points[joint]
        assert PARSING_CLASSES[drawn.map[int(y * SIZE[0]), int(x * SIZE[1])]] == "bottom"


def test_other_sizes_show_the_same(worn):
    small, large = (draw_person(somebody(), worn, size) for size in ((128, 96), (512, 384)))
    assert (small.keypoints == large.keypoints).all()
    assert (small.map == large.map[2::4, 2::4]).mean() > 0.95


def test_people_differ_and_depend_on_nothing_else():
    people = [design_person(3, index) for index in range(12)]
    assert people[7] == design_person(3, 7) != design_person(4, 7)
    assert len({person.figure.pose for person in people}) == 12
    assert {person.figure.build.gender for person in people} == {"Women", "Men"}


def test_a_limb_is_as_long_as_its_halves_and_bends_without_a_jump():
    limb = Limb(0j, 1, Bend(10, 90), 100.0, 80.0)
    along = np.linspace(0, 180, 181)
    steps = np.abs(np.diff(limb.at(along, np.zeros(181))))
    assert steps == pytest.approx(np.ones(180), abs=0.01)
    assert limb.point(0) == 0
    assert (limb.point(180) - limb.point(150)).imag == pytest.approx(0, abs=1e-9)
    mirrored = replace(limb, side=-1)
    assert mirrored.point(150, 9.0) == pytest.approx(-limb.point(150, 9.0).conjugate())


def test_long_lines_are_cut_before_they_are_bent():
    part = Part(box(0, 0, 10, 200), (0, 0, 0), marks=(Mark(line((5, 0), (5, 200)), width=2.0),))
    made = bent(part, lambda points: points + np.sin(points.imag / 30) * 20, 0.5)
    xs = made.marks[0].path.points()[:, 0]
    assert xs.max() - xs.min() == pytest.approx(40, abs=1.5)
    assert made.marks[0].width == 1.0


def test_halves_of_a_part():
    button = Mark(box(-3, 20, 3, 26), fill=(9, 9, 9))
    part = Part(box(-40, 0, 40, 100), (0, 0, 0), marks=(button, Mark(line((-30, 50), (30, 50)))))
    left, right = halves(part)
    assert left.shape.bounds()[0::2] == pytest.approx((-40, 0))
    assert right.shape.bounds()[0::2] == pytest.approx((0, 40))
    assert sum(button in half.marks for half in (left, right)) == 1
    assert all(len(half.marks) - (button in half.marks) == 1 for half in (left, right))
    assert len(halves(Part(box(5, 0, 40, 100), (0, 0, 0)))) == 1
