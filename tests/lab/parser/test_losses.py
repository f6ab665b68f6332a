from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.lab.parser import losses
from modiste.lab.parser.losses import IGNORED


def logits_of(*likelihoods: list[float]) -> torch.Tensor:
    """Pixels in a row with these likelihoods of their classes. Shape: (1, c, 1, n)."""
    return torch.tensor(likelihoods).log().T[None, :, None]


def test_pixels_leave_out_what_nobody_knows():
    logits = logits_of([0.5, 0.5], [0.25, 0.75], [0.9, 0.1])
    map = torch.tensor([[[0, 1, IGNORED]]])
    expected = -(np.log(0.5) + np.log(0.75)) / 2
    assert losses.pixels(logits, map, torch.ones(2)).item() == pytest.approx(expected)
    assert losses.pixels(logits, torch.full((1, 1, 3), IGNORED), torch.ones(2)).item() == 0


def test_pixels_weigh_classes():
    logits, map = logits_of([0.5, 0.5], [0.25, 0.75]), torch.tensor([[[0, 1]]])
    expected = -(1 * np.log(0.5) + 3 * np.log(0.75)) / 4
    assert losses.pixels(logits, map, torch.tensor([1.0, 3.0])).item() == pytest.approx(expected)


def test_overlap_is_a_mean_over_classes_that_are_there():
    logits = logits_of([0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.0, 0.0, 1.0])
    map = torch.tensor([[[0, 0, 1, IGNORED]]])
    first = 2 * (0.8 + 0.6) / ((0.8 + 0.6 + 0.2) + 2)
    second = 2 * 0.7 / max(1, (0.1 + 0.3 + 0.7) + 1)
    assert losses.overlap(logits, map).item() == pytest.approx(1 - (first + second) / 2)


def test_overlap_of_what_is_right_is_0():
    map = torch.randint(0, 4, (2, 8, 8), generator=torch.Generator().manual_seed(0))
    sure = torch.nn.functional.one_hot(map, 5).permute(0, 3, 1, 2) * 100.0
    assert losses.overlap(sure, map).item() == pytest.approx(0, abs=1e-5)
    assert losses.overlap(sure, torch.full_like(map, IGNORED)).item() == 1  # a constant: nothing is learnt from it


def test_tags_ask_for_one_of_the_allowed_classes():
    logits = logits_of([0.5, 0.3, 0.2], [0.1, 0.1, 0.8])
    allowed = torch.tensor([[True, True, False]])
    assert losses.tags(logits, allowed).item() == pytest.approx(-(np.log(0.8) + np.log(0.2)) / 2)
    assert losses.tags(logits, torch.ones(1, 3, dtype=torch.bool)).item() == pytest.approx(0, abs=1e-6)


def test_joints_are_places_or_nowhere():
    # two joints on four places: the first is at the second place, the second nowhere, a third unknown
    heat = torch.tensor([[[[0.1, 0.6, 0.1, 0.1]], [[0.1, 0.1, 0.1, 0.1]], [[0.7, 0.1, 0.1, 0.05]]]]).log()
    nowhere = torch.tensor([[0.1, 0.6, 0.05]]).log()
    target = torch.zeros(1, 3, 1, 4)
    target[0, 0, 0, 1] = 1
    weight = torch.tensor([[1.0, 1.0, 0.0]])
    assert losses.joints(heat, nowhere, target, weight).item() == pytest.approx(-(np.log(0.6) + np.log(0.6)) / 2)
    assert losses.joints(heat, nowhere, target, torch.zeros(1, 3)).item() == 0
