"""Classifiers that judge pictures."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modiste.colour import delta_e
from modiste.errors import UsageError
from modiste.imagine.words import GENDERS
from modiste.lab.imagine.judges import NEVER, Judges, fit_linear, gendered
from tests.lab.imagine.painted import Blocks, garments


@pytest.fixture(scope="module")
def collection():
    return garments()


@pytest.fixture(scope="module")
def judges(collection):
    return Judges.fit(collection, Blocks())


def weights_of(judges, collection, **config):
    tensors = {name: tensor.astype(np.float16).astype(np.float32) for name, tensor in judges.tensors().items()}
    record = {"vocabulary": collection.vocabulary.record(), **config}
    return SimpleNamespace(name="mine", config=record, tensors=lambda: tensors)


def test_judges_tell_what_they_have_not_seen(collection, judges):
    test = collection.part(2)
    seen = judges.look(collection.pixels[test])
    classes = seen.classes()
    assert (classes["type"] == collection.types[test]).mean() > 0.95
    assert (classes["gender"] == collection.genders[test]).mean() > 0.95
    assert len(seen) == len(test)
    for some in seen.told.values():
        assert some.sum(1) == pytest.approx(np.ones(len(test)))
    assert delta_e(seen.labs, collection.labs[test]).max() < 1
    assert [seen.told[name].shape[1] for name in ("type", "colour", "gender")] == [
        3, len(collection.vocabulary.palette.names), len(GENDERS)
    ]  # fmt: skip


def test_judges_learn_from_their_part_alone(collection, judges):
    blank = collection.pixels.copy()
    blank[collection.parts != 1] = 255
    again = Judges.fit(replace(collection, pixels=blank), Blocks())
    for name, tensor in judges.tensors().items():
        assert np.array_equal(tensor, again.tensors()[name])


def test_a_mirror_changes_nothing(collection, judges):
    pixels = collection.pixels[collection.part(2)]
    one, other = (judges.probabilities(some)["type"].argmax(1) for some in (pixels, pixels[:, :, ::-1]))
    assert np.array_equal(one, other)


def test_what_is_saved_judges_alike(collection, judges):
    pixels = collection.pixels[:9]
    again = Judges.of(weights_of(judges, collection), Blocks())
    for name, some in judges.probabilities(pixels).items():
        assert again.probabilities(pixels)[name] == pytest.approx(some, abs=1e-6)
    assert all(name.startswith("judge.") for name in judges.tensors())


def test_the_encoder_is_the_one_that_was_noted(collection, judges, monkeypatch):
    monkeypatch.setattr("modiste.lab.imagine.judges.TrainedEncoder", lambda name: name)
    assert Judges.of(weights_of(judges, collection, encoder="encoder-photos")).encoder == "encoder-photos"


def test_a_class_without_examples_is_never_told(judges, collection):
    found = judges.probabilities(collection.pixels)["gender"]
    assert found[:, GENDERS.index("unisex")].max() < 1e-6
    assert judges.classifiers["gender"].bias[GENDERS.index("unisex")] == NEVER


@pytest.mark.parametrize(
    ("names", "judged"), [(("fashion-product-images", "mango"), [0]), (("mango", "boutique"), [0, 1])]
)
def test_gender_is_judged_on_one_shop(names, judged):
    collection = garments(60, names=names)
    collection.genders[0] = -1
    rows = np.flatnonzero(gendered(collection))
    assert set(collection.sources[rows]) == set(judged)
    assert 0 not in rows
    wanted = np.isin(collection.sources, judged) & (collection.genders >= 0)
    assert np.array_equal(rows, np.flatnonzero(wanted))


def test_another_shop_s_genders_are_not_learnt_from():
    collection = garments(names=("fashion-product-images", "mango"))
    first = Judges.fit(collection, Blocks())
    collection.genders[collection.sources == 1] = GENDERS.index("unisex")
    assert np.array_equal(first.tensors()["judge.gender.weight"], Judges.fit(collection, Blocks()).tensors()[
        "judge.gender.weight"
    ])  # fmt: skip


def test_nobody_s_gender_known_is_told_with_equal_doubt(collection):
    judges = Judges.fit(replace(collection, genders=np.full(len(collection), -1)), Blocks())
    assert judges.probabilities(collection.pixels[:2])["gender"] == pytest.approx(np.full((2, 3), 1 / 3))


def test_probabilities_are_no_surer_than_the_labels():
    random = np.random.default_rng(0)
    features = random.standard_normal((400, 12)).astype(np.float32)
    labels = np.where(random.random(400) < 0.8, features[:, 0] > 0, features[:, 0] < 0).astype(np.int64)
    fresh = random.standard_normal((2000, 12)).astype(np.float32)
    sure = fit_linear(features, labels, 2).probabilities(fresh).max(1)
    assert 0.6 < sure.mean() < 0.85  # the best that can be known is 0.8


def test_no_picture_at_all(judges):
    seen = judges.look(np.empty((0, 128, 96, 3), np.uint8))
    assert len(seen) == 0
    assert seen.told["type"].shape == (0, 3)


def test_one_type_is_always_told_and_none_never(collection):
    one = Judges.fit(replace(collection, types=np.full(len(collection), 2)), Blocks())
    assert one.probabilities(collection.pixels[:3])["type"][:, 2].min() > 0.99
    nobody = Judges.fit(replace(collection, parts=np.zeros(len(collection), np.int64)), Blocks())
    assert nobody.probabilities(collection.pixels[:3])["type"] == pytest.approx(np.full((3, 3), 1 / 3))


def test_weights_without_judges_are_refused():
    with pytest.raises(UsageError, match="mine brings no judges along; train it again: modiste train imagine"):
        Judges.of(SimpleNamespace(name="mine", tensors=dict), Blocks())
