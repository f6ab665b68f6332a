"""What pictures are worth, on models whose worth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.lab.imagine import measuring
from modiste.lab.imagine.judges import Judges
from modiste.lab.imagine.measuring import Photos, draw, measure, real
from modiste.lab.imagine.protocol import Says, ask
from tests.lab.imagine.painted import Blocks, Deaf, Listens, garments

METRICS = {
    "is_type", "is_colour", "is_gender", "fd", "kid", "acc_type", "acc_colour", "acc_gender", "deltaE", "persistence",
    "responsiveness", "drift", "noop", "recolour_iou", "found@10", "found@10 words", "found@10 both", "novelty",
}  # fmt: skip


@pytest.fixture(scope="module")
def collection():
    return garments()


@pytest.fixture(scope="module")
def photos(collection):
    return Photos(collection, Judges.fit(collection, Blocks()))


@pytest.fixture(scope="module")
def asked(collection):
    return ask(collection, pictures=60)


@pytest.fixture(scope="module")
def listens(asked, photos):
    return measure(Listens(), asked, photos)


@pytest.fixture(scope="module")
def deaf(asked, photos):
    return measure(Deaf(), asked, photos)


def test_a_model_that_listens_does_everything(listens):
    found = listens.metrics
    assert set(found) == METRICS
    for metric in ("acc_type", "acc_colour", "acc_gender", "persistence", "responsiveness"):
        assert found[metric] > (0.85 if metric == "acc_type" else 0.95), metric
    assert found["deltaE"] < 5
    assert found["noop"] == 0
    assert found["recolour_iou"] == pytest.approx(1)
    assert found["drift"] < 1
    assert found["found@10"] == 1
    assert 0 < found["novelty"] < 3


def test_a_deaf_model_keeps_everything_and_does_nothing(listens, deaf):
    assert deaf.metrics["persistence"] == 1
    assert deaf.metrics["responsiveness"] < 0.7
    assert deaf.metrics["deltaE"] > 20
    for metric in ("acc_type", "acc_colour", "acc_gender", "found@10"):
        assert deaf.metrics[metric] < listens.metrics[metric], metric


def test_real_photos_are_the_ceiling(asked, photos, listens):
    ceiling = real(asked, photos)
    assert set(ceiling) == {name for name in METRICS if name[:2] in ("is", "ac", "fd", "ki", "de")} | {"found@10"}
    assert ceiling["acc_type"] > 0.95
    assert ceiling["is_type"] == pytest.approx(listens.metrics["is_type"], rel=0.1)
    assert ceiling["fd"] == pytest.approx(listens.metrics["fd"], abs=0.2)


def test_prefixes_count_what_has_been_named_by_then(asked, listens):
    table = listens.prefixes
    longest = max(len(text.words) for text in asked.texts)
    assert [len(column) for column in table.values()] == [longest] * 4
    assert table["titles"][0] == len(asked.texts)
    assert (table["acc_gender"][0], table["acc_type"][0], table["acc_colour"][0]) == (1, None, None)
    assert table["acc_colour"][1] > 0.95
    assert table["acc_type"][-1] > 0.85


def test_the_wanted_product_rises_with_every_word(listens, deaf):
    for way in ("picture", "words", "both"):
        ranks = listens.ranks[way]
        assert ranks[-1] < ranks[0], way
    assert len(set(deaf.ranks["picture"])) == 1
    assert listens.ranks["words"] == deaf.ranks["words"]


def test_products_fit_by_all_that_is_named(collection, asked, photos):
    text = asked.texts[0]
    own = photos.places([text])[0]
    assert photos.rows[own] == text.row
    assert own in photos.wanted(text)
    fitting = photos.fitting(text)
    rows = photos.rows[fitting]
    assert own in fitting
    assert set(collection.types[rows]) == {collection.types[text.row]}
    assert set(collection.genders[rows]) == {collection.genders[text.row]}
    assert {collection.titles[row].lower() for row in rows} == {collection.titles[text.row].lower()}
    assert photos.fitting(replace(text, says=(None,))).size == 0
    only = replace(text, says=(Says("type", 2),))
    assert np.array_equal(
        photos.rows[photos.fitting(only)], np.intersect1d(photos.rows, np.flatnonzero(collection.types == 2))
    )


def test_gender_is_judged_on_titles_of_one_shop():
    collection = garments(names=("fashion-product-images", "mango"))
    photos = Photos(collection, Judges.fit(collection, Blocks()))
    asked = ask(collection, pictures=10)
    seen = photos.judges.look(draw(Deaf(), [(text.words, text.seed) for text in asked.texts]))
    rows = np.array([text.row for text in asked.texts])
    judged = collection.sources[rows] == 0
    told = seen.classes()["gender"][judged] == collection.genders[rows][judged]
    assert measuring.right(seen, asked.texts, photos)["acc_gender"] == pytest.approx(told.mean())


def test_a_colour_is_right_within_its_radius(asked, photos):
    place = next(
        place for place, (at, n) in enumerate(asked.frames) if asked.texts[at].says[n - 1].attribute == "colour"
    )
    says = asked.texts[asked.frames[place][0]].wanted()["colour"]
    drawn = photos.judges.look(draw(Listens(), [(asked.texts[at].words[:n], 0) for at, n in asked.frames]))
    labs = drawn.labs.copy()
    labs[place] = np.add(says.lab, (0, 0, 0))
    hit = measuring.moves(asked, replace(drawn, labs=labs))[place]
    labs[place] = np.add(says.lab, (60, 0, 0))
    miss = measuring.moves(asked, replace(drawn, labs=labs))[place]
    assert (hit.after["colour"], miss.after["colour"], hit.wanted) == (says.value, -1, says.value)
    assert hit.before
    assert miss.shift > hit.shift


def test_a_first_word_has_nothing_to_keep(asked, listens):
    first = [step for step, (_, length) in zip(listens.steps, asked.frames, strict=True) if length == 1]
    assert all(step.before == {} and step.shift == 0 for step in first)
    assert {step.named for step in first} == {"gender"}


def test_copies_are_not_new(collection, asked, photos):
    class Copies:
        def draw(self, words, seeds):
            return collection.pixels[collection.part(0)][np.asarray(seeds) % 50]

    assert measure(Copies(), asked, photos).metrics["novelty"] == pytest.approx(0, abs=1e-4)


def test_a_word_that_says_nothing_is_measured_where_it_is_heard(collection, photos):
    class Flickers(Deaf):
        def _one(self, text, seed):
            picture = super()._one(text, seed)
            picture[:, : 24 * (len(text) % 2)] = 0
            return picture

    vocabulary = replace(collection.vocabulary, tokens=(*collection.vocabulary.tokens, "with"))
    asked = ask(replace(collection, vocabulary=vocabulary))
    heard = sum(one.before != one.after for one in asked.no_ops)
    assert 0 < heard < len(asked.no_ops)
    found = measuring.changed(Flickers(), asked)["noop"]
    assert found == pytest.approx(0.25 * heard / len(asked.no_ops))


def test_pictures_are_drawn_some_at_a_time(asked):
    sizes = []

    class Counts(Listens):
        def draw(self, words, seeds):
            sizes.append(len(words))
            return super().draw(words, seeds)

    requests = [(text.words, text.seed) for text in asked.texts] * 2
    pictures = draw(Counts(), requests)
    assert len(pictures) == len(requests) == sum(sizes)
    assert max(sizes) == measuring.BATCH
    assert np.array_equal(pictures[0], pictures[len(asked.texts)])
    assert draw(Counts(), []).shape == (0, 128, 96, 3)
