from __future__ import annotations

import numpy as np
import pytest

from modiste.tryon.align import (
    COARSE,
    body_field,
    bones_followed,
    enlarge,
    legged,
    one_of_pair,
    reachable,
    register,
    sample,
    worn_by,
)
from modiste.tryon.body import CLASS, alone, cells, hides, present
from modiste.tryon.composite import to_tensor
from tests.tryon.figures import HEIGHT, JOINTS, TSHIRT, WIDTH, flat, moved, overlap, person, scene

IDENTITY = cells(*COARSE, (HEIGHT, WIDTH)).reshape(*COARSE, 2)
NONE = np.zeros((HEIGHT, WIDTH), bool)


def disc(x, y, radius):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def seen(mask, field):
    """A mask through a field."""
    plane = to_tensor(np.repeat(mask[..., None] * np.uint8(255), 3, 2))[:1]
    return sample(plane, enlarge(field.astype(np.float32), HEIGHT, WIDTH))[0].numpy() > 0.5


def test_a_scene_on_itself_stays():
    dressed = person()
    np.testing.assert_allclose(body_field(dressed, dressed, "top"), IDENTITY, atol=1e-2)


def test_a_scene_on_itself_elsewhere_is_that_shift():
    dressed = person()
    np.testing.assert_allclose(
        body_field(dressed, moved(dressed, 12, -8), "top"), IDENTITY + np.array([12, -8]), atol=2e-2
    )


@pytest.mark.parametrize(("x", "y", "radius"), [(104, 128, 40), (100, 134, 43), (96, 128, 34)])
def test_register_brings_one_disc_onto_another(x, y, radius):
    source, target = disc(96, 128, 40), disc(x, y, radius)
    found = seen(source, register(IDENTITY, source, target, NONE, NONE))
    assert overlap(source, target) < 0.9 < overlap(found, target)


def test_register_leaves_what_is_aligned_alone():
    mask = disc(96, 128, 40)
    assert np.abs(register(IDENTITY, mask, mask, NONE, NONE) - IDENTITY).max() < 0.5


@pytest.mark.parametrize(("source", "target"), [(NONE, disc(96, 128, 40)), (disc(96, 128, 40), NONE)])
def test_register_has_nothing_to_do_without_a_shape(source, target):
    assert register(IDENTITY, source, target, NONE, NONE) is IDENTITY


@pytest.mark.parametrize("line", [94, 100, 118])
def test_an_edge_under_hair_does_not_pull(line):
    """Hair hides where the disc ends, on either side; only an edge that is seen is matched."""
    whole = disc(96, 128, 40)
    hair = whole & (np.mgrid[:HEIGHT, :WIDTH][0] < line)
    for source, target, over, source_over in ((whole, whole & ~hair, hair, NONE), (whole & ~hair, whole, NONE, hair)):
        assert np.abs(register(IDENTITY, source, target, over, source_over) - IDENTITY).max() < 2


def test_a_garment_alone_has_nobody_in_it():
    assert alone(flat("top", TSHIRT))
    assert not alone(person())


def test_a_lone_t_shirt_has_shoulders_where_its_own_are():
    points = worn_by(flat("top", TSHIRT), "top")
    left, right = points[5], points[6]
    assert 60 < left[1] < 75
    assert (right[0] + left[0]) / 2 == pytest.approx(96, abs=2)
    assert 36 < left[0] - right[0] < 56  # inside the trunk's width of 56
    assert points[11, 1] > points[5, 1]


def test_the_arms_of_a_lone_t_shirt_point_along_its_sleeves():
    points = worn_by(flat("top", TSHIRT), "top")
    for shoulder, elbow, sign in ((5, 7, 1), (6, 8, -1)):
        x, y = points[elbow, :2] - points[shoulder, :2]
        assert sign * x > 0.5 * y > 0


def test_a_lone_pair_of_trousers_has_its_legs():
    points = worn_by(
        flat("bottom", [(70, 30), (122, 30), (130, 230), (104, 230), (96, 100), (88, 230), (62, 230)]), "bottom"
    )
    np.testing.assert_allclose(points[[15, 16], 0], [117, 75], atol=4)
    assert points[15, 1] == pytest.approx(230, abs=3)
    assert points[11, 1] < 80


def test_a_lone_garment_lands_on_the_body():
    query, shirt = person(), flat("top", TSHIRT)
    there = seen(shirt.mask("top"), body_field(query, shirt, "top"))
    assert there[90, 96]
    assert not there[34, 96]
    assert not there[190, 96]
    torso = query.mask("top") & (np.abs(np.mgrid[:HEIGHT, :WIDTH][1] - 96) < 18)
    assert (there & torso).sum() > 0.75 * torso.sum()


@pytest.mark.parametrize(
    ("region", "middle", "wide"),
    [("hat", (96, 22), 22), ("bag", (66, 149), 46), ("shoes", (106, 226), 17), ("shoes", (86, 226), 17)],
)
def test_lone_things_land_where_they_are_worn(region, middle, wide):
    thing = flat(region, [(60.0, 100.0), (140.0, 100.0), (140.0, 150.0), (60.0, 150.0)])
    there = seen(thing.mask(region), body_field(person(), thing, region))
    rows, columns = np.nonzero(there)
    near = np.abs(columns - middle[0]) <= (10 if region == "shoes" else 96)
    assert (columns[near].mean(), rows[near].mean()) == pytest.approx(middle, abs=6)
    if region != "shoes":
        assert np.ptp(columns) + 1 == pytest.approx(wide, abs=5)


