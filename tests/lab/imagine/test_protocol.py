"""Texts of an evaluation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modiste.errors import UsageError
from modiste.imagine.words import Word, read
from modiste.lab.imagine.protocol import Label, _label_of, sample_texts
from tests.lab.imagine.painted import garments


@pytest.fixture(scope="module")
def collection():
    return garments(60)


@pytest.fixture(scope="module")
def texts(collection):
    return sample_texts(collection, pictures=30)


def test_every_title_of_the_test_part_is_asked_word_by_word(collection, texts):
    assert sorted(text.row for text in texts.texts) == collection.part(2).tolist()
    first = texts.texts[0]
    assert first.words == collection.words[first.row]
    assert first.prefix() == collection.titles[first.row].removeprefix("Shop ").replace("'s", "").lower()
    assert first.prefix(2) == " ".join(first.prefix().split()[:2])
    assert texts.prefixes[: len(first.words)] == [(0, length + 1) for length in range(len(first.words))]
    assert [texts.prefixes[row] for row in texts.full] == [(at, len(text.words)) for at, text in enumerate(texts.texts)]


def test_every_picture_has_a_seed_of_its_own(texts):
    assert texts.times * len(texts.texts) >= 30 > (texts.times - 1) * len(texts.texts)
    seeds = {text.seed for text in texts.texts} | {seed for _, seed in texts.further}
    assert len(seeds) == texts.times * len(texts.texts)


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
    found = [_label_of(word, vocabulary) for word in read(text, vocabulary).words]
    black = vocabulary.palette.words["black"]
    wanted = [one if one is None or one[0] != "colour" else ("colour", black) for one in says]
    assert [one and (one.attribute, one.value) for one in found] == wanted


def test_a_colour_has_the_radius_of_its_cluster(collection):
    palette = collection.vocabulary.palette
    label = _label_of(Word("red", "red", (50.0, 60.0, 40.0), palette.words["red"]), collection.vocabulary)
    assert label == Label(
        "colour", palette.words["red"], (50.0, 60.0, 40.0), float(palette.radii[palette.words["red"]])
    )


def test_a_later_word_outdoes_an_earlier(texts):
    text = replace(texts.texts[0], labels=(Label("type", 0), None, Label("gender", 1), Label("type", 2)))
    assert text.named(3) == {"type": Label("type", 0), "gender": Label("gender", 1)}
    assert text.named()["type"].value == 2


def test_changes_are_of_one_word(collection, texts):
    assert all(one.before == one.after for one in texts.no_ops)  # nothing of them reaches this network
    for one in texts.recoloured:
        pairs = [(a.text, b.text) for a, b in zip(one.before, one.after, strict=True) if a != b]
        assert pairs == [("black", "red")]
    vocabulary = replace(collection.vocabulary, tokens=(*collection.vocabulary.tokens, "with"))
    changed = sample_texts(replace(collection, vocabulary=vocabulary)).no_ops[0]
    assert [word.text for word in changed.after[len(changed.before) :]] == ["with"]


def test_two_evaluations_of_one_hash_ask_the_same(collection, texts):
    assert sample_texts(collection, pictures=30).hash == texts.hash
    others = [
        sample_texts(collection, pictures=30, seed=1),
        sample_texts(collection, pictures=80),
        sample_texts(collection, limit=5),
    ]
    assert len({texts.hash, *(one.hash for one in others)}) == 4
    assert len(others[2].texts) == 5
    assert str(texts).startswith(f"texts@{texts.hash}: {len(texts.texts)} titles, ")
    assert f"{texts.times * len(texts.texts)} pictures of full titles" in str(texts)


def test_titles_that_say_nothing_are_counted(collection):
    row = int(collection.part(2)[0])
    silent = replace(collection, words=tuple(() if at == row else one for at, one in enumerate(collection.words)))
    texts = sample_texts(silent)
    assert row not in {text.row for text in texts.texts}
    assert "1 titles without a word that it knows left out" in str(texts)
    with pytest.raises(UsageError, match=r"none of the 12 titles of fashion-product-images to draw has a word"):
        sample_texts(replace(collection, words=((),) * len(collection)))
