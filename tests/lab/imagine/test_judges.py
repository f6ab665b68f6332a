"""Classifiers that judge pictures, and silhouettes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modiste.colour import delta_e
from modiste.errors import UsageError
from modiste.imagine.words import GENDERS
from modiste.lab.imagine.judges import (
    NEVER,
    Judges,
    LogisticRegression,
    _soft_assignment,
    gender_judged,
    silhouette,
)
from tests.imagine.imaginers import vocabulary
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
    judged = judges.judge(collection.pixels[test])
    classes = judged.classes()
    assert (classes["type"] == collection.types[test]).mean() > 0.95
    assert (classes["gender"] == collection.genders[test]).mean() > 0.95
    assert len(judged) == len(test)
    for some in judged.probabilities.values():
        assert some.sum(1) == pytest.approx(np.ones(len(test)))
    assert delta_e(judged.labs, collection.labs[test]).max() < 1
    assert [judged.probabilities[name].shape[1] for name in ("type", "colour", "gender")] == [
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
    one, other = (judges.judge(photos).classes()["type"] for photos in (pixels, pixels[:, :, ::-1]))
    assert np.array_equal(one, other)


def test_what_is_saved_judges_alike(collection, judges):
    pixels = collection.pixels[:9]
    again = Judges.of(weights_of(judges, collection), Blocks())
    for name, values in judges.judge(pixels).probabilities.items():
        assert again.judge(pixels).probabilities[name] == pytest.approx(values, abs=1e-6)
    assert all(name.startswith("judge.") for name in judges.tensors())


def test_the_encoder_is_the_one_that_was_noted(collection, judges, monkeypatch):
    monkeypatch.setattr("modiste.lab.imagine.judges.TrainedEncoder", lambda name: name)
    assert Judges.of(weights_of(judges, collection, encoder="encoder-photos")).encoder == "encoder-photos"


def test_a_class_without_examples_is_never_told(judges, collection):
    found = judges.judge(collection.pixels).probabilities["gender"]
    assert found[:, GENDERS.index("unisex")].max() < 1e-6
    assert judges.classifiers["gender"].bias[GENDERS.index("unisex")] == NEVER


@pytest.mark.parametrize(
    ("names", "judged"), [(("fashion-product-images", "mango"), [0]), (("mango", "boutique"), [0, 1])]
)
def test_gender_is_judged_on_one_shop(names, judged):
    collection = garments(60, names=names)
    collection.genders[0] = -1
    rows = np.flatnonzero(gender_judged(collection))
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
    assert judges.judge(collection.pixels[:2]).probabilities["gender"] == pytest.approx(np.full((2, 3), 1 / 3))


def test_probabilities_are_no_surer_than_the_labels():
    random = np.random.default_rng(0)
    features = random.standard_normal((400, 12)).astype(np.float32)
    labels = np.where(random.random(400) < 0.8, features[:, 0] > 0, features[:, 0] < 0).astype(np.int64)
    fresh = random.standard_normal((2000, 12)).astype(np.float32)
    sure = LogisticRegression.fit(features, labels, 2).probabilities(fresh).max(1)
    assert 0.6 < sure.mean() < 0.85  # the best that can be known is 0.8


def test_no_picture_at_all(judges):
    judged = judges.judge(np.empty((0, 128, 96, 3), np.uint8))
    assert len(judged) == 0
    assert judged.probabilities["type"].shape == (0, 3)


def test_one_type_is_always_told_and_none_never(collection):
    one = Judges.fit(replace(collection, types=np.full(len(collection), 2)), Blocks())
    assert one.judge(collection.pixels[:3]).probabilities["type"][:, 2].min() > 0.99
    nobody = Judges.fit(replace(collection, parts=np.zeros(len(collection), np.int64)), Blocks())
    assert nobody.judge(collection.pixels[:3]).probabilities["type"] == pytest.approx(np.full((3, 3), 1 / 3))


def test_weights_without_judges_are_refused():
    with pytest.raises(UsageError, match="mine brings no judges along; train it again: modiste train imagine"):
        Judges.of(SimpleNamespace(name="mine", tensors=dict), Blocks())


def legs(colour, gap=8, ground=255):
    """Trousers of one colour, 60 by 30 pixels, with a gap between the legs."""
    picture = np.full((128, 96, 3), ground, np.uint8)
    picture[10:70, 30:60] = colour
    picture[30:70, 45 - gap // 2 : 45 + gap // 2] = ground
    return picture


@pytest.mark.parametrize("ground", [255, 250])
@pytest.mark.parametrize("colour", [(20, 20, 20), (200, 30, 40), (235, 230, 220)])
def test_silhouette_is_what_is_not_white(colour, ground):
    picture = legs(colour, ground=ground)
    assert (silhouette(picture[None])[0] == (picture != ground).any(2)).all()


def test_a_white_garment_is_what_its_shading_encloses():
    whole = (legs((0, 0, 0)) == 0).all(2)
    picture = legs((255, 255, 255))
    picture[10:70, 30], picture[10:70, 59], picture[10, 30:60] = 240, 240, 240
    picture[30:70, [40, 49]], picture[29, 40:50], picture[69, 30:41], picture[69, 49:60] = 240, 240, 240, 240
    picture[20, 30] = 255  # a gap in the edge
    assert (silhouette(picture[None])[0] == whole).mean() > 0.995


def test_the_gap_between_dark_legs_is_no_garment():
    picture = legs((20, 30, 60))
    picture[68:70, 30:60] = (20, 30, 60)  # the hems touch
    assert not silhouette(picture[None])[0, 40:60, 43:47].any()


def test_small_holes_are_filled_and_specks_are_gone():
    picture = legs((20, 30, 60))
    expected = (picture != 255).any(2)
    picture[15:17, 35:38] = 255
    picture[100:103, 10:13] = 90
    assert (silhouette(picture[None])[0] == expected).all()


def test_an_empty_picture_has_no_silhouette():
    assert not silhouette(np.full((2, 128, 96, 3), 252, np.uint8)).any()


def test_assignment_to_clusters_is_soft_and_sums_to_one():
    palette = vocabulary().palette
    labs = np.random.default_rng(0).normal((50, 0, 0), (20, 15, 15), (9, 3))
    shares = _soft_assignment(palette, labs)
    apart = np.array([[float(delta_e(lab, centre)) for centre in palette.labs] for lab in labs])
    assert shares == pytest.approx(np.exp(-apart / 5) / np.exp(-apart / 5).sum(1, keepdims=True), abs=1e-5)
    assert shares.shape == (len(labs), len(palette.names))
    assert shares.sum(1) == pytest.approx(1)
