"""The recipe on a drawn boutique."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from modiste.complete.model import CSANet, CSANetConfig, Outfits
from modiste.complete.pipeline import load_network
from modiste.errors import UsageError
from modiste.lab.complete.baselines import BASELINES
from modiste.lab.complete.losses import PHI
from modiste.lab.complete.metrics import measure, network_scorer
from modiste.lab.complete.protocol import queries_of
from modiste.lab.complete.train import (
    PRESETS,
    TrainConfig,
    TrainingData,
    _category_counts,
    _draw_batch,
    _loss,
    _mean_cosine,
    _optimiser,
    build,
    fit,
    train,
    validate,
)
from modiste.lab.training import Average, Run
from modiste.weights import find
from tests.lab.complete.conftest import TINY, item_table
from tests.lab.together import learnt_by_one_and_two

BRIEF = replace(TINY, network=CSANetConfig(dim=8, hidden=0), steps=4, batch_size=24)
CPU = torch.device("cpu")


class StopError(Exception):
    """The machine goes off."""


@pytest.fixture(autouse=True)
def presets(monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    monkeypatch.setitem(PRESETS, "brief", BRIEF)


@pytest.fixture(scope="module")
def data(collection):
    return TrainingData.of(collection, "disjoint")


@pytest.fixture
def fitted(data):
    """Runs the loop without reading and measuring."""

    def fitted(folder, config=BRIEF, data=data, device="cpu", **arguments):
        run = Run(folder, seed=config.seed, settings=asdict(config), **arguments)
        return fit(build(config, data), data, config, run, torch.device(device))

    return fitted


def lines(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def test_a_run_writes_weights_that_say_where_they_come_from(run, collection, data, encoder):
    config = find(str(run)).config
    assert config["system"] == "complete"
    assert config["encoder"] == {"name": "encoder-boutique", "revision": encoder.revision}
    assert (config["trained_on"], config["split"]) == (collection.hashes, "disjoint")
    assert config["terms"] == "Drawn by Modiste; CC0 1.0, no rights reserved."
    assert (config["outfits"], config["missing"]) == (len(data.outfits), _category_counts(data, 11))
    assert (config["settings"]["steps"], config["settings"]["seed"]) == (TINY.steps, 0)
    assert tuple(config["network"]["categories"]) == collection.categories
    assert config["features"] == collection.table.features.shape[1]
    assert config["dim"] == 2 * TINY.network.dim + 1
    assert all(np.isfinite(tensor).all() for tensor in find(str(run)).tensors().values())


def test_a_run_learns_what_goes_together(run, collection, data):
    """By chance a quarter of the answers is right, and half of the pairs."""
    asked, trained = queries_of(collection, "disjoint", part=2), load_network(find(str(run)))
    metrics = measure(network_scorer(trained, collection.table), asked)
    assert metrics["fitb"] > 0.4
    assert metrics["auc"] > 0.65
    untrained = validate(build(TINY, data), replace(data, validation=asked))
    assert metrics["fitb"] > untrained["fitb"] + 0.05
    assert find(str(run)).config["metrics"] == pytest.approx(validate(trained, data), abs=0.02)


def test_a_log_says_how_it_goes(fitted, tmp_path, monkeypatch):
    monkeypatch.setattr("modiste.lab.complete.train.CHECK_EVERY", 10)
    fitted(tmp_path / "run", replace(TINY, steps=40))
    found = lines(tmp_path / "run")
    assert [line["step"] for line in found] == [9, 19, 29, 39]
    assert found[-1]["loss"] < 0.9 * found[0]["loss"]
    assert all(abs(line["cosine"]) < 0.9 and line["scale"] > 1 for line in found)


GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"))


@pytest.mark.parametrize("device", ["cpu", GPU])
def test_judges_are_asked_on_the_way(fitted, data, tmp_path, device):
    network = fitted(tmp_path / "run", replace(BRIEF, steps=200), device=device)
    *_, last = lines(tmp_path / "run")
    expected = validate(network, data)
    assert last == pytest.approx({"step": 199, **expected}, abs=1e-2 if device == "cuda" else 1e-5)
    assert all(not parameter.is_cuda for parameter in network.parameters())


def test_what_is_kept_is_the_moving_average(fitted, tmp_path):
    found = fitted(tmp_path / "run").state_dict()
    state = torch.load(tmp_path / "run" / "checkpoint.pt")
    for name, tensor in found.items():
        assert torch.equal(tensor, state["average"][name]), name
    assert not torch.equal(found["subspaces"], state["network"]["subspaces"])


@pytest.mark.parametrize("stopped_at", [0, 2])
def test_a_resumed_run_ends_in_the_same_bits(fitted, tmp_path, monkeypatch, stopped_at):
    straight = fitted(tmp_path / "straight").state_dict()
    update = Average.update

    def stop(self, network, step):
        update(self, network, step)
        if step == stopped_at + 1:
            raise StopError

    monkeypatch.setattr(Run, "save_due", True)
    monkeypatch.setattr(Average, "update", stop)
    with pytest.raises(StopError):
        fitted(tmp_path / "run")
    monkeypatch.setattr(Average, "update", update)
    assert torch.load(tmp_path / "run" / "checkpoint.pt")["step"] == stopped_at + 1
    for _ in range(2):  # and a run that has ended is left as it is
        for name, tensor in fitted(tmp_path / "run", resume=True).state_dict().items():
            assert torch.equal(straight[name], tensor), name


def test_another_seed_learns_another_network(data):
    first, again, other = (build(replace(BRIEF, seed=seed), data) for seed in (0, 0, 1))
    assert isinstance(first, CSANet)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    assert not torch.equal(first.subspaces, other.subspaces)


def test_the_scale_of_the_features_is_that_of_the_learnt_items(data):
    rows = sorted({row for outfit in data.outfits for row in outfit})
    assert len(rows) < len(data.table)
    mean = data.table.features[rows].astype(np.float32).mean(0)
    for name in ("complete", *BASELINES):
        network = build(BRIEF, data, name)
        assert np.allclose(network.trunk.mean.numpy(), mean, atol=1e-4), name


def batch_of(data, config=BRIEF, rows=96, seed=0):
    return _draw_batch(data, range(min(rows, len(data.outfits))), config, np.random.default_rng(seed), CPU)


def items_of(batch, table):
    """Rows of the table of a batch's outfits and candidates."""
    row_of = {features.tobytes(): row for row, features in enumerate(table.features)}
    rows = np.array([row_of[features.astype(np.float16).tobytes()] for features in batch.features.numpy()])
    return rows[batch.outfits], rows[batch.candidates]


