from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.parsing.frame import region_classes
from modiste.tryon.align import COARSE, enlarge, sample
from modiste.tryon.body import CLASS, cells
from modiste.tryon.composite import (
    RIM,
    changed_mask,
    laid,
    lay_out,
    one_hot,
    replaced_classes,
    spread,
    to_pixels,
    to_tensor,
)
from tests.tryon.figures import HEIGHT, PAINTS, WIDTH, person, scene

IDENTITY = enlarge(cells(*COARSE, (HEIGHT, WIDTH)).reshape(*COARSE, 2), HEIGHT, WIDTH)


def classes(*names):
    return {CLASS[name] for name in names}


@pytest.mark.parametrize(
    ("regions", "chosen", "replaced"),
    [
        (("top",), classes("top"), classes("top")),
        (("bottom",), classes("bottom", "skirt"), classes("bottom", "skirt")),
        (("dress",), classes("dress"), classes("dress", "top", "bottom", "skirt")),
        (("outer", "shoes"), classes("outer", "shoes"), classes("outer", "shoes")),
        ((), set(), set()),
    ],
    ids=str,
)
def test_what_regions_bring_and_what_they_take(regions, chosen, replaced):
    assert set(region_classes(*regions)) == chosen
    assert replaced_classes(regions) == replaced


def test_what_changes_is_old_new_and_different_with_a_rim():
    query = np.zeros((40, 40), np.uint8)
    query[5:10, 5:10] = CLASS["top"]
    wanted = np.zeros_like(query)
    wanted[20:25, 20:25] = CLASS["top"]
    changed = changed_mask(query, wanted, classes("top"), classes("top"))
    assert changed[5, 5]
    assert changed[5 - RIM, 7]
    assert changed[22, 24 + RIM]
    assert not changed[22, 25 + RIM]
    assert not changed_mask(query, query, classes("hat"), classes("hat")).any()


def test_a_picture_through_the_identity_is_itself():
    picture = torch.rand(3, HEIGHT, WIDTH)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    dense = torch.from_numpy(np.stack([columns, rows]).astype(np.float32))
    torch.testing.assert_close(sample(picture, dense), picture, atol=1e-4, rtol=0)


