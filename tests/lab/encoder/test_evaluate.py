"""The encoder's metrics."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.datasets import read
from modiste.lab.encoder.baselines import frozen_projection
from modiste.lab.encoder.data import prepare, split_parts
from modiste.lab.encoder.evaluate import evaluate
from modiste.lab.encoder.metrics import Predictions, measure


@pytest.fixture(scope="module")
def data(shapes, cache):
    return prepare(read(shapes).products[:4], cache)


def test_scores_of_hand_placed_vectors(data):
    titles = np.eye(4, dtype=np.float32)
    photos = titles[[0, 1, 3, 2]]  # the third and fourth are swapped
    labels = {name: list(labels) for name, labels in data.labels.items()}
    labels["colour"] = ["red", "blue", "green", "mauve"]
    metrics = measure(Predictions(photos, titles, labels), data)
    assert metrics == {"text_R@1": 0.5, "text_R@10": 1.0, "acc_type": 1.0, "acc_colour": 0.75, "acc_gender": 1.0}


def test_evaluation_stands_beside_its_baseline(run, shapes):
    result = evaluate([shapes], weights=str(run), baselines=True)
    assert list(result["models"]) == ["encoder", "frozen projection"]
    assert set(result["ratios"]) == {"text_R@1", "text_R@10", "acc_type", "acc_colour", "acc_gender"}
    assert [result["split_hash"]] == list(split_parts([shapes], 0).hashes.values())


def test_all_takes_every_product(run, shapes):
    assert "among 48 products (all)" in evaluate([shapes], weights=str(run), split="all")["protocol"]


def test_frozen_projection_learns(shapes, cache):
    """Titles of shapes seen in training are labels apart."""
    every = prepare(read(shapes).products, cache)
    metrics = measure(frozen_projection(every, every, 64), every)
    assert metrics["acc_colour"] > 0.5  # chance is a quarter
    assert metrics["text_R@10"] > 10 / 48


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"split": "tset"}, 'no split "tset"; nearest: test'),
        ({"split": "all", "baselines": True}, "--baselines learns from the training part"),
        ({"seed": 1}, "its test part may hold what was trained on"),
    ],
)
def test_evaluate_refuses(run, shapes, change, says):
    with pytest.raises(UsageError, match=says):
        evaluate([shapes], weights=str(run), **change)
