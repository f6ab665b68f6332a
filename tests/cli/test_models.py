from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from modiste.cli import run
from modiste.weights import save


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    config = {
        "system": "complete",
        "domain": "boutique",
        "encoder": {"name": "encoder-boutique", "revision": "0123abcd"},
        "trained_on": {"boutique": "0123456789ab"},
        "products": 4200,
        "terms": "Apache-2.0",
        "metrics": {"text_R@10": 0.71234},
    }
    folder = tmp_path / "complete-boutique"
    weights = replace(save(folder, {"w": np.zeros(3)}, config), name=folder.name)
    monkeypatch.setattr("modiste.weights.available", lambda: [weights])
    return weights


def test_models_are_told_with_their_origin(shipped, capsys):
    assert run(["models"]) == 0
    told = capsys.readouterr().out
    for part in ("complete-boutique", "encoder-boutique", shipped.revision, "boutique", "Apache-2.0", "0.712"):
        assert part in told


def test_models_for_machines(shipped, answer):
    (found,) = answer("models")
    assert (found["name"], found["revision"], found["metrics"]["text_R@10"]) == (
        "complete-boutique", shipped.revision, 0.712,
    )  # fmt: skip
    assert (found["domain"], found["encoder"], found["parser"]) == ("boutique", "encoder-boutique", "")


def test_all_weights_that_ship_are_listed(answer, capsys):
    names = [found["name"] for found in answer("models")]
    assert len(names) >= 6
    assert run(["models"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in names)
