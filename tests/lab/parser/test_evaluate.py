from __future__ import annotations

from pathlib import Path

import pytest

from modiste.cli import evaluate as command
from modiste.errors import UsageError
from modiste.lab.parser import evaluate as module
from modiste.lab.parser.evaluate import evaluate
from modiste.weights import Weights, find


@pytest.fixture(scope="module")
def result(people: Path, run: Path):
    return evaluate([people], weights=str(run), baselines=True)


def test_all_models_answer_the_same(result):
    assert set(result["models"]) == {"parser", "mean person", "linear head"}
    for metrics in result["models"].values():
        assert set(metrics) == set(result["models"]["parser"])
        assert all(0 <= value <= 1 for value in metrics.values())
    assert {"miou", "accuracy", "keypoints", "garments", "garment_class", "iou_shoes"} <= set(result["ratios"])
    assert result["protocol"].startswith("test: ")
    assert "people people" in result["data"]


def test_a_table_without_single_classes(result, people: Path, run: Path, monkeypatch, capsys):
    monkeypatch.setattr(module, "evaluate", lambda *args, **options: result)
    command.parser([people], str(run))
    printed = capsys.readouterr().out
    assert "mean person" in printed
    assert "miou" in printed
    assert "iou_shoes" not in printed


def test_all_photos_of_new_data(people: Path, run: Path, result):
    everything = evaluate([people], weights=str(run), split="all")
    assert set(everything["models"]) == {"parser"}
    assert everything["protocol"].startswith("all: 23 people with maps")


def test_photos_that_were_trained_on(people: Path, run: Path, monkeypatch):
    config = find(str(run)).config
    changed = {**config, "trained_on": {**config["trained_on"], "people people": "0" * 12}}
    monkeypatch.setattr(Weights, "config", changed)
    with pytest.raises(UsageError, match="was trained on split 000000000000 of people people, this is"):
        evaluate([people], weights=str(run))


@pytest.mark.parametrize(("options", "says"), [
    ({"split": "judge"}, 'no split "judge"'),
    ({"split": "all", "baselines": True}, "--baselines learns from the training part, and --split all has none"),
])  # fmt: skip
def test_what_cannot_be_measured(people: Path, run: Path, options, says):
    with pytest.raises(UsageError, match=says):
        evaluate([people], weights=str(run), **options)
