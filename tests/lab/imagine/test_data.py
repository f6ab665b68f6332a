"""Collections: which garments are taken, and the words of their titles."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PIL import Image

from modiste.boutique import make
from modiste.catalog.records import Product
from modiste.colour import delta_e
from modiste.errors import UsageError
from modiste.imagine.words import title_phrases
from modiste.lab.imagine.data import TYPES, collect, make_vocabulary, type_of, word_vectors


@pytest.fixture(scope="module")
def boutique(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boutique")
    make(folder, seed=3, products=12, bottoms=36, outfits=0)
    return folder


@pytest.fixture(scope="module")
def collection(boutique):
    return collect([boutique])


def test_only_garments_of_the_types_are_taken(collection):
    assert len(collection) >= 30
    assert set(collection.types.tolist()) == {0, 1, 2}
    assert collection.pixels.shape[1:] == (128, 96, 3)
    assert set(collection.parts.tolist()) == {0, 1, 2}
    assert (collection.pixels[:, :, 0] == 255).all(), "beside the garment all is white"


def test_colours_are_those_of_the_pixels(collection):
    said = [next((word.lab for word in words if word.lab is not None), None) for words in collection.words]
    named = [row for row, lab in enumerate(said) if lab is not None]
    apart = delta_e([said[row] for row in named], collection.labs[named])
    assert len(named) > 20
    assert np.median(apart) < 8


def test_a_second_look_comes_from_the_cache_and_is_the_same(boutique, collection):
    again = collect([boutique])
    assert np.array_equal(again.pixels, collection.pixels)
    assert again.vocabulary.record() == collection.vocabulary.record()


def test_a_photo_that_is_replaced_in_place_is_seen_again(boutique, tmp_path):
    source = shutil.copytree(boutique, tmp_path / "boutique")
    before = collect([source])
    photo = next(source.glob(f"images/{before.ids[0]}.*"))
    Image.fromarray(255 - np.asarray(Image.open(photo).convert("RGB"))).save(photo)
    after = collect([source])
    changed = (after.pixels != before.pixels).any((1, 2, 3))
    assert changed[0]
    assert not changed[1:].any()


def test_a_networks_vocabulary_is_kept(boutique, collection):
    all_of_it = collect([boutique], split="all", vocabulary=collection.vocabulary)
    assert all_of_it.vocabulary is collection.vocabulary
    assert set(all_of_it.parts.tolist()) == {2}


def test_what_holds_no_such_garment_is_refused(tmp_path):
    Image.new("RGB", (60, 80), "red").save(tmp_path / "dress.jpg")
    (tmp_path / "products.csv").write_text("id,image,title,category\n1,dress.jpg,Red dress,dress\n")
    with pytest.raises(UsageError, match="no photo of pants, jeans, shorts is in"):
        collect([tmp_path / "products.csv"])


def test_an_unknown_split_and_a_name_twice_are_refused(boutique):
    with pytest.raises(UsageError, match='no split "half"; give default or all'):
        collect([boutique], split="half")
    with pytest.raises(UsageError, match="two data sets are called"):
        collect([boutique, boutique])


@pytest.mark.parametrize(
    ("category", "title", "kind"),
    [
        ("Trousers", "", "pants"), ("jeans", "", "jeans"), ("", "Red slim shorts", "shorts"),
        ("Track Pants", "Black track pants", None), ("dress", "Dress with jeans pockets jeans", None),
    ],
)  # fmt: skip
def test_a_products_type_is_its_category_or_its_titles_last_word(category, title, kind):
    assert type_of(Product(id="1", images=(), title=title, category=category), TYPES) == kind


def test_words_of_few_titles_are_not_known():
    phrases = [tuple(title_phrases(title)) for title in ["Men black slim jeans"] * 1200 + ["Men black zany jeans"] * 3]
    vocabulary = make_vocabulary(phrases, np.full((1203, 3), (15.0, 0, 0)), TYPES)
    assert "slim" in vocabulary.tokens
    assert "zany" not in vocabulary.tokens
    assert vocabulary.counts["zany"] == 3


def test_words_that_stand_together_have_like_vectors():
    texts = [[0, 1], [0, 1], [0, 1], [2, 3], [2, 3], [2, 3], [0, 4], [1, 4], [2, 5], [3, 5]]
    vectors = word_vectors(texts, 6, width=4)
    assert vectors.shape == (6, 4)
    near = vectors @ vectors.T
    assert near[4].argsort()[-3:].tolist() != near[5].argsort()[-3:].tolist()
    assert near[0, 1] > near[0, 3]
