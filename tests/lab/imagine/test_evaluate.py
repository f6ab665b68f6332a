"""The verb's evaluation, on painted garments and on models of known quality."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import partial
from types import SimpleNamespace

import pytest

from modiste.errors import UsageError
from modiste.imagine.model import ImagineConfig
from modiste.lab.imagine import evaluate as module
from modiste.lab.imagine.baselines import BASELINES
from modiste.lab.imagine.evaluate import _confidence, _key, best_baseline, evaluate, settings
from modiste.lab.imagine.judges import Judges
from modiste.lab.imagine.metrics import Step
from modiste.lab.imagine.protocol import sample_texts
from modiste.lab.imagine.train import PRESETS, build, fit, save_run
from modiste.lab.training import Run
from modiste.weights import find
from tests.lab.imagine.painted import Blocks, Deaf, Listens, garments

TINY = replace(
    PRESETS["quick"],
    network=ImagineConfig(state=24, sample=24, modes=2, widths=(16, 16, 16, 16, 8), fine=8),
    steps=2,
    batch_size=2,
    fine=1,
)


@pytest.fixture(scope="module")
def collection():
    return garments(120)


@pytest.fixture
def world(monkeypatch, collection):
    """Painted garments, a model that listens, and judges who see blocks, in the places of those that ship."""
    config = {"settings": asdict(TINY), "trained_on": dict(collection.hashes)}
    judges = Judges.fit(collection, Blocks())
    ours = Listens()
    ours.vocabulary = collection.vocabulary
    asked = []

    def collect(data, *, split, vocabulary):
        assert vocabulary is collection.vocabulary
        asked.append(split)
        return collection

    def trained(collection, config, names=tuple(BASELINES)):
        return {name: Deaf() for name in names}

    monkeypatch.setattr(module, "find", lambda name: SimpleNamespace(name=name, config=config))
    monkeypatch.setattr(module, "load_imaginer", lambda name: ours)
    monkeypatch.setattr(module, "collect", collect)
    monkeypatch.setattr(module.Judges, "of", lambda weights: judges)
    monkeypatch.setattr(module, "train_baselines", trained)
    monkeypatch.setattr(module, "sample_texts", partial(sample_texts, pictures=30))
    return SimpleNamespace(config=config, asked=asked)


def test_an_evaluation_says_what_was_asked(world, collection):
    result = evaluate(["shop"], "mine")
    assert (result["system"], result["data"], result["split_hash"], result["seeds"]) == (
        "imagine", ["fashion-product-images"], "hash-fashion-product-images", [0]
    )  # fmt: skip
    assert list(result["models"]) == ["imagine"]
    ours = result["models"]["imagine"]
    for name in ("type", "colour", "gender"):
        assert ours[f"is_{name}_real"] == result["ceiling"][f"is_{name}"]
        assert ours[f"acc_{name}"] > 0.7
    assert result["protocol"].startswith("test, texts@")
    assert "24 titles, 96 prefixes and 48 pictures of full titles; fd and kid against 24 photos" in result["protocol"]
    assert "24 of the judges' part; gender judged on 24 titles" in result["protocol"]
    assert result["confidence"] == {"persistence": {}, "responsiveness": {}}
    assert list(result["trade_off"]) == ["imagine"]
    assert set(result["ranks"]["imagine"]) == {"picture", "words", "both"}
    assert result["prefixes"]["imagine"]["titles"] == [24] * 4
    assert json.loads(json.dumps(result)) == result
    assert world.asked == ["default"]


def test_baselines_stand_beside(world, monkeypatch):
    monkeypatch.setattr(module, "sample_texts", partial(sample_texts, limit=16, pictures=16))
    result = evaluate(["shop"], "mine", baselines=True)
    assert list(result["models"]) == ["imagine", *BASELINES]
    assert set(result["trade_off"]) == {"imagine", *BASELINES, *(f"{name}, fresh noise" for name in BASELINES)}
    for name in BASELINES:
        assert result["trade_off"][name]["persistence"] == 1
        assert result["trade_off"][f"{name}, fresh noise"]["persistence"] < 0.8
        assert result["confidence"]["responsiveness"][name]["low"] > 0
        assert result["confidence"]["persistence"][name]["high"] <= 0
    ours, theirs = (result["models"][name]["fd"] for name in ("imagine", "mean words"))
    assert result["ratios"]["fd"] == pytest.approx(ours / theirs, rel=1e-3)
    assert not any(name.endswith("_real") for name in result["ratios"])


def test_of_errors_the_least_is_best():
    models = {"imagine": {"fd": 1.0}, "a": {"fd": 3.0, "drift": 9.0, "acc_type": 0.5},
              "b": {"fd": 2.0, "drift": 8.0, "acc_type": 0.4}}  # fmt: skip
    result = {"models": models}
    assert [best_baseline(result, metric) for metric in ("fd", "drift", "acc_type", "kid")] == ["b", "b", "a", ""]


def test_a_difference_is_paired_by_title():
    def score(*hits):
        steps = [
            Step("type", {"gender": 0}, {"gender": 0, "type": hit}, 1, sequence=text) for text, hit in enumerate(hits)
        ]
        return SimpleNamespace(steps=steps)

    found = _confidence({"imagine": score(1, 1, 1, 0), "a": score(1, 0, 0, 0), "b": score(1, 1, 1, 0)})
    assert found["responsiveness"]["a"]["mean"] == pytest.approx(0.5)
    assert found["responsiveness"]["a"]["low"] >= 0
    assert found["responsiveness"]["b"] == {"mean": 0, "low": 0, "high": 0}
    assert found["persistence"]["a"]["mean"] == 0


def test_all_is_collected_as_a_whole(world):
    world.config["trained_on"] = {"fashion-product-images": "another"}
    assert evaluate(["shop"], "mine", split="all")["protocol"].startswith("all, texts@")
    assert world.asked == ["all"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"split": "tset"}, 'no split "tset"; nearest: test'),
        ({"split": "all", "baselines": True}, "--baselines learns from the training part, and --split all has none"),
    ],
)
def test_evaluate_refuses(world, change, says):
    with pytest.raises(UsageError, match=says):
        evaluate(["shop"], "mine", **change)


def test_garments_that_were_trained_on_are_refused(world):
    world.config["trained_on"] = {"fashion-product-images": "0123456789ab"}
    with pytest.raises(UsageError, match=r"mine was trained on split 0123456789ab of .*, this is hash-.*--split all"):
        evaluate(["shop"], "mine")


def test_baselines_are_kept_by_what_they_learn_from(collection):
    other = replace(collection, hashes={"fashion-product-images": "b"})
    blank = replace(collection, pixels=collection.pixels[:, ::-1])
    keys = [_key(collection, TINY), _key(other, TINY), _key(blank, TINY), _key(collection, replace(TINY, steps=3))]
    assert len(set(keys)) == len(keys)
    assert _key(replace(collection), TINY) == keys[0]


@pytest.mark.slow
def test_baselines_are_trained_once_and_the_networks_are_measured(collection, tmp_path, monkeypatch):
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "cache"))
    import torch

    run = Run(tmp_path / "run", seed=0)
    gan = fit(build(collection, TINY), collection, TINY, run, torch.device("cpu"))
    save_run(run.folder, gan, collection, TINY, ())
    monkeypatch.setattr(module, "collect", lambda data, *, split, vocabulary: collection)
    monkeypatch.setattr(module, "sample_texts", partial(sample_texts, limit=8, pictures=8))
    assert settings(find(str(run.folder))) == TINY
    result = evaluate(["shop"], str(run.folder), baselines=True)
    assert list(result["models"]) == ["imagine", *BASELINES]
    assert set(result["ratios"]) >= {"fd", "kid", "is_type", "persistence", "responsiveness", "found@10"}
    monkeypatch.setattr(module, "fit", lambda *_: pytest.fail("trained again"))
    assert evaluate(["shop"], str(run.folder), baselines=True)["models"] == result["models"]
