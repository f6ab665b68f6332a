from __future__ import annotations

import math

import pytest
import torch

from modiste.lab.tryon.losses import map_loss, perceptual
from modiste.tryon.model import least_squares, masked_l1


def test_least_squares_by_hand():
    scores = torch.tensor([[1.0, 0.5], [0.0, 2.0]])
    assert least_squares(scores, 1) == pytest.approx((0 + 0.25 + 1 + 1) / 4)
    assert least_squares(scores, 0) == pytest.approx((1 + 0.25 + 0 + 4) / 4)


def test_map_loss_by_hand():
    """One pixel inside the zone, one outside; the outer counts a tenth."""
    logits = torch.tensor([[[[2.0, 0.0]], [[0.0, 0.0]]]])
    target, zone = torch.tensor([[[0, 1]]]), torch.tensor([[[1.0, 0.0]]])
    inside, outside = math.log(1 + math.exp(-2)), math.log(2)
    assert map_loss(logits, target, zone) == pytest.approx((inside + 0.1 * outside) / 1.1, rel=1e-5)
    assert map_loss(logits, target, zone, outside=0) == pytest.approx(inside, rel=1e-5)


def test_map_loss_of_an_empty_zone_is_a_number():
    logits = torch.zeros(1, 13, 2, 2)
    loss = map_loss(logits, torch.zeros(1, 2, 2, dtype=torch.long), torch.zeros(1, 2, 2), outside=0)
    assert loss == 0


def test_masked_l1_counts_the_mask_alone():
    made, true = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    made[..., 0, 0], made[..., 1, 1] = 0.5, 9.0
    mask = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]]]])
    assert masked_l1(made, true, mask) == pytest.approx(0.25)
    assert masked_l1(made, true, torch.zeros_like(mask)) == 0


@pytest.fixture
def maps():
    torch.manual_seed(0)
    return [torch.rand(2, 8, 16, 12), torch.rand(2, 16, 8, 6)]


def test_perceptual_is_nothing_between_equals(maps):
    assert perceptual(maps, maps, torch.ones(2, 1, 32, 24)) == 0


def test_perceptual_is_relative_at_each_depth(maps):
    mask = torch.ones(2, 1, 32, 24)
    far = perceptual([1.1 * maps[0], 1.3 * maps[1]], maps, mask)
    assert far == pytest.approx((0.1 + 0.3) / 2, rel=1e-4)
    louder = perceptual([1.1 * maps[0] * 50, 1.3 * maps[1]], [maps[0] * 50, maps[1]], mask)
    assert louder == pytest.approx(far.item(), rel=1e-4)


def test_perceptual_looks_inside_the_mask(maps):
    other = [map.clone() for map in maps]
    for map in other:
        map[..., : map.shape[-1] // 2] += 1
    mask = torch.zeros(2, 1, 32, 24)
    mask[..., 12:] = 1
    assert perceptual(other, maps, mask) == 0
    assert perceptual(other, maps, 1 - mask) > 0.5
    assert perceptual(other, maps, torch.zeros_like(mask)) == 0


def test_perceptual_teaches_what_was_made_and_not_the_truth(maps):
    made = [map.clone().requires_grad_() for map in maps]
    perceptual([map * 1.2 for map in made], maps, torch.ones(2, 1, 32, 24)).backward()
    assert all(map.grad is not None and map.grad.abs().sum() > 0 for map in made)
