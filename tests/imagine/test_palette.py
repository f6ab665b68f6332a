"""Colours of garments, and the table of words that mean one colour."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from modiste.colour import delta_e, lab_to_rgb, named_colour, parse_colour, rgb_to_lab
from modiste.errors import UsageError
from modiste.imagine.palette import RADII, Palette, _colour_name, _geometric_median, dominant_colours

NAVY, BLACK, RED = (34, 44, 77), (26, 26, 28), (200, 32, 47)


def garment(colour, size=(128, 96), at=(slice(8, 100), slice(30, 66))):
    """A plain garment on white, and its mask."""
    pixels, mask = np.full((*size, 3), 255, np.uint8), np.zeros(size, bool)
    pixels[at], mask[at] = colour, True
    return pixels, mask


def shaded(colour, depth=14, seed=0):
    """With folds, and a halo of the backdrop on its edge."""
    pixels, mask = garment(colour)
    folds = depth * np.sin(np.arange(96) / 3) + np.random.default_rng(seed).normal(0, 3, (128, 96))
    pixels[mask] = np.clip(pixels.astype(float) + folds[..., None], 0, 255)[mask]
    mask[7:101, 29:67] = True
    return pixels, mask


@pytest.mark.parametrize("colour", [NAVY, BLACK, RED, (250, 250, 250), (217, 197, 163)])
def test_dominant_colour_is_the_cloths(colour):
    pixels, mask = shaded(colour)
    dominant = dominant_colours(pixels[None], mask[None])
    assert dominant.shape == (1, 3)
    assert delta_e(dominant[0], rgb_to_lab(colour)) < 6


def test_dominant_colour_is_the_larger_of_two():
    pixels, mask = garment(NAVY)
    pixels[8:36, 30:66] = RED
    assert dominant_colours(pixels[None], mask[None])[0] == pytest.approx(rgb_to_lab(NAVY))


def naive_dominant(pixels, mask):
    """Lloyd's algorithm on every pixel inside, in plain loops."""
    inside = [
        (row, column)
        for row, column in zip(*np.nonzero(mask), strict=True)
        if all(mask[row + a, column + b] for a in range(-3, 4) for b in range(-3, 4) if abs(a) + abs(b) <= 3)
    ]
    points = rgb_to_lab(np.array([pixels[index] for index in inside]))
    centres = np.quantile(points, [1 / 6, 1 / 2, 5 / 6], axis=0)
    for _ in range(9):
        nearest = np.array([np.argmin([np.linalg.norm(point - centre) for centre in centres]) for point in points])
        centres = np.array([points[nearest == k].mean(0) if (nearest == k).any() else centres[k] for k in range(3)])
    return np.median(points[nearest == np.bincount(nearest, minlength=3).argmax()], axis=0)


def test_dominant_colour_is_that_of_all_pixels():
    pixels, mask = garment(NAVY)
    noise = np.random.default_rng(1)
    pixels[mask] = noise.choice([NAVY, (60, 70, 110), (200, 200, 190)], mask.sum(), p=[0.6, 0.2, 0.2])
    pixels[mask] += noise.integers(0, 9, (mask.sum(), 3)).astype(np.uint8)
    assert delta_e(dominant_colours(pixels[None], mask[None])[0], naive_dominant(pixels, mask)) < 1


def test_dominant_colours_dont_depend_on_their_neighbours():
    pictures = [shaded(colour, seed=seed) for seed, colour in enumerate((NAVY, RED, BLACK))]
    pixels, masks = (np.stack(parts) for parts in zip(*pictures, strict=True))
    together = dominant_colours(pixels, masks)
    alone = [dominant_colours(pixels[[row]], masks[[row]])[0] for row in range(3)]
    assert (together == np.array(alone)).all()
    assert (together == dominant_colours(pixels, masks.astype(np.uint8) * 255)).all()
    assert (together == dominant_colours(pixels, masks.astype(np.float32))).all()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((slice(8, 100), slice(40, 42)), RED),  # thinner than the edge that is taken off
        ((slice(50, 51), slice(50, 51)), RED),
        ((slice(0, 0), slice(0, 0)), (255, 255, 255)),  # no garment: the picture
    ],
)
def test_dominant_colours_of_very_little(at, expected):
    pixels, mask = garment(RED, at=at)
    assert dominant_colours(pixels[None], mask[None])[0] == pytest.approx(rgb_to_lab(expected))


def test_dominant_colours_of_nothing():
    assert dominant_colours(np.zeros((0, 128, 96, 3), np.uint8), np.zeros((0, 128, 96), bool)).shape == (0, 3)
    with pytest.raises(UsageError, match="pictures need masks of their size"):
        dominant_colours(np.zeros((1, 128, 96, 3), np.uint8), np.zeros((1, 64, 48), bool))


def test_geometric_median_ignores_outliers():
    points = np.array([(0, 0, 0), (2, 0, 0), (1, 1, 0), (1, -1, 0), (1, 0, 0), (90, 90, 90)], float)
    assert np.linalg.norm(_geometric_median(points) - (1, 0, 0)) < 0.5
    assert np.linalg.norm(points.mean(0) - (1, 0, 0)) > 20
    assert _geometric_median(points[:1]) == pytest.approx([0, 0, 0])


def shop(words: dict[str, int], spread=2.0, seed=0):
    """Garments whose colours lie around what `modiste.colour` says of their words."""
    noise = np.random.default_rng(seed)
    phrases: Sequence[str] = [word for word, count in words.items() for _ in range(count)]
    labs = np.array([parse_colour(word).lab for word in phrases]) + noise.normal(0, spread, (len(phrases), 3))
    return phrases, labs


WORDS = {"black": 40, "navy": 20, "dark blue": 9, "white": 30, "off white": 12, "red": 15, "khaki": 8, "sky blue": 3}


