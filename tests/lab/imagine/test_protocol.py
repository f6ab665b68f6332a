"""What is asked of every model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modiste.errors import UsageError
from modiste.imagine.words import Word, read
from modiste.lab.imagine.protocol import Says, ask, extra_seed, names
from tests.lab.imagine.painted import garments


@pytest.fixture(scope="module")
def collection():
    return garments(60)


@pytest.fixture(scope="module")
def asked(collection):
    return ask(collection, pictures=30)


def test_every_title_of_the_test_part_is_asked_word_by_word(collection, asked):
    assert sorted(text.row for text in asked.texts) == collection.part(2).tolist()
    first = asked.texts[0]
    assert first.words == collection.words[first.row]
    assert first.said() == collection.titles[first.row].removeprefix("Shop ").replace("'s", "").lower()
    assert first.said(2) == " ".join(first.said().split()[:2])
    assert asked.frames[: len(first.words)] == [(0, length + 1) for length in range(len(first.words))]
    assert [asked.frames[place] for place in asked.full] == [
        (at, len(text.words)) for at, text in enumerate(asked.texts)
    ]


def test_every_picture_has_a_seed_of_its_own(asked):
    assert asked.times * len(asked.texts) >= 30 > (asked.times - 1) * len(asked.texts)
    seeds = {extra_seed(text, time) for text in asked.texts for time in range(asked.times)}
    assert len(seeds) == asked.times * len(asked.texts)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("men black jeans", [("gender", 0), ("colour", 0), ("type", 1)]),
        ("women's shorts", [("gender", 1), ("type", 2)]),
        ("regular trousers", [None, ("type", 0)]),
    ],
)
def test_words_name_attributes(collection, text, says):
    vocabulary = collection.vocabulary
    found = [names(word, vocabulary) for word in read(text, vocabulary).words]
    black = vocabulary.palette.words["black"]
    wanted = [one if one is None or one[0] != "colour" else ("colour", black) for one in says]
    assert [one and (one.attribute, one.value) for one in found] == wanted


def test_a_colour_has_the_radius_of_its_cluster(collection):
    palette = collection.vocabulary.palette
    says = names(Word("red", "red", (50.0, 60.0, 40.0), palette.words["red"]), collection.vocabulary)
    assert says == Says("colour", palette.words["red"], (50.0, 60.0, 40.0), float(palette.radii[palette.words["red"]]))


def test_a_later_word_outdoes_an_earlier(asked):
    text = replace(asked.texts[0], says=(Says("type", 0), None, Says("gender", 1), Says("type", 2)))
    assert text.wanted(3) == {"type": Says("type", 0), "gender": Says("gender", 1)}
    assert text.wanted()["type"].value == 2


def test_changes_are_of_one_word(collection, asked):
    assert all(one.before == one.after for one in asked.no_ops)  # nothing of them reaches this network
    for one in asked.recoloured:
        pairs = [(a.said, b.said) for a, b in zip(one.before, one.after, strict=True) if a != b]
        assert pairs == [("black", "red")]
    heard = replace(collection.vocabulary, tokens=(*collection.vocabulary.tokens, "with"))
    changed = ask(replace(collection, vocabulary=heard)).no_ops[0]
    assert [word.said for word in changed.after[len(changed.before) :]] == ["with"]


def test_two_evaluations_of_one_hash_ask_the_same(collection, asked):
    assert ask(collection, pictures=30).hash == asked.hash
    others = [ask(collection, pictures=30, seed=1), ask(collection, pictures=80), ask(collection, limit=5)]
    assert len({asked.hash, *(one.hash for one in others)}) == 4
    assert len(others[2].texts) == 5
    assert str(asked).startswith(f"texts@{asked.hash}: {len(asked.texts)} titles, ")
    assert f"{asked.times * len(asked.texts)} pictures of full titles" in str(asked)


def test_titles_that_say_nothing_are_counted(collection):
    row = int(collection.part(2)[0])
    silent = replace(collection, words=tuple(() if at == row else one for at, one in enumerate(collection.words)))
    asked = ask(silent)
    assert row not in {text.row for text in asked.texts}
    assert "1 titles without a word that it knows left out" in str(asked)
    with pytest.raises(UsageError, match=r"none of the 12 titles of fashion-product-images to draw has a word"):
        ask(replace(collection, words=((),) * len(collection)))