@pytest.mark.parametrize(
    "config",
    [BRIEF, replace(BRIEF, alike="category"), replace(BRIEF, drawn=64), replace(BRIEF, negatives=2, drawn=64)],
    ids=["kind", "category", "drawn", "few"],
)
def test_a_batch_is_outfits_without_their_targets(data, config):
    batch, table = batch_of(data, config), data.table
    outfits, candidates = items_of(batch, table)
    alike = table.kinds if config.alike == "kind" else table.categories
    total = 0
    for index, outfit in enumerate(data.outfits[:96]):
        present = batch.present[index] == 1
        target, negatives = candidates[index, 0], candidates[index, 1:][batch.valid[index] == 1]
        rest = outfits[index][present].tolist()
        assert tuple(row for row in outfit if row != target) == tuple(rest)
        assert batch.categories[index][present].tolist() == table.categories[rest].tolist()
        assert batch.wanted[index] == table.categories[target]
        assert not set(negatives.tolist()) & set(outfit)
        assert (alike[negatives] == alike[target]).all()
        assert len(negatives) <= config.negatives
        total += len(negatives)
    assert total > 96
    assert set(candidates.ravel().tolist()) <= {row for outfit in data.outfits for row in outfit}
    assert len(batch.features) == len(np.unique(batch.features.numpy(), axis=0)), "each item once"


@pytest.mark.parametrize("drawn", [0, 40])
def test_the_rest_of_an_outfit_is_no_negative(drawn):
    """All are of one kind; whatever the target, the outfit's other items are right too."""
    made = TrainingData(item_table([0] * 6), [(0, 1, 2), (3, 4, 5)], None)
    batch = batch_of(made, replace(BRIEF, drawn=drawn))
    _, candidates = items_of(batch, made.table)
    for index, own in enumerate(({0, 1, 2}, {3, 4, 5})):
        negatives = set(candidates[index, 1:][(batch.valid[index] == 1).numpy()].tolist())
        assert negatives
        assert not negatives & own


def test_targets_are_drawn_anew(data):
    targets = [items_of(batch_of(data, seed=seed), data.table)[1][:, 0].tolist() for seed in (0, 0, 1)]
    assert targets[0] == targets[1] != targets[2]


def test_drawn_negatives_are_more_of_them(data):
    few, many = (batch_of(data, replace(BRIEF, drawn=drawn), 24) for drawn in (0, 200))
    assert many.valid.sum() > 2 * few.valid.sum()


@pytest.mark.parametrize("name", ["complete", *BASELINES])
@pytest.mark.parametrize("loss", ["choice", *PHI])
def test_all_learn_from_the_same_batches_with_every_loss(data, name, loss):
    config = replace(BRIEF, loss=loss)
    network = build(config, data, name)
    found = _loss(network, batch_of(data), config)
    found.backward()
    assert found.isfinite()
    assert found > 0
    assert network.trunk.layers[-1].weight.grad.abs().sum() > 0


