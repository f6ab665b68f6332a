"""Words: what a text says, as networks know it, and the table of words that mean one colour."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from modiste.colour import delta_e, named_colour, parse_colour
from modiste.errors import UsageError
from modiste.imagine.words import (
    MAX_WORDS,
    RADII,
    Palette,
    Vocabulary,
    _colour_name,
    _geometric_median,
    read,
    split,
)
from tests.imagine.imaginers import vocabulary


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Women's Navy-Blue wide-leg trousers", ["women", "navy blue", "wide-leg", "trousers"]),
        ("black white jeans", ["black", "white", "jeans"]),
        ("light gray denim", ["light grey denim"]),
        ("dark denim jeans", ["dark denim", "jeans"]),
        ("Damenhose für Frauen", ["damenhose", "für", "frauen"]),
        ("women’s pants, slim", ["women", "pants", ",", "slim"]),
        ("size 32 pants", ["size", "pants"]),
    ],
)
def test_phrases_of_colour_stay_together(text, said):
    assert [phrase for phrase, _ in split(text)] == said


def test_a_text_is_read_word_by_word():
    reading = read("Women's navy slim trousers with pockets", vocabulary())
    assert [word.text for word in reading.words] == ["women", "navy", "slim", "trousers"]
    assert [word.token for word in reading.words] == ["women", "", "slim", "pants"]
    assert reading.words[1].lab == pytest.approx(vocabulary().palette.labs[reading.words[1].cluster], abs=0.1)
    assert reading.unknown == ("pockets",)
    assert reading.notes == ("not known, so drawn without: pockets",)


def test_a_cut_of_its_own_name_is_a_word_like_others_beside_a_garment():
    reading = read("women's pants petite capri", vocabulary())
    assert [word.text for word in reading.words] == ["women", "pants"]
    assert reading.unknown == ("petite", "capri")


def test_a_rare_word_is_told_from_one_never_met():
    assert read("petite zqx pants", vocabulary()).notes == ("not known, so drawn without: petite (in 3 titles), zqx",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", 'the text "" holds no word'),
        ("  ,. ", "holds no word"),
        ("word " * 200, f"the text has 200 words; at most {MAX_WORDS} are read"),
        ("red dress", '"dress" was never learnt; what can be drawn is pants, jeans, shorts'),
        ("blue skirts", '"skirts" was never learnt'),
        ("black capri", '"capri" was never learnt'),
    ],
)
def test_what_cannot_be_drawn_is_refused(text, says):
    with pytest.raises(UsageError, match=says):
        read(text, vocabulary())


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [("black white jeans", "black", "white"), ("men women jeans", "men", "women"), ("jeans shorts", "jeans", "shorts")],
)
def test_of_a_contradiction_the_later_word_counts(text, first, second):
    known = vocabulary()
    reading = read(text, known)
    assert f'"{first}" and "{second}" contradict each other; the later word counts' in reading.notes
    last = known.labels(reading.words[-1:])
    assert last.items() <= known.labels(reading.words).items()


@pytest.mark.parametrize("text", ["schwarze Hose", "😀 👖", "zqx"])
def test_a_text_of_unknown_words_says_so(text):
    reading = read(text, vocabulary())
    assert reading.words == ()
    assert reading.notes[0].startswith("not known, so drawn without: ")


@pytest.mark.parametrize(
    ("text", "said", "excluded", "note"),
    [
        ("jeans, not blue", ["jeans"], {"blue", "navy blue"}, "left out: blue"),
        ("black jeans but not slim", ["black", "jeans"], set(), "left out: slim"),
        ("anything but red", [], {"red"}, "left out: red"),
        ("shorts without denim", ["shorts"], set(), "left out: denim"),
        ("pants under 50", ["pants"], set(), "a price belongs into a filter, such as price < 50; not read: under 50"),
    ],
)
def test_what_is_not_wanted_is_not_drawn(text, said, excluded, note):
    known = vocabulary()
    reading = read(text, known)
    assert [word.text for word in reading.words] == said
    assert {known.palette.names[cluster] for cluster in reading.excluded} == excluded
    assert note in reading.notes


def test_attributes_are_told_apart():
    known = vocabulary()
    reading = read("women red slim jeans", known)
    assert [known.attribute(word) for word in reading.words] == ["gender", "colour", "other", "type"]
    wanted = known.labels(reading.words)
    assert (wanted["type"], wanted["gender"]) == (1, 1)
    assert known.palette.names[wanted["colour"]] == "red"


def test_a_vocabulary_survives_json():
    known = vocabulary()
    again = Vocabulary.of(known.record())
    text = "women's navy jeans"
    assert read(text, again).words == read(text, known).words
    assert again.record() == known.record()


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
    return palette.resolve(parse_colour(word))[1]


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
    lab, number = palette.resolve(parse_colour("dark blue"))
    assert lab == tuple(palette.labs[number].tolist())
    assert palette.names[number] == "navy blue"
    assert delta_e(lab, named_colour("navy").lab) < 5


def test_dark_blue_is_navy_even_where_no_photograph_says_so():
    few = Palette.build(*shop({"black": 40, "navy": 20, "white": 30}))
    assert few.names[cluster(few, "dark blue")] == "navy blue"
    assert few.resolve(parse_colour("dark blue")) == few.resolve(parse_colour("navy"))


def test_an_unseen_colour_keeps_its_own_lab(palette):
    teal = named_colour("teal")
    assert palette.resolve(teal) == (teal.lab, delta_e(teal.lab, palette.labs).argmin())


def test_an_unseen_colour_close_to_a_cluster_is_drawn_as_that():
    dull = Palette.build(["green"] * 20, np.tile((46.0, -20.0, -8.0), (20, 1)))
    assert dull.resolve(named_colour("teal"))[0] == pytest.approx((46, -20, -8), abs=1e-3)


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
