"""Words: what a text says, as networks know it."""

from __future__ import annotations

import pytest

from modiste.errors import UsageError
from modiste.imagine.words import MAX_WORDS, Vocabulary, read, split, split_title
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


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Lee Men Blue Jeans", ["men", "blue", "jeans"]),
        ("Grey women's mini shorts", ["grey", "women", "mini", "shorts"]),
        ("Mini shorts for women", ["mini", "shorts", "for", "women"]),
        ("Navy Blue Men's Jeans", ["navy blue", "men", "jeans"]),
        ("Slim Jeans", ["slim", "jeans"]),
    ],
)
def test_a_title_loses_its_brand_and_nothing_else(title, said):
    assert [phrase for phrase, _ in split_title(title)] == said


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
