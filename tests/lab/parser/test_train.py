from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from modiste.catalog.categories import PARSING_CLASSES
from modiste.errors import UsageError
from modiste.lab.parser.data import Augmentation, Example, Examples, read_parts
from modiste.lab.parser.losses import IGNORED
from modiste.lab.parser.metrics import measure
from modiste.lab.parser.train import PRESETS, TrainConfig, _class_weights, _relabelled, fit, parse_with, train
from modiste.lab.training import Run
from modiste.parsing.model import ParserConfig, build
from modiste.weights import find
from tests.lab.parser.conftest import TINY
from tests.parsing.figures import value

CPU = torch.device("cpu")


def test_a_run_leaves_weights(run: Path):
    weights = find(str(run))
    config = weights.config
    assert config["system"] == "parser"
    assert set(config["trained_on"]) == {"people", "people people"}
    assert config["photos"]["parsed"] > 10
    assert {"miou", "accuracy", "keypoints", "iou_top", "garments"} <= set(config["metrics"])
    assert config["settings"]["steps"] == TINY.steps
    assert not any(name.startswith("trunk.head") for name in weights.tensors())


def test_a_resumed_run_ends_in_the_same_bits(people: Path, run: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    parts = read_parts([people], TINY.products, ("train", "judge"))
    settings = json.loads(json.dumps({"steps": 3}))
    half = replace(TINY, steps=TINY.steps)
    first = Run(tmp_path / "half", settings=settings)
    monkeypatch.setattr(Run, "progress", lambda self, items, total, what: iter(list(items)[:3]))
    monkeypatch.setattr(Run, "save_due", property(lambda self: True))
    fit(build(half.network, half.encoder), parts.train, half, first, CPU)
    monkeypatch.undo()
    second = Run(tmp_path / "half", resume=True, settings=settings)
    average = fit(build(half.network, half.encoder), parts.train, half, second, CPU)
    assert second.step == 3
    for name, tensor in find(str(run)).tensors().items():
        np.testing.assert_array_equal(average.state_dict()[name].half().numpy(), tensor.astype(np.float16))


@pytest.mark.slow
def test_figures_are_learnt(people: Path, tmp_path: Path):
    """From a few steps more than the tiny run's, in photos that were not learnt from."""
    gentle = Augmentation(zoom=(0.9, 1.1), far=0.8, shift=0.05, turn=5.0, part=0.0, studio=0.0)
    config = replace(
        PRESETS["photos"], network=ParserConfig((16, 24, 32, 64, 64)), steps=30, parsed=4, tagged=0, alone=1, warm_up=3,
        average_decay=0.8, augmentation=gentle,
    )  # fmt: skip
    parts = read_parts([people], 3)
    network = fit(build(config.network, ""), parts.train, config, Run(tmp_path / "run"), CPU)
    metrics = measure(parse_with(network), Examples((*parts.judge.parsed, *parts.test.parsed), (), ()))
    assert metrics["accuracy"] > 0.85
    assert metrics["miou"] > 0.3


def test_rare_classes_weigh_more():
    maps = [np.zeros((10, 10), np.uint8), np.zeros((10, 10), np.uint8)]
    maps[0][:2], maps[1][0, 0] = 5, 3
    weights = _class_weights([Example(str(at), Path(), lambda map=map: map) for at, map in enumerate(maps)], 0.25)
    assert weights[3] > weights[5] > weights[0]
    assert weights[[0, 3, 5]].mean() == pytest.approx(1)
    assert (weights[3] / weights[5]).item() == pytest.approx((0.2 / 0.01) ** 0.25, rel=1e-5)
    assert weights[12] == 1  # never seen
    torch.testing.assert_close(_class_weights([], 0.25), torch.ones(13))


def test_people_without_maps_get_those_that_their_tags_allow(tmp_path: Path):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (128, 64, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    allowed = tuple(name in ("background", "skirt") for name in PARSING_CLASSES)
    tagged = (Example("a", tmp_path / "a.png", allowed=allowed),)
    network, run = build(TINY.network, ""), Run(tmp_path / "run")
    first = _relabelled(network, tagged, run, CPU)[0].read()
    assert set(np.unique(first)) <= {0, value("skirt"), IGNORED}
    assert first.shape == (128, 64)  # half a frame of 256 x 192, of which the photo fills 128 columns
    again = _relabelled(build(TINY.network, "", seed=7), tagged, run, CPU)[0].read()
    np.testing.assert_array_equal(first, again)  # what was kept, whatever the network says now


def test_tagged_people_are_learnt_from_later(people: Path, tmp_path: Path, monkeypatch):
    train_part = read_parts([people], 1, ("train",)).train
    tagged = tuple(replace(example, read=None) for example in train_part.parsed[:3])
    config = replace(TINY, steps=4, parsed=1, tagged=1, alone=0, relabel=0.5)
    run = Run(tmp_path / "run")
    seen: list[int] = []
    original = _relabelled
    monkeypatch.setattr(
        "modiste.lab.parser.train._relabelled",
        lambda network, some, run, device: (seen.append(len(some)), original(network, some, run, device))[1],
    )
    fit(build(TINY.network, ""), Examples(train_part.parsed[3:6], tagged, ()), config, run, CPU)
    assert seen == [3]  # once, at half of the steps
    assert (run.folder / "relabelled.npz").exists()


@pytest.mark.parametrize(("change", "says"), [
    ({"steps": 0}, "there must be at least 1 step; got 0"),
    ({"parsed": 0}, "there must be at least 1 parsed photo in a step; got 0"),
])  # fmt: skip
def test_what_a_recipe_refuses(change, says):
    with pytest.raises(UsageError, match=says):
        TrainConfig(**change)


def test_unknown_presets(people: Path, tmp_path: Path):
    with pytest.raises(UsageError, match='no preset "foto"'):
        train([people], tmp_path / "run", preset="foto")
    assert not (tmp_path / "run").exists()


def test_a_run_can_go_on_from_another(people: Path, run: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    began = []
    monkeypatch.setattr("modiste.lab.parser.train.fit", lambda network, *rest: began.append(network) or network)
    train([people], tmp_path / "further", preset="tiny", start=str(run), device="cpu")
    for name, tensor in find(str(run)).tensors().items():
        np.testing.assert_array_equal(began[0].state_dict()[name].numpy(), tensor)
