"""The verb's metrics."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modiste.boutique import Look, fit
from modiste.complete.pipeline import load_network
from modiste.errors import UsageError
from modiste.lab.complete.baselines import BASELINES
from modiste.lab.complete.evaluate import _ceiling, _key, _spread, _true_style, evaluate, mean_of
from modiste.lab.complete.metrics import measure, network_scorer
from modiste.lab.complete.protocol import queries_of
from modiste.lab.complete.train import TrainConfig
from modiste.weights import find, save
from tests.lab.complete.conftest import TINY, item_table
from tests.refine.networks import stirred

METRICS = ["fitb", "auc", "fitb_popularity", "auc_popularity", "R@10", "R@30", "R@50"]


@pytest.fixture(scope="module")
def result(run, boutique):
    return evaluate([boutique], weights=[str(run)])


def changed(run, folder, **change):
    """The weights of a run whose record says otherwise."""
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("checkpoint.pt"))
    config = find(str(run)).config | change
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


def settings(run, **change):
    return find(str(run)).config["settings"] | change


def test_an_evaluation_says_what_was_asked(result, run, collection):
    asked = queries_of(collection, "disjoint", part=2)
    assert (result["system"], result["data"], result["split_hash"], result["seeds"]) == (
        "complete", ["boutique"], collection.hashes["boutique"], [0]
    )  # fmt: skip
    assert result["protocol"].startswith(f"disjoint@{asked.hash}: {len(asked)} items taken out of")
    assert "each among 3 negatives of its kind, and in pools of" in result["protocol"]
    assert list(result["models"]) == ["complete", "popularity"]
    assert list(result["models"]["complete"]) == METRICS
    direct = measure(network_scorer(load_network(find(str(run))), collection.table), asked)
    assert result["models"]["complete"] == pytest.approx(direct, rel=1e-4)
    assert json.loads(json.dumps(result)) == result


def test_the_network_knows_more_than_counts_and_less_than_the_truth(result):
    ours, popularity, ceiling = result["models"]["complete"], result["models"]["popularity"], result["ceiling"]
    for metric in ("fitb", "auc", "fitb_popularity", "auc_popularity"):
        assert popularity[metric] < ours[metric] < ceiling[metric], metric
    assert result["ratios"]["fitb"] == pytest.approx(ours["fitb"] / popularity["fitb"], rel=1e-3)
    assert ours["fitb"] > 0.4


def test_one_seed_has_no_spread(result):
    assert result["spread"] == {name: dict.fromkeys(METRICS, 0.0) for name in ("complete", "popularity")}


def test_seeds_are_one_model_with_a_spread(result, run, boutique, tmp_path):
    other = changed(run, tmp_path / "other", settings=settings(run, seed=7))
    weights = find(other)
    network = stirred(load_network(weights), by=0.05)
    save(weights.folder, {name: tensor.numpy() for name, tensor in network.state_dict().items()}, weights.config)
    alone = evaluate([boutique], weights=[other])["models"]["complete"]
    both = evaluate([boutique], weights=[str(run), other])
    one = result["models"]["complete"]
    assert both["seeds"] == [0, 7]
    assert alone["fitb"] != one["fitb"]
    for metric in METRICS:
        assert both["models"]["complete"][metric] == pytest.approx((one[metric] + alone[metric]) / 2, rel=1e-4)
        assert both["spread"]["complete"][metric] == pytest.approx(abs(one[metric] - alone[metric]) / 2, abs=1e-4)
    assert both["spread"]["popularity"]["fitb"] == 0


def test_mean_and_spread_by_hand():
    seeds = [{"fitb": 0.5, "auc": 1.0}, {"fitb": 0.6, "auc": 0.0}, {"fitb": 0.7, "auc": 0.5}]
    assert mean_of(seeds) == pytest.approx({"fitb": 0.6, "auc": 0.5})
    assert _spread(seeds) == {"fitb": round((0.02 / 3) ** 0.5, 4), "auc": round((0.5 / 3) ** 0.5, 4)}


def test_all_asks_for_everything_or_what_is_named(run, boutique, collection):
    whole = evaluate([boutique], weights=[str(run)], split="all")
    assert whole["protocol"].startswith("all@")
    shop = collection.table
    alike = np.flatnonzero((shop.kinds == np.bincount(shop.kinds[shop.times > 0]).argmax()) & (shop.times > 0))
    named = [shop.products[row].id for row in alike[:5]]
    some = evaluate([boutique], weights=[str(run)], split="all", ids=named)
    assert some["protocol"].endswith("in pools of 5 to 5 items of its category")
    assert some["models"]["complete"]["R@10"] == 1


def test_a_random_split_is_asked_about_as_it_was_learnt(run, boutique, tmp_path):
    other = changed(run, tmp_path / "other", split="random", trained_on={})
    assert evaluate([boutique], weights=[other])["protocol"].startswith("random@")


def test_baselines_stand_beside_and_are_trained_once(run, boutique, tmp_path, monkeypatch):
    brief = changed(run, tmp_path / "brief", settings=settings(run, steps=2, batch_size=32))
    result = evaluate([boutique], weights=[brief], baselines=True)
    assert list(result["models"]) == ["complete", "popularity", "co-occurrence", *BASELINES]
    assert set(result["ratios"]) == set(METRICS)
    assert set(result["spread"]) == set(result["models"])
    best = max(metrics["fitb"] for name, metrics in result["models"].items() if name != "complete")
    assert result["ratios"]["fitb"] == pytest.approx(result["models"]["complete"]["fitb"] / best, rel=1e-3)
    monkeypatch.setattr("modiste.lab.complete.train._draw_batch", lambda *_: pytest.fail("trained again"))
    assert evaluate([boutique], weights=[brief], baselines=True)["models"] == result["models"]


@pytest.mark.slow
def test_baselines_that_learn_as_long_learn_something(run, boutique):
    models = evaluate([boutique], weights=[str(run)], baselines=True)["models"]
    for name in BASELINES:
        assert models[name]["fitb"] > 0.33, name
        assert models[name]["auc"] > 0.6, name


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"split": "tset"}, 'no split "tset"; nearest: test'),
        ({"split": "all", "baselines": True}, "--baselines learns from the training part, and --split all has none"),
        ({"ids": ["b0-00001"]}, "--ask names products of data that were never trained on; give --split all with it"),
        ({"split": "all", "ids": ["x"]}, "none of the 1 ids to ask for is in an outfit; the first is x"),
        ({"weights": ["complete-fotos"]}, 'no weights "complete-fotos"'),
    ],
)
def test_evaluate_refuses(run, boutique, change, says):
    with pytest.raises(UsageError, match=says):
        evaluate([boutique], **{"weights": [str(run)], **change})


def test_weights_of_another_system_are_refused(boutique):
    with pytest.raises(UsageError, match="encoder-boutique does not complete, it is for encoder"):
        evaluate([boutique], weights=["encoder-boutique"])


def test_weights_of_another_split_are_refused(run, boutique, tmp_path):
    other = changed(run, tmp_path / "other", trained_on={"boutique": "0123456789ab"})
    with pytest.raises(UsageError, match=r"trained on split 0123456789ab of boutique, this is .* --split all"):
        evaluate([boutique], weights=[str(run), other])
    assert evaluate([boutique], weights=[other], split="all")["models"]["complete"]


def test_weights_on_an_encoder_that_is_gone_are_refused(run, boutique, tmp_path):
    gone = changed(run, tmp_path / "gone", encoder={"name": "encoder-boutique", "revision": "00000000"})
    with pytest.raises(UsageError, match="was trained on encoder-boutique@00000000, this is @"):
        evaluate([boutique], weights=[gone])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"encoder": {"name": "encoder-photos", "revision": "0"}}, "other has encoder .*-photos.*, .* one after"),
        ({"split": "random"}, "other has split random, .* disjoint; evaluate them one after the other"),
        ({"network": {}}, "other has network .*; evaluate them one after the other"),
    ],
)
def test_a_mean_is_of_one_thing(run, boutique, tmp_path, change, says):
    with pytest.raises(UsageError, match=says):
        evaluate([boutique], weights=[str(run), changed(run, tmp_path / "other", **change)])


def test_a_mean_is_over_seeds_of_one_recipe(run, boutique, tmp_path):
    other = changed(run, tmp_path / "other", settings=settings(run, seed=1, even=False))
    with pytest.raises(UsageError, match=r"other has settings .*; evaluate them one after the other"):
        evaluate([boutique], weights=[str(run), other])


def test_baselines_are_kept_by_what_they_learn_from():
    def data(value=0.0, outfits=((0, 1), (1, 2))):
        return SimpleNamespace(table=SimpleNamespace(features=np.full((3, 4), value)), outfits=list(outfits))

    hashes, config = {"shop": "a"}, TrainConfig()
    keys = [
        _key(data(), hashes, config),
        _key(data(1.0), hashes, config),
        _key(data(), {"shop": "b"}, config),
        _key(data(outfits=[(0, 1)]), hashes, config),
        _key(data(), hashes, replace(config, steps=2)),
        _key(data(), hashes, TINY),
    ]
    assert len(set(keys)) == len(keys)
    assert _key(data(), hashes, replace(config, seed=3)) == keys[0]


def test_the_true_style_says_how_well_a_product_fits_the_hidden_style(collection):
    looks = [Look.of(product) for product in collection.table.products]
    outfits = [outfit[1:] for outfit in collection.outfits[:20]]
    candidates = np.random.default_rng(0).integers(0, len(looks), (20, 5))
    scores = _true_style(collection.table)(outfits, candidates)
    for outfit, some, own in zip(outfits, candidates, scores, strict=True):
        expected = [fit([looks[item] for item in outfit], looks[row]) for row in some]
        assert own.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_the_true_style_knows_most_answers_but_not_chance(collection, split):
    """Outfits are drawn with some chance from it, so it can't know all."""
    found = _ceiling(collection.table, queries_of(collection, split, part=2))["ceiling"]
    assert 0.75 < found["fitb"] < 1
    assert 0.8 < found["auc"] < 1
    assert found["fitb_popularity"] > 0.7


def test_the_ceiling_is_the_measured_true_style(collection):
    queries = queries_of(collection, "disjoint", part=2)
    assert _ceiling(collection.table, queries)["ceiling"] == measure(_true_style(collection.table), queries)


def test_what_was_not_drawn_has_no_true_style(collection):
    undrawn = item_table([0, 1, 2])
    with pytest.raises(UsageError, match='no formality ""'):
        _true_style(undrawn)
    assert _ceiling(undrawn, queries_of(collection, "disjoint", part=2)) == {}
