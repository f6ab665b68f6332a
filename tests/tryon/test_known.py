"""Drawn people whose maps, joints and bodies are known, in products whose masks are: nothing of it is guessed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from PIL import Image

from modiste.boutique import MODELS, design, draw_person, exchanged, model_person, photograph, plain_clothes
from modiste.catalog.categories import PARSING_CLASSES, REPLACES, tryon_region
from modiste.errors import UsageError
from modiste.showroom.tryon import people
from modiste.tryon import MaskedGarment, ParsedPerson, try_on
from modiste.tryon.known import with_masks
from modiste.tryon.scene import CLASS, region_classes
from tests.tryon.figures import dresser

SIZE = (256, 192)
SWEATER, T_SHIRT, DRESS, TROUSERS, BOOTS, BEANIE, BAG = 8, 184, 243, 20, 124, 134, 76
BLOUSE, SHIRT, PINAFORE = 18, 132, 117
"""Products of the boutique drawn from seed 0, by their numbers."""


@lru_cache
def drawn(name, **worn):
    return draw_person(model_person(name), {k: v for k, v in worn.items() if v}, SIZE)


def clothes(name):
    return plain_clothes(MODELS[name].gender)


def parsed(figure, bare=None):
    points = figure.keypoints * np.array([SIZE[1], SIZE[0], 1], np.float32)
    return ParsedPerson(Image.fromarray(figure.pixels), figure.map, points, bare)


@lru_cache
def dressed(name: str, number: int):
    """The region, somebody's photo, the same without what is replaced, the true answer, and the found one."""
    spec = design(0, number)
    region = tryon_region(spec.kind)
    off = {region, *REPLACES.get(region, ())}
    before = drawn(name, **clothes(name))
    bare = drawn(name, **{place: worn for place, worn in clothes(name).items() if place not in off})
    truth = drawn(name, **exchanged(clothes(name), {region: spec}))
    photo = photograph(spec)
    garment = MaskedGarment(Image.fromarray(photo.pixels), photo.mask)
    found = try_on(parsed(before, parsed(bare)), {region: garment}, weights=dresser())
    return region, before, bare, truth, found


def garment_of(found, region):
    """Where a garment was put, in the networks' frame. Shape: (256, 192)."""
    return np.isin(found.dressed.map, region_classes(region))


@pytest.mark.parametrize(
    ("name", "number"), [("Ines", SWEATER), ("Omar", SWEATER), ("Ines", T_SHIRT), ("Omar", DRESS), ("Ines", TROUSERS)]
)
def test_no_skin_shows_where_a_garment_covers_the_body(name, number):
    """Sleeves reach the wrists and shoulders are covered: of the body that the true garment hides, next to all is."""
    region, _, bare, truth, found = dressed(name, number)
    frame = parsed(bare).seen(Image.fromarray(bare.pixels)).frame
    hidden = np.isin(frame.cut_map(truth.map), region_classes(region)) & (frame.cut_map(bare.map) != 0)
    assert (garment_of(found, region) & hidden).sum() > 0.9 * hidden.sum()


@pytest.mark.parametrize("number", [SWEATER, TROUSERS, BAG])
def test_nothing_of_the_old_garment_stays(number):
    """What is not the new garment is the photo as it is without the old one, to the bit."""
    region, before, bare, _, found = dressed("Ines", number)
    frame = parsed(bare).seen(Image.fromarray(bare.pixels)).frame
    new = np.zeros(SIZE, bool)
    rows, columns = np.nonzero(~new)
    places = frame.to_frame(np.stack([columns, rows], 1) + 0.5).astype(int).clip(0, (191, 255))
    worn = np.pad(garment_of(found, region), 4)
    near = np.any([np.roll(worn, (y, x), (0, 1)) for y in range(-3, 4) for x in range(-3, 4)], 0)[4:-4, 4:-4]
    new[rows, columns] = near[places[:, 1], places[:, 0]]
    picture = np.asarray(found.photo)
    np.testing.assert_array_equal(picture[~new], bare.pixels[~new])
    same = np.asarray(found.changed) == 0
    np.testing.assert_array_equal(picture[same], before.pixels[same])
    assert 0.2 < same.mean() < 1


@pytest.mark.parametrize(
    ("number", "least"),
    [(SWEATER, 0.8), (BLOUSE, 0.7), (SHIRT, 0.75), (DRESS, 0.7), (PINAFORE, 0.75), (BOOTS, 0.45), (BEANIE, 0.5)],
)
def test_a_garment_is_where_it_should_be(number, least):
    """Wide sleeves don't make a trunk wide, nor a close cut somebody small."""
    region, _, bare, truth, found = dressed("Omar", number)
    frame = parsed(bare).seen(Image.fromarray(bare.pixels)).frame
    right, there = np.isin(frame.cut_map(truth.map), region_classes(region)), garment_of(found, region)
    assert (right & there).sum() / (right | there).sum() > least


def test_a_top_stays_over_new_trousers():
    _, before, bare, _, found = dressed("Ines", TROUSERS)
    top = before.map == CLASS["top"]
    assert (np.asarray(found.photo)[top] == bare.pixels[top]).all(1).mean() > 0.95


def test_a_model_brings_what_is_under_its_clothes():
    person = people.person_of("Zola", ["dress"])
    assert person.bare is not None
    worn, bare = ({PARSING_CLASSES[value] for value in np.unique(one.map)} for one in (person, person.bare))
    assert worn - bare == {"top", "bottom"}
    assert people.person_of("Zola", ["hat"]).bare.map.tolist() == person.map.tolist()


@pytest.mark.parametrize(
    ("person", "garment", "says"),
    [
        ({"map": np.zeros((9, 8), np.uint8)}, {}, "the map is 8x9 pixels, not 60x80 as its photo is; resize it"),
        ({"map": np.zeros((80, 60), np.uint8)}, {}, "the map shows nobody"),
        ({}, {"mask": np.ones((9, 8), bool)}, "the mask is 8x9 pixels, not 60x80 as its photo is; resize it"),
        ({}, {"mask": np.zeros((80, 60), bool)}, "the mask is black throughout"),
    ],
    ids=["map of another size", "empty map", "mask of another size", "empty mask"],
)
def test_what_does_not_fit_its_photo_is_refused(person, garment, says):
    photo = Image.new("RGB", (60, 80), "white")
    known = {"map": np.ones((80, 60), np.uint8), "keypoints": np.ones((17, 3), np.float32), **person}
    with pytest.raises(UsageError) as error:
        try_on(
            ParsedPerson(photo, **known), {"top": MaskedGarment(photo, **{"mask": np.ones((80, 60), bool), **garment})},
            weights=dresser(),
        )  # fmt: skip
    assert says in str(error.value)


def test_a_mask_beside_a_photo_is_used(tmp_path):
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    shirt, skirt = tmp_path / "images" / "shirt.jpg", tmp_path / "images" / "skirt.jpg"
    Image.new("L", (60, 80), 255).save(tmp_path / "masks" / "shirt.png")
    found = with_masks({"top": shirt, "bottom": skirt})
    assert found == {"top": MaskedGarment(shirt, tmp_path / "masks" / "shirt.png"), "bottom": skirt}
