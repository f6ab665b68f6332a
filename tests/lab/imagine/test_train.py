"""Training: it learns, it goes on where it stopped, baselines are what they say."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.imagine.model import ImagineConfig
from modiste.imagine.pipeline import imagine, load_imaginer
from modiste.imagine.text import MeanWords, SentenceLSTM
from modiste.lab.imagine.baselines import BASELINES
from modiste.lab.imagine.batches import Lessons
from modiste.lab.imagine.train import PRESETS, TrainConfig, build, fit, make_optimiser, record, train
from modiste.lab.training import Run
from modiste.weights import save
from tests.lab.imagine.painted import garments

SMALL = ImagineConfig(state=24, sample=24, modes=2, widths=(16, 16, 16, 16, 8), fine=8)


@pytest.fixture(scope="module")
def collection():
    return garments(90)


def config(**changes: object) -> TrainConfig:
    return replace(PRESETS["quick"], network=SMALL, steps=4, **changes)


def lesson(collection, network=SMALL, seed=0):
    torch.manual_seed(seed)
    return Lessons(collection, network).draw(np.arange(4), np.random.default_rng(seed))


def test_each_players_terms_reach_its_own_parameters_alone(collection):
    game = build(collection, config())
    parts = game.losses(lesson(collection), 1.0)
    critics = [one for critic in game.critics for one in critic.parameters()]
    for name, value in parts.items():
        game.zero_grad()
        value.backward(retain_graph=True)
        reached = {
            "generator": any(p.grad is not None and p.grad.abs().sum() > 0 for p in game.imagination.parameters()),
            "critics": any(p.grad is not None and p.grad.abs().sum() > 0 for p in critics),
        }
        if name.endswith(("critic", "classifier")):
            assert reached == {"generator": False, "critics": True}, name
        else:
            assert reached["critics"] is False, name


def test_a_few_garments_are_learnt_by_heart(collection):
    torch.manual_seed(0)
    game = build(collection, config())
    optimiser = make_optimiser(game, replace(config(), lr=2e-3))
    for group in optimiser.param_groups:
        group["lr"] = 2e-3
    seen = lesson(collection)
    first = last = 0.0
    for _ in range(20):
        parts = game.losses(seen, 1.0)
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
        ("mean words", MeanWords, False),
        ("mean words + classifier", MeanWords, True),
        ("sentence LSTM", SentenceLSTM, False),
        ("sentence LSTM + classifier", SentenceLSTM, True),
    ],
)
def test_baselines_are_stackgans(collection, name, encoder, classifier):
    own = BASELINES[name](config())
    game = build(collection, own)
    assert isinstance(game.imagination.text, encoder)
    assert game.imagination.posterior is None
    assert not any(one.requires_grad for one in game.imagination.text.embedding.parameters())
    parts = game.losses(lesson(collection, own.network), 1.0)
    assert any(part.endswith("classifier") for part in parts) is classifier
    assert "l1" not in parts
    assert own.steps == config().steps


def test_a_sentence_encoder_learns_before_it_is_frozen(collection):
    game = build(collection, BASELINES["sentence LSTM"](config()))
    assert not any(one.requires_grad for one in game.imagination.text.parameters())


def test_what_is_saved_draws_and_leaves_out_what_only_training_needs(collection, tmp_path):
    own = config()
    game = build(collection, own)
    tensors = {
        name: one.numpy() for name, one in game.imagination.state_dict().items() if not name.startswith("posterior.")
    }
    save(tmp_path / "run", tensors, record(collection, own))
    assert json.loads((tmp_path / "run" / "config.json").read_text())["system"] == "imagine"
    strip = imagine("women's black pants", weights=load_imaginer(tmp_path / "run"))
    assert strip.last.shape == (1, 128, 96, 3)
    assert asdict(own)["network"]["state"] == SMALL.state


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
