"""The drawn models of the try-on page."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from modiste.boutique import FACE_SIZE, MODEL_SIZE, MODELS, model_person
from modiste.showroom.tryon import people


def test_a_picture_is_large_and_read_once():
    picture = people.picture_of("Ines")
    assert people.picture_of("Ines") is picture
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", MODEL_SIZE[::-1])
        assert image.height >= 512


def test_a_face_shows_skin_and_hair():
    head = model_person("Adam").head
    with Image.open(io.BytesIO(people.face_of("Adam"))) as image:
        assert (image.format, image.size) == ("WEBP", (FACE_SIZE, FACE_SIZE))
        pixels = np.asarray(image.convert("RGB"), float)
    for colour in (head.skin, head.hair):
        assert (np.abs(pixels - colour).sum(2) < 60).mean() > 0.01


def test_every_model_has_a_picture_a_face_and_a_body():
    for name in MODELS:
        person = people.person_of(name, ["top"])
        assert person.map.shape == MODEL_SIZE
        assert person.bare is not None
        assert people.face_of(name)


def test_the_files_are_small():
    files = [path for path in people.FOLDER.rglob("*") if path.is_file()]
    assert len(files) == 11 * len(MODELS) + 1
    assert sum(path.stat().st_size for path in files) < 1.5 * 2**20


@pytest.mark.parametrize(
    ("genders", "gender"), [([], "Women"), (["", "Men"], "Men"), (["Women", "Men"], "Women"), (["Girls"], "Women")]
)
def test_whoever_the_first_garment_is_made_for_is_dressed(genders, gender):
    assert MODELS[people.model_for(genders)].gender == gender
