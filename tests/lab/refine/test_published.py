"""Data sets that bring sentences of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modiste.encoders.minilm import MiniLM
from modiste.errors import UsageError
from modiste.lab.datasets import read, read_triplets
from modiste.lab.datasets.splits import split_products, whole
from modiste.lab.datasets.triplets import Protocol, Question, Triplet, TripletData
from modiste.lab.refine.data import photos_of, split_parts
from modiste.lab.refine.evaluate import evaluate
from modiste.lab.refine.published import asked_of, corpus_of, read_source, split_of
from modiste.lab.refine.train import PRESETS, train
from modiste.weights import find
from tests.lab.datasets import test_fashion200k, test_fashion_iq, test_shoes
from tests.lab.refine.conftest import TINY
from tests.photos import write_photo

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
    tiny = replace(TINY, triplets=40, steps=2, batch_size=4, strangers=2)
    monkeypatch.setitem(PRESETS, "tiny", tiny)
    data = read_triplets(source)
    config = train([source], tmp_path / "run", preset="tiny", device="cpu").config
    assert config["trained_on"] == {data.name: split_of(data).hash}
    assert config["licence"] == data.licence
    result = evaluate([source], weights=[str(tmp_path / "run")])
    first, *others = data.protocols
    assert (result["data"], result["split_hash"]) == ([data.name], split_of(data).hash)
    assert result["protocol"].startswith(f"{first.name}@{first.hash}: {len(first.questions)} questions among ")
    metrics = result["models"]["refine"]
    assert list(metrics) == [
        f"R@{cut}{name}" for name in ("", *(f" {one.name}" for one in others)) for cut in (1, 10, 50)
    ]
    assert metrics["R@10"] == 1.0, "there are fewer photos"


def test_no_photo_is_in_two_parts(source, encoder, monkeypatch):
    seen = []

    def noted(files, encoder):
        seen.append(set(files))
        return photos_of(files, encoder)

    monkeypatch.setattr("modiste.lab.refine.published.photos_of", noted)
    parts = split_parts([source], encoder, triplets=40)
    train, judge = seen
    assert train
    assert judge
    assert not train & judge
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
    asked = (Question("a", "is red", ("b", "c")), Question("d", "is new", ("e",)), Question("e", "is old", ("d",)))
    return TripletData("made up", photos, PAIRS, (Protocol("small", tuple(PHOTOS), asked),), "Free.")


def test_only_the_target_is_right(data, encoder):
    triplets = corpus_of(data, encoder, 4, titles={}).triplets
    right = triplets.right(np.arange(4), np.arange(5))
    assert [np.flatnonzero(row).tolist() for row in right] == [[target] for target in triplets.targets]
    found = {(PHOTOS[a], PHOTOS[b]) for a, b in zip(triplets.sources, triplets.targets, strict=True)}
    assert found == {(pair.source, pair.target) for pair in PAIRS}, "all come once before one comes again"


def test_where_captions_decide_whatever_has_the_caption_is_right(data, encoder):
    titles = {"a": "red top", "b": "blue top", "c": "green top", "d": "red top", "e": "blue top"}
    corpus = corpus_of(replace(data, name="fashion200k"), encoder, 4, titles=titles)
    right = corpus.triplets.right(np.arange(4), np.arange(5))
    for row, target in zip(right, corpus.triplets.targets, strict=True):
        assert [PHOTOS[place] for place in np.flatnonzero(row)] == [
            id for id in PHOTOS if titles[id] == titles[PHOTOS[target]]
        ]
    groups = corpus.attribute_groups
    assert [groups[0] == groups[3], groups[1] == groups[4], groups[1] == groups[2]] == [True, True, False]


def test_sentences_are_drawn_among_the_texts(data, encoder):
    triplets = corpus_of(data, encoder, 80, titles={}).triplets
    said = set(zip(triplets.sources.tolist(), triplets.texts.tolist(), strict=True))
    assert len(said) == sum(len(pair.texts) for pair in PAIRS)


@pytest.mark.parametrize(
    ("titles", "described"),
    [({}, {"b": "is red", "e": "is new"}), ({"b": "red dress"}, {"b": "red dress", "e": "is new"})],
)
def test_titles_describe_and_else_the_own_sentence(data, encoder, titles, described):
    corpus = corpus_of(data, encoder, 4, titles=titles)
    for id, text in described.items():
        found = corpus.states.of(corpus.descriptions[PHOTOS.index(id)])
        direct = MiniLM().states([text])
        assert found.states.shape == direct.values.shape
        assert np.abs(found.states - direct.values).max() < 2e-3


def test_photos_that_cannot_be_read_are_not_asked_about(data):
    data.photos["c"].write_bytes(b"no image")
    data.photos["e"].write_bytes(b"")
    (protocol,) = asked_of(data)
    assert protocol.gallery == ("a", "b", "d")
    assert protocol.questions == (Question("a", "is red", ("b",)),)


def test_photos_that_cannot_be_read_are_not_learned_from(tmp_path, encoder):
    source = widened("shoes", tmp_path)
    whole = split_parts([source], encoder, triplets=10)
    (source / "attributedata" / "X3.jpg").write_bytes(b"no image")
    parts = split_parts([source], encoder, triplets=10)
    assert len(parts.train.photos) + len(parts.judge.photos) < len(whole.train.photos) + len(whole.judge.photos)


def test_data_without_questions(data):
    silent = replace(data, protocols=(), notes=("test_queries.txt is missing",))
    with pytest.raises(UsageError, match=r"made up asks nothing: test_queries.txt is missing"):
        list(asked_of(silent))


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
