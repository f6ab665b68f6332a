"""Names, distances and relations of colours."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from modiste.colour import (
    COLOURS,
    FAMILIES,
    FURTHER,
    MODIFIERS,
    SYNONYMS,
    delta_e,
    holds,
    lab_to_rgb,
    named_colour,
    nearest_colour,
    parse_colour,
    parse_colours,
    rgb_to_lab,
)
from modiste.errors import UsageError
from modiste.phrases import vocabulary

FASHION_PRODUCT_IMAGES = """black, white, blue, brown, grey, red, green, navy blue, pink, purple, silver, yellow, beige,
    gold, maroon, orange, olive, cream, steel, charcoal, off white, peach, grey melange, lavender, khaki, teal, magenta,
    tan, mustard, bronze, copper, turquoise blue, rust, metallic, skin, burgundy, coffee brown, sea green, nude,
    mushroom brown, taupe, rose, mauve, lime green, fluorescent green"""
"""Its 46 base colours but `multi`."""


def lab(name: str) -> tuple[float, float, float]:
    colour = parse_colour(name)
    assert colour is not None
    return colour.lab


def test_the_base_colours_of_fashion_product_images_are_known():
    names = [" ".join(name.split()) for name in FASHION_PRODUCT_IMAGES.split(",")]
    assert len(names) == 45
    assert set(names) <= set(COLOURS)


def test_every_colour_is_consistent():
    assert len(COLOURS) >= 60
    for name, colour in COLOURS.items():
        assert colour.name == name == name.lower()
        assert colour.family in FAMILIES
        assert tuple(lab_to_rgb(colour.lab)) == colour.rgb
    assert len({colour.rgb for colour in COLOURS.values()}) == len(COLOURS)


def test_synonyms_lead_to_colours_and_hide_none():
    assert set(SYNONYMS.values()) <= set(COLOURS)
    assert not set(SYNONYMS) & set(COLOURS)
    assert not set(MODIFIERS) & (set(SYNONYMS) | set(COLOURS))


def test_further_colours_are_understood_but_never_said():
    """What networks learn, and are measured by, stays as it is."""
    assert len(FURTHER) >= 140
    assert not set(FURTHER) & (set(COLOURS) | set(SYNONYMS) | set(MODIFIERS))
    assert all(named_colour(name) is colour for name, colour in FURTHER.items())
    assert not {"greige", "puce", "chartreuse", "cerise"} & vocabulary()


def test_conversions_agree_with_scikit_image():
    from skimage.color import lab2rgb, rgb2lab

    rgb = np.random.default_rng(0).integers(0, 256, (500, 3))
    ours = rgb_to_lab(rgb)
    np.testing.assert_allclose(ours, rgb2lab(rgb / 255.0), atol=1e-3)
    np.testing.assert_array_equal(lab_to_rgb(ours), rgb)
    np.testing.assert_allclose(lab_to_rgb(ours) / 255, lab2rgb(ours), atol=2 / 255)


@pytest.mark.parametrize(
    ("first", "second", "least", "most"),
    [
        ("navy", "dark blue", 0, 10),
        ("navy", "midnight blue", 0, 12),
        ("crimson", "cherry", 0, 5),
        ("burgundy", "wine", 0, 8),
        ("off white", "ecru", 0, 12),
        ("black", "white", 70, 120),
        ("red", "green", 50, 120),
        ("navy", "sky blue", 40, 120),
    ],
)
def test_distance_follows_the_eye(first, second, least, most):
    assert least <= delta_e(lab(first), lab(second)) <= most


def test_distance_of_many_against_one_is_the_distance_of_each():
    labs = np.array([colour.lab for colour in list(COLOURS.values())[:5]])
    one = named_colour("teal").lab
    assert delta_e(labs, one).shape == (5,)
    assert delta_e(labs[:, None], labs).shape == (5, 5)
    assert delta_e(labs, one) == pytest.approx([float(delta_e(row, one)) for row in labs])


def test_distance_matches_the_published_pair():
    """First pair of the table by Sharma, Wu and Dalal, 2005."""
    assert delta_e((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("a comfortable dress", []),
        ("Women's navy t-shirt", ["navy blue"]),
        ("Off-White shirt", ["off white"]),
        ("black & white striped top", ["black", "white"]),
        ("light blue jeans", ["light blue"]),
        ("pale olive chinos", ["pale olive"]),
        ("light grey melange hoodie", ["light grey melange"]),
        ("gray sweater", ["grey"]),
        ("very dark grey coat", ["dark grey"]),
        ("a light floral dress in wine", ["wine"]),
        ("dark wash jeans", ["dark denim"]),
        ("golden sandals", ["gold"]),
        ("multi coloured scarf", []),
        ("blacked-out", []),
        ("greige knit, puce and chartreuse", ["greige", "puce", "chartreuse"]),
        ("navyblue and darkgreen", ["navy blue", "dark green"]),
        ("blue-green, bluegreen", ["blue green", "blue green"]),
        ("reddish brown boots", ["reddish brown"]),
        ("something bluish", ["blue"]),
        ("a sandstone wall", ["sandstone"]),
        ("fluo yellow", ["fluo yellow"]),
    ],
)
def test_colour_words_of_a_text(text, names):
    assert [colour.name for colour in parse_colours(text)] == names
    assert parse_colour(text) == next(iter(parse_colours(text)), None)


@pytest.mark.parametrize(
    ("modified", "relation", "base"),
    [
        ("pale olive", "lighter", "olive"),
        ("deep teal", "darker", "teal"),
        ("dark pink", "darker", "pink"),
        ("bright pink", "brighter", "pink"),
        ("muted red", "duller", "red"),
        ("washed black", "lighter", "black"),
        ("sky blue", "lighter", "navy"),
        ("sky blue", "brighter", "navy"),
        ("mustard", "warmer", "teal"),
        ("grey", "cooler", "camel"),
        ("white", "lighter", "black"),
        ("red", "brighter", "burgundy"),
    ],
)
def test_relations(modified, relation, base):
    assert holds(relation, lab(base), lab(modified))
    assert not holds(relation, lab(modified), lab(base))
    assert not holds(relation, lab(base), lab(base))


@pytest.mark.parametrize("name", ["navy blue", "burgundy", "khaki", "medium denim"])
def test_nearest_colour_finds_itself_and_keeps_to_the_names(name):
    assert nearest_colour(named_colour(name).lab).name == name
    assert nearest_colour(named_colour(name).lab, ["white", name]).name == name


def test_nearest_colour_of_pixels():
    assert nearest_colour(rgb_to_lab((20, 20, 20)), ["white", "black", "navy"]).name == "black"


@pytest.mark.parametrize("name", ["Navy", "NAVY BLUE", "navy-blue", " navy  blue "])
def test_named_colour_folds_spelling(name):
    assert named_colour(name) is COLOURS["navy blue"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: named_colour("burgandy"), 'no colour "burgandy"; nearest: burgundy'),
        (lambda: holds("nicer", (0, 0, 0), (1, 1, 1)), 'no relation of colours "nicer"'),
    ],
)
def test_unknown_names_teach(call, says):
    with pytest.raises(UsageError, match=says):
        call()


def test_import_is_light():
    code = "import sys, modiste.colour; print({'skimage', 'scipy', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
