"""The recipe on coloured shapes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.lab.datasets import read
from modiste.lab.encoder.data import prepare, split_parts
from modiste.lab.encoder.train import PRESETS, TrainConfig, _augmented, build, fit, train
from modiste.lab.training import Run
from modiste.weights import find
from tests.lab.encoder.conftest import TINY
from tests.lab.together import learnt_by_one_and_two


class StopError(Exception):
    """The machine goes off."""


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", TINY)


def test_a_run_writes_weights_that_say_where_they_come_from(run, shapes):
    weights = find(str(run))
    assert weights.config["system"] == "encoder"
    assert weights.config["trained_on"] == split_parts([shapes], 0).hashes
    assert set(weights.config["labels"]["category"]) == {"shirt", "trousers", "bag"}
    assert all(np.isfinite(tensor).all() for tensor in weights.tensors().values())


def test_the_log_holds_losses_and_what_was_measured(run):
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert lines[0]["step"] == 0
    assert lines[0]["loss"] > 0
    assert 0 <= lines[-1]["text_R@10"] <= 1


@pytest.mark.parametrize("stopped_at", [3, 7])
def test_a_resumed_run_ends_in_the_same_bits(run, shapes, tmp_path, monkeypatch, stopped_at):
    """Stopped over cached maps and in the stage behind them."""
    from modiste.lab.training import Average

    update = Average.update

    def stop(self, network, step):
        update(self, network, step)
        if step == stopped_at:
            raise StopError

    folder = tmp_path / "run"
    monkeypatch.setattr(Run, "save_due", True)
    monkeypatch.setattr(Average, "update", stop)
    with pytest.raises(StopError):
        train([shapes], folder, preset="tiny", device="cpu")
    monkeypatch.setattr(Average, "update", update)
    resumed = train([shapes], folder, preset="tiny", resume=True, device="cpu").tensors()
    for name, tensor in find(str(run)).tensors().items():
        assert np.array_equal(resumed[name], tensor), name


def test_a_handful_of_products_is_learned_by_heart(shapes, tmp_path):
    config = TrainConfig(batch_size=12, cached_epochs=25, epochs=0, variants=1, warm_up=5, drop_words=0.0)
    parts = split_parts([shapes], 0)
    few = prepare(read(shapes).products[:12], tmp_path)
    network = build(few, config)
    run = Run(tmp_path / "run")
    fit(network, parts._replace(train=few), config, run, torch.device("cpu"))
    lines = [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]
    losses = [line["matching"] for line in lines if "matching" in line]
    assert losses[-1] < 0.4 * losses[0]


def test_augmented_photos_keep_their_colours():
    red = torch.zeros(3, 3, 64, 32)
    red[:, 0] = 1.0
    assert torch.allclose(_augmented(red, np.random.default_rng(0)), red, atol=1e-5)
    ramp = torch.linspace(0, 1, 32).expand(3, 3, 64, 32).contiguous()
    assert not torch.allclose(_augmented(ramp, np.random.default_rng(0)), ramp, atol=0.01)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"preset": "tinny"}, 'no preset "tinny"; nearest: tiny'),
        ({"device": "abacus"}, 'no device "abacus"; give cpu, cuda or auto'),
    ],
)
def test_train_refuses(shapes, tmp_path, change, says):
    with pytest.raises(UsageError, match=says):
        train([shapes], tmp_path / "run", **{"preset": "tiny", **change})


def test_a_run_is_not_overwritten(run, shapes):
    with pytest.raises(UsageError, match="holds a run already; give --resume"):
        train([shapes], run, preset="tiny")


def test_a_run_is_not_resumed_with_other_settings(run, shapes, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", replace(TINY, lr=0.5))
    with pytest.raises(UsageError, match=r"was trained with lr 0\.001, not 0\.5"):
        train([shapes], run, preset="tiny", resume=True)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"batch_size": 1}, "batch_size must be at least 2"), ({"cached_epochs": 0, "epochs": 0}, "at least 1 epoch")],
)
def test_configurations_that_cannot_work(change, says):
    with pytest.raises(UsageError, match=says):
        TrainConfig(**change)


TOGETHER = """
import sys
from pathlib import Path
from modiste.lab.datasets import read
from modiste.lab.encoder.data import prepare, split_parts
from modiste.lab.encoder.train import PRESETS, TrainConfig, train
PRESETS["pair"] = TrainConfig(batch_size=8, cached_epochs=1, epochs=0, variants=1, warm_up=1, drop_words=0.0,
                              title_share=1.0, attribute_weight=0.0)
import modiste.encoders.product as product
product._TextTower.__init__.__defaults__ = (0.0,)
train([Path(sys.argv[1])], Path(sys.argv[2]), preset="pair", device="cpu")
"""


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(shapes, cache, tmp_path):
    """Negatives and gradients are shared; without dropout the weights agree up to rounding."""
    one, two = learnt_by_one_and_two(TOGETHER, shapes, tmp_path, cache)
    for name, tensor in one.items():
        assert np.allclose(tensor, two[name], atol=2e-3), name
