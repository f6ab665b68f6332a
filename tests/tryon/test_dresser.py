"""Both networks together, before they have learnt anything."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.tryon.body import CLASS, alone
from modiste.tryon.dresser import _kept, divided, load_dresser
from modiste.tryon.model import PatchDiscriminator, RefineConfig
from modiste.weights import save
from tests.tryon.figures import JOINTS, PAINTS, TSHIRT, dresser, flat, overlap, person, scene

LEANING = JOINTS + np.stack([np.linspace(-6, 6, 17), np.zeros(17)], 1).astype(np.float32)
GREEN = {"top": (20, 160, 60)}


@pytest.fixture(scope="module")
def made():
    return dresser()


@pytest.fixture(scope="module")
def people():
    """Somebody, and a stranger in a green top and a skirt."""
    return person(), person(joints=LEANING, paints=GREEN, bottom="skirt")


@pytest.mark.parametrize(
    "options", [{}, {"shape": False}, {"texture": False}, {"refine": RefineConfig(steps=1)}], ids=str
)
@pytest.mark.parametrize("regions", [("top",), ("bottom",), ("top", "bottom")], ids=str)
def test_what_does_not_change_is_the_querys_to_the_bit(options, regions, made, people):
    query, other = people
    found = made.dress(query, dict.fromkeys(regions, other), **options)
    assert (found.pixels.shape, found.pixels.dtype, found.map.shape) == ((256, 192, 3), np.uint8, (256, 192))
    assert found.changed.any()
    np.testing.assert_array_equal(found.pixels[~found.changed], query.pixels[~found.changed])
    np.testing.assert_array_equal(found.map[~found.changed], query.map[~found.changed])


def test_only_refinement_has_a_gain(made, people):
    query, other = people
    assert made.dress(query, {"top": other}).gain is None
    refined = made.dress(query, {"top": other}, refine=RefineConfig(steps=1))
    assert (refined.gain is not None, refined.steps) == (True, 1)


def test_refinement_leaves_the_silhouette_alone(made, people):
    query, other = people
    plain, refined = (made.dress(query, {"top": other}, refine=how) for how in (None, RefineConfig(steps=2)))
    np.testing.assert_array_equal(plain.map, refined.map)
    np.testing.assert_array_equal(plain.changed, refined.changed)


def test_without_a_shape_network_the_silhouettes_are_the_map(made, people):
    query, other = people
    found = made.dress(query, {"top": other}, shape=False)
    assert overlap(found.map == CLASS["top"], query.mask("top")) > 0.7
    worn = found.pixels[(found.map == CLASS["top"]) & found.changed].astype(int)
    assert np.abs(np.median(worn, 0) - GREEN["top"]).max() < 15


def test_without_the_texture_path_no_pixel_of_the_reference_is_there(made, people):
    query, other = people
    assert not made.plan(query, {"top": other}, shape=False, texture=False).inputs.sampled.any()


def test_codes_come_from_the_references_own_region(made, people):
    query, other = people
    plan = made.plan(query, {"top": other})
    own, theirs = (made._coded(one)[0] for one in people)
    assert torch.equal(plan.inputs.codes[0, CLASS["top"]], theirs[CLASS["top"]])
    for name in ("hair", "bottom", "background"):
        assert torch.equal(plan.inputs.codes[0, CLASS[name]], own[CLASS[name]])


def test_hair_and_hands_are_kept(made, people):
    query, other = people
    found = made.dress(query, {"top": other})
    assert not found.changed[(query.map == CLASS["hair"]) & (np.mgrid[:256, :192][0] < 30)].any()
    column, row = JOINTS[9].astype(int)
    assert query.map[row + 3, column] == CLASS["skin"]
    assert not found.changed[row + 3, column]


def test_a_garment_alone_is_put_on(made, people):
    shirt = flat("top", TSHIRT)
    assert alone(shirt)
    found = made.dress(people[0], {"top": shirt}, shape=False)
    assert (found.map == CLASS["top"]).sum() > 0.4 * people[0].mask("top").sum()


@pytest.mark.parametrize("region", ["hat", "bag", "shoes"])
def test_hats_bags_and_shoes_keep_their_shape(region, made):
    thing = flat(region, [(60.0, 100.0), (140.0, 100.0), (140.0, 150.0), (60.0, 150.0)])
    found = made.dress(person(), {region: thing})
    worn = found.pixels[(found.map == CLASS[region]) & found.changed].astype(int)
    assert len(worn) > 50
    assert np.abs(np.median(worn, 0) - PAINTS[region]).max() < 30


def test_nothing_to_wear_is_an_error(made, people):
    with pytest.raises(UsageError, match="there is nothing to try on; name a region and a photo"):
        made.dress(people[0], {})


def in_a_dress():
    shown = person()
    return replace(shown, map=np.where(np.isin(shown.map, [5, 8]), CLASS["dress"], shown.map).astype(np.uint8))


@pytest.mark.parametrize("region", ["top", "bottom"])
def test_half_of_a_dress_can_be_replaced(region):
    half = divided(in_a_dress(), {region: None})
    assert not half.mask("dress").any()
    top, skirt = half.map == CLASS["top"], half.map == CLASS["skirt"]
    assert np.nonzero(top)[0].max() < np.nonzero(skirt)[0].min()
    assert JOINTS[5, 1] < np.nonzero(skirt)[0].min() < JOINTS[11, 1]


@pytest.mark.parametrize("region", ["dress", "shoes", "outer"])
def test_a_dress_stays_one_where_none_of_its_halves_is_replaced(region):
    whole = in_a_dress()
    assert divided(whole, {region: None}) is whole


def in_a_coat():
    shown = person()
    rows = np.mgrid[:256, :192][0]
    coat = (shown.map == CLASS["top"]) & (np.abs(np.mgrid[:256, :192][1] - 96) > 8) & (rows > 60)
    return scene(np.where(coat, CLASS["outer"], shown.map), confidence=1.0)


@pytest.mark.parametrize(("regions", "stays"), [(("top",), True), (("top", "bottom"), True), (("outer",), False)])
def test_a_coat_stays_over_what_is_put_on_under_it(regions, stays):
    shown = in_a_coat()
    replaced = {CLASS[name] for name in regions}
    assert _kept(shown, replaced, regions)[shown.mask("outer")].all() == stays


@pytest.mark.parametrize("regions", [("top", "shoes"), ("bottom", "bag"), ("top", "hat")], ids=str)
def test_a_coat_stays_over_a_top_whatever_else_is_put_on(regions):
    shown = in_a_coat()
    assert _kept(shown, {CLASS[name] for name in regions}, regions)[shown.mask("outer")].all()


@pytest.fixture
def run(tmp_path, made):
    """A run's folder, as both parts of training leave it."""
    parts = {"shape": made.shape, "appearance": made.appearance, "discriminator": PatchDiscriminator(13, 3)}
    tensors = {
        f"{part}.{name}": value.numpy()
        for part, network in parts.items()
        for name, value in network.state_dict().items()
    }
    networks = {"shape": asdict(made.shape.config), "appearance": asdict(made.appearance.config)}
    config = {"system": "tryon", "networks": networks, "trained_on": {}, "photos": 0}
    save(tmp_path / "run", tensors, config)
    return tmp_path / "run"


def test_weights_come_back(run, people):
    narrow = dresser()
    loaded = load_dresser(str(run))
    assert loaded.shape.config == narrow.shape.config
    assert loaded.appearance.config == narrow.appearance.config
    query, other = people
    assert np.abs(loaded.dress(query, {"top": other}, shape=False).pixels.astype(int)
                  - narrow.dress(query, {"top": other}, shape=False).pixels).max() <= 2  # fmt: skip
    assert not any(parameter.requires_grad for parameter in loaded.appearance.parameters())


@pytest.mark.parametrize("name", ["complete-boutique", "encoder-boutique"])
def test_weights_of_another_system_are_refused(name):
    with pytest.raises(UsageError, match=f"{name} are weights of .*; name weights of tryon"):
        load_dresser(name)
