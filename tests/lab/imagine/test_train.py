"""Training: it learns, it goes on where it stopped, baselines are what they say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.imagine.model import ENCODERS, ImagineConfig
from modiste.imagine.pipeline import imagine, load_imaginer
from modiste.lab.imagine.baselines import BASELINES
from modiste.lab.imagine.data import TrainingData
from modiste.lab.imagine.train import PRESETS, TrainConfig, build, fit, make_optimiser, save_run, train
from modiste.lab.training import Run
from modiste.weights import find
from tests.lab.imagine.painted import garments

SMALL = ImagineConfig(state=24, sample=24, modes=2, widths=(16, 16, 16, 16, 8), fine=8)


@pytest.fixture(scope="module")
def collection():
    return garments(90)


def config(**changes: object) -> TrainConfig:
    return replace(PRESETS["quick"], network=SMALL, steps=3, batch_size=2, fine=1, **changes)


def batch_of(collection, network=SMALL, seed=0, count=4):
    torch.manual_seed(seed)
    return TrainingData(collection, network).batch(np.arange(count), np.random.default_rng(seed))


def test_each_players_terms_reach_its_own_parameters_alone(collection):
    gan = build(collection, config())
    parts = gan.losses(batch_of(collection), 1.0)
    discriminators = [parameter for each in gan.discriminators for parameter in each.parameters()]
    for name, value in parts.items():
        gan.zero_grad()
        value.backward(retain_graph=True)
        reached = {
            "generator": any(p.grad is not None and p.grad.abs().sum() > 0 for p in gan.imagination.parameters()),
            "discriminators": any(p.grad is not None and p.grad.abs().sum() > 0 for p in discriminators),
        }
        if name.endswith(("critic", "classifier")):
            assert reached == {"generator": False, "discriminators": True}, name
        else:
            assert reached["discriminators"] is False, name


def test_two_garments_are_learnt_by_heart(collection):
    torch.manual_seed(0)
    gan = build(collection, config())
    optimiser = make_optimiser(gan, replace(config(), lr=2e-3))
    for group in optimiser.param_groups:
        group["lr"] = 2e-3
    batch = batch_of(collection, count=2)
    first = last = 0.0
    for _ in range(13):
        parts = gan.losses(batch, 1.0)
        optimiser.zero_grad()
        sum(parts.values()).backward()
        optimiser.step()
        last = parts["l1"].item()
        first = first or last
    assert last < 0.5 * first


class HaltedRun(Run):
    """One that is stopped after its second step."""

    save_due = True  # type: ignore[assignment]

    def save(self, network, average, optimiser, step):
        super().save(network, average, optimiser, step)
        if step == 2:
            raise KeyboardInterrupt


def test_a_run_that_was_stopped_ends_in_the_same_bits(collection, tmp_path):
    own, cpu = config(), torch.device("cpu")
    whole = fit(build(collection, own), collection, own, Run(tmp_path / "whole"), cpu)
    with pytest.raises(KeyboardInterrupt):
        fit(build(collection, own), collection, own, HaltedRun(tmp_path / "halted"), cpu)
    resumed = fit(build(collection, own), collection, own, Run(tmp_path / "halted", resume=True), cpu)
    ours, theirs = whole.state_dict(), resumed.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize(
    ("name", "encoder", "classifier"),
    [
        ("mean words", ENCODERS["mean"], False),
        ("mean words + classifier", ENCODERS["mean"], True),
        ("sentence LSTM", ENCODERS["sentence"], False),
        ("sentence LSTM + classifier", ENCODERS["sentence"], True),
    ],
)
def test_baselines_are_stackgans(collection, name, encoder, classifier):
    own = BASELINES[name](config())
    gan = build(collection, own)
    assert isinstance(gan.imagination.text, encoder)
    assert gan.imagination.posterior is None
    assert not any(one.requires_grad for one in gan.imagination.text.embedding.parameters())
    parts = gan.losses(batch_of(collection, own.network), 1.0)
    assert any(part.endswith("classifier") for part in parts) is classifier
    assert "l1" not in parts
    assert own.steps == config().steps


def test_a_sentence_encoder_learns_before_it_is_frozen(collection):
    gan = build(collection, BASELINES["sentence LSTM"](config()))
    assert not any(one.requires_grad for one in gan.imagination.text.parameters())


def test_what_is_saved_draws_and_leaves_out_what_only_training_needs(collection, tmp_path):
    own = config()
    gan = build(collection, own)
    save_run(tmp_path / "run", gan, collection, own, ())
    assert json.loads((tmp_path / "run" / "config.json").read_text())["system"] == "imagine"
    strip = imagine("women's black pants", weights=load_imaginer(tmp_path / "run"))
    assert strip.last.shape == (1, 128, 96, 3)
    assert not any(name.startswith("posterior.") for name in find(str(tmp_path / "run")).tensors())


@pytest.mark.parametrize(
    ("setting", "says"),
    [({"steps": 0}, "steps must be at least 1; got 0"), ({"fine": 99}, "fine is a part of batch_size")],
)
def test_settings_are_checked(setting, says):
    with pytest.raises(UsageError, match=says):
        TrainConfig(**setting)


def test_an_unknown_preset_is_refused(tmp_path):
    with pytest.raises(UsageError, match='no preset "fast"'):
        train([tmp_path], tmp_path / "run", preset="fast")