def test_the_loss_is_infonce_over_the_negatives(data):
    network, batch = build(BRIEF, data).eval(), batch_of(data)
    scaled = network.scale * scores_of(network, batch)
    terms = [
        F.cross_entropy(torch.cat([row[:1], row[1:][valid == 1]])[None], torch.tensor([0])).item()
        for row, valid in zip(scaled, batch.valid, strict=True)
        if valid.any()
    ]
    assert _loss(network, batch, BRIEF).item() == pytest.approx(np.mean(terms), abs=1e-4)


@pytest.mark.parametrize("name", ["complete", "pooled projection"])
def test_the_published_loss_is_a_hinge_on_distances(data, name):
    """A distance is twice what a score lacks to 1, whoever scores."""
    config = replace(BRIEF, loss="min")
    network, batch = build(config, data, name).eval(), batch_of(data)
    far = 2 - 2 * scores_of(network, batch)
    hinges = [
        max(0.0, float(row[0] - row[1:][valid == 1].min() + 0.3))
        for row, valid in zip(far, batch.valid, strict=True)
        if valid.any()
    ]
    assert _loss(network, batch, config).item() == pytest.approx(np.mean(hinges), abs=1e-4)


@torch.no_grad()
def scores_of(network, batch):
    vectors = network.trunk(batch.features)
    outfits = Outfits(vectors[batch.outfits], batch.categories, batch.present, batch.wanted)
    return network.scores(outfits, vectors[batch.candidates])


def test_masks_and_vectors_may_cost_something(data):
    network, batch = build(BRIEF, data).eval(), batch_of(data)
    plain, masks, vectors = (
        _loss(network, batch, replace(BRIEF, **cost)).item() for cost in ({}, {"mask_l1": 2.0}, {"vector_l2": 3.0})
    )
    assert masks - plain == pytest.approx(2.0, abs=0.3), "fresh masks are near 1"
    assert vectors - plain == pytest.approx(3.0 / BRIEF.network.dim, abs=0.1), "and vectors of unit length"


def test_pairs_learn_faster_than_the_trunk_and_do_not_decay(data):
    config = replace(BRIEF, pair_lr=7.0, weight_decay=0.4)
    for name in ("complete", *BASELINES):
        network = build(config, data, name)
        trunk, pairs = _optimiser(network, config).param_groups
        assert (trunk["weight_decay"], pairs["weight_decay"]) == (0.4, 0.0)
        both = [*trunk["params"], *pairs["params"]]
        assert {id(one) for one in both} == {id(one) for one in network.parameters()}
        assert len(both) == len(list(network.parameters()))
        assert any(one is network.log_scale for one in pairs["params"])


def test_rates_rise_and_fall(fitted, tmp_path, monkeypatch):
    rates = []

    def noting(network, config):
        optimiser = _optimiser(network, config)
        optimiser.register_step_pre_hook(lambda one, *_: rates.append([group["lr"] for group in one.param_groups]))
        return optimiser

    monkeypatch.setattr("modiste.lab.complete.train._optimiser", noting)
    fitted(tmp_path / "run", replace(BRIEF, steps=7, warm_up=2, lr=0.004, pair_lr=5.0))
    trunk, pairs = np.array(rates).T
    cosine = 0.01 + 0.99 * (1 + np.cos(np.pi * np.arange(5) / 5)) / 2
    assert trunk.tolist() == pytest.approx([0.002, 0.004, *(0.004 * cosine)])
    assert trunk.max() == 0.004
    assert pairs.tolist() == pytest.approx((5 * trunk).tolist())


@pytest.mark.parametrize(
    ("vectors", "cosine"), [([[1.0, 0.0]] * 3, 1), ([[1.0, 0.0], [0.0, 1.0]], 0), ([[1.0, 0.0], [-1.0, 0.0]], -1)]
)
def test_mean_cosine_leaves_an_item_and_itself_out(vectors, cosine):
    network = SimpleNamespace(trunk=lambda features: features)
    assert _mean_cosine(network, torch.tensor(vectors)) == pytest.approx(cosine)


def test_mean_cosine_of_few_of_many():
    network = SimpleNamespace(trunk=lambda features: F.normalize(features, dim=1))
    features = torch.randn(2000, 40, generator=torch.Generator().manual_seed(0))
    assert _mean_cosine(network, features) == pytest.approx(0, abs=0.02)
    assert _mean_cosine(network, features[:1]) == 0


