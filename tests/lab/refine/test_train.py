"""The recipe on coloured shapes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.lab.refine.baselines import BASELINES
from modiste.lab.refine.data import split_parts
from modiste.lab.refine.train import (
    PRESETS,
    TrainConfig,
    _draw_batch,
    _losses,
    _mirrored,
    _thinned,
    build,
    train,
    validate,
)
from modiste.lab.training import Average, Run
from modiste.refine.model import VAL, PhotoFeatures, VALConfig, Words
from modiste.refine.pipeline import load_network
from modiste.weights import find
from tests.lab.refine.conftest import TINY
from tests.lab.together import learnt_by_one_and_two

BRIEF = replace(TINY, network=VALConfig(), triplets=60, steps=4, batch_size=6, negatives=4, drop_words=0.2)
CPU = torch.device("cpu")


class StopError(Exception):
    """The machine goes off."""


@pytest.fixture(autouse=True)
def presets(monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    monkeypatch.setitem(PRESETS, "brief", BRIEF)
    monkeypatch.setattr("modiste.lab.refine.data.VALIDATION_QUERIES", 60)


@pytest.fixture(scope="module")
def parts(shapes, encoder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("modiste.lab.refine.data.VALIDATION_QUERIES", 60)
        return split_parts([shapes], encoder, triplets=60)


def lines(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def test_a_run_writes_weights_that_say_where_they_come_from(run, parts, encoder):
    config = find(str(run)).config
    assert config["system"] == "refine"
    assert config["encoder"] == {"name": "encoder-boutique", "revision": encoder.revision}
    assert (config["trained_on"], config["colours"]) == (parts.hashes, parts.colours)
    assert config["products"] == len(parts.train.photos)
    assert config["settings"]["steps"] == TINY.steps
    network = load_network(find(str(run)))
    assert config["dim"] == network.join(network.gallery(parts.validation.photos.features(slice(2)))).shape[1]
    assert all(np.isfinite(tensor).all() for tensor in find(str(run)).tensors().values())


def test_a_run_learns_what_colours_and_kinds_are_called(run, parts):
    """Among the validation part's shapes one in twelve is right by chance."""
    metrics = find(str(run)).config["metrics"]
    assert metrics["R@1"] > 0.5
    losses = [line["loss"] for line in lines(run)]
    assert losses[-1] < losses[0]
    assert {"matching", "semantic", "scale"} <= set(lines(run)[0])
    untrained = validate(build(TINY, parts.train), parts.validation, CPU)
    assert untrained["R@1"] < metrics["R@1"] / 2


@pytest.mark.parametrize("stopped_at", [0, 2])
def test_a_resumed_run_ends_in_the_same_bits(shapes, tmp_path, monkeypatch, stopped_at):
    straight = train([shapes], tmp_path / "straight", preset="brief", device="cpu").tensors()
    update = Average.update

    def stop(self, network, step):
        update(self, network, step)
        if step == stopped_at + 1:
            raise StopError

    monkeypatch.setattr(Run, "save_due", True)
    monkeypatch.setattr(Average, "update", stop)
    with pytest.raises(StopError):
        train([shapes], tmp_path / "run", preset="brief", device="cpu")
    monkeypatch.setattr(Average, "update", update)
    assert torch.load(tmp_path / "run" / "checkpoint.pt")["step"] == stopped_at + 1
    resumed = train([shapes], tmp_path / "run", preset="brief", resume=True, device="cpu").tensors()
    for name, tensor in straight.items():
        assert np.array_equal(resumed[name], tensor), name


def test_a_batch_says_what_is_right(parts):
    triplets, rows = parts.train.triplets, np.arange(12)
    batch = _draw_batch(parts.train, rows, BRIEF, np.random.default_rng(0), CPU)
    negatives = np.random.default_rng(0).integers(0, len(parts.train.photos), BRIEF.negatives)
    items = np.concatenate([triplets.targets[rows], negatives])
    assert len(batch.sources.low) == len(batch.words.mask) == len(batch.descriptions.mask) == 12
    assert len(batch.gallery.low) == len(items) == 16
    answers = triplets.positives(rows, items)
    for row, column in np.ndindex(12, 16):
        own = column == row or items[column] == triplets.sources[row]
        assert batch.positives[row, column] == (own or answers[row, column])
    groups = parts.train.attribute_groups[triplets.targets[rows]]
    assert batch.described.tolist() == [[one == other for other in groups] for one in groups]