def test_a_garment_that_is_not_there_gives_a_field_all_the_same():
    nothing = scene(np.zeros((HEIGHT, WIDTH), np.uint8))
    for region in ("top", "bottom", "shoes", "bag", "hat", "dress"):
        assert np.isfinite(body_field(person(), nothing, region)).all()


def test_present_names_trousers_or_skirt():
    assert present(person(bottom="skirt"), "bottom") == ["skirt"]
    assert present(person(bottom="bottom"), "bottom") == ["bottom"]
    assert present(flat("top", TSHIRT), "bottom") == ["bottom"]


@pytest.mark.parametrize(
    ("region", "over"), [("top", ["outer"]), ("bottom", ["top", "outer"]), ("outer", []), ("shoes", [])]
)
def test_what_is_worn_above_hides(region, over):
    map = np.arange(13, dtype=np.uint8).reshape(1, 13)
    expected = {CLASS[name] for name in ("hair", "hat", "accessory", "bag", *over)}
    assert set(np.flatnonzero(hides(scene(map), region)[0]).tolist()) == expected


JUMPSUIT = [
    *((70.0, 40.0), (122.0, 40.0), (126.0, 120.0), (132.0, 230.0), (106.0, 230.0), (96.0, 140.0), (86.0, 230.0)),
    *((60.0, 230.0), (66.0, 120.0)),
]
GOWN = [(70.0, 40.0), (122.0, 40.0), (140.0, 230.0), (52.0, 230.0)]


@pytest.mark.parametrize(("outline", "legs"), [(JUMPSUIT, True), (GOWN, False), (TSHIRT, False)])
def test_a_jumpsuit_has_legs(outline, legs):
    assert legged(flat("dress", outline).mask("dress")) is legs


def test_nothing_has_no_legs():
    assert not legged(NONE)


def test_a_jumpsuit_follows_the_legs_and_a_gown_their_middle():
    """On somebody with legs apart there is cloth on either leg, and between them only of the gown."""
    apart = np.array(JOINTS)
    apart[[13, 15], 0] += [14, 26]
    apart[[14, 16], 0] -= [14, 26]
    query = person(joints=apart)
    suit, gown = (
        seen(alone.mask("dress"), body_field(query, alone, "dress"))
        for alone in (flat("dress", JUMPSUIT), flat("dress", GOWN))
    )
    assert suit[205, 125]
    assert suit[205, 67]
    assert not suit[205, 96]
    assert gown[180, 96]


def hanging(x, y, size):
    """Somebody with a square bag whose upper edge has its middle at a place."""
    someone = person()
    someone.map[y : y + size, x - size // 2 : x + size // 2] = CLASS["bag"]
    return someone


def test_a_bag_hangs_where_one_hung_before():
    query, other = hanging(140, 120, 20), hanging(50, 140, 30)
    there = seen(other.mask("bag"), body_field(query, other, "bag"))
    rows, columns = np.nonzero(there)
    assert rows.min() == pytest.approx(120, abs=2)
    assert columns.mean() == pytest.approx(140, abs=2)
    assert np.ptp(columns) == pytest.approx(30, abs=3)  # as large as on the other, who is as tall


def test_sleeves_under_a_coat_stay_in_it():
    coated, bare = person(), person()
    coated.map[coated.map == CLASS["top"]] = CLASS["outer"]
    elbow = (93, 124)
    assert reachable(bare, person(), "top")[elbow]
    assert not reachable(coated, person(), "top")[elbow]
    assert reachable(coated, person(), "top")[90, 96]


LONG_SLEEVES = [
    *((78.0, 60.0), (114.0, 60.0), (124.0, 64.0), (160.0, 140.0), (146.0, 146.0), (124.0, 100.0)),
    *((124.0, 170.0), (68.0, 170.0), (68.0, 100.0), (46.0, 146.0), (32.0, 140.0), (68.0, 64.0)),
]
ARMS = {"upper_arm", "lower_arm"}


@pytest.mark.parametrize(
    ("region", "outline", "arms"),
    [
        ("dress", GOWN, set()), ("dress", JUMPSUIT, set()), ("top", TSHIRT, {"upper_arm"}), ("top", LONG_SLEEVES, ARMS),
    ],
    ids=["gown", "jumpsuit", "T-shirt", "long sleeves"],
)  # fmt: skip
def test_a_garment_that_lies_alone_follows_the_arms_that_its_sleeves_dress(region, outline, arms):
    """Hips and a skirt beside hanging arms aren't taken for sleeves."""
    names = bones_followed(person(), flat(region, outline), region)
    assert {name.split("_", 1)[1] for name in names if "arm" in name} == arms


def test_long_sleeves_tell_the_size_of_a_loose_cut():
    """A trunk that is half as wide again has the same wearer."""
    loose = [(x + (14 if x > 96 else -14), y) for x, y in LONG_SLEEVES]
    slim, wide = (worn_by(flat("top", outline), "top") for outline in (LONG_SLEEVES, loose))
    lengths = [points[11:13, 1].mean() - points[5:7, 1].mean() for points in (slim, wide)]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.12)


@pytest.mark.parametrize(("across", "down"), [(12, 42), (10, 24)])
def test_of_a_pair_of_shoes_the_nearer_one_is_worn(across, down):
    shoe = NONE.copy()
    shoe[100:124, 50:110] = True
    shoe[88:100, 50:80] = True
    nearer = np.roll(shoe, (down, across), (0, 1))
    found = one_of_pair(shoe | nearer)
    assert (found & nearer).sum() > 0.9 * nearer.sum()
    assert (found & ~nearer).sum() < 0.15 * nearer.sum()
    np.testing.assert_array_equal(one_of_pair(shoe), shoe)
