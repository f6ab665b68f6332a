"""Every recipe in two processes, as `torchrun -m modiste train` starts it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import pytest

from modiste.boutique import make
from modiste.weights import find

RECIPES = {
    "encoder": (),
    "parser": (),
    "refine": (),
    "complete": (),
    "tryon-shape": ("--part", "shape"),
    "tryon-appearance": ("--part", "appearance"),
    "imagine": (),
}


@pytest.fixture(scope="module")
def boutique(tmp_path_factory):
    """Of all that a recipe learns from, as small as networks see it."""
    folder = tmp_path_factory.mktemp("boutique")
    make(folder, seed=5, products=200, outfits=150, people=8, bottoms=16, size=(256, 192))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_two_processes_train_together(boutique, tmp_path, recipe):
    run = tmp_path / "run"
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "modiste"]
    train = ["train", recipe.partition("-")[0], "--data", str(boutique), "--out", str(run), "--preset", "quick"]
    done = subprocess.run(
        [*launch, *train, *RECIPES[recipe]], env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=280,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == 1, "both processes speak"
    folder = run / recipe.partition("-")[2]
    assert find(str(folder)).config["system"] == recipe.partition("-")[0]
    for line in (folder / "log.jsonl").read_text().splitlines() if (folder / "log.jsonl").exists() else []:
        assert all(math.isfinite(value) for value in json.loads(line).values()), line
