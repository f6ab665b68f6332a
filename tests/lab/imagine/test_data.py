"""Collections: garments and words of their titles; batches: texts of a garment, and texts that contradict it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from modiste.boutique import make
from modiste.catalog.records import Product
from modiste.colour import delta_e
from modiste.errors import UsageError
from modiste.imagine.model import ImagineConfig, Tokens
from modiste.imagine.words import GENDERS
from modiste.lab.imagine.data import (
    ATTRIBUTES,
    LONGEST,
    TYPES,
    TrainingData,
    _type_of,
    collect,
    make_vocabulary,
    split_title,
    word_vectors,
)
from tests.lab.imagine.painted import garments


@pytest.fixture(scope="module")
def boutique(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boutique")
    make(folder, seed=3, products=12, bottoms=36, outfits=0, size=(256, 192))
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
    labs = [next((word.lab for word in words if word.lab is not None), None) for words in collection.words]
    named = [row for row, lab in enumerate(labs) if lab is not None]
    apart = delta_e([labs[row] for row in named], collection.labs[named])
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
    assert _type_of(Product(id="1", images=(), title=title, category=category), TYPES) == kind


def test_words_of_few_titles_are_not_known():
    phrases = [tuple(split_title(title)) for title in ["Men black slim jeans"] * 1200 + ["Men black zany jeans"] * 3]
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


@pytest.fixture(scope="module")
def training():
    return TrainingData(garments(120), ImagineConfig())


def test_a_batch_has_both_sizes(training):
    batch = training.batch(np.arange(6), np.random.default_rng(0))
    assert [tuple(maps.shape) for maps in batch.real] == [(6, 3, 64, 32), (6, 3, 128, 64)]
    assert batch.relief.shape == (6, 4, 64, 32)
    assert (batch.eps.shape, batch.noise.shape, batch.gumbel.shape) == ((6, 96), (6, 0), (6, 6))


def test_the_relief_of_plain_cloth_is_flat(training):
    batch = training.batch(np.arange(8), np.random.default_rng(0))
    inside = batch.relief[:, 3:] > 0.99
    assert (batch.relief[:, :3].abs() * inside).max() < 0.2
    assert (batch.relief[:, :3] * (1 - batch.relief[:, 3:])).abs().max() < 0.5


def test_texts_are_true(training):
    random = np.random.default_rng(1)
    vocabulary = training.collection.vocabulary
    for row in range(len(training)):
        wanted = vocabulary.labels(training.text(row, random))
        assert all(training.labels[name][row] == value for name, value in wanted.items())


def test_prefixes_of_every_length_are_drawn_and_whole_texts_most_often(training):
    batch = training.batch(np.arange(60) % len(training), np.random.default_rng(2))
    lengths = batch.lengths.numpy()
    assert lengths.min() == 0
    assert 3 <= lengths.max() <= LONGEST
    assert (batch.tokens.mask.sum(1).numpy() == lengths).all()


def test_named_is_what_the_prefix_names(training):
    batch = training.batch(np.arange(30), np.random.default_rng(3))
    empty = batch.lengths == 0
    assert empty.any()
    assert all((values[empty] == -1).all() for values in batch.named.values())


def test_a_mismatched_text_contradicts_the_garment(training):
    batch = training.batch(np.arange(30), np.random.default_rng(4))
    assert batch.contradicts.any()
    for row in torch.nonzero(batch.contradicts)[:, 0].tolist():
        other = int(batch.mismatched[row])
        assert any(
            batch.named[name][other] >= 0 and batch.named[name][other] != batch.labels[name][row] for name in ATTRIBUTES
        )


def test_recoloured_texts_differ_in_colours_alone(training):
    batch = training.batch(np.arange(20), np.random.default_rng(6))
    coloured = batch.tokens.coloured > 0
    assert torch.equal(batch.recoloured.indices, batch.tokens.indices)
    assert torch.equal(batch.coloured > 0, coloured.any(1))
    assert not torch.equal(batch.recoloured.labs[coloured], batch.tokens.labs[coloured])
    assert sorted(batch.recoloured.labs[coloured].tolist()) == sorted(batch.tokens.labs[coloured].tolist())
    assert torch.equal(batch.recoloured.labs[~coloured], batch.tokens.labs[~coloured])


def test_the_same_step_is_the_same_batch(training):
    torch.manual_seed(0)
    one = training.batch(np.arange(4), np.random.default_rng(5))
    torch.manual_seed(0)
    other = training.batch(np.arange(4), np.random.default_rng(5))
    assert torch.equal(one.real[1], other.real[1])
    assert torch.equal(one.eps, other.eps)
    assert torch.equal(one.tokens.indices, other.tokens.indices)


def test_texts_are_padded_behind(training):
    collection = training.collection
    texts = [list(collection.words[0]), [], list(collection.words[1])[:1]]
    tokens = Tokens.of(texts, collection.vocabulary)
    assert tokens.mask.sum(1).tolist() == [len(text) for text in texts]
    assert (tokens.indices[1] == -1).all()
    words = {collection.vocabulary.tokens[index] for index in tokens.indices[0].tolist() if index >= 0}
    assert words & set(GENDERS)


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