def test_the_coarse_identity_is_the_identity_inside():
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = (slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(IDENTITY[0].numpy()[inside], columns[inside], atol=1e-3)
    np.testing.assert_allclose(IDENTITY[1].numpy()[inside], rows[inside], atol=1e-3)


def test_a_field_that_looks_elsewhere_shifts():
    picture = torch.rand(1, 20, 16)
    rows, columns = np.mgrid[:20, :16].astype(np.float32)
    seen = sample(picture, torch.from_numpy(np.stack([columns + 3, rows - 2])))
    torch.testing.assert_close(seen[:, 2:, :13], picture[:, :-2, 3:], atol=1e-5, rtol=0)


def test_spread_keeps_what_is_known():
    values, known = torch.rand(1, 3, 64, 48), (torch.rand(1, 1, 64, 48) > 0.6).float()
    torch.testing.assert_close(spread(values, known) * known, values * known, atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [(256, 192), (60, 44), (7, 5)])
def test_spread_continues_a_constant_with_itself(size):
    values, known = torch.full((1, 3, *size), 0.4), torch.zeros(1, 1, *size)
    known[..., : size[0] // 2, :3] = 1
    torch.testing.assert_close(spread(values, known), values, atol=1e-5, rtol=0)


def test_spread_takes_the_nearer_side():
    values = torch.zeros(1, 1, 64, 64)
    values[..., 32:] = 1
    known = torch.zeros(1, 1, 64, 64)
    known[..., :4] = known[..., -4:] = 1
    found = spread(values, known)[0, 0, 32]
    assert found[6] < 0.3 < 0.7 < found[57]
    assert ((found >= 0) & (found <= 1)).all()


def test_spread_of_nothing_gives_numbers():
    assert torch.isfinite(spread(torch.rand(1, 3, 32, 24), torch.zeros(1, 1, 32, 24))).all()


@pytest.fixture
def dressing():
    """Somebody in a red top who gets another's green one, with short sleeves."""
    query, other = person(), person(sleeves="short", paints={"top": (20, 160, 60)})
    wanted = other.map.copy()
    changed = changed_mask(query.map, wanted, classes("top"), classes("top"))
    field = cells(*COARSE, (HEIGHT, WIDTH)).reshape(*COARSE, 2)
    return query, wanted, {"top": laid(other, "top", field)}, changed


def test_nothing_moves_outside_what_may_change(dressing):
    query, wanted, garments, changed = dressing
    composite, sampled, hole = lay_out(query, wanted, garments, changed)
    np.testing.assert_array_equal(to_pixels(composite)[~changed], query.pixels[~changed])
    np.testing.assert_array_equal(hole[0].numpy().astype(bool), changed)
    assert not (sampled[0].numpy().astype(bool) & ~changed).any()


def test_the_garment_is_the_references_and_bared_arms_are_skin(dressing):
    query, wanted, garments, changed = dressing
    composite = to_pixels(lay_out(query, wanted, garments, changed)[0]).astype(int)
    top = (wanted == CLASS["top"]) & changed
    assert np.abs(composite[top] - (20, 160, 60)).max() <= 2
    bared = (wanted == CLASS["skin"]) & (query.map == CLASS["top"])
    assert bared.sum() > 100
    assert np.abs(composite[bared] - PAINTS["skin"]).max() < 40
    assert np.abs(composite[bared] - PAINTS["top"]).sum(1).min() > 60


def test_no_old_garment_is_left_where_the_background_comes_out(dressing):
    query, wanted, garments, changed = dressing
    wanted = np.where(wanted == CLASS["bag"], 0, wanted)
    gone = np.zeros_like(wanted, bool)
    gone[70:100, 70:76] = query.map[70:100, 70:76] == CLASS["top"]
    wanted = np.where(gone, 0, wanted).astype(np.uint8)
    composite = to_pixels(lay_out(query, wanted, garments, changed | gone)[0]).astype(int)
    assert np.abs(composite[gone] - PAINTS["background"]).max() < 25


def test_a_garment_that_was_not_found_gives_a_picture_all_the_same(dressing):
    query, wanted, garments, changed = dressing
    pixels, found = garments["top"]
    composite, sampled, _ = lay_out(query, wanted, {"top": (pixels, torch.zeros_like(found))}, changed)
    assert torch.isfinite(composite).all()
    assert not sampled.any()


def test_a_class_that_the_query_does_not_show_takes_its_colour_from_the_rest():
    query = scene(np.full((64, 48), CLASS["top"], np.uint8))
    wanted = np.zeros((64, 48), np.uint8)
    assert all(torch.isfinite(plane).all() for plane in lay_out(query, wanted, {}, np.ones((64, 48), bool)))


def test_laid_pixels_are_the_garments_own_beyond_its_edge_too():
    """What the field would take from beside the garment is folded back into it."""
    shown = person()
    pixels, found = laid(shown, "top", cells(*COARSE, (HEIGHT, WIDTH)).reshape(*COARSE, 2))
    there = found[0].numpy() > 0
    assert (there & shown.mask("top")).sum() > 0.95 * shown.mask("top").sum()
    assert np.abs(to_pixels(pixels).astype(int)[there] - PAINTS["top"]).max() <= 2


def test_a_garment_is_laid_only_where_it_is_wanted():
    shown, place = person(), np.zeros((HEIGHT, WIDTH), bool)
    place[70:90, 80:110] = True
    field = cells(*COARSE, (HEIGHT, WIDTH)).reshape(*COARSE, 2)
    everywhere, here = laid(shown, "top", field), laid(shown, "top", field, place)
    for whole, part in zip(everywhere, here, strict=True):
        assert torch.equal(whole[:, place], part[:, place])
        assert not part[:, 100:, :].any()


def test_pixels_survive_the_way_through_a_tensor():
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    np.testing.assert_array_equal(to_pixels(to_tensor(pixels)), pixels)
    assert to_pixels(torch.tensor([[[2.0]], [[-1.0]], [[0.5]]])).tolist() == [[[255, 0, 128]]]


def test_one_hot_has_a_plane_for_each_class():
    planes = one_hot(np.array([[0, 12], [5, 5]], np.uint8))
    assert planes.shape == (13, 2, 2)
    assert (planes.sum(0) == 1).all()
    assert planes[5].tolist() == [[0, 0], [1, 1]]
