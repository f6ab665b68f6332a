"""Triplets as arrays."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch

from modiste.catalog.records import Catalog, Product
from modiste.encoders.minilm import MiniLM
from modiste.errors import UsageError
from modiste.images import fit, image_hash, load_image
from modiste.lab.datasets import read
from modiste.lab.refine.asking import Answers, difference_requests, word_requests
from modiste.lab.refine.data import Triplets, _asked, means, photos_of, prepare, split_parts, usable, words_of
from modiste.lab.training.token_states import kept_states
from modiste.phrases import facts
from modiste.refine.graphs import Eyes
from tests.lab.refine.shops import designed, written_down


@pytest.fixture(scope="module")
def products(shapes):
    return read(shapes).products


@pytest.fixture(scope="module")
def corpus(products, encoder):
    return prepare({"products": products[:36]}, encoder, 50, seed=2)


@pytest.mark.parametrize(
    "products", [written_down(80), written_down(80, models=True, silent=True), designed(120)], ids=["1", "2", "3"]
)
def test_a_table_says_who_answers_as_the_questions_do(products):
    answers, rng = Answers(products), Random(0)
    draws = [difference_requests(products, answers, held_out=False)]
    draws += [word_requests(products, held_out=False)] if "pattern" not in products[0].attributes else []
    asked = [draw(rng) for draw in draws for _ in range(40)]
    triplets = Triplets(
        sources=np.array([one.source for one in asked]),
        targets=np.array([one.target for one in asked]),
        texts=np.zeros(len(asked), np.int64),
        questions=np.array([answers.question(one) for one in asked], np.int32),
        allowed=tuple(answers.allowed),
        codes=answers.codes,
    )
    right = triplets.right(np.arange(len(asked)), np.arange(len(products)))
    right[np.arange(len(asked)), triplets.sources] = False
    for row, one in zip(right, asked, strict=True):
        assert np.flatnonzero(row).tolist() == answers.right(one).tolist(), one
    some, few = np.array([5, 3]), np.array([7, 2, 30])
    assert np.array_equal(triplets.right(some, few), triplets.right(np.arange(6), np.arange(31))[some][:, few])


def test_every_triplet_is_answered_by_its_target(corpus):
    triplets = corpus.triplets
    rows = np.arange(len(triplets.sources))
    assert len(rows) == 50
    assert triplets.right(rows, triplets.targets)[rows, rows].all()
    assert not (triplets.sources == triplets.targets).any()


def test_triplets_lead_to_another_colour_or_kind(corpus, products):
    for source, target in zip(corpus.triplets.sources, corpus.triplets.targets, strict=True):
        before, after = products[source], products[target]
        assert (before.category, before.colour) != (after.category, after.colour)


def test_groups_join_equal_labels(corpus, products):
    told = [tuple(facts(product).get(name) for name in ("category", "gender", "colour")) for product in products[:36]]
    for group, one in zip(corpus.attribute_groups, told, strict=True):
        assert [other == group for other in corpus.attribute_groups] == [other == one for other in told]


def test_photos_are_what_the_encoder_sees(corpus, products, encoder):
    found = corpus.photos.views(np.array([3, 0]))
    pixels = np.stack([fit(load_image(products[place].images[0], at_least=encoder.size)) for place in (3, 0)])
    with torch.inference_mode():
        direct = Eyes(encoder).eval()(torch.from_numpy(pixels))
    for name, stored, own in zip(found._fields, found, direct, strict=True):
        assert stored.shape == own.shape
        assert (stored - own).abs().max() < 0.01 * own.abs().max(), name  # half precision


def test_means_are_maps_of_one_place(corpus):
    small = means(corpus.photos)
    assert small.low.shape == (36, 40, 1, 1)
    assert np.allclose(
        small.mid[5, :, 0, 0], corpus.photos.mid[5].astype(np.float32).mean((1, 2)), atol=2e-3, rtol=2e-3
    )
    assert small.summary is corpus.photos.summary


def test_words_are_the_states_of_the_texts(tmp_path):
    texts = ["in navy blue", "longer", "the same but with long sleeves"]
    states = kept_states(texts, tmp_path)
    words = words_of(states, [2, 0])
    direct = MiniLM().states([texts[2], texts[0]])
    assert np.abs(words.states.numpy() - direct.values).max() < 2e-3
    assert np.array_equal(words.mask.numpy(), direct.mask)


def test_each_catalogue_is_asked_about_by_its_size():
    catalogs = {"one": written_down(120, 1), "two": written_down(40, 2), "drawn": designed(80)}
    asked = list(_asked(catalogs, Answers([one for shop in catalogs.values() for one in shop]), 240, Random(0)))
    for places, count in ((range(120), 120), (range(120, 160), 40), (range(160, 240), 80)):
        own = [one for one in asked if one.source in places]
        assert len(own) == count
        assert all(one.target in places for one in own)


def test_no_photo_is_in_two_parts(shapes, encoder, monkeypatch):
    seen = []

    def noted(files, encoder):
        seen.append({image_hash(file) for file in files})
        return photos_of(files, encoder)

    monkeypatch.setattr("modiste.lab.refine.data.photos_of", noted)
    parts = split_parts([shapes], encoder, triplets=40)
    train, judge = seen
    assert not train & judge
    assert len(parts.train.triplets.sources) == 40
    assert list(parts.hashes) == list(parts.colours) == ["products"]
    assert parts.colours["products"] == ["black", "blue", "green", "red"], "none is frequent, so all are"


def test_a_photo_that_cannot_be_read_is_left_out(products, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    mixed = [products[0], replace(products[1], images=(broken,)), Product("none"), products[2]]
    catalog = Catalog("mixed", tuple(mixed))
    assert usable(catalog) == [products[0], products[2]]
    assert usable(catalog, [products[1].id, products[2].id]) == [products[2]]


def test_two_data_sets_of_one_name_are_refused(shapes, encoder):
    with pytest.raises(UsageError, match='two data sets are called "products", as their files are; give one'):
        split_parts([shapes, shapes], encoder, triplets=10)


def test_a_shop_too_small_for_judges_is_refused(products, encoder):
    with pytest.raises(UsageError, match="nothing can be asked about the 0 products of products"):
        prepare({"products": []}, encoder, 10)
