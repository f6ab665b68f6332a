"""Triplets as arrays, drawn and published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from modiste.catalog.records import Catalog, Product
from modiste.encoders.pipeline import MiniLM, load_network
from modiste.errors import UsageError
from modiste.images import fit, image_hash, load_image
from modiste.lab.datasets import read, read_triplets
from modiste.lab.datasets.splits import split_products, whole
from modiste.lab.datasets.triplets import Protocol, Query, Triplet, TripletData
from modiste.lab.refine.data import (
    Triplets,
    _build_corpus,
    _draw_triplets,
    _published_corpus,
    encode_photos,
    published_protocols,
    read_source,
    readable,
    split_of,
    split_parts,
    words_of,
)
from modiste.lab.refine.evaluate import _pooled, evaluate
from modiste.lab.refine.protocol import ProductAttributes, _difference_triplets, _word_triplets
from modiste.lab.refine.train import PRESETS, train
from modiste.lab.training.token_states import kept_states
from modiste.phrases import facts
from modiste.refine.model import photo_features
from modiste.weights import find
from tests.lab.datasets import test_fashion200k, test_fashion_iq, test_shoes
from tests.lab.refine.conftest import TINY
from tests.lab.refine.shops import designed, written_down
from tests.photos import write_photo


@pytest.fixture(scope="module")
def products(shapes):
    return read(shapes).products


@pytest.fixture(scope="module")
def corpus(products, encoder):
    return _build_corpus({"products": products[:36]}, encoder, 50, seed=2)


@pytest.mark.parametrize(
    "products", [written_down(80), written_down(80, models=True, silent=True), designed(120)], ids=["1", "2", "3"]
)
def test_a_table_says_who_answers_as_the_questions_do(products):
    attributes, rng = ProductAttributes(products), Random(0)
    draws = [_difference_triplets(products, attributes, held_out=False)]
    draws += [_word_triplets(products, held_out=False)] if "pattern" not in products[0].attributes else []
    asked = [draw(rng) for draw in draws for _ in range(40)]
    triplets = Triplets(
        sources=np.array([one.source for one in asked]),
        targets=np.array([one.target for one in asked]),
        texts=np.zeros(len(asked), np.int64),
        queries=np.array([attributes.rows_of(one) for one in asked], np.int32),
        allowed=tuple(attributes.allowed),
        codes=attributes.codes,
    )
    right = triplets.positives(np.arange(len(asked)), np.arange(len(products)))
    right[np.arange(len(asked)), triplets.sources] = False
    for row, one in zip(right, asked, strict=True):
        assert np.flatnonzero(row).tolist() == attributes.positives(one).tolist(), one
    some, few = np.array([5, 3]), np.array([7, 2, 30])
    assert np.array_equal(triplets.positives(some, few), triplets.positives(np.arange(6), np.arange(31))[some][:, few])


def test_every_triplet_is_answered_by_its_target(corpus):
    triplets = corpus.triplets
    rows = np.arange(len(triplets.sources))
    assert len(rows) == 50
    assert triplets.positives(rows, triplets.targets)[rows, rows].all()
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
    found = corpus.photos.features(np.array([3, 0]))
    pixels = np.stack([fit(load_image(products[place].images[0], at_least=encoder.size)) for place in (3, 0)])
    with torch.inference_mode():
        direct = photo_features(load_network(encoder.weights).image, torch.from_numpy(pixels))
    for name, stored, own in zip(found._fields, found, direct, strict=True):
        assert stored.shape == own.shape
        assert (stored - own).abs().max() < 0.01 * own.abs().max(), name  # half precision


def test_pooled_maps_have_one_position(corpus):
    small = _pooled(corpus.photos)
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
    asked = list(
        _draw_triplets(catalogs, ProductAttributes([one for shop in catalogs.values() for one in shop]), 240, Random(0))
    )
    for places, count in ((range(120), 120), (range(120, 160), 40), (range(160, 240), 80)):
        own = [one for one in asked if one.source in places]
        assert len(own) == count
        assert all(one.target in places for one in own)


def test_no_photo_of_a_catalogue_is_in_two_parts(shapes, encoder, monkeypatch):
    seen = []

    def noted(files, encoder):
        seen.append({image_hash(file) for file in files})
        return encode_photos(files, encoder)

    monkeypatch.setattr("modiste.lab.refine.data.encode_photos", noted)
    parts = split_parts([shapes], encoder, triplets=40)
    train, validation = seen
    assert not train & validation
    assert len(parts.train.triplets.sources) == 40
    assert list(parts.hashes) == list(parts.colours) == ["products"]
    assert parts.colours["products"] == ["black", "blue", "green", "red"], "none is frequent, so all are"


def test_a_photo_that_cannot_be_read_is_left_out(products, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    mixed = [products[0], replace(products[1], images=(broken,)), Product("none"), products[2]]
    catalog = Catalog("mixed", tuple(mixed))
    assert readable(catalog, [product.id for product in mixed]) == [products[0], products[2]]
    assert readable(catalog, [products[1].id, products[2].id]) == [products[2]]


def test_two_data_sets_of_one_name_are_refused(shapes, encoder):
    with pytest.raises(UsageError, match='two data sets are called "products", as their files are; give one'):
        split_parts([shapes, shapes], encoder, triplets=10)


def test_a_shop_too_small_for_judges_is_refused(products, encoder):
    with pytest.raises(UsageError, match="nothing can be asked about the 0 products of products"):
        _build_corpus({"products": []}, encoder, 10)


SETS = {"fashion-iq": test_fashion_iq, "fashion200k": test_fashion200k, "shoes": test_shoes}
"""Whose tests know how to write a small copy."""
FEW = 12
"""Photos more in a copy that something can be learned from."""


def widened(name: str, folder: Path) -> Path:
    """A small copy with more to learn from: of FashionIQ and Shoes a ring of photos, of Fashion200k more colours."""
    source = SETS[name].publish(folder)
    ids = [f"X{number}" for number in range(FEW)]
    pairs = list(zip(ids, ids[1:] + ids[:1], strict=True))
    if name == "fashion-iq":
        captions = source / "captions" / "cap.dress.train.json"
        more = [test_fashion_iq.pair(one, other, f"is like {other}", "is new") for one, other in pairs]
        captions.write_text(json.dumps(more))
        files = [source / "images" / "dress" / f"{id}.png" for id in ids]
    elif name == "shoes":
        captions = source / "relative_captions_shoes.json"
        more = [{"ReferenceImageName": f"{a}.jpg", "ImageName": f"{b}.jpg", "RelativeCaption": f"is like {b}"}
                for a, b in pairs]  # fmt: skip
        captions.write_text(json.dumps(json.loads(captions.read_text()) + more))
        (source / "train_im_names.txt").write_text("".join(f"{id}.jpg\n" for id in ids))
        files = [source / "attributedata" / f"{id}.jpg" for id in ids]
    else:
        places = [test_fashion200k.photo(f"dresses/gowns/{id}/{id}_0") for id in ids]
        lines = [f"{place}\t-1\t{number % 6}th lace dress\n" for number, place in enumerate(places)]
        (source / "labels" / "dress_train_detect_all.txt").write_text("".join(lines))
        files = [source / place for place in places]
    for number, file in enumerate(files):
        write_photo(file, 20 * number)
    return source


@pytest.fixture(scope="module", params=SETS)
def source(request, tmp_path_factory):
    return widened(request.param, tmp_path_factory.mktemp(request.param))


def test_published_triplets_are_learned_and_their_protocols_asked(source, tmp_path, monkeypatch):
    tiny = replace(TINY, triplets=40, steps=2, batch_size=4, negatives=2)
    monkeypatch.setitem(PRESETS, "tiny", tiny)
    data = read_triplets(source)
    config = train([source], tmp_path / "run", preset="tiny", device="cpu").config
    assert config["trained_on"] == {data.name: split_of(data).hash}
    assert config["terms"] == data.licence
    result = evaluate([source], weights=[str(tmp_path / "run")])
    first, *others = data.protocols
    assert (result["data"], result["split_hash"]) == ([data.name], split_of(data).hash)
    assert result["protocol"].startswith(f"{first.name}@{first.hash}: {len(first.queries)} questions among ")
    metrics = result["models"]["refine"]
    assert list(metrics) == [
        f"R@{cut}{name}" for name in ("", *(f" {one.name}" for one in others)) for cut in (1, 10, 50)
    ]
    assert metrics["R@10"] == 1.0, "there are fewer photos"


def test_no_photo_is_in_two_parts(source, encoder, monkeypatch):
    seen = []

    def noted(files, encoder):
        seen.append(set(files))
        return encode_photos(files, encoder)

    monkeypatch.setattr("modiste.lab.refine.data.encode_photos", noted)
    parts = split_parts([source], encoder, triplets=40)
    train, validation = seen
    assert train
    assert validation
    assert not train & validation
    assert len(parts.train.triplets.sources) == 40


def test_what_is_asked_about_is_never_learned_from(source):
    data = read_triplets(source)
    split = split_of(data)
    assert not set(split.train) & set(split.test)
    assert set(split.test) == {id for protocol in data.protocols for id in protocol.gallery}


def test_catalogues_are_split_as_always(shapes):
    catalog = read_source(shapes)
    assert catalog == read(shapes)
    assert split_of(catalog) == split_products(catalog)
    assert split_of(catalog, "all") == whole(catalog)


PHOTOS = "abcde"
PAIRS = (
    Triplet("a", "b", ("is red", "is short", "is red and is short")),
    Triplet("b", "c", ("is long",)),
    Triplet("d", "c", ("is wide",)),
    Triplet("d", "e", ("is new",)),
)


@pytest.fixture
def data(tmp_path):
    photos = {id: write_photo(tmp_path / f"{id}.png", 40 * number) for number, id in enumerate(PHOTOS)}
    asked = (Query("a", "is red", ("b", "c")), Query("d", "is new", ("e",)), Query("e", "is old", ("d",)))
    return TripletData("made up", photos, PAIRS, (Protocol("small", tuple(PHOTOS), asked),), "Free.")


def test_only_the_target_is_right(data, encoder):
    triplets = _published_corpus(data, encoder, 4, titles={}).triplets
    right = triplets.positives(np.arange(4), np.arange(5))
    assert [np.flatnonzero(row).tolist() for row in right] == [[target] for target in triplets.targets]
    found = {(PHOTOS[a], PHOTOS[b]) for a, b in zip(triplets.sources, triplets.targets, strict=True)}
    assert found == {(pair.source, pair.target) for pair in PAIRS}, "all come once before one comes again"


def test_where_captions_decide_whatever_has_the_caption_is_right(data, encoder):
    titles = {"a": "red top", "b": "blue top", "c": "green top", "d": "red top", "e": "blue top"}
    corpus = _published_corpus(replace(data, name="fashion200k"), encoder, 4, titles=titles)
    right = corpus.triplets.positives(np.arange(4), np.arange(5))
    for row, target in zip(right, corpus.triplets.targets, strict=True):
        assert [PHOTOS[place] for place in np.flatnonzero(row)] == [
            id for id in PHOTOS if titles[id] == titles[PHOTOS[target]]
        ]
    groups = corpus.attribute_groups
    assert [groups[0] == groups[3], groups[1] == groups[4], groups[1] == groups[2]] == [True, True, False]


def test_sentences_are_drawn_among_the_texts(data, encoder):
    triplets = _published_corpus(data, encoder, 80, titles={}).triplets
    said = set(zip(triplets.sources.tolist(), triplets.texts.tolist(), strict=True))
    assert len(said) == sum(len(pair.texts) for pair in PAIRS)


@pytest.mark.parametrize(
    ("titles", "described"),
    [({}, {"b": "is red", "e": "is new"}), ({"b": "red dress"}, {"b": "red dress", "e": "is new"})],
)
def test_titles_describe_and_else_the_own_sentence(data, encoder, titles, described):
    corpus = _published_corpus(data, encoder, 4, titles=titles)
    for id, text in described.items():
        found = corpus.states.of(corpus.descriptions[PHOTOS.index(id)])
        direct = MiniLM().states([text])
        assert found.values.shape == direct.values.shape
        assert np.abs(found.values - direct.values).max() < 2e-3


def test_photos_that_cannot_be_read_are_not_asked_about(data):
    data.photos["c"].write_bytes(b"no image")
    data.photos["e"].write_bytes(b"")
    (protocol,) = published_protocols(data)
    assert protocol.gallery == ("a", "b", "d")
    assert protocol.queries == (Query("a", "is red", ("b",)),)


def test_photos_that_cannot_be_read_are_not_learned_from(tmp_path, encoder):
    source = widened("shoes", tmp_path)
    whole_parts = split_parts([source], encoder, triplets=10)
    (source / "attributedata" / "X3.jpg").write_bytes(b"no image")
    parts = split_parts([source], encoder, triplets=10)
    assert len(parts.train.photos) + len(parts.validation.photos) < len(whole_parts.train.photos) + len(
        whole_parts.validation.photos
    )


def test_data_without_questions(data):
    silent = replace(data, protocols=(), notes=("test_queries.txt is missing",))
    with pytest.raises(UsageError, match=r"made up asks nothing: test_queries.txt is missing"):
        list(published_protocols(silent))


def test_published_triplets_are_learned_from_alone(source, shapes, encoder):
    with pytest.raises(UsageError, match="holds triplets of its own, which are learned from alone; leave the other"):
        split_parts([shapes, source], encoder, triplets=10)


def test_too_few_triplets(tmp_path, encoder):
    source = test_fashion_iq.publish(tmp_path, without="D1")
    with pytest.raises(UsageError, match="1 training triplets with photos are too few to learn from; download"):
        split_parts([source], encoder, triplets=10)


def test_shipped_weights_are_measured_on_published_questions_too(run, source):
    """They have seen none of its photos."""
    assert read_triplets(source).name not in find(str(run)).config["trained_on"]
    assert evaluate([source], weights=[str(run)])["models"]["refine"]["R@50"] == 1.0
