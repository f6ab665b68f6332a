"""Training: who learns from what, and what must never be let through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.lab.tryon.data import AppearanceTask, draw_appearance_task, draw_shape_task
from modiste.lab.tryon.losses import _mixed_codes
from modiste.lab.tryon.train import PRESETS, TrainConfig, build, train
from modiste.tryon.model import BODY, AppearanceConfig, ShapeConfig
from tests.tryon.figures import JOINTS, person

TINY = replace(
    PRESETS["quick"], shape=ShapeConfig(widths=(8, 8, 16, 16)), appearance=AppearanceConfig(6, (8, 8, 16, 16), 1),
    swapped=0.0, untextured=0.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def crowd():
    leaning = JOINTS + np.stack([np.linspace(-6, 6, 17), np.zeros(17)], 1).astype(np.float32)
    return [person(), person(joints=leaning, paints={"top": (20, 160, 60)}), person(sleeves="short")]


def task_of(part, crowd, row=0, seed=0, swapped=0.0):
    random = np.random.default_rng(seed)
    if part == "shape":
        return draw_shape_task(crowd, row, random, TINY.shape.size)
    return draw_appearance_task(crowd, row, random, swapped, 0.0)


def batch(*tasks):
    return [torch.stack(parts) for parts in zip(*tasks, strict=True)]


@pytest.fixture(scope="module", params=["shape", "appearance"])
def played(request, crowd):
    """A generator with its discriminator, and their losses of one batch."""
    gan = build(request.param, TINY)
    if request.param == "appearance":
        with torch.no_grad():
            gan.generator.late[-1].weight.normal_(std=0.1)
    return gan, gan.losses(*batch(*(task_of(request.param, crowd, row, row) for row in (0, 1))))


def reached(loss, network):
    """Whether a loss has a gradient on a network's parameters."""
    gradients = torch.autograd.grad(loss, list(network.parameters()), retain_graph=True, allow_unused=True)
    return any(gradient is not None and bool(gradient.any()) for gradient in gradients)


def test_each_term_reaches_its_own_player_alone(played):
    """The adversarial term too: a judge under no_grad would teach the painter nothing."""
    gan, losses = played
    for name, loss in losses.items():
        if name == "statistics":  # of swapped tasks, and there are none
            continue
        assert reached(loss, gan.generator) == (name != "discriminator"), name
        assert reached(loss, gan.discriminator) == (name == "discriminator"), name
    if hasattr(gan, "perception"):
        assert not any(parameter.requires_grad for parameter in gan.perception.parameters())


def test_losses_are_numbers(played):
    assert all(torch.isfinite(loss) for loss in played[1].values())


def test_the_judge_of_maps_sees_likelihoods_and_the_body(crowd, monkeypatch):
    """Between planes of 0 and 1 and raw logits it would have nothing to learn."""
    gan = build("shape", TINY)
    seen = []
    gan.discriminator.register_forward_pre_hook(lambda module, given: seen.append(given))
    task = task_of("shape", crowd)
    gan.losses(*batch(task))
    for given, map in seen:
        assert given.shape[1] == BODY
        assert torch.equal(given[0], task[0])
        torch.testing.assert_close(map.sum(1), torch.ones_like(map[:, 0]))
        assert map.min() >= 0
    made, both = (map for _, map in seen)
    assert torch.equal(both[1], made[0])
    assert set(both[0].unique().tolist()) <= {0.0, 1.0}


def test_borrowed_codes_are_the_strangers(crowd):
    gan = build("appearance", replace(TINY, swapped=1.0))
    named = AppearanceTask(*batch(task_of("appearance", crowd, seed=3, swapped=1.0)))
    codes = _mixed_codes(gan.generator.encoder, named)[0]
    own = gan.generator.encoder(named.photo, named.masks)[0]
    theirs = gan.generator.encoder(named.source, named.source_masks)[0]
    for value in range(13):
        assert torch.allclose(codes[value], (theirs if named.borrowed[0, value] else own)[value], atol=1e-6)


def test_drawing_tasks_leaves_the_random_state_of_everything_else_alone(crowd):
    torch.manual_seed(0)
    np.random.seed(0)
    states = torch.get_rng_state(), np.random.get_state()[1].tolist()
    task_of("appearance", crowd)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.random.get_state()[1].tolist() == states[1]


@pytest.mark.parametrize("name", ["shape_steps", "shape_batch", "appearance_steps", "appearance_batch"])
def test_sizes_have_bounds(name):
    with pytest.raises(UsageError, match=f"{name} must be at least 1; got 0"):
        TrainConfig(**{name: 0})


@pytest.mark.parametrize(
    ("options", "says"),
    [({"part": "sleeves"}, 'no part "sleeves"'), ({"part": "shape", "preset": "fotos"}, 'no preset "fotos"; nearest')],
    ids=str,
)
def test_unknown_parts_and_presets_are_named(options, says, tmp_path):
    with pytest.raises(UsageError, match=says):
        train([tmp_path], tmp_path / "run", **options)
