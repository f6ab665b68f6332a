from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.tryon.composite import AppearanceInputs, one_hot, to_tensor
from modiste.tryon.model import (
    BODY,
    CLASSES,
    LEAST,
    MOST_STEPS,
    AppearanceConfig,
    AppearanceNetwork,
    PatchDiscriminator,
    RefineConfig,
    ShapeConfig,
    ShapeNetwork,
    _AppearanceEncoder,
    _convolution,
    _reference_error,
    _region_means,
    _Residual,
    _Rise,
    _settled,
    refine,
)
from tests.tryon.figures import VALUE, dresser, moved, person

SMALL = AppearanceConfig(codes=6, widths=(16, 16, 16, 16), blocks=1)


@pytest.fixture
def masks():
    return one_hot(torch.randint(0, CLASSES, (16, 12), generator=torch.Generator().manual_seed(0)).byte().numpy())[None]


def test_region_means_are_those_of_a_loop(masks):
    features = torch.rand(1, 4, 16, 12)
    means, areas = _region_means(features, masks)
    for value in range(CLASSES):
        inside = masks[0, value].bool()
        assert areas[0, value] == inside.sum()
        torch.testing.assert_close(means[0, value], features[0, :, inside].mean(1))


def test_a_region_of_nothing_has_a_mean_that_is_a_number(masks):
    masks[:, 4] = 0
    means, areas = _region_means(torch.rand(1, 4, 16, 12), masks)
    assert areas[0, 4] == 0
    assert torch.isfinite(means).all()


def test_the_mean_ignores_what_lies_outside_the_region(masks):
    features = torch.rand(1, 4, 16, 12)
    means, _ = _region_means(features, masks)
    other = torch.where(masks[:, 5:6] > 0, features, torch.full_like(features, 99))
    torch.testing.assert_close(_region_means(other, masks)[0][0, 5], means[0, 5])


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    made = _AppearanceEncoder(6)
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


def test_codes_reach_the_picture_where_their_class_is(network):
    given = inputs()
    masks = given[3].clone()
    masks[:, 4] = 0
    nowhere = given[4].clone()
    nowhere[:, 4] += 1
    with torch.no_grad():
        assert not torch.equal(network(*given), network(*given[:4], nowhere))
        assert torch.equal(network(*given[:3], masks, given[4]), network(*given[:3], masks, nowhere))


def test_alpha_spares_a_references_own_pixels(network):
    """What is painted over them is weakened by the alpha, and by nothing where nothing was sampled."""
    given = inputs()
    with torch.no_grad():
        features, early, planes = network.features(given[0], torch.ones_like(given[1]), *given[2:])
        late = network.late(torch.cat([F.pixel_shuffle(network.up[-1](features, early), 2), planes], 1))
        painted, alpha = late.split([3, 1], 1)
        torch.testing.assert_close(network.residual(features, early, planes), (1 - torch.sigmoid(alpha)) * painted)
        planes[:, 4] = 0
        assert not network.residual(features, early, planes).any()


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