@pytest.fixture(scope="module")
def palette():
    return Palette.build(*shop(WORDS))


def cluster(palette, word):
    return palette.resolve(parse_colour(word)).cluster


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("navy", "dark blue", True),
        ("navy", "Navy Blue", True),
        ("white", "off-white", True),
        ("black", "white", False),
        ("black", "navy", False),
        ("red", "khaki", False),
    ],
)
def test_words_that_look_alike_share_a_cluster(palette, one, other, same):
    assert (cluster(palette, one) == cluster(palette, other)) is same


def test_a_measured_word_is_its_clusters_centroid(palette):
    named = palette.resolve(parse_colour("dark blue"))
    assert named.measured
    assert named.lab == tuple(palette.labs[named.cluster].tolist())
    assert palette.names[named.cluster] == "navy blue"
    assert delta_e(named.lab, named_colour("navy").lab) < 5


def test_dark_blue_is_navy_even_where_no_photograph_says_so():
    few = Palette.build(*shop({"black": 40, "navy": 20, "white": 30}))
    named = few.resolve(parse_colour("dark blue"))
    assert few.names[named.cluster] == "navy blue"
    assert named == few.resolve(parse_colour("navy")).__class__(named.lab, named.cluster, False)


def test_an_unseen_colour_keeps_its_own_lab(palette):
    teal = named_colour("teal")
    named = palette.resolve(teal)
    assert not named.measured
    assert named.lab == teal.lab
    assert named.cluster == palette.nearest(teal.lab)


def test_an_unseen_colour_close_to_a_cluster_is_drawn_as_that():
    dull = Palette.build(["green"] * 20, np.tile((46.0, -20.0, -8.0), (20, 1)))
    named = dull.resolve(named_colour("teal"))
    assert not named.measured
    assert named.lab == pytest.approx((46, -20, -8), abs=1e-3)


def test_words_whose_cloth_looks_alike_stay_apart_if_their_names_dont():
    phrases, _ = shop({"black": 30, "navy": 30, "dark blue": 10})
    labs = np.random.default_rng(0).normal((17, 0, -4), 2, (70, 3))
    table = Palette.build(phrases, labs).words
    assert table["black"] != table["navy blue"] == table["dark blue"]


def test_clusters_are_measured(palette):
    phrases, labs = shop(WORDS)
    assert palette.shares.sum() == pytest.approx(1)
    assert palette.shares[palette.words["black"]] == pytest.approx(40 / len(labs))
    assert (palette.radii >= RADII[0]).all()
    assert (palette.radii <= RADII[1]).all()
    assert palette.names[0] == "black"
    assert "sky blue" not in palette.words
    own = labs[np.array(phrases) == "red"]
    number = palette.words["red"]
    assert palette.labs[number] == pytest.approx(_geometric_median(own), abs=1e-3)


def test_radius_holds_nine_of_ten():
    phrases, labs = shop({"red": 400}, spread=8)
    table = Palette.build(phrases, labs)
    assert (delta_e(labs, table.labs[0]) <= table.radii[0]).mean() == pytest.approx(0.9, abs=0.01)


def test_assign_is_soft_and_sums_to_one(palette):
    _, labs = shop(WORDS)
    shares = palette.assign(labs)
    apart = np.array([[float(delta_e(lab, centre)) for centre in palette.labs] for lab in labs[:5]])
    naive = np.exp(-apart / 5) / np.exp(-apart / 5).sum(1, keepdims=True)
    assert shares.shape == (len(labs), len(palette.names))
    assert shares[:5] == pytest.approx(naive, abs=1e-5)
    assert shares.sum(1) == pytest.approx(1)
    assert [palette.nearest(lab) for lab in labs] == shares.argmax(1).tolist()


def test_a_record_is_json_and_comes_back(palette):
    again = Palette.of(json.loads(json.dumps(palette.record())))
    assert again.names == palette.names
    assert again.words == palette.words
    assert list(again.words) == list(palette.words)
    for part in ("labs", "radii", "shares"):
        assert (getattr(again, part) == getattr(palette, part)).all()
    assert again.resolve(parse_colour("navy")) == palette.resolve(parse_colour("navy"))


def test_tiny_shops_have_tables_too():
    table = Palette.build(*shop({"black": 3, "red": 2}))
    assert table.names == ("black", "red")
    assert table.shares.tolist() == pytest.approx([0.6, 0.4])
    alone = Palette.build(["Washed Blue"], [(50, 0, -20)])
    assert alone.names == ("washed blue",)
    assert alone.assign([(0, 0, 0)]).tolist() == [[1.0]]


def test_without_words_pixels_name_the_clusters():
    _, labs = shop({"black": 40, "white": 30, "red": 15}, spread=1)
    table = Palette.build([""] * len(labs), labs)
    assert set(table.names) == {"black", "white", "red"}
    assert [round(float(share * 85)) for share in table.shares] == [40, 30, 15]


@pytest.mark.parametrize(("phrases", "count"), [([], 0), (["red"], 2)])
def test_build_refuses(phrases, count):
    with pytest.raises(UsageError, match=f"got {len(phrases)} phrases and {count} garments"):
        Palette.build(phrases, np.zeros((count, 3)))


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [("Navy", "navy blue"), ("Grey Marl", "heather grey"), ("washed blue", "washed blue"), ("multi", ""), ("", "")],
)
def test_folded(phrase, expected):
    assert _colour_name(phrase) == expected


def test_swatches_show_what_was_seen():
    """Colours go through LAB and back unharmed, so that a drawn centroid is the shop's colour."""
    pixels, mask = garment(NAVY)
    lab = dominant_colours(pixels[None], mask[None])[0]
    assert lab_to_rgb(lab).tolist() == list(NAVY)
