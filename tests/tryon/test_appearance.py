from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from modiste.tryon.appearance import (
    CLASSES,
    LEAST,
    AppearanceConfig,
    AppearanceEncoder,
    AppearanceNetwork,
    broadcast,
    region_means,
)
from modiste.tryon.canvas import one_hot, to_tensor
from tests.tryon.figures import VALUE, moved, person

SMALL = AppearanceConfig(codes=6, widths=(16, 16, 16, 16), blocks=1)


@pytest.fixture
def masks():
    return one_hot(torch.randint(0, CLASSES, (16, 12), generator=torch.Generator().manual_seed(0)).byte().numpy())[None]


def test_region_means_are_those_of_a_loop(masks):
    features = torch.rand(1, 4, 16, 12)
    means, areas = region_means(features, masks)
    for value in range(CLASSES):
        inside = masks[0, value].bool()
        assert areas[0, value] == inside.sum()
        torch.testing.assert_close(means[0, value], features[0, :, inside].mean(1))


def test_a_region_of_nothing_has_a_mean_that_is_a_number(masks):
    masks[:, 4] = 0
    means, areas = region_means(torch.rand(1, 4, 16, 12), masks)
    assert areas[0, 4] == 0
    assert torch.isfinite(means).all()


def test_the_mean_ignores_what_lies_outside_the_region(masks):
    features = torch.rand(1, 4, 16, 12)
    means, _ = region_means(features, masks)
    other = torch.where(masks[:, 5:6] > 0, features, torch.full_like(features, 99))
    torch.testing.assert_close(region_means(other, masks)[0][0, 5], means[0, 5])


def test_broadcast_gives_every_pixel_the_code_of_its_class(masks):
    codes = torch.rand(1, CLASSES, 4)
    spread = broadcast(codes, masks)
    map = masks[0].argmax(0)
    for row, column in ((0, 0), (7, 3), (15, 11)):
        torch.testing.assert_close(spread[0, :, row, column], codes[0, map[row, column]])


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    made = AppearanceEncoder(6)
    with torch.no_grad():
        made.null.normal_()
    return made.eval()


@pytest.mark.parametrize(("x", "y"), [(4, 0), (0, -8), (-12, 4)])
def test_a_reference_that_stands_elsewhere_has_the_same_codes(encoder, x, y):
    """Means are taken over the reference's own region, not over where the garment will be."""
    here = person()
    there = moved(here, x, y)
    with torch.no_grad():
        codes = [encoder(to_tensor(one.pixels)[None], one_hot(one.map)[None])[0] for one in (here, there)]
    worn = [VALUE[name] for name in ("skin", "hair", "top", "bottom")]
    torch.testing.assert_close(codes[0][worn], codes[1][worn], atol=1e-3, rtol=0)


@pytest.mark.parametrize(("pixels", "known"), [(0, False), (1, False), (LEAST - 4, False), (LEAST, True), (64, True)])
def test_too_small_a_region_has_the_null_code(encoder, pixels, known):
    masks = torch.zeros(1, CLASSES, 32, 24)
    masks[0, 5, 8:16, 8:16] = (torch.arange(64) < pixels).float().reshape(8, 8)
    codes = encoder(torch.rand(1, 3, 32, 24), masks)[0]
    assert torch.equal(codes[5], encoder.null[5]) != known
    assert torch.equal(codes[4], encoder.null[4])


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = AppearanceNetwork(SMALL)
    with torch.no_grad():
        made.late[-1].weight.normal_(std=0.3)
        made.late[-1].bias.normal_(std=0.3)
    return made.eval()


def inputs(changed=None, sampled=None):
    torch.manual_seed(1)
    size = (64, 48)
    map = torch.randint(0, CLASSES, size).byte().numpy()
    changed = torch.ones(1, 1, *size) if changed is None else changed
    sampled = torch.zeros(1, 1, *size) if sampled is None else sampled
    return torch.rand(1, 3, *size), sampled, changed, one_hot(map)[None], torch.rand(1, CLASSES, SMALL.codes)


def test_what_may_not_change_is_the_rough_picture_to_the_bit(network):
    changed = torch.zeros(1, 1, 64, 48)
    changed[..., 20:40, 10:30] = 1
    given = inputs(changed)
    with torch.no_grad():
        made = network(*given)
    kept = (changed == 0).expand_as(made)
    assert torch.equal(made[kept], given[0][kept])
    assert (made[~kept] != given[0][~kept]).any()


def test_codes_reach_the_picture(network):
    given = inputs()
    with torch.no_grad():
        assert not torch.equal(network(*given), network(*given[:4], given[4] + 1))


def test_alpha_spares_a_references_own_pixels(network):
    """What is painted over them is weakened by the alpha, and by nothing where nothing was sampled."""
    given = inputs()
    with torch.no_grad():
        planes = network.planes(*given[:3])
        planes[:, 3] = 1
        features, early = network.features(planes, *given[3:])
        late = network.late(torch.cat([F.pixel_shuffle(network.up[-1](features, early), 2), planes], 1))
        painted, alpha = late.split([3, 1], 1)
        torch.testing.assert_close(network.stroke(features, early, planes), (1 - torch.sigmoid(alpha)) * painted)
        planes[:, 4] = 0
        assert not network.stroke(features, early, planes).any()


def test_a_new_network_hardly_paints():
    torch.manual_seed(0)
    given = inputs()
    with torch.no_grad():
        made = AppearanceNetwork(SMALL)(*given)
    assert (made - given[0]).abs().max() < 0.1


def test_every_weight_learns(network):
    network(*inputs(sampled=(torch.rand(1, 1, 64, 48) > 0.5).float())).square().mean().backward()
    silent = [name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()]
    assert [name for name in silent if not name.startswith("encoder.")] == []
    network.zero_grad()
