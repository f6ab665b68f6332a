from __future__ import annotations

import pytest
import torch

from modiste.tryon.shape import BODY, CLASSES, ShapeConfig, ShapeNetwork


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ShapeNetwork(ShapeConfig(widths=(8, 8, 16, 16))).eval()


def test_masks_and_a_body_give_a_map(network):
    assert network(torch.rand(2, BODY, 128, 96), torch.rand(2, CLASSES, 128, 96)).shape == (2, CLASSES, 128, 96)


def test_each_class_is_encoded_alone_by_shared_weights(network):
    """As if every class were a picture of its own; an absent class has a code too."""
    masks = (torch.rand(1, CLASSES, 128, 96) > 0.5).float()
    masks[:, 3] = 0
    codes = network.encode(masks)
    assert codes.shape == (1, CLASSES * 10, 16, 12)
    for name in (0, 3, 7):
        alone = torch.nn.functional.adaptive_avg_pool2d(network.encoder(masks[:, name : name + 1]), (16, 12))
        torch.testing.assert_close(codes[:, name * 10 : name * 10 + 10], alone)


def test_a_class_swapped_changes_its_own_code_alone(network):
    masks = (torch.rand(1, CLASSES, 128, 96) > 0.5).float()
    other = masks.clone()
    other[:, 5] = 1 - other[:, 5]
    differs = (network.encode(masks) != network.encode(other)).reshape(CLASSES, -1).any(1)
    assert differs.nonzero().flatten().tolist() == [5]


def test_body_and_codes_both_matter(network):
    body, masks = torch.rand(1, BODY, 128, 96), torch.rand(1, CLASSES, 128, 96)
    first = network(body, masks)
    assert not torch.equal(first, network(body.flip(3), masks))
    assert not torch.equal(first, network(body, masks.flip(3)))


def test_every_weight_learns(network):
    network(torch.rand(1, BODY, 128, 96), torch.rand(1, CLASSES, 128, 96)).square().mean().backward()
    assert [name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()] == []
    network.zero_grad()
