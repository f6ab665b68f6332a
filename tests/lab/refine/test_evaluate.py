"""Refine's metrics."""

from __future__ import annotations

import json
import shutil
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.datasets import read
from modiste.lab.datasets.splits import split_products
from modiste.lab.datasets.triplets import Protocol, Query
from modiste.lab.refine import evaluate as evaluation
from modiste.lab.refine.baselines import BASELINES
from modiste.lab.refine.data import Photos
from modiste.lab.refine.evaluate import Task, _ranks_of, evaluate, mean_of, measure, tasks_of
from modiste.lab.refine.protocol import protocols
from modiste.weights import find


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr("modiste.lab.refine.data.VALIDATION_QUERIES", 60)
    monkeypatch.setattr(evaluation, "protocols", partial(protocols, count=120))


class Placed:
    """Photos lie where their summary says; what is wanted lies a photo or more behind the source."""

    def __init__(self, behind: int) -> None:
        self.behind = behind

    def eval(self):
        return self

    def gallery(self, photos):
        return (photos.summary,)

    def query(self, photos, words):
        return (photos.summary.roll(self.behind, 1) + 0.6 * photos.summary,)

    def join(self, vectors):
        return vectors[0]


def placed(count: int) -> Photos:
    """Each photo in a direction of its own."""
    empty = np.zeros((count, 1, 1, 1), np.float16)
    return Photos(empty, empty, empty, np.eye(count, dtype=np.float16))


def asked(*right: tuple[str, ...], name: str = "placed", leaves_out: bool = True) -> Protocol:
    """A question about each photo a, b, c ... with these right answers."""
    gallery = tuple("abcdef")
    told = tuple(Query(id, f"like {id}", ids) for id, ids in zip(gallery, right, strict=False))
    return Protocol(name, gallery, told, leaves_out)


@pytest.mark.parametrize(
    ("protocol", "behind", "ranks"),
    [
        (asked(("b",), ("c",), ("a", "d")), 1, [1, 1, 1]),
        (asked(("b",), ("d",), ("a",)), 1, [1, 5, 5]),
        (asked(("b",), ("c",), leaves_out=False), 1, [1, 1]),
        (asked(("c",), ("c",), ("f",)), 2, [1, 5, 5]),
        (asked(("c",), ("a", "c"), leaves_out=False), 2, [1, 5]),
        (asked(("c",), ("a", "c")), 2, [1, 4]),
    ],
)
def test_ranks_of_hand_placed_photos(protocol, behind, ranks):
    assert _ranks_of(Placed(behind), protocol, placed(6)).tolist() == ranks


def test_metrics_bear_the_names_of_all_but_the_first_protocol():
    tasks = [Task(asked(("b",), ("d",)), placed(6)), Task(asked(("d",), name="other"), placed(6))]
    assert measure(Placed(1), tasks) == {
        "R@1": 0.5, "R@10": 1.0, "R@50": 1.0, "R@1 other": 0.0, "R@10 other": 1.0, "R@50 other": 1.0
    }  # fmt: skip


def test_seeds_are_averaged():
    assert mean_of([{"R@1": 0.2, "R@10": 1.0}, {"R@1": 0.4, "R@10": 0.0}]) == pytest.approx({"R@1": 0.3, "R@10": 0.5})


def test_an_evaluation_says_what_was_asked(run, shapes):
    """Among the test part's shapes one in twelve is right by chance."""
    result = evaluate([shapes], weights=[str(run)])
    split = split_products(read(shapes))
    assert (result["system"], result["data"], result["split_hash"], result["seeds"]) == (
        "refine", ["products"], split.hash, [0]
    )  # fmt: skip
    first = f"questions among {len(split.test)} products (test), the source left out; also products-words@"
    assert result["protocol"].startswith("products-colour@")
    assert first in result["protocol"]
    names = ("", " products-words", " products-difference")
    metrics = result["models"]["refine"]
    assert list(metrics) == [f"R@{cut}{name}" for name in names for cut in (1, 10, 50)]
    assert metrics["R@1"] > 0.35
    assert metrics["R@10"] > 0.9
    assert result["ratios"] == {}
    assert json.loads(json.dumps(result)) == result


def test_all_takes_every_product(run, shapes):
    assert "among 144 products (all)" in evaluate([shapes], weights=[str(run)], split="all")["protocol"]


