from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.lab.parser.baselines import LinearHead
from modiste.parsing.frame import MIRRORED
from modiste.parsing.model import FROZEN, ParserConfig, ParserExport, ParserNetwork, build


@pytest.fixture(scope="module")
def network() -> ParserNetwork:
    return build(ParserConfig(), "").eval()


def test_shapes_and_size(network):
    logits = network(torch.zeros(2, 64, 96, 3, dtype=torch.uint8))
    assert logits.classes.shape == (2, 13, 32, 48)
    assert logits.heat.shape == (2, 17, 16, 24)
    assert logits.absent.shape == (2, 17)
    decoder = sum(part.numel() for name, part in network.named_parameters() if not name.startswith("trunk."))
    assert 300_000 < decoder < 1_000_000


def test_it_starts_from_an_encoder():
    ours, shipped = build(ParserConfig(), "encoder-boutique"), build(ParserConfig(), "")
    assert not torch.equal(ours.trunk.blocks[10].expand.weight, shipped.trunk.blocks[10].expand.weight)
    torch.testing.assert_close(ours.classes.weight, shipped.classes.weight)  # the same seed starts the same


def test_early_blocks_stay_as_they_were():
    network = build(ParserConfig(), "").train()
    logits = network(torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8))
    (logits.classes.mean() + logits.heat.mean() + logits.absent.mean()).backward()
    blocks = [all(part.grad is not None for part in block.parameters()) for block in network.trunk.blocks]
    assert blocks == [number >= FROZEN for number in range(16)]
    assert all(part.grad is not None for name, part in network.named_parameters() if not name.startswith("trunk."))


def test_a_photo_and_its_mirror_get_mirrored_answers(network):
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8))
    export = ParserExport(network).eval()
    with torch.no_grad():
        classes, heat = export.probabilities(pixels)
        other_classes, other_heat = export.probabilities(pixels.flip(2))
        once = network(pixels).classes.log_softmax(1)
        map, _ = export(pixels)
    torch.testing.assert_close(other_classes.flip(3), classes)
    torch.testing.assert_close(other_heat.flip(3)[:, list(MIRRORED)], heat)
    assert not torch.allclose(once, classes)
    assert map.shape == (1, 64, 64)
    assert map.dtype == torch.uint8
    assert (heat.sum((2, 3)) < 1).all()  # the rest is out of sight


def test_the_linear_head_leaves_the_trunk_alone():
    head = LinearHead().train()
    logits = head(torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8))
    assert logits.classes.shape == (2, 13, 32, 32)
    assert logits.heat.shape == (2, 17, 16, 16)
    (logits.classes.mean() + logits.heat.mean() + logits.absent.mean()).backward()
    learnt = {name.partition(".")[0] for name, part in head.named_parameters() if part.grad is not None}
    assert learnt == {"head", "nowhere"}