@pytest.mark.parametrize(
    ("loss", "says"),
    [
        ("min", r"the loss stands at its margin, 0\.3000: every distance is the same"),
        ("semi-hard", r"the loss stands at its margin, 0\.3000: every distance is the same"),
        ("choice", r"random items have a mean cosine of 1\.00, over 0\.9: they collapse"),
    ],
)
def test_a_run_that_collapses_is_stopped(fitted, data, tmp_path, monkeypatch, loss, says):
    """Where all products look the same, no network can keep them apart."""
    monkeypatch.setattr("modiste.lab.complete.train.CHECK_EVERY", 2)
    alike = replace(data, table=replace(data.table, features=np.ones_like(data.table.features)))
    config = replace(BRIEF, loss=loss, network=replace(BRIEF.network, dropout=0.0))
    with pytest.raises(UsageError, match=says):
        fitted(tmp_path / "run", config, alike)
    assert [line["step"] for line in lines(tmp_path / "run")] == [1], "the log says how it came to that"


def test_category_counts_by_hand():
    made = TrainingData(item_table([0, 0, 1, 2, 2]), [(0, 2, 3), (1, 4), (0, 1, 4), (2, 3)], None)
    assert _category_counts(made, 3) == {"outfits": 4, "both": [[3, 1, 3], [1, 2, 2], [3, 2, 4]]}


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_can_be_trained(data, preset):
    config = PRESETS[preset]
    assert find(config.encoder).config["system"] == "encoder"
    network = build(config, data)
    loss = _loss(network, batch_of(data, config, 48), config)
    loss.backward()
    _optimiser(network, config).step()
    assert loss.isfinite()
    assert TrainConfig(**{**json.loads(json.dumps(asdict(config))), "network": config.network}) == config


def test_the_paper_preset_is_what_was_published():
    config = PRESETS["paper"]
    network = config.network
    assert (network.dim, network.subspaces, network.hidden) == (64, 5, 0)
    assert not network.residual
    assert not network.attention
    assert (config.batch_size, config.lr, config.pair_lr, config.warm_up) == (96, 5e-5, 1.0, 0)
    assert (config.loss, config.alike) == ("semi-hard", "category")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"preset": "tinny"}, 'no preset "tinny"; nearest: tiny'),
        ({"split": "disjiont"}, 'no split "disjiont"; nearest: disjoint'),
        ({"device": "abacus"}, 'no device "abacus"; give cpu, cuda or auto'),
    ],
)
def test_train_refuses(boutique, tmp_path, change, says):
    with pytest.raises(UsageError, match=says):
        train([boutique], tmp_path / "run", **{"preset": "brief", **change})


def test_a_shop_of_its_own_split_is_named_so(boutique, tmp_path):
    config = train([boutique], tmp_path / "run", preset="brief", split="random", device="cpu").config
    assert config["split"] == "random"
    assert config["outfits"] < 0.8 * 400


def test_a_run_is_not_overwritten(run, boutique):
    with pytest.raises(UsageError, match="holds a run already; give --resume"):
        train([boutique], run, preset="tiny")


def test_a_run_is_not_resumed_with_other_settings(run, boutique, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", replace(TINY, lr=0.5))
    with pytest.raises(UsageError, match=r"was trained with lr 0\.003, not 0\.5"):
        train([boutique], run, preset="tiny", resume=True, device="cpu")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"batch_size": 1}, "batch_size must be at least 2, because negatives come from the batch; got 1"),
        ({"steps": 0}, "there must be at least 1 step; got 0"),
        ({"loss": "semihard"}, 'no loss "semihard"; nearest: semi-hard'),
        ({"alike": "colour"}, "negatives are alike in kind or category; got colour"),
    ],
)
def test_configurations_that_cannot_work(change, says):
    with pytest.raises(UsageError, match=says):
        TrainConfig(**change)


TOGETHER = """
import sys
from pathlib import Path
import numpy as np
import modiste.lab.complete.train as recipe
from modiste.complete.model import CSANetConfig
from modiste.lab.training import Run

class Still:
    def integers(self, count): return 0
    def permutation(self, count): return np.arange(count)

recipe.PRESETS["pair"] = recipe.TrainConfig(CSANetConfig(dim=8, hidden=0, dropout=0.0), "encoder-boutique", steps=6,
                                            batch_size=128, negatives=500, alike="category", warm_up=1, lr=1e-3,
                                            pair_lr=1.0)
Run.seed_step = lambda self, step: Still()
recipe.train([Path(sys.argv[1])], Path(sys.argv[2]), preset="pair", device="cpu")
"""


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(boutique, cache, tmp_path):
    """Strangers and gradients are shared; without what each process draws for itself the weights agree."""
    one, two = learnt_by_one_and_two(TOGETHER, boutique, tmp_path, cache)
    for name, tensor in one.items():
        apart = np.abs(tensor - two[name])
        assert (apart > 1e-3).mean() < 0.01, name  # where a gradient is next to nothing, its sign is chance