def test_several_seeds_are_one_model(run, shapes):
    one, two = (evaluate([shapes], weights=[str(run)] * count) for count in (1, 2))
    assert (two["models"], two["seeds"]) == (one["models"], [0, 0])


def test_the_colours_asked_about_are_those_of_the_training(shapes, encoder):
    catalog = read(shapes)
    split = split_products(catalog)
    for colours, named in (({"products": ["red", "blue"]}, {"red", "blue"}), ({}, {"red", "blue", "green", "black"})):
        (first, *_) = tasks_of([catalog], [split], encoder, {"colours": colours})
        said = {colour for colour in ("red", "blue", "green", "black") for question in first.protocol.queries
                if any(id in question.targets for id in ids_of(catalog, colour))}  # fmt: skip
        assert said == named


def ids_of(catalog, colour):
    return [product.id for product in catalog.products if product.colour == colour]


@pytest.mark.slow
def test_baselines_stand_beside_and_are_trained_once(run, shapes, monkeypatch):
    result = evaluate([shapes], weights=[str(run)], baselines=True)
    assert list(result["models"]) == ["refine", *BASELINES]
    assert set(result["ratios"]) == set(result["models"]["refine"])
    # a photo alone doesn't say what is wanted, and a sentence alone not what is to stay
    assert result["models"]["image only"]["R@1"] < 0.3
    monkeypatch.setattr("modiste.lab.refine.train._draw_batch", lambda *_: pytest.fail("trained again"))
    assert evaluate([shapes], weights=[str(run)], baselines=True)["models"] == result["models"]


def changed(run, folder, **change):
    """The weights of a run whose record says otherwise."""
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("checkpoint.pt"))
    config = find(str(run)).config | change
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"split": "tset"}, 'no split "tset"; nearest: test'),
        ({"split": "all", "baselines": True}, "--baselines learns from the training part, and --split all has none"),
        ({"weights": ["refine-fotos"]}, 'no weights "refine-fotos"'),
    ],
)
def test_evaluate_refuses(run, shapes, change, says):
    with pytest.raises(UsageError, match=says):
        evaluate([shapes], **{"weights": [str(run)], **change})


def test_weights_of_another_split_are_refused(run, shapes, tmp_path):
    other = changed(run, tmp_path / "other", trained_on={"products": "0123456789ab"})
    with pytest.raises(UsageError, match="trained on split 0123456789ab of products, this is"):
        evaluate([shapes], weights=[str(run), other])
    assert evaluate([shapes], weights=[other], split="all")["models"]["refine"]


def test_weights_on_an_encoder_that_is_gone_are_refused(run, shapes, tmp_path):
    gone = changed(run, tmp_path / "gone", encoder={"name": "encoder-boutique", "revision": "00000000"})
    with pytest.raises(UsageError, match="was trained on encoder-boutique@00000000, this is @"):
        evaluate([shapes], weights=[gone])


def test_weights_on_two_encoders_are_refused(run, shapes, tmp_path):
    photos = find("encoder-photos")
    other = changed(run, tmp_path / "photos", encoder={"name": photos.name, "revision": photos.revision})
    with pytest.raises(UsageError, match=r"was trained on encoder-photos@.* on encoder-boutique@.*; evaluate them"):
        evaluate([shapes], weights=[str(run), other])


def test_baselines_are_kept_by_what_they_learn_from():
    from modiste.lab.refine.evaluate import _key
    from modiste.lab.refine.train import TrainConfig

    def parts(texts, features=0.0, split="a"):
        arrays = {name: np.array([1, 2]) for name in ("sources", "targets")} | {"texts": np.array(texts)}
        photos = SimpleNamespace(summary=np.full((3, 4), features))
        return SimpleNamespace(
            train=SimpleNamespace(triplets=SimpleNamespace(**arrays), photos=photos), hashes={"shop": split}
        )

    config = TrainConfig()
    keys = [_key(parts([0, 1]), config), _key(parts([1, 0]), config), _key(parts([0, 1], 1.0), config)]
    keys += [_key(parts([0, 1], split="b"), config), _key(parts([0, 1]), TrainConfig(steps=2))]
    assert len(set(keys)) == len(keys)
    assert _key(parts([0, 1]), TrainConfig(seed=3)) == keys[0]
