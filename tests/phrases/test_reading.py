"""Customers' texts in words that networks know."""

from __future__ import annotations

from random import Random

import pytest

from modiste.colour import COLOURS
from modiste.lab.datasets.sentences import ask
from modiste.phrases.reading import COMMON, COMPOUND, NAME, STRANGE, Known, Reading, read
from tests.lab.datasets.test_sentences import pairs

RARITY = {
    "rock": COMMON,
    "kleid": STRANGE,
    "jaens": STRANGE,
    "qwzx": STRANGE,
    "jens": NAME,
    "adidas": STRANGE,
    "addidas": STRANGE,
    "sukienka": STRANGE,
}
NAMES = frozenset([*COLOURS, "multi", "t-shirt", "dress", "jeans", "casual shoes"])


def known(names: frozenset[str] = NAMES, carried: tuple[str, ...] = ()) -> Known:
    return Known(names, lambda word: RARITY.get(word, COMPOUND), carried.__contains__, lambda: carried)


FEW = frozenset(["red", "green", "blue", "white", "silver", "light denim", "dress"])


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("in teal", "in green"),
        ("in cyan", "in green"),
        ("an ecru dress", "an white dress"),
        ("dark red", "dark red"),
        ("navy-blue", "navy-blue"),
        ("anorak", "rain jacket"),
        ("Moccasins please", "loafers please"),
        ("hijab in crimson", "scarf in red"),
        ("gingham", "checked"),
    ],
)
def test_what_networks_never_learnt_goes_by_the_nearest_name(text, read_as):
    reading = read(text, known(FEW))
    assert reading.text == read_as
    assert reading.words == text
    assert reading.known
    assert all("the nearest that the network knows" in note for note in reading.notes)
    assert bool(reading.notes) == (text != read_as)


def test_templates_of_training_stay_as_they_are_to_the_letter():
    """What nothing is negated in, and what colours are known of, reaches the network unchanged."""
    rng, same = Random(0), 0
    for source, target in pairs(600, seed=4):
        request = ask(source, target, rng)
        reading = read(request.text, known(), compares=True)
        if request.kind != "negated" and not reading.unwanted:
            assert reading.text == request.text
            assert reading.notes == ()
            same += 1
    assert same > 400


@pytest.mark.parametrize(
    ("text", "read_as", "note"),
    [
        ("rotes Kleid", "red dress", 'read as "red dress"'),
        ("schwarze Schuhe", "black shoes", 'read as "black shoes"'),
        ("chemise bleue homme", "blue shirt men", 'read as "blue shirt men"'),
        ("robe rouge", "red dress", 'read as "red dress"'),
        ("vestido rojo", "red dress", 'read as "red dress"'),
        ("camicia bianca", "white shirt", 'read as "white shirt"'),
        ("rood jurk", "red dress", 'read as "red dress"'),
        ("Kleid, aber rot", "dress but red", 'read as "dress but red"'),
        ("robe sauf noire", "dress", 'read as "dress except black"'),
        ("vestido pero no rojo", "dress", 'read as "dress but not red"'),
        ("gonna senza rosso", "skirt", 'read as "skirt without red"'),
        ("keine rote Jacke", "jacket", 'read as "not red jacket"'),
        ("jaens", "jeans", '"jaens" is read as "jeans"'),
        ("dres", "dress", '"dres" is read as "dress"'),
        ("sukienka", "sukienka", "not understood: sukienka"),
        ("drees", "dress", '"drees" is read as "dress"'),
        ("blak jaket", "black jacket", '"jaket" is read as "jacket"'),
        ("jens for women", "jens for women", 'did you mean "jeans" by "jens"?'),
        ("addidas shoes", "addidas shoes", "not understood: addidas"),
        ("watch under 50", "watch", "a price belongs into a filter, such as price < 50; not read: under 50"),
        ("shoes under $30", "shoes", "not read: under $30"),
        ("between 20 and 50 euro, dress", ", dress", "not read: between 20 and 50 euro"),
        ("cheap shoes", "cheap shoes", "not read: cheap"),
        ("size 42 shoes", "shoes", "a size belongs into a filter"),
        ("XL t-shirt", "t-shirt", "not read: XL"),
    ],
)
def test_a_note_says_what_was_made_of_a_text(text, read_as, note):
    reading = read(text, known())
    assert reading.text == read_as
    assert any(note in line for line in reading.notes), reading.notes


@pytest.mark.parametrize(
    "text",
    ["red dress", "RED 👗 DRESS!!", "under armour shoes", "rock chic t-shirt", "30 inch jeans", "women's v-neck top"],
)
def test_what_is_understood_needs_no_note(text):
    assert read(text, known()) == read(text, Known()) == read(text, known()).__class__(text, text)


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("black trouser", "black trousers"),
        ("Pant", "Pants"),
        ("blue jean for women", "blue jeans for women"),
        ("jean jacket", "jean jacket"),
        ("short", "shorts"),
        ("short skirt", "short skirt"),
        ("ＲＥＤ dress", "RED dress"),
        ("abar dress", "abar dress"),
    ],
)
def test_other_forms_of_a_word_say_the_same(text, read_as):
    assert read(text, known()) == Reading(read_as, read_as)


def test_short_is_a_wish_where_a_product_is_there():
    assert read("short", known(), compares=True).text == "short"


def test_the_shops_own_words_are_understood():
    assert read("addidas shoes", known(carried=("addidas",))).notes == ()
    assert read("addidas shoes", known(carried=("adidas",))).text == "adidas shoes"


def test_translations_are_for_networks_alone():
    reading = read("rotes Kleid ohne Ärmel", known())
    assert reading.text == "sleeveless red dress"
    assert reading.words == "rotes Kleid ohne Ärmel"


@pytest.mark.parametrize(("text", "says"), [("qwzx", False), ("👗", False), ("in teal", True), ("as it is", True)])
def test_whether_anything_was_understood(text, says):
    assert read(text, known()).known is says


def test_of_networks_that_keep_no_record_only_negation_is_read():
    reading = read("kleid, not teal", Known())
    assert (reading.text, reading.notes) == ("kleid", ())
    assert read("common", Known(NAMES, lambda word: COMMON)).notes == ()
