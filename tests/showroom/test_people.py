"""The drawn models: varied, plain, upright, and the same every time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from modiste.catalog.categories import PARSING_CLASSES
from modiste.showroom.tryon import people


def test_models_are_varied():
    models = people.MODELS.values()
    assert 6 <= len(models) <= 8
    assert len({model.skin for model in models}) >= 6
    assert len({model.style for model in models}) >= 6
    assert {model.gender for model in models} == {"Women", "Men"}
    assert max(model.weight for model in models) - min(model.weight for model in models) > 0.2


def test_everybody_can_be_designed():
    """A face is drawn by chance until its skin is the one that is meant: that has an end."""
    looks = [people._look(model) for model in people.MODELS.values()]
    assert [look.skin for look in looks] == [people.SKINS[model.skin] for model in people.MODELS.values()]


def test_a_picture_is_large_and_drawn_once():
    picture = people.picture_of("Ines")
    assert people.picture_of("Ines") is picture
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", people.SIZE[::-1])
        assert image.height >= 512


def test_a_face_shows_skin_and_hair():
    model = people.MODELS["Adam"]
    with Image.open(io.BytesIO(people.face_of("Adam"))) as image:
        assert (image.format, image.size) == ("WEBP", (people.FACE, people.FACE))
        pixels = np.asarray(image.convert("RGB"), float)
    for colour in (people.SKINS[model.skin], people.HAIRS[model.hair]):
        assert (np.abs(pixels - colour).sum(2) < 60).mean() > 0.01


def test_the_whole_person_is_on_the_picture_in_plain_clothes():
    model = people.MODELS["Rosa"]
    drawn = people.draw_person(people._person(model), people._clothes(model.gender))
    worn = {PARSING_CLASSES[value] for value in np.unique(drawn.map)}
    assert worn == {"background", "skin", "hair", "top", "bottom", "shoes"}
    assert drawn.keypoints[:, 2].all(), "from head to foot"


@pytest.mark.parametrize(
    ("genders", "gender"), [([], "Women"), (["", "Men"], "Men"), (["Women", "Men"], "Women"), (["Girls"], "Women")]
)
def test_whoever_the_first_garment_is_made_for_is_dressed(genders, gender):
    assert people.MODELS[people.model_for(genders)].gender == gender