@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_keeps_or_halves(stride):
    assert _convolution(8, 16, stride)(torch.rand(2, 8, 12, 16)).shape == (2, 16, 12 // stride, 16 // stride)


def test_a_residual_that_says_nothing_passes_on():
    layer = _Residual(8)
    norm = layer.second[1]
    assert isinstance(norm, nn.GroupNorm)
    nn.init.zeros_(norm.weight)
    x = torch.rand(1, 8, 6, 6)
    torch.testing.assert_close(layer(x), x)


@pytest.mark.parametrize("skip", [(12, 16), (13, 15)])
def test_rise_has_the_size_of_what_it_joins(skip):
    assert _Rise(16, 8, 8)(torch.rand(1, 16, 6, 8), torch.rand(1, 8, *skip)).shape == (1, 8, *skip)


def test_a_discriminator_judges_patches():
    assert PatchDiscriminator(16, 3)(torch.rand(2, 16, 256, 192), torch.rand(2, 3, 256, 192)).shape == (2, 1, 32, 24)


def test_a_discriminator_sees_the_condition_and_the_image():
    torch.manual_seed(0)
    judge = PatchDiscriminator(2, 3, width=8)
    given, image = torch.rand(1, 2, 32, 32, requires_grad=True), torch.rand(1, 3, 32, 32, requires_grad=True)
    judge(given, image).sum().backward()
    for seen in (given, image):
        assert seen.grad is not None
        assert seen.grad.abs().sum() > 0


@pytest.fixture(scope="module")
def shape_network():
    torch.manual_seed(0)
    return ShapeNetwork(ShapeConfig(widths=(8, 8, 16, 16))).eval()


def test_masks_and_a_body_give_a_map(shape_network):
    assert shape_network(torch.rand(2, BODY, 128, 96), torch.rand(2, CLASSES, 128, 96)).shape == (2, CLASSES, 128, 96)


def test_each_class_is_encoded_alone_by_shared_weights(shape_network):
    """As if every class were a picture of its own; an absent class has a code too."""
    masks = (torch.rand(1, CLASSES, 128, 96) > 0.5).float()
    masks[:, 3] = 0
    codes = shape_network._encode(masks)
    assert codes.shape == (1, CLASSES * 10, 16, 12)
    for name in (0, 3, 7):
        alone = torch.nn.functional.adaptive_avg_pool2d(shape_network.encoder(masks[:, name : name + 1]), (16, 12))
        torch.testing.assert_close(codes[:, name * 10 : name * 10 + 10], alone)


def test_a_class_swapped_changes_its_own_code_alone(shape_network):
    masks = (torch.rand(1, CLASSES, 128, 96) > 0.5).float()
    other = masks.clone()
    other[:, 5] = 1 - other[:, 5]
    differs = (shape_network._encode(masks) != shape_network._encode(other)).reshape(CLASSES, -1).any(1)
    assert differs.nonzero().flatten().tolist() == [5]


def test_body_and_codes_both_matter(shape_network):
    body, masks = torch.rand(1, BODY, 128, 96), torch.rand(1, CLASSES, 128, 96)
    first = shape_network(body, masks)
    assert not torch.equal(first, shape_network(body.flip(3), masks))
    assert not torch.equal(first, shape_network(body, masks.flip(3)))


def test_every_weight_of_the_shape_network_learns(shape_network):
    shape_network(torch.rand(1, BODY, 128, 96), torch.rand(1, CLASSES, 128, 96)).square().mean().backward()
    assert [
        name for name, value in shape_network.named_parameters() if value.grad is None or not value.grad.any()
    ] == []
    shape_network.zero_grad()


SIZE = (64, 48)


@pytest.fixture
def networks():
    made = dresser()
    with torch.no_grad():
        for parameter in made.appearance.late[-1].parameters():
            parameter.normal_(std=0.05)
    return made.appearance, made.discriminator


def painting(seed):
    """Something to paint."""
    torch.manual_seed(seed)
    map = torch.randint(0, 13, SIZE).byte().numpy()
    changed = torch.zeros(1, 1, *SIZE)
    changed[..., 8:-8, 8:-8] = 1
    composite, sampled = torch.rand(1, 3, *SIZE), (torch.rand(1, 1, *SIZE) > 0.5).float() * changed
    return AppearanceInputs(composite, sampled, changed, one_hot(map)[None], torch.rand(1, 13, 6))


def known(seed, garment=1.0):
    """A reference, which knows its own answer."""
    inputs = painting(seed)
    return inputs, torch.full_like(inputs.composite, 0.7), inputs.changed * garment


def test_the_error_inside_the_references_garment_falls(networks):
    _, gain, steps = refine(*networks, painting(0), [known(1)], RefineConfig(steps=15))
    assert steps == 15
    assert gain > 0.05


def test_only_a_copy_of_the_late_layers_is_tuned(networks):
    before = [{name: value.clone() for name, value in network.state_dict().items()} for network in networks]
    refine(*networks, painting(0), [known(1)], RefineConfig(steps=2))
    for network, values in zip(networks, before, strict=True):
        assert all(torch.equal(value, values[name]) for name, value in network.state_dict().items())
        assert all(parameter.grad is None for parameter in network.parameters())


def test_the_discriminators_word_reaches_the_painter(networks):
    """Without a word on the reference all that moves the picture is the frozen discriminator's gradient."""
    silent = [known(1, garment=0.0)]
    without, with_word = (
        refine(*networks, painting(0), silent, RefineConfig(steps=2, adversarial=weight))[0] for weight in (0.0, 1.0)
    )
    assert (without - with_word).abs().max() > 1e-4


def test_what_may_not_change_gets_no_stroke(networks):
    query = painting(0)
    residual, *_ = refine(*networks, query, [known(1)], RefineConfig(steps=2))
    assert not residual[(query.changed == 0).expand_as(residual)].any()
    assert residual.any()


def test_it_stops_where_somebody_says_so(networks):
    told = []

    def follow(done, total):
        told.append((done, total))
        return done < 3

    *_, steps = refine(*networks, painting(0), [known(1)], RefineConfig(steps=9), follow)
    assert told == [(1, 9), (2, 9), (3, 9)]
    assert steps == 3


@pytest.mark.parametrize(
    ("losses", "stops"),
    [
        ([1.0] * 11, False),
        ([1.0] * 12, True),
        ([1000.0] * 12, True),
        ([1.0] * 6 + [0.995] * 6, True),
        ([1.0] * 6 + [0.98] * 6, False),
        ([1000.0] * 6 + [980.0] * 6, False),
        ([0.5] * 6 + [0.6] * 6, True),
        ([], False),
    ],
)
def test_it_stops_by_a_share_of_the_loss_and_not_by_its_scale(losses, stops):
    assert _settled(losses, RefineConfig(patience=6)) == stops


def test_a_request_that_gains_nothing_stops_early(networks):
    config = RefineConfig(steps=40, lr=1e-12, patience=6)
    _, gain, steps = refine(*networks, painting(0), [known(1)], config)
    assert steps == 12
    assert gain == pytest.approx(0, abs=1e-4)


def test_the_reference_error_is_the_mean_over_references_inside_garments():
    parts = [known(seed) for seed in (1, 2)]
    strokes = [photo - own.composite + shift for (own, photo, _), shift in zip(parts, (0.1, 0.3), strict=True)]
    assert _reference_error(strokes, parts) == pytest.approx(0.2, abs=1e-5)


@pytest.mark.parametrize("steps", [-1, 0, MOST_STEPS + 1])
def test_steps_have_bounds(steps):
    with pytest.raises(UsageError, match=f"--refine takes 1 to {MOST_STEPS} steps; got {steps}"):
        RefineConfig(steps=steps)
