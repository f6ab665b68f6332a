"""The metrics, on values that can be checked by hand and on models of known quality."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.imagine import metrics as module
from modiste.lab.imagine.judges import Judges
from modiste.lab.imagine.metrics import (
    Photos,
    Step,
    ceiling,
    change_metrics,
    changed_share,
    draw,
    inception_score,
    label_metrics,
    mask_iou,
    measure,
    persistence,
    responsiveness,
    step_metrics,
    steps_of,
)
from modiste.lab.imagine.protocol import Label, sample_texts
from tests.lab.imagine.painted import Blocks, Deaf, Listens, garments


def naive_inception(rows):
    whole = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    divergences = [sum(p * np.log(p / q) for p, q in zip(row, whole, strict=True) if p > 0) for row in rows]
    return np.exp(sum(divergences) / len(rows))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 3.0),
        ([[1, 0, 0], [1, 0, 0]], 1.0),
        ([[0.2, 0.3, 0.5]] * 4, 1.0),
        ([[1, 0, 0], [0, 1, 0]], 2.0),
        ([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.0, 0.4, 0.6]], None),
    ],
)
def test_inception_score(rows, expected):
    score = inception_score(rows)
    assert score == pytest.approx(naive_inception(rows))
    if expected is not None:
        assert score == pytest.approx(expected)


@pytest.mark.parametrize("rows", [[], np.zeros((0, 3)), [0.5, 0.5]])
def test_inception_score_of_nothing_is_refused(rows):
    with pytest.raises(UsageError, match="an inception score needs a row of probabilities each picture; got shape"):
        inception_score(rows)


BARE = {"type": 0, "colour": 5, "gender": 1}
STEPS = [
    Step("colour", BARE, BARE | {"colour": 2}, target=2, sequence="a"),
    Step("type", BARE, BARE | {"colour": 2}, target=1, sequence="a"),
    Step("other", BARE, BARE | {"gender": 0}, sequence="b"),
    Step("gender", BARE, BARE, target=1, sequence="c"),
]


def test_persistence_asks_what_a_word_does_not_concern():
    # type and gender; then colour, which moved, and gender; then type, colour and gender, which moved; type and colour
    assert persistence(STEPS) == pytest.approx({"a": 3 / 4, "b": 2 / 3, "c": 1})
    assert step_metrics(STEPS)["persistence"] == pytest.approx((3 / 4 + 2 / 3 + 1) / 3)


def test_responsiveness_asks_for_what_a_word_names():
    assert responsiveness(STEPS) == {"a": 1 / 2, "c": 1}
    assert step_metrics(STEPS)["responsiveness"] == pytest.approx((1 / 2 + 1) / 2)


def test_nothing_asked_has_no_mean():
    assert responsiveness([STEPS[2]]) == {}
    assert "responsiveness" not in step_metrics([STEPS[2]])


def test_mask_iou_is_pairwise():
    left, all, none = np.zeros((3, 4, 6), bool)
    left[:, :3], all[:] = True, True
    first, second = np.stack([left, left, left, none, left]), np.stack([left, all, none, none, ~left])
    assert mask_iou(first, second).tolist() == [1.0, 0.5, 0.0, 1.0, 0.0]


def test_changed_is_a_share_of_pixels():
    first = np.full((128, 96, 3), 100, np.uint8)
    second = first.copy()
    second[:64, :, 1] -= np.uint8(9)
    second[64:, :, 2] -= np.uint8(8)
    assert changed_share(np.stack([first, first]), np.stack([first, second])).tolist() == [0.0, 0.5]


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
def texts(collection):
    return sample_texts(collection, pictures=60)


@pytest.fixture(scope="module")
def listens(texts, photos):
    return measure(Listens(), texts, photos)


@pytest.fixture(scope="module")
def deaf(texts, photos):
    return measure(Deaf(), texts, photos)


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


def test_real_photos_are_the_ceiling(texts, photos, listens):
    real = ceiling(texts, photos)
    assert set(real) == {name for name in METRICS if name[:2] in ("is", "ac", "fd", "ki", "de")} | {"found@10"}
    assert real["acc_type"] > 0.95
    assert real["is_type"] == pytest.approx(listens.metrics["is_type"], rel=0.1)
    assert real["fd"] == pytest.approx(listens.metrics["fd"], abs=0.2)


def test_prefixes_count_what_has_been_named_by_then(texts, listens):
    table = listens.prefixes
    longest = max(len(text.words) for text in texts.texts)
    assert [len(column) for column in table.values()] == [longest] * 4
    assert table["titles"][0] == len(texts.texts)
    assert (table["acc_gender"][0], table["acc_type"][0], table["acc_colour"][0]) == (1, None, None)
    assert table["acc_colour"][1] > 0.95
    assert table["acc_type"][-1] > 0.85


def test_the_wanted_product_rises_with_every_word(listens, deaf):
    for way in ("picture", "words", "both"):
        ranks = listens.ranks[way]
        assert ranks[-1] < ranks[0], way
    assert len(set(deaf.ranks["picture"])) == 1
    assert listens.ranks["words"] == deaf.ranks["words"]


def test_products_fit_by_all_that_is_named(collection, texts, photos):
    text = texts.texts[0]
    own = int(np.searchsorted(photos.rows, text.row))
    assert photos.rows[own] == text.row
    assert own in photos.targets(text)
    fitting = photos.relevant(text)
    rows = photos.rows[fitting]
    assert own in fitting
    assert set(collection.types[rows]) == {collection.types[text.row]}
    assert set(collection.genders[rows]) == {collection.genders[text.row]}
    assert {collection.titles[row].lower() for row in rows} == {collection.titles[text.row].lower()}
    assert photos.relevant(replace(text, labels=(None,))).size == 0
    only = replace(text, labels=(Label("type", 2),))
    assert np.array_equal(
        photos.rows[photos.relevant(only)], np.intersect1d(photos.rows, np.flatnonzero(collection.types == 2))
    )


def test_gender_is_judged_on_titles_of_one_shop():
    collection = garments(names=("fashion-product-images", "mango"))
    photos = Photos(collection, Judges.fit(collection, Blocks()))
    texts = sample_texts(collection, pictures=10)
    judged = photos.judges.judge(draw(Deaf(), [(text.words, text.seed) for text in texts.texts]))
    rows = np.array([text.row for text in texts.texts])
    gendered = collection.sources[rows] == 0
    right = judged.classes()["gender"][gendered] == collection.genders[rows][gendered]
    assert label_metrics(judged, texts.texts, photos)["acc_gender"] == pytest.approx(right.mean())


def test_a_colour_is_right_within_its_radius(texts, photos):
    row = next(row for row, (at, n) in enumerate(texts.prefixes) if texts.texts[at].labels[n - 1].attribute == "colour")
    label = texts.texts[texts.prefixes[row][0]].named()["colour"]
    drawn = photos.judges.judge(draw(Listens(), [(texts.texts[at].words[:n], 0) for at, n in texts.prefixes]))
    labs = drawn.labs.copy()
    labs[row] = np.add(label.lab, (0, 0, 0))
    hit = steps_of(texts, replace(drawn, labs=labs))[row]
    labs[row] = np.add(label.lab, (60, 0, 0))
    miss = steps_of(texts, replace(drawn, labs=labs))[row]
    assert (hit.after["colour"], miss.after["colour"], hit.target) == (label.value, -1, label.value)
    assert hit.before
    assert miss.shift > hit.shift


def test_a_first_word_has_nothing_to_keep(texts, listens):
    first = [step for step, (_, length) in zip(listens.steps, texts.prefixes, strict=True) if length == 1]
    assert all(step.before == {} and step.shift == 0 for step in first)
    assert {step.named for step in first} == {"gender"}


def test_copies_are_not_new(collection, texts, photos):
    class Copies:
        def draw(self, texts, seeds):
            return collection.pixels[collection.part(0)][np.asarray(seeds) % 50]

    assert measure(Copies(), texts, photos).metrics["novelty"] == pytest.approx(0, abs=1e-4)


def test_a_word_that_says_nothing_is_measured_where_the_network_knows_it(collection, photos):
    class Flickers(Deaf):
        def _one(self, text, seed):
            picture = super()._one(text, seed)
            picture[:, : 24 * (len(text) % 2)] = 0
            return picture

    vocabulary = replace(collection.vocabulary, tokens=(*collection.vocabulary.tokens, "with"))
    texts = sample_texts(replace(collection, vocabulary=vocabulary))
    known = sum(change.before != change.after for change in texts.no_ops)
    assert 0 < known < len(texts.no_ops)
    noop = change_metrics(Flickers(), texts)["noop"]
    assert noop == pytest.approx(0.25 * known / len(texts.no_ops))


def test_pictures_are_drawn_some_at_a_time(texts):
    sizes = []

    class Counts(Listens):
        def draw(self, texts, seeds):
            sizes.append(len(texts))
            return super().draw(texts, seeds)

    requests = [(text.words, text.seed) for text in texts.texts] * 2
    pictures = draw(Counts(), requests)
    assert len(pictures) == len(requests) == sum(sizes)
    assert max(sizes) == module.BATCH
    assert np.array_equal(pictures[0], pictures[len(texts.texts)])
    assert draw(Counts(), []).shape == (0, 128, 96, 3)