def test_the_source_among_the_items_is_no_negative(parts):
    """The sentence may let it pass, and it is the nearest photo."""
    triplets = parts.train.triplets
    row = 0
    meets = np.flatnonzero(triplets.targets == triplets.sources[row])[0]
    batch = _draw_batch(parts.train, np.array([row, meets]), BRIEF, np.random.default_rng(0), CPU)
    assert batch.positives[0, 1]


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (BRIEF, {"joined", "matching", "semantic"}),
        (replace(BRIEF, visual_semantic=0.0), {"joined", "matching"}),
        (replace(BRIEF, network=VALConfig(depths=("high",))), {"matching", "semantic"}),
        (replace(BRIEF, network=VALConfig(block="paper", hidden=32)), {"matching", "semantic"}),
    ],
)
def test_parts_of_the_loss(parts, config, names):
    batch = _draw_batch(parts.train, np.arange(6), config, np.random.default_rng(0), CPU)
    losses = _losses(build(config, parts.train), batch, config)
    assert set(losses) == names
    assert all(loss.isfinite() and loss > 0 for loss in losses.values())


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_learn_from_the_same_batches(parts, name):
    batch = _draw_batch(parts.train, np.arange(6), BRIEF, np.random.default_rng(0), CPU)
    assert set(_losses(build(BRIEF, parts.train, name), batch, BRIEF)) == {"matching"}


def test_a_seed_builds_the_same_network(parts):
    first, again, other = (build(replace(BRIEF, seed=seed), parts.train) for seed in (0, 0, 1))
    assert isinstance(first, VAL)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    assert not torch.equal(first.described["high"].weight, other.described["high"].weight)


def test_mirrored_photos_are_themselves_from_the_other_side():
    photos = PhotoFeatures(*(torch.rand(40, 2, 3, 4) for _ in range(3)), torch.rand(40, 5))
    mirrored = _mirrored(photos, np.random.default_rng(0))
    turned = [torch.equal(one, other.flip(2)) for one, other in zip(mirrored.low, photos.low, strict=True)]
    assert 10 < sum(turned) < 30
    for before, after in zip(photos[:3], mirrored[:3], strict=True):
        for flipped, one, other in zip(turned, before, after, strict=True):
            assert torch.equal(other, one.flip(2) if flipped else one)
    assert torch.equal(mirrored.summary, photos.summary)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_thinned_sentences_keep_their_start(share):
    words = Words(torch.ones(50, 20, 3), torch.ones(50, 20))
    thinned = _thinned(words, share, np.random.default_rng(0))
    assert thinned.mask[:, 0].all()
    assert float(thinned.mask[:, 1:].mean()) == pytest.approx(1 - share, abs=0.05)
    assert torch.equal(thinned.states, thinned.mask[:, :, None].expand(-1, -1, 3))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"preset": "tinny"}, 'no preset "tinny"; nearest: tiny'),
        ({"device": "abacus"}, 'no device "abacus"; give cpu, cuda or auto'),
    ],
)
def test_train_refuses(shapes, tmp_path, change, says):
    with pytest.raises(UsageError, match=says):
        train([shapes], tmp_path / "run", **{"preset": "brief", **change})


def test_a_run_is_not_overwritten(run, shapes):
    with pytest.raises(UsageError, match="holds a run already; give --resume"):
        train([shapes], run, preset="tiny")


def test_a_run_is_not_resumed_with_other_settings(run, shapes, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", replace(TINY, lr=0.5))
    with pytest.raises(UsageError, match=r"was trained with lr 0\.002, not 0\.5"):
        train([shapes], run, preset="tiny", resume=True)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"batch_size": 1}, "batch_size must be at least 2"), ({"steps": 0}, "there must be at least 1 step; got 0")],
)
def test_configurations_that_cannot_work(change, says):
    with pytest.raises(UsageError, match=says):
        TrainConfig(**change)


TOGETHER = """
import sys
from pathlib import Path
import modiste.lab.refine.data as data
import modiste.refine.model as model
import modiste.lab.refine.train as recipe
recipe.PRESETS["pair"] = recipe.TrainConfig(encoder="encoder-boutique", triplets=60, steps=6, batch_size=8, negatives=0,
                                            warm_up=1, lr=1e-3, drop_words=0.0)
model.SentenceEncoder.__init__.__defaults__ = (0.0,)
recipe._mirrored = lambda photos, random: photos
data.DESCRIPTIONS, data.VALIDATION_QUERIES = 1, 20
recipe.train([Path(sys.argv[1])], Path(sys.argv[2]), preset="pair", device="cpu")
"""


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(shapes, cache, tmp_path):
    """Negatives and gradients are shared; without what each process draws for itself the weights agree."""
    one, two = learnt_by_one_and_two(TOGETHER, shapes, tmp_path, cache)
    for name, tensor in one.items():
        assert np.allclose(tensor, two[name], atol=2e-3), name
